/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The system calls that reading archives and making trees takes, and no other: the first that is not
 * among them ends the program. */

#include <stdbool.h>

/* @trees: file names are used, not only open descriptors. Needs no_new_privs or CAP_SYS_ADMIN.
 * Returns 0; a negative errno. */
int render_seccomp(bool trees);
