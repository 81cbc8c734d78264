/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-systemd-parts.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define WAIT_SECONDS 20

/* Of the test alone: a host where systemd runs. */
static bool pretend_booted;

int sd_booted(void) {
        return pretend_booted || access("/run/systemd/system", F_OK) == 0;
}

void fake_use_socket(const char *path) {
        char *address = NULL;

        pretend_booted = true;
        must(asprintf(&address, "unix:path=%s", path) > 0);
        must(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1) == 0);
        free(address);
}

static void lock(FakeSystemd *fake) {
        must(pthread_mutex_lock(&fake->lock) == 0);
}

static void unlock(FakeSystemd *fake) {
        const uint64_t one = 1;

        must(pthread_mutex_unlock(&fake->lock) == 0);
        (void) !write(fake->wake_fd, &one, sizeof(one));
}

Unit *fake_find_unit(FakeSystemd *fake, const char *name) {
        for (size_t i = 0; i < fake->n_units; i++)
                if (fake->units[i].name && strcmp(fake->units[i].name, name) == 0)
                        return &fake->units[i];
        return NULL;
}

Unit *fake_make_unit(FakeSystemd *fake, const char *name) {
        Unit *unit = fake_find_unit(fake, name);

        if (unit)
                return unit;
        must(fake->n_units < UNITS_MAX);
        unit = &fake->units[fake->n_units++];
        *unit = (Unit){ .name = strdup(name), .active_state = strdup("inactive") };
        return unit;
}

static void free_unit(Unit *unit) {
        free(unit->name);
        free(unit->properties);
        free(unit->active_state);
        free(unit->result);
        *unit = (Unit){};
}

static bool accept_connection(FakeSystemd *fake) {
        const sd_id128_t id = { .bytes = { 1 } };
        int fd = accept4(fake->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        for (size_t i = 0; fd >= 0 && i < CONNECTIONS_MAX; i++) {
                sd_bus **bus = &fake->connections[i];

                if (*bus)
                        continue;
                must(sd_bus_new(bus) >= 0);
                must(sd_bus_set_fd(*bus, fd, fd) >= 0);
                must(sd_bus_set_server(*bus, 1, id) >= 0);
                must(sd_bus_negotiate_fds(*bus, 1) >= 0);
                must(sd_bus_add_filter(*bus, NULL, fake_on_call, fake) >= 0);
                must(sd_bus_start(*bus) >= 0);
                return true;
        }
        must(fd < 0);
        return false;
}

static void process_all(FakeSystemd *fake) {
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
                sd_bus **bus = &fake->connections[i];
                int r = 1;

                while (*bus && r > 0)
                        r = sd_bus_process(*bus, NULL);
                if (*bus && (r < 0 || sd_bus_is_open(*bus) <= 0))
                        *bus = sd_bus_close_unref(*bus);
        }
}

static void *serve(void *userdata) {
        FakeSystemd *fake = userdata;

        for (;;) {
                struct pollfd fds[CONNECTIONS_MAX + 2] = {};
                nfds_t n = 0;
                uint64_t ignored = 0;

                must(pthread_mutex_lock(&fake->lock) == 0);
                process_all(fake);
                fds[n++] = (struct pollfd){ .fd = fake->wake_fd, .events = POLLIN };
                fds[n++] = (struct pollfd){ .fd = fake->listen_fd, .events = POLLIN };
                for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                        if (fake->connections[i])
                                fds[n++] = (struct pollfd){
                                        .fd = sd_bus_get_fd(fake->connections[i]),
                                        .events = (short) sd_bus_get_events(fake->connections[i]),
                                };
                must(pthread_mutex_unlock(&fake->lock) == 0);
                if (fake->quit)
                        return NULL;
                (void) poll(fds, n, -1);
                must(pthread_mutex_lock(&fake->lock) == 0);
                (void) !read(fake->wake_fd, &ignored, sizeof(ignored));
                if (fake->listen_fd >= 0)
                        (void) accept_connection(fake);
                must(pthread_mutex_unlock(&fake->lock) == 0);
        }
}

