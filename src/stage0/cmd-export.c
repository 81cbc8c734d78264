/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "image-store.h"
#include "lock.h"
#include "openat.h"
#include "output-format.h"
#include "output-place.h"
#include "pod-ids.h"
#include "pod-overlay.h"
#include "pod-prepare.h"
#include "store-export.h"

/* glibc 2.36 has a wrapper in sys/mount.h, which cannot be included beside linux/mount.h there. */
int mount(const char *source, const char *target, const char *type, unsigned long, const void *);

#define FILE_MODE 0644

typedef struct Settings {
        char *app;
        bool overwrite;
} Settings;

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->app, value);
}

static int set_overwrite(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->overwrite, value);
}

static const Option options[] = {
        { "app", NULL, "", set_app, "name of the app to export within the specified pod",
          OPTION_QUOTED, NULL, 0 },
        { "overwrite", "true", "false", set_overwrite, "overwrite output ACI", 0, NULL, 0 },
        {},
};

/* A pod that does not run any more, and that no collector takes away meanwhile. */
static int open_exited(const Stage0 *stage0, const char *word, Pod **ret, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        if ((pod->state != POD_EXITED && pod->state != POD_EXITED_GARBAGE) ||
            lock_try(pod->fd, false) < 0)
                return error_new(e, -EBUSY, "pod is not exited. Only exited pods can be exported");
        *ret = ptr_take(&pod);
        return 0;
}

/* Where nothing that is mounted reaches the host. Descriptors from before would go on seeing the host's
 * mounts, so this comes first. */
static int enter_private_mounts(Error *e) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
                return error_wrap(e, -errno, "cannot make a mount namespace");
        return 0;
}

/* Puts the tree on itself, without what is mounted inside: that is not the app's. */
static int cover(int fd, Error *e) {
        _cleanup_(fd_closep) int tree_fd = (int) syscall(
                SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

        if (tree_fd < 0 || syscall(SYS_move_mount, tree_fd, "", fd, "",
                                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return error_wrap(e, -errno, "cannot take the tree by itself");
        return 0;
}

/* The host was booted again meanwhile. Where stage1's root is no mount, an app's is still there, empty. */
static bool is_unmounted(const Pod *pod, int tree_fd) {
        struct statx st;

        if (tree_fd < 0)
                return tree_fd == -ENOENT;
        return faccessat(pod->fd, POD_OVERLAY_MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
               statx(tree_fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
               !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Takes away, from our own view, mounts that show other owners than the app knew. */
static int unmap(const Pod *pod, Error *e) {
        _cleanup_(freep) char *path = NULL;
        PodIds ids = {};
        int r = pod_ids_read(pod, &ids, e);

        if (r < 0 || ids.count == 0)
                return r;
        path = pod_path(pod);
        return path ? pod_unmount_below(path, e) : -ENOMEM;
}

static int open_tree_of(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        _cleanup_(freep) char *directory = pod_app_directory(app), *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0, tree_fd = -EBADF;

        if (!directory || asprintf(&path, "%s/rootfs", directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = unmap(pod, e);
        if (r < 0)
                return r;
        fd = open_beneath(pod->fd, path, O_PATH | O_DIRECTORY);
        if (is_unmounted(pod, fd)) {
                r = pod_mount(stage0, pod, true, e);
                if (r < 0)
                        return r;
                fd_drop(&fd);
                fd = open_beneath(pod->fd, path, O_PATH | O_DIRECTORY);
        }
        if (fd < 0)
                return error_wrap(e, fd, "cannot open the tree of app \"%s\"", app);
        r = cover(fd, e);
        if (r < 0)
                return r;
        tree_fd = open_beneath(pod->fd, path, O_RDONLY | O_DIRECTORY);
        return tree_fd < 0 ? error_wrap(e, tree_fd, "cannot read the tree of app \"%s\"", app)
                           : tree_fd;
}

static int open_manifest(const Pod *pod, const char *app, Error *e) {
        _cleanup_(freep) char *directory = pod_app_info(app), *path = NULL;
        int fd = -EBADF;

        if (!directory || asprintf(&path, "%s/manifest", directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = open_beneath(pod->fd, path, O_RDONLY | O_NOFOLLOW);
        return fd < 0 ? error_wrap(e, fd, "cannot open the image manifest of app \"%s\"", app) : fd;
}

static int write_aci(
        const Stage0 *stage0, const Pod *pod, const char *app, const OutputPlace *place, Error *e) {
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(fd_closep) int tree_fd = -EBADF, manifest_fd = -EBADF, fd = -EBADF;
        int r = image_store_open(stage0->rkt, &store, e);

        if (r < 0)
                return r;
        manifest_fd = open_manifest(pod, app, e);
        if (manifest_fd < 0)
                return manifest_fd;
        tree_fd = open_tree_of(stage0, pod, app, e);
        if (tree_fd < 0)
                return tree_fd;
        fd = openat(place->parent_fd, place->temporary,
                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
        if (fd < 0)
                return error_wrap(e, -errno, "cannot make a file beside \"%s\"", place->name);
        return store_export_tree(store, tree_fd, manifest_fd, fd, e);
}

static int export(const Stage0 *stage0, const Settings *settings, char **words, Error *e) {
        _cleanup_(output_place_done) OutputPlace place = OUTPUT_PLACE_NULL;
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        const char *app = NULL, *extension = strrchr(words[1], '.');
        int r = 0;

        if (!text_equal(extension, ".aci"))
                return error_new(e, -EINVAL, "extension must be .aci (given %s)", words[1]);
        r = open_exited(stage0, words[0], &pod, e);
        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = stage0_choose_app(manifest, settings->app, "export", &app, e);
        if (r < 0)
                return r;
        r = output_place_open(words[1], settings->overwrite, &place, e);
        if (r == -EEXIST)
                return error_new(e, r, "target file exists (try --overwrite)");
        if (r >= 0)
                r = write_aci(stage0, pod, app, &place, e);
        return r < 0 ? r : output_place_finish(&place, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || !words[1] || words[2])
                return rkt_usage(rkt);
        r = enter_private_mounts(&e);
        if (r >= 0)
                r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = export(&stage0, settings, words, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->app);
}

const Verb verb_export = {
        .name = "export",
        .arguments = "[--app=APPNAME] [--overwrite] UUID OUTPUT_ACI_FILE",
        .summary = "Export an app from an exited pod to an ACI file",
        .description =
                "The image of the app with what the app changed in it. The pod must have exited.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_EXITED,
        .run = run,
        .done = done,
};
