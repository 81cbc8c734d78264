/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pod manifests. Pure.
 * Source: appc spec 0.8.11, "Pod Manifest Schema"; appc-oci 2.7. */

#include "appc-image.h"
#include "appc-volume.h"

#define APPC_POD_APPS_MAX 1024
#define APPC_POD_MOUNTS_MAX 1024 /* of one app */
#define APPC_POD_VOLUMES_MAX 1024
#define APPC_POD_PORTS_MAX 4096

typedef struct AppcRuntimeApp {
        char *name;       /* ACName, unique in the pod */
        char *image_id;   /* "sha512-..." */
        char *image_name; /* NULL where absent */
        AppcPairs image_labels;
        AppcApp *app; /* NULL: the image's own holds */
        bool read_only_rootfs;
        AppcMount *mounts;
        size_t n_mounts;
        AppcPairs annotations;
} AppcRuntimeApp;

typedef struct AppcExposedPort {
        char *name;         /* ACName */
        uint16_t host_port; /* host byte order, never 0 */
        char *host_ip;      /* in its normal form; NULL where absent */
        AppcPort *pod_port; /* NULL where absent */
} AppcExposedPort;

typedef struct AppcPod {
        char *ac_version;
        AppcRuntimeApp *apps;
        size_t n_apps;
        AppcVolume *volumes;
        size_t n_volumes;
        AppcIsolators isolators;
        AppcPairs annotations;
        AppcExposedPort *ports;
        size_t n_ports;
        AppcPairs user_annotations, user_labels;
} AppcPod;

AppcPod *appc_pod_free(AppcPod *pod);
DEFINE_CLEANUP(AppcPod, appc_pod_free);
void appc_runtime_app_done(AppcRuntimeApp *app);

/* Returns as appc_image_parse(). Each app has an image id: a template without is refused. */
int appc_pod_parse(const char *text, size_t n, AppcPod **ret, Error *e);
void appc_pod_write(JsonWriter *w, const AppcPod *pod);
char *appc_pod_format(const AppcPod *pod, bool pretty);

/* NULL if there is none. Borrowed. */
const AppcRuntimeApp *appc_pod_app(const AppcPod *pod, const char *name);
const AppcVolume *appc_pod_volume(const AppcPod *pod, const char *name);

/* "NAME:[HOSTIP:]HOSTPORT", the command line's --port; an IPv6 address is in brackets. Returns 0; -EINVAL. */
int appc_exposed_port_parse(const char *text, AppcExposedPort *ret, Error *e);
int appc_exposed_port_read(const Json *value, void *slot, Error *e); /* JsonReader */
void appc_exposed_port_write(JsonWriter *w, const AppcExposedPort *port);
int appc_exposed_port_copy(const AppcExposedPort *port, AppcExposedPort *ret);
void appc_exposed_port_done(AppcExposedPort *port);
