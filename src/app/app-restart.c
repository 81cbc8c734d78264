/* SPDX-License-Identifier: Apache-2.0 */
#include "app-restart.h"

static int set_delay(const char *text, SysdProperties *service, Error *e) {
        uint64_t usec = 0;
        int r = app_restart_delay_parse(text, &usec, e);

        return r < 0 ? r : sysd_set_u64(service, "RestartUSec", usec);
}

static int set_policy(const char *text, SysdProperties *service, Error *e) {
        int r = app_restart_policy_check(text, e);

        return r < 0 ? r : sysd_set_string(service, "Restart", text);
}

/* systemd takes no time for no limit. */
static int set_limit(const char *text, SysdProperties *unit, Error *e) {
        AppRestartLimit limit = {};
        int r = app_restart_limit_parse(text, &limit, e);

        if (r >= 0 && limit.starts > 0)
                r = sysd_set_u32(unit, "StartLimitBurst", limit.starts);
        if (r >= 0 && (limit.starts == 0 || limit.within_usec > 0))
                r = sysd_set_u64(unit, "StartLimitIntervalUSec", limit.within_usec);
        return r;
}

int app_restart(const AppcPairs *annotations,
                SysdProperties *unit,
                SysdProperties *service,
                Error *e) {
        const struct {
                const char *name;
                int (*set)(const char *text, SysdProperties *p, Error *e);
                SysdProperties *to;
        } parts[] = {
                { APP_RESTART_ANNOTATION, set_policy, service },
                { APP_RESTART_DELAY_ANNOTATION, set_delay, service },
                { APP_RESTART_LIMIT_ANNOTATION, set_limit, unit },
        };

        for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
                const char *text = appc_pairs_get(annotations, parts[i].name);
                int r = text ? parts[i].set(text, parts[i].to, e) : 0;

                if (r < 0)
                        return error_wrap(e, r, "bad annotation \"%s\"", parts[i].name);
        }
        return 0;
}
