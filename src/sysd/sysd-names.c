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

/* As unit_name_path_escape() of systemd, whose rules systemd.unit(5) tells. */
static void escape_path(const char *path, FILE *out) {
        const char *begin = path;

        for (; *path; path++) {
                bool plain = (*path >= '0' && *path <= '9') || (*path >= 'a' && *path <= 'z') ||
                             (*path >= 'A' && *path <= 'Z') || strchr(":_.", *path);

                if (*path == '/')
                        fputc('-', out);
                else if (plain && !(*path == '.' && path == begin))
                        fputc(*path, out);
                else
                        fprintf(out, "\\x%02x", (unsigned char) *path);
        }
}

int sysd_mount_unit(const char *path, char **ret) {
        _cleanup_(freep) char *unit = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&unit, &size);

        if (!out)
                return -ENOMEM;
        if (strcmp(path, "/") == 0)
                fputc('-', out);
        else
                escape_path(path + 1, out);
        fputs(".mount", out);
        if (fclose(out) != 0)
                return -ENOMEM;
        if (size > SYSD_UNIT_NAME_MAX)
                return -ENAMETOOLONG;
        *ret = ptr_take(&unit);
        return 0;
}
