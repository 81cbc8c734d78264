/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-manifest.h"

#include <stdlib.h>
#include <unistd.h>

#include "appc-name.h"
#include "appc-platform.h"

/* Source: inventory 4.7, the architectures stage0 takes; extended by riscv64. */
static int check_platform(const AppcImage *image, Error *e) {
        static const char *const arches[] = { "amd64",  "i386",   "aarch64", "aarch64_be", "armv6l",
                                              "armv7l", "armv7b", "ppc64le", "riscv64" };
        const char *os = appc_pairs_get(&image->labels, "os");
        const char *arch = appc_pairs_get(&image->labels, "arch");

        if (!os)
                return error_new(e, -EINVAL, "missing os label in the image manifest");
        if (!arch)
                return error_new(e, -EINVAL, "missing arch label in the image manifest");
        if (strcmp(os, "linux") != 0)
                return error_new(e, -EINVAL, "bad os \"%s\" (must be one of: [linux])", os);
        for (size_t i = 0; i < N_ELEMENTS(arches); i++)
                if (strcmp(arch, arches[i]) == 0)
                        return 0;
        return error_new(e, -EINVAL, "bad arch \"%s\" for linux", arch);
}

/* What this machine's kernel also executes. */
static bool host_runs(const char *arch) {
        static const struct {
                const char *host, *arch;
        } also[] = {
                { "amd64", "i386" },
                { "aarch64", "armv7l" },
                { "aarch64", "armv6l" },
                { "armv7l", "armv6l" },
        };
        const char *host = appc_arch_host();

        if (strcmp(arch, host) == 0)
                return true;
        for (size_t i = 0; i < N_ELEMENTS(also); i++)
                if (strcmp(host, also[i].host) == 0 && strcmp(arch, also[i].arch) == 0)
                        return true;
        return false;
}

static int check_image(const AppcImage *image, Error *e) {
        const char *arch = appc_pairs_get(&image->labels, "arch");
        int r = check_platform(image, e);

        if (r < 0)
                return r;
        if (!host_runs(arch))
                return error_new(
                        e, -EINVAL,
                        "image \"%s\" is made for architecture \"%s\", and this host is \"%s\"",
                        image->name, arch, appc_arch_host());
        return 0;
}

/* The last part of the image's name, unless the user gave one. */
static int app_name(const RunApp *args, const AppcImage *image, char **ret, Error *e) {
        const char *slash = strrchr(image->name, '/');
        int r = 0;

        if (!args->name)
                return appc_name_sanitize(slash ? slash + 1 : image->name, ret);
        r = appc_name_check(args->name, e);
        if (r < 0)
                return error_prefix(e, r, "invalid app name \"%s\": ", args->name);
        *ret = strdup(args->name);
        return *ret ? 0 : -ENOMEM;
}

static int replace_text(char **slot, const char *text) {
        char *copy = text ? strdup(text) : NULL;

        if (!text)
                return 0;
        if (!copy)
                return -ENOMEM;
        free(*slot);
        *slot = copy;
        return 0;
}

static int override_exec(AppcApp *app, const RunApp *args, bool replaces) {
        int r = 0;

        if (args->exec) {
                strv_free(app->exec);
                app->exec = NULL;
                r = strv_append(&app->exec, args->exec);
        }
        for (size_t n = strv_length(app->exec); replaces && args->has_arguments && n > 1; n--) {
                free(app->exec[n - 1]);
                app->exec[n - 1] = NULL;
        }
        for (char **word = args->arguments; word && *word && r >= 0; word++)
                r = strv_append(&app->exec, *word);
        return r;
}

static int override_groups(AppcApp *app, const RunApp *args) {
        size_t n = args->n_supplementary_gids;
        int64_t *copy = NULL;

        if (n == 0)
                return 0;
        copy = calloc(n, sizeof(int64_t));
        if (!copy)
                return -ENOMEM;
        memcpy(copy, args->supplementary_gids, n * sizeof(int64_t));
        free(app->supplementary_gids);
        app->supplementary_gids = copy;
        app->n_supplementary_gids = n;
        return 0;
}

/* A capability or seccomp set of the user's stands alone; resources are appended, and the last of a
 * kind holds; the rest replaces. */
