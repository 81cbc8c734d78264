/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-systemd-parts.h"

#include <stdarg.h>

#define MANAGER "org.freedesktop.systemd1.Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define BUS_NAME "org.freedesktop.DBus"

/* Messages seem to come from a peer on a bus. */
static void send_as(sd_bus_message *m, const char *sender) {
        sd_bus *bus = sd_bus_message_get_bus(m);

        must(sd_bus_message_set_sender(m, sender) >= 0);
        (void) sd_bus_send(bus, m, NULL); /* who hung up meanwhile misses it */
        sd_bus_message_unref(m);
}

const char *fake_manager(const FakeSystemd *fake, char buffer[static 16]) {
        (void) snprintf(buffer, 16, ":1.%u", fake->name);
        return buffer;
}

static void reply_as(sd_bus_message *call, const char *sender, const char *types, ...) {
        sd_bus_message *m = NULL;
        va_list ap;

        if (!sd_bus_message_get_expect_reply(call))
                return;
        must(sd_bus_message_new_method_return(call, &m) >= 0);
        va_start(ap, types);
        must(sd_bus_message_appendv(m, types, ap) >= 0);
        va_end(ap);
        send_as(m, sender);
}

static void
refuse_as(sd_bus_message *call, const char *sender, const char *error, const char *text) {
        const sd_bus_error refusal = { error, text, 0 };
        sd_bus_message *m = NULL;

        if (!sd_bus_message_get_expect_reply(call))
                return;
        must(sd_bus_message_new_method_error(call, &m, &refusal) >= 0);
        send_as(m, sender);
}

void fake_each_connection(FakeSystemd *fake,
                          void (*send)(sd_bus *bus, const char *sender, const void *what),
                          const char *sender,
                          const void *what) {
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                if (fake->connections[i] && sd_bus_is_ready(fake->connections[i]) > 0) {
                        send(fake->connections[i], sender, what);
                        (void) sd_bus_flush(fake->connections[i]);
                }
}

static void send_job_removed(sd_bus *bus, const char *sender, const void *what) {
        const JobEnd *end = what;
        sd_bus_message *m = NULL;

        must(sd_bus_message_new_signal(bus, &m, MANAGER_PATH, MANAGER, "JobRemoved") >= 0);
        must(sd_bus_message_append(m, "uoss", end->id, end->path, end->unit, end->result) >= 0);
        send_as(m, sender);
}

static void append_service(sd_bus_message *m, const Unit *unit) {
        must(sd_bus_message_append(m, "{sv}{sv}{sv}", "Result", "s", unit->result, "ExecMainCode",
                                   "i", unit->main_code, "ExecMainStatus", "i",
                                   unit->main_status) >= 0);
}

static void append_unit_state(sd_bus_message *m, const Unit *unit) {
        must(sd_bus_message_append(m, "{sv}{sv}{sv}", "ActiveState", "s", unit->active_state,
                                   "SubState", "s", "fake", "Job", "(uo)", unit->job, "/") >= 0);
}

static void send_properties_changed(sd_bus *bus,
                                    const char *sender,
                                    const Unit *unit,
                                    const char *interface,
                                    void (*append)(sd_bus_message *m, const Unit *unit)) {
        sd_bus_message *m = NULL;
        char *path = NULL;

        must(sd_bus_path_encode(MANAGER_PATH "/unit", unit->name, &path) >= 0);
        must(sd_bus_message_new_signal(bus, &m, path, "org.freedesktop.DBus.Properties",
                                       "PropertiesChanged") >= 0);
        must(sd_bus_message_append(m, "s", interface) >= 0);
        must(sd_bus_message_open_container(m, 'a', "{sv}") >= 0);
        append(m, unit);
        must(sd_bus_message_close_container(m) >= 0);
        must(sd_bus_message_append(m, "as", 0) >= 0);
        send_as(m, sender);
        free(path);
}

void fake_send_unit(sd_bus *bus, const char *sender, const void *what) {
        const Unit *unit = what;

        if (unit->result)
                send_properties_changed(bus, sender, unit, "org.freedesktop.systemd1.Service",
                                        append_service);
        if (unit->active_state)
                send_properties_changed(bus, sender, unit, "org.freedesktop.systemd1.Unit",
                                        append_unit_state);
}

