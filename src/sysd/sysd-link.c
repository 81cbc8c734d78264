/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-link.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "sysd-bus.h"

#define ALREADY_SUBSCRIBED "org.freedesktop.systemd1.AlreadySubscribed"
#define PAUSE_FIRST_USEC ((uint64_t) 50 * 1000)
#define PAUSE_MAX_USEC ((uint64_t) 5 * 1000 * 1000)

/* What is followed, and how it is now. */
typedef struct Followed {
        const char *unit;
        SysdUnitHandler handler;
        void *userdata;
        SysdWatch watch;
} Followed;

struct SysdLink {
        sd_event *event;
        sd_bus *bus; /* NULL from the hang-up until it could be opened again */
        sd_bus_slot *lost, *reloading, *subscription;
        bool subscribed; /* the manager has taken our subscription to its units' signals */
        bool blind;      /* signals may have been missed */
        bool broken;
        sd_event_source *again; /* the next look at what is missing */
        uint64_t pause_usec;
        Followed **followed; /* each stays where it is */
        size_t n_followed;
        SysdLinkHandler handler;
        void *userdata;
};

static void drop_slots(SysdLink *link) {
        link->lost = sd_bus_slot_unref(link->lost);
        link->reloading = sd_bus_slot_unref(link->reloading);
        link->subscription = sd_bus_slot_unref(link->subscription);
        link->subscribed = false;
        for (size_t i = 0; i < link->n_followed; i++)
                sysd_watch_done(&link->followed[i]->watch);
}

SysdLink *sysd_link_free(SysdLink *link) {
        if (!link)
                return NULL;
        drop_slots(link);
        for (size_t i = 0; i < link->n_followed; i++)
                free(link->followed[i]);
        free(link->followed);
        sd_event_source_disable_unref(link->again);
        sd_bus_flush_close_unref(link->bus);
        sd_event_unref(link->event);
        free(link);
        return NULL;
}

sd_bus *sysd_link_bus(const SysdLink *link) {
        return link->broken ? NULL : link->bus;
}

void sysd_link_trust(SysdLink *link, const char *manager) {
        for (size_t i = 0; i < link->n_followed; i++)
                sysd_watch_trust(&link->followed[i]->watch, manager);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata);

/* Each time later, until all is well. */
static void look_again(SysdLink *link) {
        if (link->again)
                return;
        /* 0 would be an accuracy of a quarter of a second. */
        (void) sd_event_add_time_relative(link->event, &link->again, CLOCK_MONOTONIC,
                                          link->pause_usec, 1, on_again, link);
        link->pause_usec =
                link->pause_usec < PAUSE_MAX_USEC / 2 ? 2 * link->pause_usec : PAUSE_MAX_USEC;
}

static int on_lost(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdLink *link = userdata;
        bool was_broken = link->broken;

        (void) m;
        (void) ignored;
        drop_slots(link);
        link->bus = sd_bus_close_unref(link->bus);
        link->broken = link->blind = true;
        look_again(link);
        if (!was_broken)
                link->handler(false, link->userdata);
        return 0;
}

static void ask_all(SysdLink *link) {
        for (size_t i = 0; i < link->n_followed; i++) {
                SysdWatch *w = &link->followed[i]->watch;

                if (sysd_watch_refresh(w) < 0)
                        w->unanswered = true;
        }
}

/* What happens from now on is told; what happened before, while there was nobody to tell, is asked. */
static int on_subscribed(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdLink *link = userdata;

        (void) ignored;
        link->subscription = sd_bus_slot_unref(link->subscription);
        link->subscribed = !sd_bus_message_is_method_error(m, NULL) ||
                           sd_bus_message_is_method_error(m, ALREADY_SUBSCRIBED);
        if (link->subscribed && link->blind)
                ask_all(link);
        link->blind = link->blind && !link->subscribed;
        return 0;
}

static int subscribe(SysdLink *link) {
        int r = 0;

        if (link->subscription)
                return 0;
        r = sd_bus_call_method_async(link->bus, &link->subscription, SYSD_SERVICE, SYSD_PATH,
                                     SYSD_MANAGER, "Subscribe", on_subscribed, link, NULL);
        return r < 0 ? r : 0;
}

/* After a reload or re-execution signals may have been missed. */
static int on_reloading(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdLink *link = userdata;
        int begins = 0;

        (void) ignored;
        if (sd_bus_message_read(m, "b", &begins) < 0 || begins)
                return 0;
        link->blind = true;
        link->subscribed = false;
        look_again(link);
        (void) subscribe(link);
        return 0;
}

