/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A network's configuration: one CNI plugin (.conf) or a chain of them (.conflist). Pure.
 * Source: CNI specification 0.1.0 to 1.0.0. */

#include "json-read.h"

#define NETWORK_CONFIG_MAX ((size_t) 1024 * 1024) /* of a file an administrator wrote */
#define NETWORK_PLUGINS_MAX 32

typedef struct NetworkPlugin {
        char *type;
        const Json *config; /* its own part of the document */
        bool maps_ports;    /* has the capability "portMappings" */
} NetworkPlugin;

typedef struct NetworkConfig {
        char *name, *version; /* version: as written, or the oldest */
        NetworkPlugin *plugins;
        size_t n_plugins;
        bool masquerades; /* some plugin has "ipMasq" */
        bool no_check;    /* "disableCheck" */
        Json *root;
} NetworkConfig;

/**
 * network_config_parse() - read and check a configuration
 *
 * Names and types of plugins, also those for addresses, are names and no paths.
 *
 * Returns: 0; -EOPNOTSUPP for an unknown "cniVersion"; -EINVAL; what json_parse() returns.
 */
int network_config_parse(const char *text, size_t n, NetworkConfig *ret, Error *e);
void network_config_done(NetworkConfig *config);
