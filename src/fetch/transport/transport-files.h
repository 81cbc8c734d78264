/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which files this program can still open: what it takes to look up a host and to know whom to believe.
 * Nothing of a store is among them, whoever runs this and whatever groups he is in: without privileges
 * nobody can leave a group, but anybody can give up files (Landlock, Linux 5.13). */

#include "errors.h"

/* After PR_SET_NO_NEW_PRIVS. Open descriptors stay as they are. Where the kernel cannot do it, nothing
 * happens. Returns 0; a negative errno. */
int transport_files_confine(Error *e);