static int open_bus(SysdLink *link, Error *e) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r = sysd_connect(&bus, e);

        if (r < 0)
                return r;
        r = sd_bus_set_exit_on_disconnect(bus, 0);
        if (r >= 0)
                r = sd_bus_attach_event(bus, link->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_match_signal_async(bus, &link->lost, NULL, "/org/freedesktop/DBus/Local",
                                              "org.freedesktop.DBus.Local", "Disconnected", on_lost,
                                              NULL, link);
        if (r >= 0)
                r = sd_bus_match_signal_async(bus, &link->reloading, SYSD_SERVICE, SYSD_PATH,
                                              SYSD_MANAGER, "Reloading", on_reloading, NULL, link);
        if (r < 0) {
                drop_slots(link);
                return error_wrap(e, r, "cannot use the system bus");
        }
        link->bus = ptr_take(&bus);
        return 0;
}

static int watch(SysdLink *link, Followed *followed) {
        return sysd_watch_unit(link->bus, followed->unit, followed->handler, followed->userdata,
                               &followed->watch);
}

static int open_again(SysdLink *link) {
        int r = open_bus(link, NULL);

        for (size_t i = 0; i < link->n_followed && r >= 0; i++)
                r = watch(link, link->followed[i]);
        if (r >= 0)
                r = subscribe(link);
        if (r < 0) {
                drop_slots(link);
                link->bus = sd_bus_close_unref(link->bus);
        }
        return r;
}

/* Asks again what could not be answered. Returns whether all is known. */
static bool settle(SysdLink *link) {
        bool settled = link->bus && link->subscribed;

        if (link->bus && !link->subscribed)
                (void) subscribe(link);
        for (size_t i = 0; i < link->n_followed && link->bus; i++) {
                SysdWatch *w = &link->followed[i]->watch;

                if (w->unanswered && sysd_watch_refresh(w) < 0)
                        w->unanswered = true;
                settled = settled && !w->question && !w->unanswered;
        }
        return settled;
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata) {
        SysdLink *link = userdata;

        (void) source;
        (void) usec;
        link->again = sd_event_source_disable_unref(link->again);
        if (!link->bus)
                (void) open_again(link);
        if (!settle(link)) {
                look_again(link);
                return 0;
        }
        link->pause_usec = PAUSE_FIRST_USEC;
        if (link->broken) {
                link->broken = false;
                link->handler(true, link->userdata);
        }
        return 0;
}

int sysd_link_new(
        sd_event *event, SysdLinkHandler handler, void *userdata, SysdLink **ret, Error *e) {
        _cleanup_(sysd_link_freep) SysdLink *link = calloc(1, sizeof(SysdLink));
        int r = 0;

        if (!link)
                return -ENOMEM;
        link->event = sd_event_ref(event);
        link->pause_usec = PAUSE_FIRST_USEC;
        link->handler = handler;
        link->userdata = userdata;
        r = open_bus(link, e);
        if (r < 0)
                return r;
        r = subscribe(link);
        if (r < 0)
                return error_wrap(e, r, "cannot use the system bus");
        *ret = ptr_take(&link);
        return 0;
}

int sysd_link_follow(SysdLink *link, const char *unit, SysdUnitHandler handler, void *userdata) {
        _cleanup_(freep) Followed *followed = calloc(1, sizeof(Followed));
        Followed **grown = reallocarray(link->followed, link->n_followed + 1, sizeof(Followed *));
        int r = 0;

        if (grown)
                link->followed = grown;
        if (!grown || !followed)
                return -ENOMEM;
        if (!sysd_link_bus(link))
                return -ENOTCONN;
        *followed = (Followed){ .unit = unit, .handler = handler, .userdata = userdata };
        r = watch(link, followed);
        if (r < 0)
                return r;
        link->followed[link->n_followed++] = ptr_take(&followed);
        return 0;
}

void sysd_link_unfollow(SysdLink *link, const void *userdata) {
        size_t kept = 0;

        for (size_t i = 0; i < link->n_followed; i++) {
                Followed *followed = link->followed[i];

                if (followed->userdata != userdata) {
                        link->followed[kept++] = followed;
                        continue;
                }
                sysd_watch_done(&followed->watch);
                free(followed);
        }
        link->n_followed = kept;
}

int sysd_link_ask(SysdLink *link, const char *unit) {
        for (size_t i = 0; i < link->n_followed; i++) {
                int r = 0;

                if (strcmp(link->followed[i]->unit, unit) != 0)
                        continue;
                if (!link->bus)
                        return 0; /* all are asked when there is one again */
                r = sysd_watch_refresh(&link->followed[i]->watch);
                look_again(link);
                return r;
        }
        return -ENOENT;
}
