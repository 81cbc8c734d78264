/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the original had as experiments, behind environment variables. Here it is always there; where
 * the variable is set it does exactly as the original did, oddities included.
 * Source: inventory 0.7. */

#include <stdlib.h>

#include "text.h"

#define EXPERIMENT_APP "RKT_EXPERIMENT_APP"

/* Whether the variable says so: as Go reads a bool, and anything else is off. */
static inline bool experiment_is_on(const char *variable) {
        const char *said = getenv(variable);

        return said && text_parse_bool(said) > 0;
}
