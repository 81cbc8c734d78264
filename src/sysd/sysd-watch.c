/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "sysd-bus.h"

#define UNIT_PREFIX "/org/freedesktop/systemd1/unit"

void sysd_watch_done(SysdWatch *watch) {
        watch->slot = sd_bus_slot_unref(watch->slot);
}

static int read_property(sd_bus_message *m, const char *name, SysdUnitReport *report) {
        const char *path = NULL;

        if (strcmp(name, "ActiveState") == 0)
                return sd_bus_message_read(m, "v", "s", &report->active_state);
        if (strcmp(name, "Result") == 0)
                return sd_bus_message_read(m, "v", "s", &report->result);
        if (strcmp(name, "ExecMainCode") == 0)
                return sd_bus_message_read(m, "v", "i", &report->main_code);
        if (strcmp(name, "ExecMainStatus") == 0)
                return sd_bus_message_read(m, "v", "i", &report->main_status);
        if (strcmp(name, "Job") == 0)
                return sd_bus_message_read(m, "v", "(uo)", &report->job, &path);
        return sd_bus_message_skip(m, "v");
}

/* Reads "a{sv}". */
static int read_properties(sd_bus_message *m, SysdUnitReport *report) {
        int r = sd_bus_message_enter_container(m, 'a', "{sv}");

        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name = NULL;

                r = sd_bus_message_read(m, "s", &name);
                if (r < 0)
                        return r;
                r = read_property(m, name, report);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        SysdUnitReport report = {};
        const char *interface = NULL;
        int r = sd_bus_message_read(m, "s", &interface);

        (void) ignored;
        if (r < 0)
                return r;
        r = read_properties(m, &report);
        if (r < 0)
                return r;
        watch->on_unit(&report, watch->userdata);
        return 0;
}

static int unit_path(const char *unit, char **ret) {
        return sd_bus_path_encode(UNIT_PREFIX, unit, ret);
}

int sysd_watch_unit(
        sd_bus *bus, const char *unit, SysdUnitHandler handler, void *userdata, SysdWatch *ret) {
        _cleanup_(freep) char *path = NULL;
        int r = unit_path(unit, &path);

        if (r < 0)
                return r;
        *ret = (SysdWatch){ .on_unit = handler, .userdata = userdata };
        return sd_bus_match_signal_async(bus, &ret->slot, SYSD_SERVICE, path,
                                         "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                         on_properties_changed, NULL, ret);
}

/* Sees every message; those that are not the end of this unit's job go on to others. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        const char *path = NULL, *unit = NULL, *result = NULL;
        uint32_t id = 0;

        (void) ignored;
        if (!sd_bus_message_is_signal(m, SYSD_MANAGER, "JobRemoved"))
                return 0;
        if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
                return 0;
        if (strcmp(unit, watch->unit) == 0)
                watch->on_job(result, watch->userdata);
        else
                (void) sd_bus_message_rewind(m, true);
        return 0;
}

/* The bus daemon compares a signal's third argument, so that other units' jobs do not reach us;
 * sd-bus gives up at the first argument that is no string (seen on 252), so ours is a filter. */
int sysd_watch_job(
        sd_bus *bus, const char *unit, SysdJobHandler handler, void *userdata, SysdWatch *ret) {
        _cleanup_(freep) char *match = NULL;
        int r = 0;

        if (asprintf(&match,
                     "type='signal',sender='" SYSD_SERVICE "',path='" SYSD_PATH
                     "',interface='" SYSD_MANAGER "',member='JobRemoved',arg2='%s'",
                     unit) < 0) {
                match = NULL;
                return -ENOMEM;
        }
        r = sd_bus_call_method_async(bus, NULL, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", "AddMatch", NULL, NULL, "s", match);
        if (r < 0)
                return r;
        *ret = (SysdWatch){ .on_job = handler, .unit = unit, .userdata = userdata };
        return sd_bus_add_filter(bus, &ret->slot, on_message, ret);
}

static int on_all_properties(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        SysdUnitReport report = {};
        int r = 0;

        (void) ignored;
        if (sd_bus_message_is_method_error(m, NULL)) {
                report.active_state = "inactive";
        } else {
                r = read_properties(m, &report);
                if (r < 0)
                        return r;
        }
        watch->on_unit(&report, watch->userdata);
        return 0;
}

int sysd_watch_refresh(sd_bus *bus, const char *unit, SysdWatch *watch) {
        static const char *const interfaces[] = {
                "org.freedesktop.systemd1.Service", /* first, as the signals come */
                "org.freedesktop.systemd1.Unit",
        };
        _cleanup_(freep) char *path = NULL;
        int r = unit_path(unit, &path);

        for (size_t i = 0; i < N_ELEMENTS(interfaces) && r >= 0; i++)
                r = sd_bus_call_method_async(bus, NULL, SYSD_SERVICE, path,
                                             "org.freedesktop.DBus.Properties", "GetAll",
                                             on_all_properties, watch, "s", interfaces[i]);
        return r < 0 ? r : 0;
}
