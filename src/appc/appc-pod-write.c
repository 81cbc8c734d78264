/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-pod.h"

/* Pod manifests as the original wrote them: its lists at the top come as null when they are empty,
 * those of an app not at all. */

static void write_image(JsonWriter *w, const AppcRuntimeApp *app) {
        json_write_key(w, "image");
        json_write_begin(w, '{');
        if (app->image_name)
                json_write_member_string(w, "name", app->image_name);
        json_write_member_string(w, "id", app->image_id);
        if (app->image_labels.n > 0) {
                json_write_key(w, "labels");
                appc_pairs_write(w, &app->image_labels);
        }
        json_write_end(w, '}');
}

static void write_mounts(JsonWriter *w, const AppcRuntimeApp *app) {
        if (app->n_mounts == 0)
                return;
        json_write_key(w, "mounts");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_mounts; i++)
                appc_mount_write(w, &app->mounts[i]);
        json_write_end(w, ']');
}

static void write_app(JsonWriter *w, const AppcRuntimeApp *app) {
        json_write_begin(w, '{');
        json_write_member_string(w, "name", app->name);
        write_image(w, app);
        if (app->app) {
                json_write_key(w, "app");
                appc_app_write(w, app->app);
        }
        if (app->read_only_rootfs)
                json_write_member_bool(w, "readOnlyRootFS", true);
        write_mounts(w, app);
        if (app->annotations.n > 0) {
                json_write_key(w, "annotations");
                appc_pairs_write(w, &app->annotations);
        }
        json_write_end(w, '}');
}

/* Opens the list of @n items, or writes null for none. Returns whether there is a list to fill. */
static bool begin_list(JsonWriter *w, const char *key, size_t n) {
        json_write_key(w, key);
        if (n > 0)
                json_write_begin(w, '[');
        else
                json_write_null(w);
        return n > 0;
}

static void write_lists(JsonWriter *w, const AppcPod *pod) {
        /* Never null: a pod that begins without apps has an empty list of them. */
        json_write_key(w, "apps");
        json_write_begin(w, '[');
        for (size_t i = 0; i < pod->n_apps; i++)
                write_app(w, &pod->apps[i]);
        json_write_end(w, ']');
        if (begin_list(w, "volumes", pod->n_volumes)) {
                for (size_t i = 0; i < pod->n_volumes; i++)
                        appc_volume_write(w, &pod->volumes[i]);
                json_write_end(w, ']');
        }
        json_write_key(w, "isolators");
        if (pod->isolators.n > 0)
                appc_isolators_write(w, &pod->isolators);
        else
                json_write_null(w);
        json_write_key(w, "annotations");
        if (pod->annotations.n > 0)
                appc_pairs_write(w, &pod->annotations);
        else
                json_write_null(w);
        if (begin_list(w, "ports", pod->n_ports)) {
                for (size_t i = 0; i < pod->n_ports; i++)
                        appc_exposed_port_write(w, &pod->ports[i]);
                json_write_end(w, ']');
        }
}

void appc_pod_write(JsonWriter *w, const AppcPod *pod) {
        json_write_begin(w, '{');
        json_write_member_string(w, "acVersion", pod->ac_version);
        json_write_member_string(w, "acKind", "PodManifest");
        write_lists(w, pod);
        appc_user_maps_write(w, &pod->user_annotations, &pod->user_labels);
        json_write_end(w, '}');
}

char *appc_pod_format(const AppcPod *pod, bool pretty) {
        JsonText out;

        if (json_text_begin(&out) < 0)
                return NULL;
        out.w.pretty = pretty;
        appc_pod_write(&out.w, pod);
        return json_text_end(&out);
}
