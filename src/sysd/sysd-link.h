/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A connection to the host's service manager that outlives its bus: when it breaks (the bus daemon
 * was restarted) it is made again, with growing pauses, and every unit that is followed over it is
 * looked at anew. A re-execution of the manager itself does not break it.
 *
 *   (new) --> whole --the bus hangs up--> broken --every followed unit is known again--> whole */

#include <systemd/sd-event.h>

#include "cleanup.h"
#include "sysd-watch.h"

typedef struct SysdLink SysdLink;

/* It is broken, or whole again. From the event loop. */
typedef void (*SysdLinkHandler)(bool whole, void *userdata);

/**
 * sysd_link_new() - connect
 *
 * Returns: 0; -EHOSTDOWN when systemd is not the host's service manager; a negative errno.
 */
int sysd_link_new(
        sd_event *event, SysdLinkHandler handler, void *userdata, SysdLink **ret, Error *e);

/* Follows nothing more, and sends what is still to be sent. */
SysdLink *sysd_link_free(SysdLink *link);
DEFINE_CLEANUP(SysdLink, sysd_link_free);

/* NULL while it is broken. Borrowed. */
sd_bus *sysd_link_bus(const SysdLink *link);

/**
 * sysd_link_follow() - report each change of a unit, over however many connections
 * @unit: must stay; something keeps it loaded until we have seen its end
 *
 * Returns: 0; -ENOTCONN; a negative errno.
 */
int sysd_link_follow(SysdLink *link, const char *unit, SysdUnitHandler handler, void *userdata);

/* Reports nothing more to @userdata. Not from within its handler. */
void sysd_link_unfollow(SysdLink *link, const void *userdata);

/* Asks how a followed unit is now; the answer comes to its handler, from the next connection where there is
 * none. Returns 0; a negative errno. */
int sysd_link_ask(SysdLink *link, const char *unit);

/* Who the manager is, as an answer of its own has told; see sysd_watch_trust(). */
void sysd_link_trust(SysdLink *link, const char *manager);
