/* SPDX-License-Identifier: Apache-2.0 */
#include "run-settings.h"

#include <stdlib.h>

static void app_done(RunApp *app) {
        free(app->image);
        strv_free(app->arguments);
        free(app->signature);
        free(app->exec);
        free(app->name);
        free(app->working_directory);
        free(app->user);
        free(app->group);
        free(app->supplementary_gids);
        for (size_t i = 0; i < app->n_mounts; i++)
                appc_mount_done(&app->mounts[i]);
        free(app->mounts);
        appc_pairs_done(&app->annotations);
        appc_pairs_done(&app->environment);
        appc_pairs_done(&app->user_annotations);
        appc_pairs_done(&app->user_labels);
        appc_isolators_done(&app->isolators);
        strv_free(app->properties);
}

static void lists_done(RunSettings *s) {
        for (size_t i = 0; i < s->n_apps; i++)
                app_done(&s->apps[i]);
        for (size_t i = 0; i < s->n_ports; i++)
                appc_exposed_port_done(&s->ports[i]);
        for (size_t i = 0; i < s->n_volumes; i++)
                appc_volume_done(&s->volumes[i]);
        for (size_t i = 0; i < s->n_mounts; i++)
                appc_mount_done(&s->mounts[i]);
        free(s->apps);
        free(s->ports);
        free(s->volumes);
        free(s->mounts);
}

void run_settings_done(void *settings) {
        RunSettings *s = settings;

        lists_done(s);
        free(s->stage1);
        strv_free(s->nets);
        appc_pairs_done(&s->set_env);
        appc_pairs_done(&s->set_env_file);
        strv_free(s->dns);
        strv_free(s->dns_search);
        strv_free(s->dns_opt);
        strv_free(s->hosts_entries);
        appc_pairs_done(&s->annotations);
        appc_pairs_done(&s->user_annotations);
        appc_pairs_done(&s->user_labels);
        free(s->dns_domain);
        free(s->hostname);
        free(s->ipc);
        free(s->order);
        free(s->pod_manifest);
        free(s->pod_name);
        free(s->uuid_file_save);
}

static int add_app(RunSettings *s, const char *image) {
        RunApp *grown = reallocarray(s->apps, s->n_apps + 1, sizeof(RunApp));

        if (!grown)
                return -ENOMEM;
        s->apps = grown;
        s->apps[s->n_apps] = (RunApp){ .image = strdup(image) };
        if (!s->apps[s->n_apps].image)
                return -ENOMEM;
        s->n_apps++;
        return 0;
}

/* From behind "--" to "---" or the end. Returns how many words were read. */
static int take_arguments(RunSettings *s, char *const *words, Error *e) {
        RunApp *app = s->n_apps > 0 ? &s->apps[s->n_apps - 1] : NULL;
        int n = 0;

        if (!app)
                return error_new(e, -EINVAL, "an image is required before any app arguments");
        if (app->has_arguments)
                return error_new(e, -EINVAL, "only one set of app arguments allowed per image");
        app->has_arguments = true;
        for (; words[n]; n++) {
                int r = 0;

                if (strcmp(words[n], "---") == 0)
                        return n + 1;
                r = strv_append(&app->arguments, words[n]);
                if (r < 0)
                        return r;
        }
        return n;
}

/* Options at the front of @words. A "--" that ends them is left for what it means here. */
static int take_options(const OptionSet *sets, char *const *words, Error *e) {
        int r = option_take(sets, words, e);

        return r > 0 && option_is_end(words[r - 1]) ? r - 1 : r;
}

/* Source: inventory 1.3, state by state. */
static int parse_words(RunSettings *s, const OptionSet *sets, char *const *words, Error *e) {
        while (*words) {
                int r = 0;

                if (**words == '\0' || strcmp(*words, "---") == 0) {
                        words++;
                        continue;
                }
                if (option_is_end(*words)) {
                        r = take_arguments(s, words + 1, e);
                        if (r < 0)
                                return r;
                        words += r + 1;
                        continue;
                }
                r = take_options(sets, words, e);
                if (r < 0)
                        return r;
                words += r;
                if (r > 0)
                        continue;
                r = add_app(s, *words);
                if (r < 0)
                        return r;
                words++;
        }
        return 0;
}

static bool has_volume(const RunSettings *s, const char *name) {
        for (size_t i = 0; i < s->n_volumes; i++)
                if (strcmp(s->volumes[i].name, name) == 0)
                        return true;
        return false;
}

static int check_mounts(const RunSettings *s, const AppcMount *mounts, size_t n, Error *e) {
        for (size_t i = 0; i < n; i++)
                if (!mounts[i].app_volume && !has_volume(s, mounts[i].volume))
                        return error_new(e, -EINVAL,
                                         "dangling mount point \"%s\": volume \"%s\" not found",
                                         mounts[i].path, mounts[i].volume);
        return 0;
}

static int check_volumes(const RunSettings *s, Error *e) {
        for (size_t i = 0; i < s->n_volumes; i++)
                for (size_t k = 0; k < i; k++)
                        if (strcmp(s->volumes[i].name, s->volumes[k].name) == 0)
                                return error_new(e, -EINVAL, "duplicate volume name \"%s\"",
                                                 s->volumes[i].name);
        return 0;
}

int run_settings_parse_images(RunSettings *settings,
                              const OptionSet *sets,
                              char *const *words,
                              Error *e) {
        int r = parse_words(settings, sets, words, e);

        if (r >= 0)
                r = check_volumes(settings, e);
        if (r >= 0)
                r = check_mounts(settings, settings->mounts, settings->n_mounts, e);
        for (size_t i = 0; i < settings->n_apps && r >= 0; i++)
                r = check_mounts(settings, settings->apps[i].mounts, settings->apps[i].n_mounts, e);
        return r;
}
