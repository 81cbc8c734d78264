/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --format=json|json-pretty, and the block of errors below a list. */

#include "text.h"
#include "verb.h"

typedef enum OutputFormat {
        OUTPUT_TABLE,
        OUTPUT_JSON,
        OUTPUT_JSON_PRETTY,
} OutputFormat;

/* OptionSetter helpers: each takes the address of the value itself. */
int output_format_set(OutputFormat *slot, const char *value, Error *e);
int output_switch_set(bool *slot, const char *value);
int output_text_set(char **slot, const char *value);

/* On standard error, as the original's lists do: "3 error(s) encountered when listing WHAT:". */
void output_problems(const char *what, char *const *problems);
