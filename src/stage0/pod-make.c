/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-make.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "images.h"
#include "pod-delete.h"
#include "pod-manifest.h"
#include "pod-name.h"
#include "pod-overlay.h"
#include "pod-prepare.h"
#include "run-dns.h"
#include "stage1-image.h"

/* All that a pod is made from. */
typedef struct Parts {
        Image stage1;
        Image *apps;
        size_t n_apps;
        AppcPod *manifest;
        char *text; /* of the manifest, as it is written */
        size_t n_text;
} Parts;

static void parts_done(Parts *parts) {
        image_done(&parts->stage1);
        for (size_t i = 0; i < parts->n_apps; i++)
                image_done(&parts->apps[i]);
        free(parts->apps);
        appc_pod_free(parts->manifest);
        free(parts->text);
}

static bool names_net(const RunSettings *settings, const char *name) {
        return strv_contains(settings->nets, name);
}

static int check_pod_manifest(const RunSettings *s, Error *e) {
        if (s->n_apps > 0 || s->n_volumes > 0 || s->n_mounts > 0 || s->n_ports > 0 ||
            s->inherit_env || s->set_env.n > 0 || s->set_env_file.n > 0 ||
            s->pull_policy != PULL_NEW)
                return error_new(e, -EINVAL,
                                 "conflicting flags set with --pod-manifest (see --help)");
        return 0;
}

int pod_check_settings(const Rkt *rkt, RunSettings *s, Error *e) {
        int r = run_dns_check(s, e);

        (void) rkt;
        if (r < 0)
                return r;
        if (s->store_only && s->no_store)
                return error_new(e, -EINVAL, "both --store-only and --no-store specified");
        if (s->store_only)
                s->pull_policy = PULL_NEVER;
        if (s->no_store)
                s->pull_policy = PULL_UPDATE;
        if (s->pod_manifest)
                return check_pod_manifest(s, e);
        if (s->n_apps == 0 && !s->is_mutable)
                return error_new(e, -EINVAL,
                                 "must provide at least one image or specify the pod manifest");
        if (s->interactive && s->n_apps > 1)
                return error_new(e, -EINVAL, "interactive option only supports one image");
        if (s->interactive && appc_pairs_has_prefix(&s->apps[0].annotations, RUN_STREAM_ANNOTATION))
                return error_new(e, -EINVAL,
                                 "--interactive and --stdin, --stdout or --stderr exclude each "
                                 "other");
        if (s->interactive && s->detach)
                return error_new(e, -EINVAL, "--interactive and --detach exclude each other");
        if (s->n_ports > 0 && names_net(s, "none"))
                return error_new(e, -EINVAL, "--port flag does not work with 'none' networking");
        if (s->n_ports > 0 && names_net(s, "host"))
                return error_new(e, -EINVAL, "--port flag does not work with 'host' networking");
        if (s->mds_register && names_net(s, "none"))
                return error_new(e, -EINVAL, "--mds-register flag does not work with --net=none");
        return 0;
}

