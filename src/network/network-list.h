/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What --net asks for. Pure.
 * Source: inventory 6.1, 6.2. */

#include <stdbool.h>
#include <stddef.h>

#include "errors.h"

#define NETWORK_MAX 64 /* networks of one pod */

typedef enum NetworkMode {
        NETWORK_HOST, /* the host's own */
        NETWORK_NONE, /* a namespace with a loopback interface and nothing else */
        NETWORK_SOME, /* networks by name, or all there are */
} NetworkMode;

typedef struct NetworkWanted {
        char *name, *args; /* args: "KEY=VALUE;...", NULL for none */
} NetworkWanted;

typedef struct NetworkList {
        NetworkMode mode;
        bool all;
        NetworkWanted *items; /* no name twice */
        size_t n;
} NetworkList;

/**
 * network_list_parse() - "NAME[:KEY=VALUE;...][,...]"
 *
 * "host" or "none" anywhere in it decides for all.
 *
 * Returns: 0; -EINVAL; -E2BIG.
 */
int network_list_parse(const char *text, NetworkList *ret, Error *e);
void network_list_done(NetworkList *list);

/* Whether a text can be a network's name or the type of a plugin: "[A-Za-z0-9][A-Za-z0-9._-]*", and
 * so never a path. Source: CNI specification 1.0.0, "Network configuration format". */
bool network_name_is_valid(const char *name);