static int override_isolators(AppcApp *app, const RunApp *args) {
        for (size_t i = 0; i < args->isolators.n; i++) {
                const AppcIsolator *from = &args->isolators.items[i];
                AppcIsolator copy = {};
                int r = 0;

                switch (from->kind) {
                case APPC_ISOLATOR_CAPABILITIES_RETAIN:
                case APPC_ISOLATOR_CAPABILITIES_REMOVE:
                        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_CAPABILITIES_RETAIN);
                        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_CAPABILITIES_REMOVE);
                        break;
                case APPC_ISOLATOR_SECCOMP_RETAIN:
                case APPC_ISOLATOR_SECCOMP_REMOVE:
                        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_SECCOMP_RETAIN);
                        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_SECCOMP_REMOVE);
                        break;
                case APPC_ISOLATOR_MEMORY:
                case APPC_ISOLATOR_CPU:
                        break;
                default:
                        appc_isolators_remove(&app->isolators, from->kind);
                }
                r = appc_isolator_copy(from, &copy);
                if (r >= 0)
                        r = appc_isolators_push(&app->isolators, &copy);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int set_all(AppcPairs *to, const AppcPairs *from) {
        int r = 0;

        for (size_t i = 0; i < from->n && r >= 0; i++)
                r = appc_pairs_set(to, from->items[i].name, from->items[i].value);
        return r;
}

