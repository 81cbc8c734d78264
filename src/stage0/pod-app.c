/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-app.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "images.h"
#include "lock.h"
#include "openat.h"
#include "pod-ids.h"
#include "pod-make.h"
#include "pod-manifest.h"
#include "pod-overlay.h"
#include "pod-prepare.h"
#include "stage1.h"

#define NOT_LOADED 5 /* app/stop's exit status for an app that does not run */
#define STATUS POD_STAGE1_ROOTFS "/rkt/status"

/* Held until the descriptor is closed. */
static int lock_manifest(const Pod *pod, bool exclusive, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, "pod.lck", O_RDWR | O_CREAT);
        int r = fd < 0 ? fd : lock_take(fd, exclusive);

        return r < 0 ? error_wrap(e, r, "cannot lock the manifest of pod \"%s\"", pod->uuid.text)
                     : fd_take(&fd);
}

/* @doing: what is refused otherwise, in the original's words. */
static int read_mutable(const Pod *pod, const char *doing, AppcPod **ret, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = pod_read_manifest(pod, &manifest, e);

        if (r < 0)
                return error_wrap(e, r, "error loading pod manifest");
        if (!pod_manifest_is_mutable(manifest))
                return error_new(e, -EPERM, "immutable pod: cannot %s application", doing);
        *ret = ptr_take(&manifest);
        return 0;
}

static int need_app(const AppcPod *manifest, const char *app, Error *e) {
        return appc_pod_app(manifest, app)
                       ? 0
                       : error_new(e, -ENOENT, "error: nonexistent app \"%s\"", app);
}

static int write_manifest(const Pod *pod, const AppcPod *manifest, Error *e) {
        _cleanup_(freep) char *text = appc_pod_format(manifest, false);

        return text ? pod_write_manifest(pod, text, strlen(text), e) : -ENOMEM;
}

/* An empty file whose time is when it happened. The host's root owns nothing in a pod with users of its own. */
static int mark(const Pod *pod, const char *app, const char *what, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, STATUS, O_RDONLY | O_DIRECTORY);
        _cleanup_(freep) char *name = NULL;
        PodIds ids = {};
        int r = fd < 0 ? fd : pod_ids_read(pod, &ids, e);

        if (asprintf(&name, "%s-%s", app, what) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (r >= 0)
                r = pod_ids_assume(&ids);
        if (r >= 0)
                r = file_write_at(fd, name, "", 0, 0644, 0);
        pod_ids_leave(&ids);
        return r < 0 ? error_wrap(e, r, "error creating %s file", name) : 0;
}

static void unmark(const Pod *pod, const char *app, const char *suffix) {
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, STATUS, O_RDONLY | O_DIRECTORY);
        _cleanup_(freep) char *name = NULL;

        if (fd >= 0 && asprintf(&name, "%s%s", app, suffix) >= 0)
                (void) unlinkat(fd, name, 0);
}

/* What is missing already is fine. */
static int remove_below(const Pod *pod, const char *directory, const char *name) {
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, directory, O_RDONLY | O_DIRECTORY);

        if (fd == -ENOENT)
                return 0;
        return fd < 0 ? fd : tree_remove_at(fd, name);
}

/* Two apps may stand on the same trees: only what is this app's goes. */
static int remove_layers(const Pod *pod, const char *app) {
        static const char *const parts[] = { "upper", "work" };
        _cleanup_(freep) char *id = NULL;
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = 0;

        if (asprintf(&id, "appsinfo/%s/treeStoreID", app) < 0) {
                id = NULL;
                return -ENOMEM;
        }
        r = pod_read_trees(pod, id, &keys);
        if (r == -ENOENT)
                return 0;
        for (size_t i = 0; i < N_ELEMENTS(parts) && r >= 0; i++) {
                _cleanup_(freep) char *directory = NULL;

                if (asprintf(&directory, "overlay/%s/%s", keys[0], parts[i]) < 0) {
                        directory = NULL;
                        return -ENOMEM;
                }
                r = remove_below(pod, directory, app);
        }
        return r;
}

/* Everything of an app but its place in the manifest. Its layers are found by its information, which
 * therefore goes last. */
static int remove_files(const Pod *pod, const char *app, Error *e) {
        static const char *const marks[] = { "", "-created", "-started" };
        _cleanup_(freep) char *path = pod_path(pod), *root = NULL;
        int r = 0;

        if (!path || asprintf(&root, "%s/" POD_STAGE1_ROOTFS "/opt/stage2/%s", path, app) < 0) {
                root = NULL;
                return -ENOMEM;
        }
        r = pod_unmount_below(root, e);
        if (r < 0)
                return r;
        r = remove_layers(pod, app);
        if (r >= 0)
                r = remove_below(pod, POD_STAGE1_ROOTFS "/opt/stage2", app);
        for (size_t i = 0; i < N_ELEMENTS(marks); i++)
                unmark(pod, app, marks[i]);
        if (r >= 0)
                r = remove_below(pod, POD_STAGE1_ROOTFS "/rkt/env", app);
        if (r >= 0)
                r = remove_below(pod, "appsinfo", app);
        return r < 0 ? error_wrap(e, r, "cannot remove the files of app \"%s\"", app) : 0;
}

