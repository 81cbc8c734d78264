/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A chain of plugins is called for a network: forwards to add and to check, backwards to delete. */

#include "network-state.h"
#include "text.h"

typedef struct NetworkPlace {
        const Pod *pod;
        Strv directories; /* of plugins */
        char *namespace;
        int cancel_fd; /* as of a NetworkProgram */
} NetworkPlace;

/* Where plugins are, for that LOCAL-CONFIG. Release with network_place_done(). */
int network_place_init(const Pod *pod, const char *local_config, NetworkPlace *ret);
void network_place_done(NetworkPlace *place);

/* Each plugin gets the result of the one before; the last one's becomes the member's. */
int network_add(const NetworkPlace *place, NetworkMember *member, Error *e);

/* Calls all, however many fail, and returns the first failure. A plugin that is not installed any
 * more is passed over, with a note. */
int network_delete(const NetworkPlace *place, const NetworkMember *member, Strv *notes, Error *e);

/* Whether all is as it was made. Returns 0; -EOPNOTSUPP where the configuration's version has no CHECK or forbids it. */
int network_check(const NetworkPlace *place, const NetworkMember *member, Error *e);
