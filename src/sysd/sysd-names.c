/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-names.h"

#include <stdio.h>

void sysd_names_init(const Uuid *pod, SysdNames *ret) {
        char plain[33];

        uuid_plain(pod, plain);
        (void) snprintf(ret->machine, sizeof(ret->machine), "rkt-%s", pod->text);
        (void) snprintf(ret->slice, sizeof(ret->slice), "machine-rkt-%s.slice", plain);
        (void) snprintf(ret->scope, sizeof(ret->scope), "rkt-%s.scope", pod->text);
        (void) snprintf(ret->journal_namespace, sizeof(ret->journal_namespace), "rkt-%s",
                        pod->text);
}

int sysd_app_unit(const Uuid *pod, const char *app, char **ret, Error *e) {
        _cleanup_(freep) char *unit = NULL;

        if (asprintf(&unit, "rkt-%s-%s.service", pod->text, app) < 0) {
                unit = NULL;
                return -ENOMEM;
        }
        if (strlen(unit) > SYSD_UNIT_NAME_MAX)
                return error_new(e, -ENAMETOOLONG,
                                 "the app's name makes a unit name of %zu characters, and systemd "
                                 "takes at most %d: choose a shorter one with --name",
                                 strlen(unit), SYSD_UNIT_NAME_MAX);
        *ret = ptr_take(&unit);
        return 0;
}