static void open_socket(FakeSystemd *fake) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        fake->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        must(fake->listen_fd >= 0);
        must(strlen(fake->path) < sizeof(address.sun_path));
        memcpy(address.sun_path, fake->path, strlen(fake->path));
        must(bind(fake->listen_fd, (const struct sockaddr *) &address, sizeof(address)) == 0);
        must(listen(fake->listen_fd, 16) == 0);
}

static void close_socket(FakeSystemd *fake) {
        if (fake->listen_fd < 0)
                return;
        close(fake->listen_fd);
        fake->listen_fd = -1;
        (void) unlink(fake->path);
}

FakeSystemd *fake_systemd_new(const char *path) {
        FakeSystemd *fake = calloc(1, sizeof(FakeSystemd));

        must(fake);
        fake->path = strdup(path);
        fake->job_result = strdup("done");
        fake->name = 1;
        fake->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        open_socket(fake);
        must(pthread_mutex_init(&fake->lock, NULL) == 0);
        must(pthread_cond_init(&fake->called, NULL) == 0);
        must(pthread_create(&fake->thread, NULL, serve, fake) == 0);
        return fake;
}

void fake_systemd_free(FakeSystemd *fake) {
        lock(fake);
        fake->quit = true;
        unlock(fake);
        must(pthread_join(fake->thread, NULL) == 0);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                sd_bus_close_unref(fake->connections[i]);
        for (size_t i = 0; i < fake->n_units; i++)
                free_unit(&fake->units[i]);
        for (size_t i = 0; i < REFUSALS_MAX; i++)
                fake_free_refusal(&fake->refusals[i]);
        close_socket(fake);
        close(fake->wake_fd);
        pthread_mutex_destroy(&fake->lock);
        pthread_cond_destroy(&fake->called);
        strv_free(fake->calls);
        free(fake->job_result);
        free(fake->path);
        free(fake);
}

static char *copy(const char *text) {
        return text ? strdup(text) : NULL;
}

void fake_refuse(FakeSystemd *fake,
                 const char *method,
                 const char *unit,
                 const char *error,
                 const char *text) {
        size_t i = 0;

        lock(fake);
        while (i < REFUSALS_MAX && fake->refusals[i].method)
                i++;
        must(i < REFUSALS_MAX);
        fake->refusals[i] = (Refusal){ copy(method), copy(unit), copy(error), copy(text) };
        unlock(fake);
}

void fake_job_result(FakeSystemd *fake, const char *result) {
        lock(fake);
        free(fake->job_result);
        fake->job_result = copy(result);
        unlock(fake);
}

void fake_add_unit(FakeSystemd *fake, const char *unit) {
        lock(fake);
        (void) fake_make_unit(fake, unit);
        unlock(fake);
}

static void store(Unit *unit, const FakeState *state) {
        if (state->active_state) {
                free(unit->active_state);
                unit->active_state = strdup(state->active_state);
                unit->job = state->job;
        }
        if (state->result) {
                free(unit->result);
                unit->result = strdup(state->result);
                unit->main_code = state->main_code;
                unit->main_status = state->main_status;
        }
}

/* As a unit of which nothing else is known. */
static Unit as_unit(const char *name, const FakeState *state) {
        return (Unit){
                .name = (char *) (uintptr_t) name,
                .active_state = (char *) (uintptr_t) state->active_state,
                .result = (char *) (uintptr_t) state->result,
                .job = state->job,
                .main_code = state->main_code,
                .main_status = state->main_status,
        };
}

void fake_set_unit_quietly(FakeSystemd *fake, const char *unit, const FakeState *state) {
        lock(fake);
        store(fake_make_unit(fake, unit), state);
        unlock(fake);
}

void fake_set_unit(FakeSystemd *fake, const char *unit, const FakeState *state) {
        Unit told = as_unit(unit, state);
        char sender[16];

        lock(fake);
        store(fake_make_unit(fake, unit), state);
        fake_each_connection(fake, fake_send_unit, fake_manager(fake, sender), &told);
        unlock(fake);
}