/* What the service manager says to rkt is not for the apps: each has a unit of its own. */
static bool is_for_us(const char *name) {
        static const char *const names[] = { "CREDENTIALS_DIRECTORY",
                                             "INVOCATION_ID",
                                             "JOURNAL_STREAM",
                                             "LISTEN_FDNAMES",
                                             "LISTEN_FDS",
                                             "LISTEN_PID",
                                             "MAINPID",
                                             "MANAGERPID",
                                             "NOTIFY_SOCKET",
                                             "WATCHDOG_PID",
                                             "WATCHDOG_USEC" };

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

/* From low to high: inherited, the image's, --environment, --set-env-file, --set-env. */
static int override_environment(AppcApp *app,
                                const RunApp *args,
                                const RunSettings *settings,
                                char *const *inherited) {
        int r = 0;

        for (; settings->inherit_env && inherited && *inherited && r >= 0; inherited++) {
                const char *equals = strchr(*inherited, '=');
                _cleanup_(freep) char *name =
                        equals ? strndup(*inherited, (size_t) (equals - *inherited)) : NULL;

                /* What no manifest could carry is not inherited: names with odd characters, values
                 * that are not UTF-8. */
                if (name && !is_for_us(name) && appc_environment_name_is_valid(name) &&
                    text_is_utf8(equals + 1, strlen(equals + 1)) &&
                    !appc_pairs_get(&app->environment, name))
                        r = appc_pairs_set(&app->environment, name, equals + 1);
        }
        if (r >= 0)
                r = set_all(&app->environment, &args->environment);
        if (r >= 0)
                r = set_all(&app->environment, &settings->set_env_file);
        return r < 0 ? r : set_all(&app->environment, &settings->set_env);
}

static int override_maps(AppcApp *app, const RunApp *args) {
        int r = 0;

        if (args->user_annotations.n > 0) {
                appc_pairs_done(&app->user_annotations);
                r = appc_pairs_copy(&args->user_annotations, &app->user_annotations);
        }
        if (r >= 0 && args->user_labels.n > 0) {
                appc_pairs_done(&app->user_labels);
                r = appc_pairs_copy(&args->user_labels, &app->user_labels);
        }
        return r;
}

/* The image's app section, or one made for --exec. */
static int base_app(const RunApp *args, const Image *image, AppcApp **ret, Error *e) {
        AppcApp *app = NULL;

        if (image->manifest->app)
                return appc_app_copy(image->manifest->app, ret);
        if (!args->exec)
                return error_new(
                        e, -EINVAL,
                        "error: image %s has no app section and --exec argument is not provided",
                        image->id);
        app = calloc(1, sizeof(AppcApp));
        if (!app)
                return -ENOMEM;
        if (asprintf(&app->user, "%u", geteuid()) < 0 ||
            asprintf(&app->group, "%u", getegid()) < 0) {
                appc_app_free(app);
                return -ENOMEM;
        }
        *ret = app;
        return 0;
}

static int make_app(const RunSettings *settings,
                    const RunApp *args,
                    const Image *image,
                    char *const *inherited,
                    AppcApp **ret,
                    Error *e) {
        _cleanup_(appc_app_freep) AppcApp *app = NULL;
        int r = base_app(args, image, &app, e);

        if (r >= 0)
                r = override_exec(app, args, settings->replaces_arguments);
        if (r >= 0)
                r = replace_text(&app->working_directory, args->working_directory);
        if (r >= 0)
                r = replace_text(&app->user, args->user);
        if (r >= 0)
                r = replace_text(&app->group, args->group);
        if (r >= 0)
                r = override_groups(app, args);
        if (r >= 0)
                r = override_isolators(app, args);
        if (r >= 0)
                r = override_environment(app, args, settings, inherited);
        if (r >= 0)
                r = override_maps(app, args);
        if (r >= 0)
                r = appc_app_check(app, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&app);
        return 0;
}

static int copy_mount(const AppcMount *from, AppcMount *to) {
        *to = (AppcMount){ .volume = strdup(from->volume), .path = strdup(from->path) };
        if (!to->volume || !to->path)
                return -ENOMEM;
        if (!from->app_volume)
                return 0;
        to->app_volume = calloc(1, sizeof(AppcVolume));
        return to->app_volume ? appc_volume_copy(from->app_volume, to->app_volume) : -ENOMEM;
}

/* An app's own mounts first, then those for all; of two at the same path the first holds. */
static int make_mounts(const RunSettings *settings, const RunApp *args, AppcRuntimeApp *runtime) {
        size_t n = args->n_mounts + settings->n_mounts;

        runtime->mounts = calloc(n + 1, sizeof(AppcMount));
        if (!runtime->mounts)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const AppcMount *from = i < args->n_mounts ? &args->mounts[i]
                                                           : &settings->mounts[i - args->n_mounts];
                bool known = false;
                int r = 0;

                for (size_t k = 0; k < runtime->n_mounts; k++)
                        known = known || strcmp(runtime->mounts[k].path, from->path) == 0;
                if (known)
                        continue;
                r = copy_mount(from, &runtime->mounts[runtime->n_mounts++]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int make_annotations(const RunApp *args, AppcRuntimeApp *runtime) {
        _cleanup_(freep) char *properties = NULL;
        int r = appc_pairs_copy(&args->annotations, &runtime->annotations);

        if (r < 0 || !args->properties)
                return r;
        properties = strv_join(args->properties, "\n");
        return properties ? appc_pairs_set(&runtime->annotations, POD_PROPERTIES_ANNOTATION,
                                           properties)
                          : -ENOMEM;
}

static int make_runtime_app(const RunSettings *settings,
                            const RunApp *args,
                            const Image *image,
                            char *const *inherited,
                            AppcRuntimeApp *runtime,
                            Error *e) {
        int r = check_image(image->manifest, e);

        if (r >= 0)
                r = app_name(args, image->manifest, &runtime->name, e);
        if (r >= 0)
                r = replace_text(&runtime->image_id, image->id);
        if (r >= 0)
                r = replace_text(&runtime->image_name, image->manifest->name);
        if (r >= 0)
                r = appc_pairs_copy(&image->manifest->labels, &runtime->image_labels);
        if (r >= 0)
                r = make_app(settings, args, image, inherited, &runtime->app, e);
        if (r >= 0)
                r = make_mounts(settings, args, runtime);
        if (r >= 0)
                r = make_annotations(args, runtime);
        runtime->read_only_rootfs = args->read_only_rootfs;
        return r;
}

/* A port is given by its name in the image, which must be there just once. */
static int check_port(const AppcPod *pod, const AppcExposedPort *port, Error *e) {
        unsigned n = 0;

        if (port->pod_port)
                return 0; /* it says itself where it leads to */
        for (size_t i = 0; i < pod->n_apps; i++)
                for (size_t k = 0; k < pod->apps[i].app->n_ports; k++)
                        n += strcmp(pod->apps[i].app->ports[k].name, port->name) == 0;
        if (n == 0)
                return error_new(e, -EINVAL, "port name \"%s\" could not be found in any apps",
                                 port->name);
        if (n > 1)
                return error_new(e, -EINVAL, "port name \"%s\" defined multiple apps", port->name);
        return 0;
}

static int make_ports(const RunSettings *settings, AppcPod *pod, Error *e) {
        pod->ports = calloc(settings->n_ports + 1, sizeof(AppcExposedPort));
        if (!pod->ports)
                return -ENOMEM;
        for (size_t i = 0; i < settings->n_ports; i++) {
                int r = check_port(pod, &settings->ports[i], e);

                if (r >= 0)
                        r = appc_exposed_port_copy(&settings->ports[i], &pod->ports[i]);
                if (r < 0)
                        return r;
                pod->n_ports++;
        }
        return 0;
}

static int make_volumes(const RunSettings *settings, AppcPod *pod) {
        pod->volumes = calloc(settings->n_volumes + 1, sizeof(AppcVolume));
        if (!pod->volumes)
                return -ENOMEM;
        for (; pod->n_volumes < settings->n_volumes; pod->n_volumes++) {
                int r = appc_volume_copy(&settings->volumes[pod->n_volumes],
                                         &pod->volumes[pod->n_volumes]);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_names(const AppcPod *pod, const char *words, Error *e) {
        for (size_t i = 0; i < pod->n_apps; i++)
                for (size_t k = 0; k < i; k++)
                        if (strcmp(pod->apps[i].name, pod->apps[k].name) == 0)
                                return error_new(e, -EINVAL, "%s %s", words, pod->apps[i].name);
        return 0;
}

static int make_pod(const RunSettings *settings, AppcPod *pod, Error *e) {
        /* The original wrote its own version here, and readers of both take it. */
        int r = replace_text(&pod->ac_version, APPC_VERSION);

        if (r >= 0)
                r = make_volumes(settings, pod);
        if (r >= 0)
                r = make_ports(settings, pod, e);
        if (r >= 0)
                r = appc_pairs_set(&pod->annotations, POD_MUTABLE_ANNOTATION,
                                   settings->is_mutable ? "true" : "false");
        if (r >= 0)
                r = set_all(&pod->annotations, &settings->annotations);
        if (r >= 0)
                r = appc_pairs_copy(&settings->user_annotations, &pod->user_annotations);
        if (r >= 0)
                r = appc_pairs_copy(&settings->user_labels, &pod->user_labels);
        if (r >= 0 && settings->order && strcmp(settings->order, "chain") != 0)
                r = appc_pairs_set(&pod->annotations, POD_ORDER_ANNOTATION, settings->order);
        return r;
}

int pod_manifest_make(const RunSettings *settings,
                      const Image *images,
                      char *const *inherited,
                      AppcPod **ret,
                      Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *pod = calloc(1, sizeof(AppcPod));
        int r = 0;

        if (!pod)
                return -ENOMEM;
        pod->apps = calloc(settings->n_apps + 1, sizeof(AppcRuntimeApp));
        if (!pod->apps)
                return -ENOMEM;
        while (pod->n_apps < settings->n_apps && r >= 0) {
                size_t i = pod->n_apps++;

                r = make_runtime_app(settings, &settings->apps[i], &images[i], inherited,
                                     &pod->apps[i], e);
        }
        if (r >= 0)
                r = check_names(pod, "error: multiple apps with name", e);
        if (r >= 0)
                r = make_pod(settings, pod, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&pod);
        return 0;
}

int pod_manifest_add(AppcPod *pod, const RunSettings *settings, const Image *image, Error *e) {
        AppcRuntimeApp *grown = reallocarray(pod->apps, pod->n_apps + 1, sizeof(AppcRuntimeApp));
        int r = 0;

        if (!grown)
                return -ENOMEM;
        if (pod->n_apps >= APPC_POD_APPS_MAX)
                return error_new(e, -E2BIG, "the pod has %zu apps already", pod->n_apps);
        pod->apps = grown;
        pod->apps[pod->n_apps] = (AppcRuntimeApp){};
        r = make_runtime_app(settings, &settings->apps[0], image, NULL, &pod->apps[pod->n_apps++],
                             e);
        return r < 0 ? r : check_names(pod, "error: multiple apps with name", e);
}

void pod_manifest_remove(AppcPod *pod, const char *app) {
        size_t kept = 0;

        for (size_t i = 0; i < pod->n_apps; i++) {
                if (strcmp(pod->apps[i].name, app) == 0)
                        appc_runtime_app_done(&pod->apps[i]);
                else
                        pod->apps[kept++] = pod->apps[i];
        }
        pod->n_apps = kept;
}

bool pod_manifest_is_mutable(const AppcPod *pod) {
        const char *said = appc_pairs_get(&pod->annotations, POD_MUTABLE_ANNOTATION);

        return said && text_parse_bool(said) > 0;
}

int pod_manifest_check(const AppcPod *pod, const Image *images, Error *e) {
        int r = check_names(pod, "multiple apps with same name", e);

        if (pod->n_apps == 0)
                return error_new(e, -EINVAL, "pod must contain at least one application");
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++) {
                const AppcApp *app = pod->apps[i].app ? pod->apps[i].app : images[i].manifest->app;

                if (!app)
                        return error_new(
                                e, -EINVAL,
                                "no app section in the pod manifest or the image manifest of "
                                "\"%s\"",
                                pod->apps[i].name);
                r = check_image(images[i].manifest, e);
                if (r >= 0)
                        r = appc_app_check(app, e);
        }
        return r;
}
