/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-bus.h"

#include <errno.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"

int sysd_connect(sd_bus **ret, Error *e) {
        int r = 0;

        if (sd_booted() <= 0)
                return error_new(
                        e, -EHOSTDOWN,
                        "systemd is not running on this host (no /run/systemd/system); pods "
                        "of this flavor are its units");
        r = sd_bus_open_system(ret);
        if (r < 0)
                return error_wrap(e, r, "cannot connect to the system bus");
        return 0;
}

/* sd-bus and the bus daemon answer in the manager's place when it cannot. */
static bool is_no_answer(int r, const sd_bus_error *refusal) {
        static const char *const names[] = {
                SD_BUS_ERROR_DISCONNECTED,
                SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                SD_BUS_ERROR_NO_REPLY,
                SD_BUS_ERROR_SERVICE_UNKNOWN,
        };

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (sd_bus_error_has_name(refusal, names[i]))
                        return true;
        return r == -ENOTCONN || r == -ECONNRESET;
}

int sysd_refusal(Error *e, int r, const sd_bus_error *refusal, const char *subject) {
        if (refusal->message && !is_no_answer(r, refusal))
                return error_new(e, r, "systemd refused '%s': %s", subject, refusal->message);
        return error_wrap(e, r, "systemd did not answer about '%s'", subject);
}

static int append_unit(const SysdUnit *unit, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'r', "sa(sv)");

        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", unit->name);
        if (r < 0)
                return r;
        r = sysd_properties_append(unit->properties, m);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int fill_transient(const SysdUnit *units, size_t n_units, sd_bus_message *m) {
        const SysdUnit *last = &units[n_units - 1];
        int r = sd_bus_message_append(m, "ss", last->name, "fail");

        if (r < 0)
                return r;
        r = sysd_properties_append(last->properties, m);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "(sa(sv))");
        if (r < 0)
                return r;
        for (size_t i = 0; i + 1 < n_units; i++) {
                r = append_unit(&units[i], m);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(m);
}

void sysd_job_done(SysdJob *job) {
        free(job->path);
        free(job->manager);
        *job = (SysdJob){};
}

static int read_job(sd_bus_message *reply, SysdJob *ret) {
        _cleanup_(sysd_job_done) SysdJob job = {};
        const char *path = NULL, *sender = sd_bus_message_get_sender(reply);
        int r = sd_bus_message_read(reply, "o", &path);

        if (r < 0)
                return r;
        if (!ret)
                return 0;
        job.path = strdup(path);
        job.manager = sender ? strdup(sender) : NULL;
        if (!job.path || (sender && !job.manager))
                return -ENOMEM;
        *ret = struct_take(&job);
        return 0;
}

int sysd_start_transient(
        sd_bus *bus, const SysdUnit *units, size_t n_units, SysdJob *ret, Error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        const char *name = units[n_units - 1].name;
        int r = 0;

        r = sd_bus_message_new_method_call(bus, &call, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                           "StartTransientUnit");
        if (r < 0)
                return error_wrap(e, r, "cannot make a bus message");
        r = fill_transient(units, n_units, call);
        if (r < 0)
                return error_wrap(e, r, "cannot put unit '%s' into a bus message", name);
        r = sd_bus_call(bus, call, 0, &refusal, &reply);
        if (r < 0)
                return sysd_refusal(e, r, &refusal, name);
        r = read_job(reply, ret);
        if (r < 0)
                return error_wrap(e, r, "unexpected answer from systemd about '%s'", name);
        return 0;
}

bool sysd_is_no_such_unit(const sd_bus_error *refusal) {
        return sd_bus_error_has_name(refusal, "org.freedesktop.systemd1.NoSuchUnit");
}

int sysd_unit_job(sd_bus *bus, const char *method, const char *unit, SysdJob *ret, Error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        int r = sd_bus_call_method(bus, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER, method, &refusal,
                                   &reply, "ss", unit, "replace");

        if (r < 0 && sysd_is_no_such_unit(&refusal))
                return 0;
        if (r < 0)
                return sysd_refusal(e, r, &refusal, unit);
        r = read_job(reply, ret);
        return r < 0 ? error_wrap(e, r, "unexpected answer from systemd about '%s'", unit) : 1;
}

int sysd_unit_job_later(sd_bus *bus, const char *method, const char *unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = sd_bus_message_new_method_call(bus, &call, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                               method);

        if (r >= 0)
                r = sd_bus_message_append(call, "ss", unit, "replace");
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(call, 0);
        if (r >= 0)
                r = sd_bus_send(bus, call, NULL);
        return r < 0 ? r : 0;
}

int sysd_unit_set(sd_bus *bus, const char *unit, const SysdProperties *properties, Error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        int r = sd_bus_message_new_method_call(bus, &call, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                               "SetUnitProperties");

        if (r >= 0)
                r = sd_bus_message_append(call, "sb", unit, true);
        if (r >= 0)
                r = sysd_properties_append(properties, call);
        if (r < 0)
                return error_wrap(e, r, "cannot put unit '%s' into a bus message", unit);
        r = sd_bus_call(bus, call, 0, &refusal, NULL);
        return r < 0 ? sysd_refusal(e, r, &refusal, unit) : 0;
}

int sysd_unit_kill(sd_bus *bus, const char *unit, int signal_number, Error *e) {
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        int r = sd_bus_call_method(bus, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER, "KillUnit", &refusal,
                                   NULL, "ssi", unit, "all", signal_number);

        if (r < 0 && (sysd_is_no_such_unit(&refusal) || r == -ESRCH))
                return 0;
        return r < 0 ? sysd_refusal(e, r, &refusal, unit) : 1;
}