static int find_images(Images *images, const RunSettings *settings, Parts *parts, Error *e) {
        parts->apps = calloc(settings->n_apps + 1, sizeof(Image));
        if (!parts->apps)
                return -ENOMEM;
        for (; parts->n_apps < settings->n_apps; parts->n_apps++) {
                const RunApp *app = &settings->apps[parts->n_apps];
                int r = images_find(images, app->image, app->signature, settings->pull_policy,
                                    &parts->apps[parts->n_apps], e);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int assemble(Images *images, const RunSettings *settings, Parts *parts, Error *e) {
        int r = find_images(images, settings, parts, e);

        if (r >= 0)
                r = pod_manifest_make(settings, parts->apps, environ, &parts->manifest, e);
        if (r < 0)
                return r;
        parts->text = appc_pod_format(parts->manifest, false);
        if (!parts->text)
                return -ENOMEM;
        parts->n_text = strlen(parts->text);
        return 0;
}

/* A manifest given whole goes into the pod as it is; its images are in the store. */
static int take_manifest(Images *images, const char *path, Parts *parts, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        int r = fd < 0 ? -errno : fd_read_all(fd, POD_MANIFEST_MAX, &parts->text, &parts->n_text);

        if (r >= 0)
                r = appc_pod_parse(parts->text, parts->n_text, &parts->manifest, e);
        if (r < 0)
                return error_wrap(e, r, "cannot read pod manifest \"%s\"", path);
        parts->apps = calloc(parts->manifest->n_apps + 1, sizeof(Image));
        if (!parts->apps)
                return -ENOMEM;
        for (; parts->n_apps < parts->manifest->n_apps; parts->n_apps++) {
                const AppcRuntimeApp *app = &parts->manifest->apps[parts->n_apps];

                if (!app->image_id)
                        return error_new(e, -EINVAL, "no image ID for app \"%s\"", app->name);
                r = images_find_hash(images, app->image_id, &parts->apps[parts->n_apps], e);
                if (r < 0)
                        return r;
        }
        return pod_manifest_check(parts->manifest, parts->apps, e);
}

/* What was made to hold images that nobody verified out of the host's view may still take them. */
int pod_check_trust(
        const Stage0 *stage0, const AppcImage *stage1, const Image *apps, size_t n, Error *e) {
        if (!stage1_says(stage1, STAGE1_VERIFIED_ONLY) || (stage0->rkt->insecure & INSECURE_IMAGE))
                return 0;
        for (size_t i = 0; i < n; i++)
                if (!apps[i].verified)
                        return error_new(
                                e, -EKEYREJECTED,
                                "image \"%s\" was not verified, and apps of this flavor (%s) see "
                                "the host: verify it, choose another flavor with --stage1-*, or use "
                                "--insecure-options=image",
                                apps[i].manifest->name, stage1->name);
        return 0;
}

/* Adding is not asked about, as the original did not. */
static int check_mutable(const AppcImage *stage1, Error *e) {
        static const char *const needed[] = { STAGE1_APP_RM, STAGE1_APP_START, STAGE1_APP_STOP };

        for (size_t i = 0; i < N_ELEMENTS(needed); i++)
                if (!appc_pairs_get(&stage1->annotations, needed[i]))
                        return error_new(e, -EOPNOTSUPP, "stage1 does not support mutable pods");
        return 0;
}

/* Without anything to attach, such streams would lead nowhere. */
static int check_streams(const Parts *parts, Error *e) {
        if (appc_pairs_get(&parts->stage1.manifest->annotations, STAGE1_ATTACH))
                return 0;
        for (size_t i = 0; i < parts->manifest->n_apps; i++)
                if (appc_pairs_has_prefix(&parts->manifest->apps[i].annotations,
                                          RUN_STREAM_ANNOTATION))
                        return error_new(
                                e, -EOPNOTSUPP,
                                "apps of this flavor (%s) cannot be attached to: \"%s\" has no use "
                                "for --stdin, --stdout and --stderr",
                                parts->stage1.manifest->name, parts->manifest->apps[i].name);
        return 0;
}

static int check_trees(const Stage0 *stage0, Images *images, const Parts *parts, Error *e) {
        int r = 0;

        if (stage0->rkt->insecure & INSECURE_ONDISK)
                return 0;
        r = images_check(images, &parts->stage1, e);
        for (size_t i = 0; i < parts->n_apps && r >= 0; i++)
                r = images_check(images, &parts->apps[i], e);
        return r;
}

static bool use_overlay(const Stage0 *stage0, const RunSettings *settings) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (settings->no_overlay)
                return false;
        if (pod_overlay_supported(stage0->config.data, &e) >= 0)
                return true;
        rkt_say(stage0->rkt, "disabling overlay support: \"%s\"", error_cause(&e));
        return false;
}

static int save_uuid(const RunSettings *settings, const Pod *pod, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (!settings->uuid_file_save)
                return 0;
        fd = open(settings->uuid_file_save, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        r = fd < 0 ? -errno : fd_write_all(fd, pod->uuid.text, strlen(pod->uuid.text));
        return r < 0 ? error_wrap(e, r, "error saving pod UUID to file \"%s\"",
                                  settings->uuid_file_save)
                     : 0;
}

static int fill_pod(const Stage0 *stage0,
                    Images *images,
                    const RunSettings *settings,
                    const Parts *parts,
                    const Pod *pod,
                    Error *e) {
        PodPlan plan = {
                .manifest = parts->text,
                .n_manifest = parts->n_text,
                .pod = parts->manifest,
                .apps = parts->apps,
                .stage1 = &parts->stage1,
                .overlay = use_overlay(stage0, settings),
                .private_users = settings->private_users,
        };
        int r = save_uuid(settings, pod, e);

        if (r >= 0 && settings->pod_name)
                r = pod_name_take(pod, settings->pod_name, e);
        return r < 0 ? r : pod_prepare(stage0, images, pod, &plan, e);
}

int pod_make(const Stage0 *stage0, const RunSettings *settings, Pod **ret, Error *e) {
        _cleanup_(images_closep) Images *images = NULL;
        _cleanup_(parts_done) Parts parts = {};
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = settings->pod_name ? pod_name_is_free(stage0->pods, settings->pod_name, e) : 0;

        if (r >= 0)
                r = images_open(stage0, &images, e);
        if (r >= 0) {
                images_set_quiet(images, settings->quiet);
                r = images_hold(images, e);
        }
        if (r >= 0)
                r = stage1_image_find(stage0, images, settings, &parts.stage1, e);
        if (r >= 0)
                r = settings->pod_manifest
                            ? take_manifest(images, settings->pod_manifest, &parts, e)
                            : assemble(images, settings, &parts, e);
        if (r >= 0)
                r = pod_check_trust(stage0, parts.stage1.manifest, parts.apps, parts.n_apps, e);
        if (r >= 0 && settings->is_mutable)
                r = check_mutable(parts.stage1.manifest, e);
        if (r >= 0)
                r = check_streams(&parts, e);
        if (r >= 0)
                r = check_trees(stage0, images, &parts, e);
        if (r >= 0)
                r = pod_new(stage0->pods, &pod, e);
        if (r < 0)
                return r;
        r = fill_pod(stage0, images, settings, &parts, pod, e);
        if (r < 0) {
                (void) pod_remove(pod, NULL);
                return r;
        }
        *ret = ptr_take(&pod);
        return 0;
}