void fake_send_reloading(sd_bus *bus, const char *sender, const void *what) {
        sd_bus_message *m = NULL;

        must(sd_bus_message_new_signal(bus, &m, MANAGER_PATH, MANAGER, "Reloading") >= 0);
        must(sd_bus_message_append(m, "b", *(const bool *) what) >= 0);
        send_as(m, sender);
}

void fake_say_rubbish(sd_bus *bus, const char *sender, const void *what) {
        sd_bus_message *m = NULL;
        char *path = NULL;

        must(sd_bus_path_encode(MANAGER_PATH "/unit", what, &path) >= 0);
        must(sd_bus_message_new_signal(bus, &m, path, "org.freedesktop.DBus.Properties",
                                       "PropertiesChanged") >= 0);
        must(sd_bus_message_append(m, "sa{sv}", "org.freedesktop.systemd1.Unit", 1, "ActiveState",
                                   "u", (uint32_t) 7) >= 0);
        send_as(m, sender);
        free(path);
}

void fake_tell_job_end(FakeSystemd *fake, const char *sender, const JobEnd *end) {
        fake_each_connection(fake, send_job_removed, sender, end);
}

static void note(FakeSystemd *fake, const char *method, const char *words) {
        must(strv_appendf(&fake->calls, "%s%s%s", method, *words ? " " : "", words) == 0);
        must(pthread_cond_broadcast(&fake->called) == 0);
}

void fake_free_refusal(Refusal *refusal) {
        free(refusal->method);
        free(refusal->unit);
        free(refusal->error);
        free(refusal->text);
        *refusal = (Refusal){};
}

/* Takes the refusal that a call meets, if there is one. */
static bool is_refused(FakeSystemd *fake, sd_bus_message *m, const char *method, const char *unit) {
        char name[16];

        for (size_t i = 0; i < REFUSALS_MAX; i++) {
                Refusal *refusal = &fake->refusals[i];

                if (!refusal->method || strcmp(refusal->method, method) != 0 ||
                    (refusal->unit && strcmp(refusal->unit, unit) != 0))
                        continue;
                if (refusal->error)
                        refuse_as(m, fake_manager(fake, name), refusal->error, refusal->text);
                fake_free_refusal(refusal);
                return true;
        }
        return false;
}

static void answer_with_job(FakeSystemd *fake, sd_bus_message *m, const char *unit) {
        char path[64], name[16];
        JobEnd end = { .path = path, .unit = unit, .result = fake->job_result };

        end.id = ++fake->last_job;
        (void) snprintf(path, sizeof(path), MANAGER_PATH "/job/%u", end.id);
        reply_as(m, fake_manager(fake, name), "o", path);
        if (end.result)
                fake_tell_job_end(fake, fake_manager(fake, name), &end);
}

/* The text of the container that is next. */
static char *read_text(sd_bus_message *m, const char *contents) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        must(out);
        must(sd_bus_message_enter_container(m, 'a', contents) > 0);
        print_rest(m, out);
        must(sd_bus_message_exit_container(m) >= 0);
        must(fclose(out) == 0);
        return text;
}

static void start_unit(FakeSystemd *fake, const char *name, char *properties) {
        Unit *unit = fake_make_unit(fake, name);

        free(unit->properties);
        unit->properties = properties;
}

static void start_transient(FakeSystemd *fake, sd_bus_message *m) {
        const char *main_unit = NULL, *mode = NULL, *name = NULL;
        char *words = NULL, *properties = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&words, &n);

        must(sd_bus_message_read(m, "ss", &main_unit, &mode) > 0);
        properties = read_text(m, "(sv)");
        fprintf(out, "%s %s", main_unit, mode);
        if (is_refused(fake, m, "StartTransientUnit", main_unit)) {
                free(properties);
                fclose(out);
                note(fake, "StartTransientUnit", words);
                free(words);
                return;
        }
        start_unit(fake, main_unit, properties);
        must(sd_bus_message_enter_container(m, 'a', "(sa(sv))") > 0);
        while (sd_bus_message_enter_container(m, 'r', "sa(sv)") > 0) {
                must(sd_bus_message_read(m, "s", &name) > 0);
                start_unit(fake, name, read_text(m, "(sv)"));
                fprintf(out, " +%s", name);
                must(sd_bus_message_exit_container(m) >= 0);
        }
        must(sd_bus_message_exit_container(m) >= 0);
        fclose(out);
        note(fake, "StartTransientUnit", words);
        free(words);
        answer_with_job(fake, m, main_unit);
}

