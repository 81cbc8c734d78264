/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this program gives up before it speaks to anybody: being root, new privileges, writing to files it was not
 * given, reading most of them, starting programs, and every system call that a download has no use for. */

#include "errors.h"

/* Returns 0; a negative errno, with which the program must end. */
int transport_confine(Error *e);
