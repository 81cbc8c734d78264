/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "clock.h"
#include "openat.h"
#include "sysd-bus.h"

#define SOCKET "/run/systemd/private"
#define UNIT "org.freedesktop.systemd1.Unit"
#define SERVICE "org.freedesktop.systemd1.Service"
#define USEC_PER_SEC ((uint64_t) 1000000)
#define WAIT_USEC (300 * USEC_PER_SEC) /* thrice systemd's default for one unit */

/* It serves its own root alone, who is not the host's where the pod has users of its own. */
static int connect_as_root(const PodIds *ids, int socket_fd, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r = 0;

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (ids->count > 0 && seteuid(ids->shift) < 0)
                return -errno;
        if (connect(socket_fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                r = -errno;
        if (ids->count > 0 && seteuid(0) < 0)
                return -errno;
        return r;
}

static int open_socket(const CoreosInside *inside) {
        _cleanup_(fd_closep) int path_fd = open_in_root(inside->root_fd, SOCKET, O_PATH),
                                 fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char path[FD_PATH_MAX];
        int r = 0;

        if (path_fd < 0 || fd < 0)
                return path_fd < 0 ? path_fd : -errno;
        r = connect_as_root(&inside->ids, fd, fd_path(path_fd, path));
        return r < 0 ? r : fd_take(&fd);
}

int coreos_manager_connect(const CoreosInside *inside, sd_bus **ret, Error *e) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(fd_closep) int fd = open_socket(inside);
        int r = fd;

        if (r >= 0)
                r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_fd(bus, fd, fd);
        if (r < 0)
                return error_wrap(e, r, "cannot reach the systemd of the pod");
        (void) fd_take(&fd);
        r = sd_bus_start(bus);
        if (r < 0)
                return error_wrap(e, r, "cannot reach the systemd of the pod");
        *ret = ptr_take(&bus);
        return 0;
}

int coreos_manager_reload(sd_bus *bus, Error *e) {
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        int r = sd_bus_call_method(bus, NULL, SYSD_PATH, SYSD_MANAGER, "Reload", &refusal, NULL,
                                   NULL);

        return r < 0 ? sysd_refusal(e, r, &refusal, "Reload") : 0;
}

static int get_text(sd_bus *bus,
                    const char *path,
                    const char *interface,
                    const char *name,
                    char *ret,
                    size_t n,
                    sd_bus_error *refusal) {
        _cleanup_(freep) char *text = NULL;
        int r = sd_bus_get_property_string(bus, NULL, path, interface, name, refusal, &text);

        if (r >= 0)
                (void) snprintf(ret, n, "%s", text);
        return r;
}

static int
get_number(sd_bus *bus, const char *path, const char *name, int32_t *ret, sd_bus_error *refusal) {
        return sd_bus_get_property_trivial(bus, NULL, path, SERVICE, name, refusal, 'i', ret);
}

/* Only a unit that is not loaded has a reason, and one that is none has no result. */
static void get_reason(sd_bus *bus, const char *path, CoreosUnit *unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *name = NULL, *text = NULL;

        if (sd_bus_get_property(bus, NULL, path, UNIT, "LoadError", NULL, &reply, "(ss)") >= 0 &&
            sd_bus_message_read(reply, "(ss)", &name, &text) >= 0)
                (void) snprintf(unit->reason, sizeof(unit->reason), "%s", text);
}

static int look(sd_bus *bus, const char *path, CoreosUnit *unit, sd_bus_error *refusal) {
        int r = get_text(bus, path, UNIT, "LoadState", unit->load_state, sizeof(unit->load_state),
                         refusal);

        if (r >= 0)
                r = get_text(bus, path, UNIT, "ActiveState", unit->active_state,
                             sizeof(unit->active_state), refusal);
        if (r >= 0 && strcmp(unit->load_state, "loaded") != 0) {
                get_reason(bus, path, unit);
                return 0;
        }
        if (r >= 0)
                r = get_text(bus, path, SERVICE, "Result", unit->result, sizeof(unit->result),
                             refusal);
        if (r >= 0)
                r = get_text(bus, path, SERVICE, "Type", unit->type, sizeof(unit->type), refusal);
        if (r >= 0)
                r = get_number(bus, path, "ExecMainCode", &unit->main_code, refusal);
        return r < 0 ? r : get_number(bus, path, "ExecMainStatus", &unit->main_status, refusal);
}

int coreos_manager_look(sd_bus *bus, const char *unit, CoreosUnit *ret, Error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        const char *path = NULL;
        CoreosUnit found = {};
        int r = sd_bus_call_method(bus, NULL, SYSD_PATH, SYSD_MANAGER, "LoadUnit", &refusal, &reply,
                                   "s", unit);

        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = look(bus, path, &found, &refusal);
        if (r < 0)
                return sysd_refusal(e, r, &refusal, unit);
        *ret = found;
        return 0;
}

typedef struct Waiting {
        char job[128];
        char *result;
        size_t n;
        bool ended;
} Waiting;

static int on_removed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Waiting *waiting = userdata;
        const char *path = NULL, *result = NULL;

        (void) error;
        if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) < 0 ||
            strcmp(path, waiting->job) != 0)
                return 0;
        (void) snprintf(waiting->result, waiting->n, "%s", result);
        waiting->ended = true;
        return 0;
}

static int wait_for(sd_bus *bus, const Waiting *waiting, const char *unit, Error *e) {
        uint64_t deadline = clock_usec() + WAIT_USEC;

        while (!waiting->ended) {
                uint64_t now = clock_usec();
                int r = sd_bus_process(bus, NULL);

                if (r == 0 && now >= deadline)
                        return error_new(e, -ETIMEDOUT, "unit '%s' of the pod takes too long",
                                         unit);
                if (r == 0)
                        r = sd_bus_wait(bus, deadline - now);
                if (r < 0 && r != -EINTR)
                        return error_new(e, -EPIPE, "the pod has ended");
        }
        return 0;
}

/* The match comes first: a short job is gone before its answer is read. Signals are read after the answer,
 * which tells which of them is meant. */
int coreos_manager_run(
        sd_bus *bus, const char *method, const char *unit, char *ret_result, size_t n, Error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        Waiting waiting = { .result = ret_result, .n = n };
        const char *path = NULL;
        int r = sd_bus_match_signal(bus, &slot, NULL, SYSD_PATH, SYSD_MANAGER, "JobRemoved",
                                    on_removed, &waiting);

        if (r < 0)
                return error_wrap(e, r, "cannot follow the jobs of the pod");
        r = sd_bus_call_method(bus, NULL, SYSD_PATH, SYSD_MANAGER, method, &refusal, &reply, "ss",
                               unit, "replace");
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return sysd_refusal(e, r, &refusal, unit);
        (void) snprintf(waiting.job, sizeof(waiting.job), "%s", path);
        return wait_for(bus, &waiting, unit, e);
}

void coreos_manager_forget(sd_bus *bus, const char *unit) {
        (void) sd_bus_call_method(bus, NULL, SYSD_PATH, SYSD_MANAGER, "ResetFailedUnit", NULL, NULL,
                                  "s", unit);
}