static void call_on_unit(FakeSystemd *fake, sd_bus_message *m, const char *method) {
        const char *name = NULL, *word = "";
        char *words = NULL;
        int32_t number = 0;
        char sender[16];

        must(sd_bus_message_read(m, "s", &name) > 0);
        if (strcmp(method, "RefUnit") != 0)
                must(sd_bus_message_read(m, "s", &word) > 0);
        if (strcmp(method, "KillUnit") == 0)
                must(sd_bus_message_read(m, "i", &number) > 0);
        must(asprintf(&words,
                      number  ? "%s %s %d"
                      : *word ? "%s %s"
                              : "%s",
                      name, word, number) > 0);
        note(fake, method, words);
        free(words);
        if (is_refused(fake, m, method, name))
                return;
        if (!fake_find_unit(fake, name))
                refuse_as(m, fake_manager(fake, sender), "org.freedesktop.systemd1.NoSuchUnit",
                          "Unit not loaded.");
        else if (strcmp(method, "RefUnit") == 0 || strcmp(method, "KillUnit") == 0)
                reply_as(m, fake_manager(fake, sender), "");
        else
                answer_with_job(fake, m, name);
}

static void get_all(FakeSystemd *fake, sd_bus_message *call) {
        const char *interface = NULL;
        sd_bus_message *m = NULL;
        const Unit *unit = NULL;
        char *name = NULL, sender[16];

        must(sd_bus_message_read(call, "s", &interface) > 0);
        must(sd_bus_path_decode(sd_bus_message_get_path(call), MANAGER_PATH "/unit", &name) > 0);
        note(fake, "GetAll", name);
        unit = fake_find_unit(fake, name);
        if (!is_refused(fake, call, "GetAll", name)) {
                must(sd_bus_message_new_method_return(call, &m) >= 0);
                must(sd_bus_message_open_container(m, 'a', "{sv}") >= 0);
                must(sd_bus_message_append(m, "{sv}{sv}", "Id", "s", name, "LoadState", "s",
                                           unit ? "loaded" : "not-found") >= 0);
                if (unit)
                        append_unit_state(m, unit);
                if (unit && unit->result)
                        append_service(m, unit);
                if (!unit)
                        must(sd_bus_message_append(m, "{sv}{sv}", "ActiveState", "s", "inactive",
                                                   "Result", "s", "success") >= 0);
                must(sd_bus_message_close_container(m) >= 0);
                send_as(m, fake_manager(fake, sender));
        }
        free(name);
}

static void call_on_bus(FakeSystemd *fake, sd_bus_message *m, const char *method) {
        char name[16];

        if (strcmp(method, "Hello") == 0)
                reply_as(m, BUS_NAME, "s", ":1.1000");
        else if (strcmp(method, "GetNameOwner") == 0) {
                note(fake, method, "");
                if (fake->left)
                        refuse_as(m, BUS_NAME, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "Nobody has it");
                else
                        reply_as(m, BUS_NAME, "s", fake_manager(fake, name));
        } else
                reply_as(m, BUS_NAME, "");
}

static void call_on_manager(FakeSystemd *fake, sd_bus_message *m, const char *method) {
        char sender[16];

        if (fake->left)
                refuse_as(m, BUS_NAME, SD_BUS_ERROR_SERVICE_UNKNOWN, "Nobody has that name");
        else if (strcmp(method, "StartTransientUnit") == 0)
                start_transient(fake, m);
        else if (strcmp(method, "GetAll") == 0)
                get_all(fake, m);
        else if (strcmp(method, "Subscribe") == 0) {
                note(fake, method, "");
                reply_as(m, fake_manager(fake, sender), "");
        } else
                call_on_unit(fake, m, method);
}

int fake_on_call(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        FakeSystemd *fake = userdata;
        const char *destination = sd_bus_message_get_destination(m);
        const char *method = sd_bus_message_get_member(m);

        (void) ignored;
        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0)
                return 0;
        if (text_equal(destination, BUS_NAME))
                call_on_bus(fake, m, method);
        else if (text_equal(destination, "org.freedesktop.systemd1"))
                call_on_manager(fake, m, method);
        else {
                note(fake, method, destination);
                if (!is_refused(fake, m, method, destination))
                        reply_as(m, destination, "");
        }
        return 1;
}
