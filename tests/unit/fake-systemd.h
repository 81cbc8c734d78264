/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A bus with a service manager on it that has no units but those it is told to start, and does with
 * them what the test says. It answers from a thread of its own, so that the code under test may wait
 * for answers.
 *
 * Words are borrowed unless said otherwise. What the fake cannot do fails the test. */

#include <stdbool.h>
#include <stdint.h>

typedef struct FakeSystemd FakeSystemd;

/* Listens on a socket; @path is removed with it. */
FakeSystemd *fake_systemd_new(const char *path);
void fake_systemd_free(FakeSystemd *fake);

/* Makes libsystemd's own connections to the system bus come here, and a host without systemd look as
 * one with it. For programs that cannot have a /run of their own. */
void fake_use_socket(const char *path);

/* The next call of @method that is about @unit (NULL for any) is refused with that error, or with
 * NULL never answered. */
void fake_refuse(FakeSystemd *fake,
                 const char *method,
                 const char *unit,
                 const char *error,
                 const char *text);

/* How the jobs of all calls to come end; NULL: they do not. "done" from the beginning. */
void fake_job_result(FakeSystemd *fake, const char *result);

/* A unit that is there without having been started. */
void fake_add_unit(FakeSystemd *fake, const char *unit);

typedef struct FakeState {
        const char *active_state; /* NULL tells nothing of it */
        uint32_t job;
        const char *result; /* NULL tells nothing of it and what follows */
        int32_t main_code, main_status;
} FakeState;

/* The unit's state is another one: signals say so, as the real one's do. */
void fake_set_unit(FakeSystemd *fake, const char *unit, const FakeState *state);

/* The same without a signal, as if it had been missed. */
void fake_set_unit_quietly(FakeSystemd *fake, const char *unit, const FakeState *state);
void fake_forget_unit(FakeSystemd *fake, const char *unit);

/* The same signals of somebody else; nothing has happened. */
void fake_forge_unit(FakeSystemd *fake, const char *unit, const FakeState *state);
void fake_forge_job(FakeSystemd *fake, const char *unit, const char *job, const char *result);

/* Ends jobs by hand. */
void fake_end_job(FakeSystemd *fake, const char *unit, const char *job, const char *result);

/* The manager comes back under another name, or re-reads its units. */
void fake_reexec(FakeSystemd *fake);
void fake_reload(FakeSystemd *fake);

/* A message that no manager would send: a signal about a unit that ends too early. */
void fake_send_rubbish(FakeSystemd *fake, const char *unit);

/* Breaks all connections; with @stay no new one can be made until fake_listen(). */
void fake_hang_up(FakeSystemd *fake, bool stay);
void fake_listen(FakeSystemd *fake);

/* The manager is not on the bus: the bus answers in its place. */
void fake_leave_bus(FakeSystemd *fake, bool left);

/* Every call so far, one a line, "METHOD WORDS...", allocated. */
char *fake_calls(FakeSystemd *fake);
void fake_forget_calls(FakeSystemd *fake);

/* How many calls began with these words. */
unsigned fake_count(FakeSystemd *fake, const char *words);

/* Waits until a call that begins with these words has come at least @n times in all. */
void fake_wait_for(FakeSystemd *fake, const char *words, unsigned n);

/* What a unit was started with, as test_message_text() shows it, allocated; NULL if it was not. */
char *fake_properties(FakeSystemd *fake, const char *unit);
