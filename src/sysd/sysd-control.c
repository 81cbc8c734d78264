/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-control.h"

#include <fcntl.h>
#include <unistd.h>

#include "files.h"
#include "text.h"

/* Runtime ones, persistent ones, and those of transient units. */
static const char *const places[] = {
        "/run/systemd/system.control",
        "/etc/systemd/system.control",
        "/run/systemd/transient",
};

/* "rkt-UUID.scope.d", "rkt-UUID-APP.service.d", "machine-rkt-ID.slice.d" */
static bool is_of_pod(const SysdNames *names, const char *name) {
        const char *dot = strrchr(names->scope, '.');
        size_t n = (size_t) (dot - names->scope);

        if (!text_ends_with(name, ".d"))
                return false;
        return (strncmp(name, names->scope, n) == 0 && (name[n] == '.' || name[n] == '-')) ||
               (text_after(name, names->slice) && strlen(name) == strlen(names->slice) + 2);
}

static int remove_in(const char *place, const SysdNames *names, Error *e) {
        _cleanup_(fd_closep) int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(strv_freep) Strv entries = NULL;
        int r = fd < 0 ? -errno : dir_list(fd, &entries);

        if (r == -ENOENT)
                return 0;
        for (char **name = entries; r >= 0 && name && *name; name++)
                if (is_of_pod(names, *name))
                        r = tree_remove_at(fd, *name);
        return r < 0 ? error_wrap(e, r, "cannot remove the pod's settings in %s", place) : 0;
}

int sysd_control_remove(const SysdNames *names, Error *e) {
        int first = 0;

        for (size_t i = 0; i < N_ELEMENTS(places); i++) {
                int r = remove_in(places[i], names, first < 0 ? NULL : e);

                first = first < 0 ? first : r;
        }
        return first;
}

void sysd_log_fields_remove(const char *unit) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "/run/systemd/units/log-extra-fields:%s", unit) < 0) {
                path = NULL;
                return;
        }
        (void) unlink(path);
}
