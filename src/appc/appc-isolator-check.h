/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an isolator's value must keep to, whether it came as JSON or from the command line. Private
 * to this room. Pure. Source: appc-oci 3.2. */

#include "appc-isolator.h"

/* Return 0; -EINVAL; -ERANGE. */
int appc_isolator_set_check(char *const *set, Error *e);
int appc_isolator_number_check(AppcIsolatorKind kind, int64_t number, Error *e);

/* Checks set and errno; an empty errno becomes NULL, which is what it means. */
int appc_isolator_seccomp_check(AppcIsolator *isolator, Error *e);
