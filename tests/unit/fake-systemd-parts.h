/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the fake manager share: fake-systemd.c holds its connections and what a test says,
 * fake-systemd-calls.c what it answers and tells. All of it with the lock held. */

#include <pthread.h>

#include "fake-systemd.h"
#include "test-bus.h"
#include "text.h"

#define CONNECTIONS_MAX 16
#define UNITS_MAX 128
#define REFUSALS_MAX 16

typedef struct Unit {
        char *name, *properties;
        char *active_state, *result;
        uint32_t job;
        int32_t main_code, main_status;
} Unit;

typedef struct Refusal {
        char *method, *unit, *error, *text;
} Refusal;

struct FakeSystemd {
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t called;
        bool quit, left;
        char *path;
        int listen_fd, wake_fd;
        sd_bus *connections[CONNECTIONS_MAX]; /* NULL: free */
        Unit units[UNITS_MAX];
        size_t n_units;
        Refusal refusals[REFUSALS_MAX];
        char *job_result;
        uint32_t last_job;
        unsigned name; /* the manager is ":1.NAME" */
        Strv calls;
};

typedef struct JobEnd {
        uint32_t id;
        const char *path, *unit, *result;
} JobEnd;

Unit *fake_find_unit(FakeSystemd *fake, const char *name);
Unit *fake_make_unit(FakeSystemd *fake, const char *name);
void fake_free_refusal(Refusal *refusal);

/* The name that the manager has on the bus. */
const char *fake_manager(const FakeSystemd *fake, char buffer[static 16]);

/* Answers every call; @userdata is the fake. */
int fake_on_call(sd_bus_message *m, void *userdata, sd_bus_error *ignored);

/* Signals go to everybody: nobody checks matches here but sd-bus itself. */
void fake_each_connection(FakeSystemd *fake,
                          void (*send)(sd_bus *bus, const char *sender, const void *what),
                          const char *sender,
                          const void *what);

/* What may be sent to each: a Unit's state, a bool, the name of a unit. */
void fake_send_unit(sd_bus *bus, const char *sender, const void *what);
void fake_send_reloading(sd_bus *bus, const char *sender, const void *what);
void fake_say_rubbish(sd_bus *bus, const char *sender, const void *what);
void fake_tell_job_end(FakeSystemd *fake, const char *sender, const JobEnd *end);
