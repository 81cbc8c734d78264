/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A network that a pod is in, and the file that remembers it: net/INTERFACE.json in the pod's
 * directory. It is written before the first plugin runs, and holds all that is needed to take the
 * network down: plugins are asked with the configuration of the day they were added. */

#include "network-config.h"
#include "pod.h"

#define NETWORK_INTERFACE_SIZE sizeof("eth4294967295")

typedef struct NetworkMember {
        char *interface, *file; /* file: the configuration's, for a person */
        char *args;             /* NULL for none */
        char *ports;            /* JSON: the ports it maps; NULL for none */
        char *result;           /* JSON: what the last plugin answered; NULL until then */
        NetworkConfig config;
} NetworkMember;

/**
 * network_member_new() - join a configuration with what a pod brings
 * @ports: JSON as of network_ports(), or NULL: then a plugin that maps ports is added unless the
 *         configuration has one
 */
int network_member_new(const NetworkConfig *config,
                       const char *file,
                       const char *interface,
                       const char *args,
                       const char *ports,
                       NetworkMember *ret);
void network_member_done(NetworkMember *member);

int network_state_write(const Pod *pod, const NetworkMember *member, Error *e);

/* Returns 0; -ENOENT when there is no such interface (any more). */
int network_state_read(const Pod *pod, const char *interface, NetworkMember *ret, Error *e);
void network_state_remove(const Pod *pod, const char *interface);

/* The same as text. */
char *network_state_format(const NetworkMember *member);
int network_state_parse(const char *text, size_t n, NetworkMember *ret, Error *e);

/* "eth0": the interface of a pod's first network is number 0. */
void network_interface_name(unsigned i, char ret[static NETWORK_INTERFACE_SIZE]);
