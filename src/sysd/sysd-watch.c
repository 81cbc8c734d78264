/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-watch.h"

#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "sysd-bus.h"
#include "text.h"

#define UNIT_PREFIX "/org/freedesktop/systemd1/unit"

void sysd_watch_done(SysdWatch *watch) {
        sd_bus_slot_unref(watch->signals);
        sd_bus_slot_unref(watch->question);
        free(watch->manager);
        *watch = (SysdWatch){};
}

void sysd_watch_trust(SysdWatch *watch, const char *manager) {
        char *copy = manager ? strdup(manager) : NULL;

        if (!copy)
                return; /* found out when it is needed */
        free(watch->manager);
        watch->manager = copy;
}

/* Whether the message comes from the manager. The bus is asked where the sender is another than
 * before: after a re-execution the manager has a new name. */
static bool is_from_manager(SysdWatch *watch, sd_bus_message *m) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *sender = sd_bus_message_get_sender(m), *owner = NULL;

        if (watch->manager && text_equal(sender, watch->manager))
                return true;
        if (sd_bus_call_method(watch->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetNameOwner", NULL, &reply, "s",
                               SYSD_SERVICE) < 0 ||
            sd_bus_message_read(reply, "s", &owner) < 0)
                return false;
        sysd_watch_trust(watch, owner);
        return text_equal(sender, owner);
}

static int read_property(sd_bus_message *m, const char *name, SysdUnitReport *report) {
        const char *text = NULL;
        int r = 0;

        if (strcmp(name, "ActiveState") == 0)
                return sd_bus_message_read(m, "v", "s", &report->active_state);
        if (strcmp(name, "Result") == 0)
                return sd_bus_message_read(m, "v", "s", &report->result);
        if (strcmp(name, "ExecMainCode") == 0)
                return sd_bus_message_read(m, "v", "i", &report->main_code);
        if (strcmp(name, "ExecMainStatus") == 0)
                return sd_bus_message_read(m, "v", "i", &report->main_status);
        if (strcmp(name, "NRestarts") == 0)
                return sd_bus_message_read(m, "v", "u", &report->restarts);
        if (strcmp(name, "Job") == 0)
                return sd_bus_message_read(m, "v", "(uo)", &report->job, &text);
        if (strcmp(name, "LoadState") == 0) {
                r = sd_bus_message_read(m, "v", "s", &text);
                report->gone = text_equal(text, "not-found");
                return r;
        }
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

static void report_gone(SysdWatch *watch) {
        const SysdUnitReport report = { .active_state = "inactive", .gone = true };

        watch->on_unit(&report, watch->userdata);
}

/* A message that cannot be read is as good as none: an error here would end the connection. */
static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        SysdUnitReport report = {};

        (void) ignored;
        if (!is_from_manager(watch, m))
                return 0;
        if (sd_bus_message_skip(m, "s") >= 0 && read_properties(m, &report) >= 0)
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
        *ret = (SysdWatch){ .bus = bus, .on_unit = handler, .unit = unit, .userdata = userdata };
        r = sd_bus_match_signal_async(bus, &ret->signals, SYSD_SERVICE, path,
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                      on_properties_changed, NULL, ret);
        return r < 0 ? r : 0;
}

/* Sees every message; what it reads of one is left to others as it was. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        const char *path = NULL, *unit = NULL, *result = NULL;
        uint32_t id = 0;

        (void) ignored;
        if (!sd_bus_message_is_signal(m, SYSD_MANAGER, "JobRemoved"))
                return 0;
        if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 &&
            strcmp(unit, watch->unit) == 0 && is_from_manager(watch, m))
                watch->on_job(path, result, watch->userdata);
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
        *ret = (SysdWatch){ .bus = bus, .on_job = handler, .unit = unit, .userdata = userdata };
        r = sd_bus_add_filter(bus, &ret->signals, on_message, ret);
        return r < 0 ? r : 0;
}

static bool is_no_such_unit(sd_bus_message *answer) {
        const sd_bus_error *error = sd_bus_message_get_error(answer);

        return sysd_is_no_such_unit(error) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

/* What an answer that is an error means: that there is no such unit, or nothing. */
static void take_refusal(SysdWatch *watch, sd_bus_message *answer) {
        if (is_no_such_unit(answer))
                report_gone(watch);
        else
                watch->unanswered = true;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdWatch *watch = userdata;
        SysdUnitReport report = { .asked = true };

        (void) ignored;
        watch->question = sd_bus_slot_unref(watch->question);
        if (sd_bus_message_is_method_error(m, NULL)) {
                take_refusal(watch, m);
                return 0;
        }
        sysd_watch_trust(watch, sd_bus_message_get_sender(m));
        if (read_properties(m, &report) < 0)
                watch->unanswered = true;
        else if (report.gone)
                report_gone(watch); /* asking has made systemd look for a unit of that name */
        else
                watch->on_unit(&report, watch->userdata);
        return 0;
}

/* No interface means all: one answer, so that a state and the result that belongs to it come
 * together. */
static int ask_properties(SysdWatch *watch) {
        _cleanup_(freep) char *path = NULL;
        int r = unit_path(watch->unit, &path);

        if (r < 0)
                return r;
        r = sd_bus_call_method_async(watch->bus, &watch->question, SYSD_SERVICE, path,
                                     "org.freedesktop.DBus.Properties", "GetAll", on_properties,
                                     watch, "s", "");
        return r < 0 ? r : 0;
}

int sysd_watch_refresh(SysdWatch *watch) {
        if (watch->question)
                return 0;
        watch->unanswered = false;
        return ask_properties(watch);
}