/* Returns the exit status; a negative errno. */
static int
call(const Stage0 *stage0, const Pod *pod, const char *annotation, const char *app, Error *e) {
        _cleanup_(strv_freep) Strv arguments = NULL;
        pid_t leader = -1;
        int r = pod_read_pid(pod, &leader, e);

        if (r < 0)
                return error_wrap(e, r, "unable to determine the pid for pod \"%s\"",
                                  pod->uuid.text);
        r = strv_appendf(&arguments, "--debug=%s", stage0->rkt->debug ? "true" : "false");
        if (r >= 0 && strcmp(annotation, STAGE1_APP_ADD) == 0)
                r = strv_appendf(&arguments, "--uuid=%s", pod->uuid.text);
        if (r >= 0)
                r = strv_appendf(&arguments, "--app=%s", app);
        return r < 0 ? r : stage1_cross(stage0, pod, leader, annotation, arguments, e);
}

static int
call_well(const Stage0 *stage0, const Pod *pod, const char *annotation, const char *app, Error *e) {
        int r = call(stage0, pod, annotation, app, e);

        return r > 0 ? -EIO : r; /* @e tells */
}

static int
check_image(const Stage0 *stage0, Images *images, const Pod *pod, const Image *image, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *stage1 = NULL;
        int r = pod_read_stage1_manifest(pod, &stage1, e);

        if (r >= 0)
                r = pod_check_trust(stage0, stage1, image, 1, e);
        if (r >= 0 && !(stage0->rkt->insecure & INSECURE_ONDISK))
                r = images_check(images, image, e);
        return r;
}

/* The app's files, and its mount. @name is not in the manifest: what is there of it is a crash's. */
static int prepare(const Stage0 *stage0,
                   Images *images,
                   const Pod *pod,
                   const char *name,
                   const Image *image,
                   Error *e) {
        bool overlay = pod_has_overlays(pod);
        int r = remove_files(pod, name, e);

        if (r >= 0)
                r = pod_prepare_app(images, pod, name, image, overlay, e);
        if (r >= 0)
                r = pod_mount_app(stage0, pod, name, e);
        return r;
}

/* Stage1's part reads the manifest, so the app is in it by then; when stage1 refuses, it goes again. */
static int add(const Stage0 *stage0,
               Images *images,
               const Pod *pod,
               const RunSettings *settings,
               const Image *image,
               Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(freep) char *name = NULL;
        int r = read_mutable(pod, "add", &manifest, e);

        if (r >= 0)
                r = pod_manifest_add(manifest, settings, image, e);
        if (r < 0)
                return r;
        name = strdup(manifest->apps[manifest->n_apps - 1].name);
        r = name ? prepare(stage0, images, pod, name, image, e) : -ENOMEM;
        if (r >= 0)
                r = write_manifest(pod, manifest, e);
        if (r >= 0)
                r = call_well(stage0, pod, STAGE1_APP_ADD, name, e);
        if (r >= 0)
                r = mark(pod, name, "created", e);
        if (r < 0 && name) {
                pod_manifest_remove(manifest, name);
                (void) write_manifest(pod, manifest, NULL);
                (void) remove_files(pod, name, NULL);
        }
        return r;
}

int pod_app_add(const Stage0 *stage0, const Pod *pod, const RunSettings *settings, Error *e) {
        const RunApp *app = &settings->apps[0];
        _cleanup_(images_closep) Images *images = NULL;
        _cleanup_(image_done) Image image = IMAGE_NULL;
        _cleanup_(fd_closep) int lock_fd = -EBADF;
        int r = images_open(stage0, &images, e);

        if (r >= 0)
                r = images_hold(images, e);
        if (r >= 0)
                r = images_find(images, app->image, NULL, PULL_NEVER, &image, e);
        if (r < 0)
                return error_wrap(e, r, "error finding images");
        r = check_image(stage0, images, pod, &image, e);
        if (r >= 0)
                r = lock_fd = lock_manifest(pod, true, e);
        return r < 0 ? r : add(stage0, images, pod, settings, &image, e);
}

static int leave_stage1(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        int r = call(stage0, pod, STAGE1_APP_STOP, app, e);

        if (r == NOT_LOADED)
                error_done(e);
        else if (r != 0)
                return r > 0 ? -EIO : r;
        return call_well(stage0, pod, STAGE1_APP_RM, app, e);
}

int pod_app_remove(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        _cleanup_(fd_closep) int lock_fd = lock_manifest(pod, true, e);
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = lock_fd < 0 ? lock_fd : read_mutable(pod, "remove", &manifest, e);

        if (r >= 0)
                r = need_app(manifest, app, e);
        if (r >= 0 && pod->state == POD_RUNNING)
                r = leave_stage1(stage0, pod, app, e);
        if (r >= 0)
                r = remove_files(pod, app, e);
        if (r < 0)
                return r;
        pod_manifest_remove(manifest, app);
        return write_manifest(pod, manifest, e);
}

int pod_app_start(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        _cleanup_(fd_closep) int lock_fd = lock_manifest(pod, false, e);
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = lock_fd < 0 ? lock_fd : read_mutable(pod, "start", &manifest, e);

        if (r >= 0)
                r = need_app(manifest, app, e);
        if (r >= 0)
                r = mark(pod, app, "started", e);
        if (r < 0)
                return r;
        r = call_well(stage0, pod, STAGE1_APP_START, app, e);
        if (r < 0)
                unmark(pod, app, "-started");
        return r;
}

int pod_app_stop(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = read_mutable(pod, "stop", &manifest, e);

        if (r >= 0)
                r = need_app(manifest, app, e);
        if (r >= 0)
                r = call(stage0, pod, STAGE1_APP_STOP, app, e);
        if (r == NOT_LOADED) {
                error_done(e);
                return error_new(e, -ESRCH, "app \"%s\" is not running", app);
        }
        return r > 0 ? -EIO : r;
}
