/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AC Identifiers and AC Names: the two alphabets of appc. Pure.
 * Source: appc spec 0.8.11, "AC Identifier Type", "AC Name Type"; the looseness is the original's
 * (runs of separators are accepted). */

#include <stdbool.h>

#include "errors.h"

/* Return 0; -EINVAL with the reason (empty, invalid character, separator at an edge). */
int appc_identifier_check(const char *text, Error *e);
int appc_name_check(const char *text, Error *e);

/* The nearest valid form, allocated. -EINVAL when nothing is left; -ENOMEM. */
int appc_identifier_sanitize(const char *text, char **ret);
int appc_name_sanitize(const char *text, char **ret);
