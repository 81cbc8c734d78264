/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The "app" section: what to execute and how. Pure.
 * Source: appc spec 0.8.11, "Image Manifest Schema", app; appc-oci 2.5. */

#include "appc-isolator.h"

#define APPC_APP_HANDLERS_MAX 16
#define APPC_APP_GIDS_MAX 65536 /* as many as the kernel takes */
#define APPC_APP_MOUNT_POINTS_MAX 1024
#define APPC_APP_PORTS_MAX 4096

typedef struct AppcEventHandler {
        char *name; /* "pre-start" or "post-stop", each at most once */
        Strv exec;
} AppcEventHandler;

typedef struct AppcMountPoint {
        char *name; /* ACName */
        char *path;
        bool read_only;
} AppcMountPoint;

typedef struct AppcPort {
        char *name;     /* ACName */
        char *protocol; /* never NULL */
        uint16_t port;  /* host byte order, never 0 */
        uint32_t count; /* at least 1, port + count <= 65536 */
        bool socket_activated;
} AppcPort;

typedef struct AppcApp {
        Strv exec; /* NULL or empty where the image has no command of its own */
        AppcEventHandler *handlers;
        size_t n_handlers;
        char *user, *group; /* never empty */
        int64_t *supplementary_gids;
        size_t n_supplementary_gids;
        char *working_directory; /* NULL or absolute */
        AppcPairs environment;
        AppcMountPoint *mount_points;
        size_t n_mount_points;
        AppcPort *ports;
        size_t n_ports;
        AppcIsolators isolators;
        AppcPairs user_annotations, user_labels;
} AppcApp;

AppcApp *appc_app_free(AppcApp *app);
DEFINE_CLEANUP(AppcApp, appc_app_free);

/* JsonReader into an AppcApp *; null leaves it NULL. */
int appc_app_read(const Json *value, void *slot, Error *e);
void appc_app_write(JsonWriter *w, const AppcApp *app);
int appc_app_copy(const AppcApp *app, AppcApp **ret);

/* What an assembled app must keep to before it is written into a pod manifest: an absolute or
 * empty working directory, a user and a group, environment names, and UTF-8 throughout, since other
 * bytes would be written as something else. Returns 0; -EINVAL. */
int appc_app_check(const AppcApp *app, Error *e);

/* Reads one port object; JsonReader into an AppcPort (also a pod's podPort). */
int appc_port_read(const Json *value, void *slot, Error *e);
void appc_port_write(JsonWriter *w, const AppcPort *port);
int appc_port_copy(const AppcPort *port, AppcPort *ret);
void appc_port_done(AppcPort *port);
