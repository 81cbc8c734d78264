/* SPDX-License-Identifier: Apache-2.0 */
#include "output-format.h"

#include <stdio.h>

#define RULE "----------------------------------------"
#define APPC_SCHEMA "0.8.11"

int output_format_set(OutputFormat *slot, const char *value, Error *e) {
        if (strcmp(value, "json") == 0)
                *slot = OUTPUT_JSON;
        else if (strcmp(value, "json-pretty") == 0)
                *slot = OUTPUT_JSON_PRETTY;
        else if (*value == '\0')
                *slot = OUTPUT_TABLE;
        else
                return error_new(e, -EINVAL, "Invalid format option: %s", value);
        return 0;
}

int output_switch_set(bool *slot, const char *value) {
        int r = text_parse_bool(value);

        if (r < 0)
                return r;
        *slot = r > 0;
        return 0;
}

int output_text_set(char **slot, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*slot);
        *slot = copy;
        return 0;
}

void output_problems(const char *what, char *const *problems) {
        if (!problems || !*problems)
                return;
        fprintf(stderr, "%zu error(s) encountered when listing %s:\n%s\n", strv_length(problems),
                what, RULE);
        for (; *problems; problems++) {
                text_write_escaped(stderr, *problems);
                fprintf(stderr, "\n%s\n", RULE);
        }
        fputs("misc:\n  rkt's appc version: " APPC_SCHEMA "\n\n", stderr);
}