void fake_forge_unit(FakeSystemd *fake, const char *unit, const FakeState *state) {
        Unit told = as_unit(unit, state);

        lock(fake);
        fake_each_connection(fake, fake_send_unit, ":1.666", &told);
        unlock(fake);
}

void fake_forge_job(FakeSystemd *fake, const char *unit, const char *job, const char *result) {
        const JobEnd end = { 1, job, unit, result };

        lock(fake);
        fake_tell_job_end(fake, ":1.666", &end);
        unlock(fake);
}

void fake_end_job(FakeSystemd *fake, const char *unit, const char *job, const char *result) {
        const JobEnd end = { 1, job, unit, result };
        char sender[16];

        lock(fake);
        fake_tell_job_end(fake, fake_manager(fake, sender), &end);
        unlock(fake);
}

void fake_forget_unit(FakeSystemd *fake, const char *unit) {
        Unit *found = NULL;

        lock(fake);
        found = fake_find_unit(fake, unit);
        must(found);
        free_unit(found);
        unlock(fake);
}

void fake_reload(FakeSystemd *fake) {
        const bool begins = true, ends = false;
        char sender[16];

        lock(fake);
        fake_each_connection(fake, fake_send_reloading, fake_manager(fake, sender), &begins);
        fake_each_connection(fake, fake_send_reloading, fake_manager(fake, sender), &ends);
        unlock(fake);
}

void fake_reexec(FakeSystemd *fake) {
        lock(fake);
        fake->name++;
        unlock(fake);
}

void fake_send_rubbish(FakeSystemd *fake, const char *unit) {
        char sender[16];

        lock(fake);
        fake_each_connection(fake, fake_say_rubbish, fake_manager(fake, sender), unit);
        unlock(fake);
}

void fake_hang_up(FakeSystemd *fake, bool stay) {
        lock(fake);
        while (accept_connection(fake))
                ; /* those that wait for it are connections as well */
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                fake->connections[i] = sd_bus_close_unref(fake->connections[i]);
        if (stay)
                close_socket(fake);
        unlock(fake);
}

void fake_listen(FakeSystemd *fake) {
        lock(fake);
        open_socket(fake);
        unlock(fake);
}

void fake_leave_bus(FakeSystemd *fake, bool left) {
        lock(fake);
        fake->left = left;
        unlock(fake);
}

char *fake_calls(FakeSystemd *fake) {
        char *text = NULL;

        lock(fake);
        text = strv_join(fake->calls, "\n");
        unlock(fake);
        return text;
}

void fake_forget_calls(FakeSystemd *fake) {
        lock(fake);
        fake->calls = strv_free(fake->calls);
        unlock(fake);
}

static unsigned count(const FakeSystemd *fake, const char *words) {
        unsigned n = 0;

        for (char **call = fake->calls; call && *call; call++)
                n += text_after(*call, words) != NULL;
        return n;
}

unsigned fake_count(FakeSystemd *fake, const char *words) {
        unsigned n = 0;

        lock(fake);
        n = count(fake, words);
        unlock(fake);
        return n;
}

void fake_wait_for(FakeSystemd *fake, const char *words, unsigned n) {
        struct timespec deadline;
        int r = 0;

        (void) clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += WAIT_SECONDS;
        lock(fake);
        while (r == 0 && count(fake, words) < n)
                r = pthread_cond_timedwait(&fake->called, &fake->lock, &deadline);
        unlock(fake);
        if (r != 0)
                fail_msg("no call \"%s\" came in time", words);
}

char *fake_properties(FakeSystemd *fake, const char *unit) {
        const Unit *found = NULL;
        char *text = NULL;

        lock(fake);
        found = fake_find_unit(fake, unit);
        text = found ? copy(found->properties) : NULL;
        unlock(fake);
        return text;
}
