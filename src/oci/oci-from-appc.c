/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-from-appc.h"

#include "appc-platform.h"

static void write_strings(JsonWriter *w, const char *key, char *const *list) {
        if (strv_length(list) == 0)
                return;
        json_write_key(w, key);
        json_write_strv(w, list);
}

static int write_environment(JsonWriter *w, const AppcPairs *environment) {
        _cleanup_(strv_freep) Strv list = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < environment->n; i++)
                r = strv_appendf(&list, "%s=%s", environment->items[i].name,
                                 environment->items[i].value);
        if (r >= 0)
                write_strings(w, "Env", list);
        return r;
}

/* Go's set: an object whose values say nothing. Keys that come twice are written once. */
static void write_set(JsonWriter *w, const char *key, char *const *list) {
        if (strv_length(list) == 0)
                return;
        json_write_key(w, key);
        json_write_begin(w, '{');
        for (; *list; list++) {
                json_write_key(w, *list);
                json_write_begin(w, '{');
                json_write_end(w, '}');
        }
        json_write_end(w, '}');
}

static int add_once(Strv *list, char *text) {
        if (text && strv_contains(*list, text)) {
                free(text);
                return 0;
        }
        return strv_push(list, text);
}

static int write_ports(JsonWriter *w, const AppcApp *app) {
        _cleanup_(strv_freep) Strv list = NULL;
        int r = 0;

        for (size_t i = 0; i < app->n_ports; i++)
                for (uint32_t k = 0; r >= 0 && k < app->ports[i].count; k++) {
                        char *text = NULL;

                        if (asprintf(&text, "%u/%s", app->ports[i].port + k,
                                     app->ports[i].protocol) < 0)
                                return -ENOMEM;
                        r = add_once(&list, text);
                }
        if (r >= 0)
                write_set(w, "ExposedPorts", list);
        return r;
}

static int write_volumes(JsonWriter *w, const AppcApp *app) {
        _cleanup_(strv_freep) Strv list = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < app->n_mount_points; i++)
                r = add_once(&list, strdup(app->mount_points[i].path));
        if (r >= 0)
                write_set(w, "Volumes", list);
        return r;
}

static int write_app(JsonWriter *w, const AppcApp *app) {
        _cleanup_(freep) char *user = NULL;
        int r = 0;

        if (asprintf(&user, "%s:%s", app->user, app->group) < 0) {
                user = NULL;
                return -ENOMEM;
        }
        json_write_key(w, "config");
        json_write_begin(w, '{');
        json_write_member_string(w, "User", user);
        r = write_ports(w, app);
        if (r >= 0)
                r = write_environment(w, &app->environment);
        write_strings(w, "Entrypoint", app->exec);
        if (r >= 0)
                r = write_volumes(w, app);
        if (app->working_directory)
                json_write_member_string(w, "WorkingDir", app->working_directory);
        if (app->user_labels.n > 0) {
                json_write_key(w, "Labels");
                appc_user_map_write(w, &app->user_labels);
        }
        json_write_end(w, '}');
        return r;
}

static int write_config(JsonWriter *w,
                        const AppcImage *image,
                        const char *platform[3],
                        const OciDigest *diff) {
        const char *created = appc_pairs_get(&image->annotations, "created");
        const char *authors = appc_pairs_get(&image->annotations, "authors");
        int r = 0;

        json_write_begin(w, '{');
        if (created)
                json_write_member_string(w, "created", created);
        if (authors)
                json_write_member_string(w, "author", authors);
        json_write_member_string(w, "architecture", platform[1]);
        if (platform[2])
                json_write_member_string(w, "variant", platform[2]);
        json_write_member_string(w, "os", platform[0]);
        if (image->app)
                r = write_app(w, image->app);
        json_write_key(w, "rootfs");
        json_write_begin(w, '{');
        json_write_member_string(w, "type", "layers");
        json_write_key(w, "diff_ids");
        json_write_begin(w, '[');
        json_write_string(w, diff->text);
        json_write_end(w, ']');
        json_write_end(w, '}');
        json_write_end(w, '}');
        return r;
}

int oci_config_from_appc(const AppcImage *image, const OciDigest *diff, char **ret, Error *e) {
        const char *os = appc_pairs_get(&image->labels, "os") ?: "linux";
        const char *arch = appc_pairs_get(&image->labels, "arch") ?: appc_arch_host();
        const char *platform[3] = { os, NULL, NULL };
        _cleanup_(freep) char *text = NULL;
        JsonText out;
        int r = 0;

        platform[1] = appc_arch_to_go(os, arch, &platform[2]);
        if (!platform[1])
                return error_new(e, -EOPNOTSUPP, "OCI has no word for platform %s/%s", os, arch);
        if (json_text_begin(&out) < 0)
                return -ENOMEM;
        r = write_config(&out.w, image, platform, diff);
        text = json_text_end(&out);
        if (!text || r < 0)
                return -ENOMEM;
        *ret = ptr_take(&text);
        return 0;
}
