/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-isolator-check.h"

#include <inttypes.h>

int appc_isolator_set_check(char *const *set, Error *e) {
        size_t n = strv_length(set);

        if (n == 0)
                return error_new(e, -EINVAL, "set must be non-empty");
        if (n > APPC_ISOLATOR_SET_MAX)
                return error_new(e, -ERANGE, "more than %d items", APPC_ISOLATOR_SET_MAX);
        for (; *set; set++)
                if (!text_is_utf8(*set, strlen(*set)))
                        return error_new(e, -EINVAL, "\"%s\" is not UTF-8", *set);
        return 0;
}

static const struct {
        int64_t min, max;
} ranges[_APPC_ISOLATOR_MAX] = {
        [APPC_ISOLATOR_OOM_SCORE_ADJ] = { -1000, 1000 },
        [APPC_ISOLATOR_CPU_SHARES] = { 2, 262144 },
};

int appc_isolator_number_check(AppcIsolatorKind kind, int64_t number, Error *e) {
        if (number >= ranges[kind].min && number <= ranges[kind].max)
                return 0;
        return error_new(e, -ERANGE, "%s must be between %" PRId64 " and %" PRId64 ", got %" PRId64,
                         appc_isolator_kind_name(kind), ranges[kind].min, ranges[kind].max, number);
}

/* The shape alone: which numbers have a name is the kernel's matter. */
static bool is_errno_name(const char *text) {
        return *text == 'E' && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

int appc_isolator_seccomp_check(AppcIsolator *isolator, Error *e) {
        int r = appc_isolator_set_check(isolator->set, e);

        if (r < 0)
                return r;
        if (strv_contains(isolator->set, ""))
                return error_new(e, -EINVAL, "set holds an empty name");
        if (text_is_empty(isolator->errno_name)) {
                free(isolator->errno_name);
                isolator->errno_name = NULL;
                return 0;
        }
        if (!is_errno_name(isolator->errno_name))
                return error_new(e, -EINVAL,
                                 "errno must be \"E\" and upper case letters or digits, got \"%s\"",
                                 isolator->errno_name);
        return 0;
}
