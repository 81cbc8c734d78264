/* SPDX-License-Identifier: Apache-2.0 */

/* services [--held] COUNT NAME PROGRAM [ARGUMENT...]: starts that many plain services in one
 * StartTransientUnit call and ends when all are up. What a pod of as many apps is measured against.
 *
 * With --held they belong together as a pod's apps do: a scope comes before them, which they are bound
 * to, with a journal namespace of its own, and machined knows them. No image, no mount, no stream: what
 * systemd alone takes for a pod, and so what a pod cannot be faster than.
 *
 * "systemctl stop NAME.slice" ends them. */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define MANAGER "org.freedesktop.systemd1"

static const char *name;
static char **command;
static unsigned left;
static bool held, holder_is_up;

static int add_properties(sd_bus_message *m, unsigned i, unsigned n) {
        char slice[256], other[256];
        int r = sd_bus_message_open_container(m, 'a', "(sv)");

        (void) snprintf(slice, sizeof(slice), "%s.slice", name);
        if (r >= 0)
                r = sd_bus_message_append(m, "(sv)(sv)(sv)", "Slice", "s", slice, "Type", "s",
                                          "exec", "CollectMode", "s", "inactive-or-failed");
        if (r >= 0)
                r = sd_bus_message_append(m, "(sv)", "DefaultDependencies", "b", 0);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "ExecStart");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "a(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'r', "sasb");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", command[0]);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, command);
        if (r >= 0)
                r = sd_bus_message_append(m, "b", 0);
        for (unsigned depth = 0; r >= 0 && depth < 4; depth++)
                r = sd_bus_message_close_container(m);
        if (r >= 0 && held) {
                (void) snprintf(other, sizeof(other), "%s.scope", name);
                r = sd_bus_message_append(m, "(sv)(sv)", "BindsTo", "as", 1, other, "After", "as",
                                          1, other);
        }
        for (unsigned k = 1; r >= 0 && i == 0 && k < n; k++) {
                (void) snprintf(other, sizeof(other), "%s-%u.service", name, k);
                r = sd_bus_message_append(m, "(sv)", "Wants", "as", 1, other);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int on_job(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        const char *path = NULL, *unit = NULL, *result = NULL;
        unsigned id = 0;
        int r = sd_bus_message_read(m, "uoss", &id, &path, &unit, &result);

        (void) userdata;
        (void) ignored;
        if (r >= 0 && strncmp(unit, name, strlen(name)) == 0 && strstr(unit, ".service"))
                left--;
        else if (r >= 0 && strncmp(unit, name, strlen(name)) == 0 && strstr(unit, ".scope"))
                holder_is_up = true;
        return r;
}

static int run_until(sd_bus *bus, bool (*done)(void)) {
        int r = 0;

        while (r >= 0 && !done()) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        }
        return r;
}

static bool is_held(void) {
        return holder_is_up;
}

static bool all_are_up(void) {
        return left == 0;
}

static int register_machine(sd_bus *bus, pid_t leader) {
        const uint8_t id[16] = { 1 };
        sd_bus_message *m = NULL;
        int r = sd_bus_message_new_method_call(
                bus, &m, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                "org.freedesktop.machine1.Manager", "RegisterMachine");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', id, sizeof(id));
        if (r >= 0)
                r = sd_bus_message_append(m, "ssus", "bench", "container", (uint32_t) leader, "");
        if (r >= 0)
                r = sd_bus_call(bus, m, 0, NULL, NULL);
        sd_bus_message_unref(m);
        return r;
}

/* The scope of a process that does nothing, up when this returns. */
static int hold(sd_bus *bus, pid_t *ret) {
        char slice[256], scope[256], socket[256], journal[256];
        pid_t pid = fork();
        int r = 0;

        if (pid == 0) {
                for (;;)
                        pause();
        }
        (void) snprintf(slice, sizeof(slice), "%s.slice", name);
        (void) snprintf(scope, sizeof(scope), "%s.scope", name);
        (void) snprintf(socket, sizeof(socket), "systemd-journald@%s.socket", name);
        (void) snprintf(journal, sizeof(journal), "systemd-journald@%s.service", name);
        r = sd_bus_call_method(bus, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager",
                               "StartTransientUnit", NULL, NULL, "ssa(sv)a(sa(sv))", scope, "fail",
                               6, "Slice", "s", slice, "PIDs", "au", 1, (uint32_t) pid,
                               "CollectMode", "s", "inactive-or-failed", "Requires", "as", 1,
                               socket, "After", "as", 1, socket, "Wants", "as", 1, journal, 0);
        *ret = pid;
        return r < 0 ? r : run_until(bus, is_held);
}

static int start(sd_bus *bus, unsigned n) {
        sd_bus_message *m = NULL, *reply = NULL;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char unit[256];
        int r = sd_bus_message_new_method_call(bus, &m, MANAGER, "/org/freedesktop/systemd1",
                                               MANAGER ".Manager", "StartTransientUnit");

        for (unsigned i = 0; r >= 0 && i < n; i++) {
                (void) snprintf(unit, sizeof(unit), "%s-%u.service", name, i);
                if (i == 1)
                        r = sd_bus_message_open_container(m, 'a', "(sa(sv))");
                if (r >= 0 && i > 0)
                        r = sd_bus_message_open_container(m, 'r', "sa(sv)");
                if (r >= 0)
                        r = i == 0 ? sd_bus_message_append(m, "ss", unit, "fail")
                                   : sd_bus_message_append(m, "s", unit);
                if (r >= 0)
                        r = add_properties(m, i, n);
                if (r >= 0 && i > 0)
                        r = sd_bus_message_close_container(m);
        }
        if (r >= 0)
                r = n > 1 ? sd_bus_message_close_container(m)
                          : sd_bus_message_append(m, "a(sa(sv))", 0);
        if (r >= 0)
                r = sd_bus_call(bus, m, 0, &error, &reply);
        if (r < 0)
                fprintf(stderr, "services: %s\n", error.message ? error.message : strerror(-r));
        sd_bus_message_unref(m);
        sd_bus_message_unref(reply);
        sd_bus_error_free(&error);
        return r;
}

int main(int argc, char **argv) {
        sd_bus *bus = NULL;
        pid_t holder = 0;
        int r = 0;

        held = argc > 1 && strcmp(argv[1], "--held") == 0;
        argc -= held;
        argv += held;
        if (argc < 4)
                return 2;
        left = (unsigned) strtoul(argv[1], NULL, 10);
        name = argv[2];
        command = argv + 3;
        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_match_signal_async(bus, NULL, MANAGER, "/org/freedesktop/systemd1",
                                              MANAGER ".Manager", "JobRemoved", on_job, NULL, NULL);
        if (r >= 0 && held)
                r = hold(bus, &holder);
        if (r >= 0)
                r = start(bus, left);
        if (r >= 0 && held)
                r = register_machine(bus, holder);
        if (r >= 0)
                r = run_until(bus, all_are_up);
        if (r < 0)
                fprintf(stderr, "services: %s\n", strerror(-r));
        sd_bus_flush_close_unref(bus);
        return r < 0 ? 1 : 0;
}
