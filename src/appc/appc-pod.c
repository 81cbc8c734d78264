/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-pod.h"

#include "appc-read.h"

static void mount_done(void *item) {
        appc_mount_done(item);
}

static void volume_done(void *item) {
        appc_volume_done(item);
}

static void exposed_port_done(void *item) {
        appc_exposed_port_done(item);
}

static void runtime_app_done(void *item) {
        appc_runtime_app_done(item);
}

void appc_runtime_app_done(AppcRuntimeApp *app) {
        free(app->name);
        free(app->image_id);
        free(app->image_name);
        appc_pairs_done(&app->image_labels);
        appc_app_free(app->app);
        for (size_t i = 0; i < app->n_mounts; i++)
                appc_mount_done(&app->mounts[i]);
        free(app->mounts);
        appc_pairs_done(&app->annotations);
        *app = (AppcRuntimeApp){};
}

AppcPod *appc_pod_free(AppcPod *pod) {
        if (!pod)
                return NULL;
        free(pod->ac_version);
        for (size_t i = 0; i < pod->n_apps; i++)
                appc_runtime_app_done(&pod->apps[i]);
        free(pod->apps);
        for (size_t i = 0; i < pod->n_volumes; i++)
                appc_volume_done(&pod->volumes[i]);
        free(pod->volumes);
        appc_isolators_done(&pod->isolators);
        appc_pairs_done(&pod->annotations);
        for (size_t i = 0; i < pod->n_ports; i++)
                appc_exposed_port_done(&pod->ports[i]);
        free(pod->ports);
        appc_pairs_done(&pod->user_annotations);
        appc_pairs_done(&pod->user_labels);
        free(pod);
        return NULL;
}

static int mounts_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcMount), APPC_POD_MOUNTS_MAX, appc_mount_read,
                                           mount_done };
        AppcRuntimeApp *app = slot;

        return appc_list_read(value, &type, &app->mounts, &app->n_mounts, e);
}

/* The members of "image" lie in the app itself. */
static int runtime_image_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_identifier_read, offsetof(AppcRuntimeApp, image_name),
                  JSON_NULL_OK },
                { "id", appc_id_read, offsetof(AppcRuntimeApp, image_id), 0 },
                { "labels", appc_labels_read, offsetof(AppcRuntimeApp, image_labels), 0 },
                {},
        };

        return json_read_object(value, fields, slot, e);
}

static int runtime_app_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_name_read, offsetof(AppcRuntimeApp, name), JSON_REQUIRED },
                { "image", runtime_image_read, 0, JSON_NULL_OK },
                { "app", appc_app_read, offsetof(AppcRuntimeApp, app), 0 },
                { "readOnlyRootFS", json_read_bool, offsetof(AppcRuntimeApp, read_only_rootfs),
                  JSON_NULL_OK },
                { "mounts", mounts_read, 0, 0 },
                { "annotations", appc_annotations_read, offsetof(AppcRuntimeApp, annotations), 0 },
                {},
        };
        AppcRuntimeApp *app = slot;
        int r = json_read_object(value, fields, app, e);

        if (r < 0)
                return r;
        /* The original read such a template, could not write it and refused to run it. */
        return app->image_id ? 0 : error_new(e, -EINVAL, "no image ID for app \"%s\"", app->name);
}

static int apps_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcRuntimeApp), APPC_POD_APPS_MAX,
                                           runtime_app_read, runtime_app_done };
        AppcPod *pod = slot;
        const char *name = NULL;
        int r = appc_list_read(value, &type, &pod->apps, &pod->n_apps, e);

        if (r < 0)
                return r;
        r = appc_find_double(pod->apps, pod->n_apps, sizeof(AppcRuntimeApp), &name);
        return r > 0 ? error_new(e, -EINVAL, "duplicate apps of name \"%s\"", name) : r;
}

static int volumes_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcVolume), APPC_POD_VOLUMES_MAX,
                                           appc_volume_read, volume_done };
        AppcPod *pod = slot;
        const char *name = NULL;
        int r = appc_list_read(value, &type, &pod->volumes, &pod->n_volumes, e);

        if (r < 0)
                return r;
        r = appc_find_double(pod->volumes, pod->n_volumes, sizeof(AppcVolume), &name);
        return r > 0 ? error_new(e, -EINVAL, "duplicate volume name \"%s\"", name) : r;
}

static int ports_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcExposedPort), APPC_POD_PORTS_MAX,
                                           appc_exposed_port_read, exposed_port_done };
        AppcPod *pod = slot;

        return appc_list_read(value, &type, &pod->ports, &pod->n_ports, e);
}

static const JsonField pod_fields[] = {
        { "acVersion", appc_version_read, offsetof(AppcPod, ac_version), JSON_REQUIRED },
        { "apps", apps_read, 0, 0 },
        { "volumes", volumes_read, 0, 0 },
        { "isolators", appc_pod_isolators_read, offsetof(AppcPod, isolators), 0 },
        { "annotations", appc_annotations_read, offsetof(AppcPod, annotations), 0 },
        { "ports", ports_read, 0, 0 },
        { "userAnnotations", appc_user_map_read, offsetof(AppcPod, user_annotations), 0 },
        { "userLabels", appc_user_map_read, offsetof(AppcPod, user_labels), 0 },
        {},
};

int appc_pod_parse(const char *text, size_t n, AppcPod **ret, Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        int r = json_parse(text, n, &root, e);

        if (r < 0)
                return r;
        r = appc_kind_check(root, "PodManifest", e);
        if (r < 0)
                return r;
        pod = calloc(1, sizeof(AppcPod));
        if (!pod)
                return -ENOMEM;
        r = json_read_object(root, pod_fields, pod, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&pod);
        return 0;
}

const AppcRuntimeApp *appc_pod_app(const AppcPod *pod, const char *name) {
        for (size_t i = 0; i < pod->n_apps; i++)
                if (text_equal(pod->apps[i].name, name))
                        return &pod->apps[i];
        return NULL;
}

const AppcVolume *appc_pod_volume(const AppcPod *pod, const char *name) {
        for (size_t i = 0; i < pod->n_volumes; i++)
                if (text_equal(pod->volumes[i].name, name))
                        return &pod->volumes[i];
        return NULL;
}
