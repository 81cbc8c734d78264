/* SPDX-License-Identifier: Apache-2.0 */

/* Apart from the properties, so that who only checks a command line links nothing for them. */

#include "app-restart.h"
#include "sysd-value.h"

int app_restart_policy_check(const char *policy, Error *e) {
        static const char *const policies[] = { "no", "on-failure", "always" };

        for (size_t i = 0; i < N_ELEMENTS(policies); i++)
                if (strcmp(policies[i], policy) == 0)
                        return 0;
        return error_new(e, -EINVAL, "must be one of \"no\", \"on-failure\", \"always\"");
}

int app_restart_delay_parse(const char *text, uint64_t *ret_usec, Error *e) {
        uint64_t usec = 0;

        if (sysd_value_time(text, &usec) < 0 || usec == UINT64_MAX)
                return error_new(e, -EINVAL, "\"%s\" is no time such as \"500ms\" or \"5s\"", text);
        *ret_usec = usec;
        return 0;
}

int app_restart_limit_parse(const char *text, AppRestartLimit *ret, Error *e) {
        _cleanup_(freep) char *copy = strdup(text);
        char *slash = copy ? strchr(copy, '/') : NULL;
        uint64_t starts = 0, within = 0;
        int r = copy ? 0 : -ENOMEM;

        if (slash)
                *slash++ = '\0';
        if (r >= 0)
                r = text_parse_u64(copy, UINT32_MAX, &starts);
        if (r >= 0 && slash)
                r = sysd_value_time(slash, &within);
        if (r >= 0 && slash && (within == 0 || within == UINT64_MAX || starts == 0))
                r = -EINVAL;
        if (r < 0)
                return r == -ENOMEM
                               ? r
                               : error_new(e, -EINVAL,
                                           "\"%s\" is neither a number of starts nor one within a "
                                           "time, such as \"5/1min\"",
                                           text);
        *ret = (AppRestartLimit){ (uint32_t) starts, within };
        return 0;
}
