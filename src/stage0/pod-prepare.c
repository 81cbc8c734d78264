/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-prepare.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "pod-ids.h"
#include "pod-labels.h"
#include "pod-overlay.h"
#include "stage1.h"
#include "store-layers.h"

/* Where a pod has its overlays' directories. */
#define OVERLAYS "overlay"
#define FILE_MODE 0640
#define DIRECTORY_MODE 0750

static int write_file(const Pod *pod, const char *name, const char *text, Error *e) {
        int r = file_write_at(pod->fd, name, text, strlen(text), FILE_MODE, 0);

        return r < 0 ? error_wrap(e, r, "cannot write %s of pod \"%s\"", name, pod->uuid.text) : 0;
}

static int make_directory(const Pod *pod, const char *path, Error *e) {
        int fd = mkdir_beneath(pod->fd, path, DIRECTORY_MODE);

        return fd < 0 ? error_wrap(e, fd, "cannot make directory %s of pod \"%s\"", path,
                                   pod->uuid.text)
                      : fd;
}

static int
write_image(int directory_fd, const AppcImage *manifest, FileWriteFlags flags, Error *e) {
        _cleanup_(freep) char *text = appc_image_format(manifest);
        int r = text ? file_write_at(directory_fd, "manifest", text, strlen(text), FILE_MODE, flags)
                     : -ENOMEM;

        return r < 0 ? error_wrap(e, r, "cannot write an image's manifest") : 0;
}

/* A copy of the image's trees in @path of the pod. */
static int
copy_tree(Images *images, const Pod *pod, const char *path, const Image *image, Error *e) {
        _cleanup_(fd_closep) int fd = make_directory(pod, path, e);

        return fd < 0 ? fd : images_copy(images, image, fd, e);
}

static int prepare_stage1(Images *images, const Pod *pod, const PodPlan *plan, Error *e) {
        _cleanup_(fd_closep) int fd = make_directory(pod, "stage1", e);
        /* Not cut where the pod is whole: the collector asks it what to execute. */
        int r = fd < 0 ? fd : write_image(fd, plan->stage1->manifest, FILE_WRITE_EARLY, e);

        if (r >= 0)
                r = pod_write_trees(pod, POD_STAGE1_TREE, plan->stage1->trees, e);
        if (r < 0)
                return r;
        if (!plan->overlay && !stage1_says(plan->stage1->manifest, STAGE1_RUNS_IN_PLACE))
                return copy_tree(images, pod, POD_STAGE1_ROOTFS, plan->stage1, e);
        fd_drop(&fd);
        fd = make_directory(pod, POD_STAGE1_ROOTFS, e);
        return fd < 0 ? fd : 0;
}

int pod_prepare_app(Images *images,
                    const Pod *pod,
                    const char *name,
                    const Image *image,
                    bool overlay,
                    Error *e) {
        _cleanup_(freep) char *info = pod_app_info(name), *path = NULL;
        _cleanup_(fd_closep) int fd = info ? make_directory(pod, info, e) : -ENOMEM;
        int r = fd < 0 ? fd : write_image(fd, image->manifest, 0, e);

        if (r < 0)
                return r;
        if (asprintf(&path, overlay ? "%s/treeStoreID" : POD_STAGE1_ROOTFS "/opt/stage2/%s/rootfs",
                     overlay ? info : name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (overlay)
                return pod_write_trees(pod, path, image->trees, e);
        return copy_tree(images, pod, path, image, e);
}

int pod_prepare(
        const Stage0 *stage0, Images *images, const Pod *pod, const PodPlan *plan, Error *e) {
        int r = write_file(pod, "pod-created", "", e);

        if (r >= 0)
                r = write_file(pod, "pod.lck", "", e);
        if (r >= 0 && fchmodat(pod->fd, "pod.lck", 0600, 0) < 0)
                r = -errno;
        if (r >= 0 && plan->private_users)
                r = pod_ids_choose(stage0->pods, pod, e);
        if (r >= 0)
                r = prepare_stage1(images, pod, plan, e);
        for (size_t i = 0; i < plan->pod->n_apps && r >= 0; i++)
                r = pod_prepare_app(images, pod, plan->pod->apps[i].name, &plan->apps[i],
                                    plan->overlay, e);
        if (r >= 0 && plan->overlay)
                r = write_file(pod, POD_OVERLAY_MARK, "", e);
        /* The manifest last: with it the pod is whole. */
        return r < 0 ? r : pod_write_manifest(pod, plan->manifest, plan->n_manifest, e);
}

/* "<data>/cas/tree/KEY/rootfs" for each key. */
static int tree_paths(const Stage0 *stage0, char *const *keys, Strv *ret) {
        int r = 0;

        for (; *keys && r >= 0; keys++)
                r = strv_appendf(ret, "%s/cas/tree/%s/rootfs", stage0->config.data, *keys);
        return r;
}

/* The upper directory looks like the root it stands for: as the topmost layer that speaks of it says,
 * or as any where none does. */
static int copy_mode(char *const *lower, int upper_fd, Error *e) {
        struct stat st;
        int r = 0;

        while (lower[1] && (r = store_layer_describes_root(*lower, e)) == 0)
                lower++;
        if (r < 0)
                return r;
        if (stat(*lower, &st) < 0 || fchown(upper_fd, st.st_uid, st.st_gid) < 0 ||
            fchmod(upper_fd, st.st_mode & 07777) < 0)
                return -errno;
        return 0;
}

/* Of one pod_mount(). */
typedef struct Mounting {
        const Stage0 *stage0;
        const Pod *pod;
        PodIds ids; /* who owns what is seen through the mounts */
        SelinuxLabels labels;
        int namespace_fd; /* of these; or -1 */
        bool no_suid;     /* what apps have in their trees gives nobody more rights */
} Mounting;

static void mounting_done(Mounting *m) {
        fd_drop(&m->namespace_fd);
        selinux_labels_done(&m->labels);
}

/* As the original did: the mount's label is for what is seen through it. */
static int label_layer(int upper_fd, int work_fd, const char *label) {
        int r = selinux_label_file(upper_fd, label);

        return r < 0 ? r : selinux_label_file(work_fd, label);
}

/* @upper, @work: below the pod; @target_fd: where it is mounted. */
static int mount_trees(const Mounting *m,
                       char *const *keys,
                       const char *upper,
                       const char *work,
                       int target_fd,
                       bool no_suid,
                       Error *e) {
        const Pod *pod = m->pod;
        _cleanup_(strv_freep) Strv paths = NULL;
        _cleanup_(fd_closep) int upper_fd = make_directory(pod, upper, e);
        _cleanup_(fd_closep) int work_fd = upper_fd < 0 ? upper_fd : make_directory(pod, work, e);
        _cleanup_(fd_closep) int base_fd =
                work_fd < 0 ? work_fd : open_beneath(pod->fd, OVERLAYS, O_PATH | O_DIRECTORY);
        PodOverlay overlay = {
                .base_fd = base_fd,
                .upper = upper + strlen(OVERLAYS "/"),
                .work = work + strlen(OVERLAYS "/"),
                .target_fd = target_fd,
                .no_suid = no_suid,
                .namespace_fd = m->namespace_fd,
                .ids = m->ids,
                .selinux_label = m->labels.mount,
        };
        int r = base_fd < 0 ? base_fd : tree_paths(m->stage0, keys, &paths);

        if (r < 0)
                return r;
        r = copy_mode(paths, upper_fd, e);
        if (r >= 0 && m->labels.mount)
                r = label_layer(upper_fd, work_fd, m->labels.mount);
        if (r < 0)
                return error_wrap(e, r, "cannot prepare %s of pod \"%s\"", upper, pod->uuid.text);
        overlay.layers = paths;
        return pod_overlay_mount(&overlay, e);
}

static int mount_stage1(const Mounting *m, Error *e) {
        const Pod *pod = m->pod;
        _cleanup_(strv_freep) Strv keys = NULL;
        _cleanup_(freep) char *upper = NULL, *work = NULL;
        _cleanup_(fd_closep) int target_fd =
                open_beneath(pod->fd, POD_STAGE1_ROOTFS, O_PATH | O_DIRECTORY);
        int r = target_fd < 0 ? target_fd : pod_read_trees(pod, POD_STAGE1_TREE, &keys);

        if (r < 0)
                return error_wrap(e, r, "cannot find the stage1 of pod \"%s\"", pod->uuid.text);
        if (asprintf(&upper, OVERLAYS "/%s/upper", keys[0]) < 0) {
                upper = NULL;
                return -ENOMEM;
        }
        if (asprintf(&work, OVERLAYS "/%s/work", keys[0]) < 0) {
                work = NULL;
                return -ENOMEM;
        }
        return mount_trees(m, keys, upper, work, target_fd, false, e);
}

/* Stage1's root as it is now, mounted or not. */
static int open_app_target(const Mounting *m, const char *app, Error *e) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int root_fd =
                open_beneath(m->pod->fd, POD_STAGE1_ROOTFS, O_RDONLY | O_DIRECTORY);
        int fd = root_fd < 0 ? root_fd : pod_ids_assume(&m->ids);

        if (fd >= 0 && asprintf(&path, "opt/stage2/%s/rootfs", app) < 0) {
                path = NULL;
                fd = -ENOMEM;
        }
        if (fd >= 0)
                fd = mkdir_beneath(root_fd, path, DIRECTORY_MODE);
        pod_ids_leave(&m->ids);
        return fd < 0 ? error_wrap(e, fd, "cannot make the root of app \"%s\"", app) : fd;
}

static int mount_app(const Mounting *m, const char *app, Error *e) {
        _cleanup_(strv_freep) Strv keys = NULL;
        _cleanup_(freep) char *id = NULL, *upper = NULL, *work = NULL;
        _cleanup_(fd_closep) int target_fd = -EBADF;
        int r = 0;

        if (asprintf(&id, "appsinfo/%s/treeStoreID", app) < 0) {
                id = NULL;
                return -ENOMEM;
        }
        r = pod_read_trees(m->pod, id, &keys);
        if (r < 0)
                return error_wrap(e, r, "cannot find the trees of app \"%s\"", app);
        if (asprintf(&upper, OVERLAYS "/%s/upper/%s", keys[0], app) < 0) {
                upper = NULL;
                return -ENOMEM;
        }
        if (asprintf(&work, OVERLAYS "/%s/work/%s", keys[0], app) < 0) {
                work = NULL;
                return -ENOMEM;
        }
        target_fd = open_app_target(m, app, e);
        return target_fd < 0 ? target_fd
                             : mount_trees(m, keys, upper, work, target_fd, m->no_suid, e);
}

/* What stage1 writes to must be in the upper directory, where readers without the mount find it. */
static int make_status(const Mounting *m, Error *e) {
        _cleanup_(fd_closep) int root_fd =
                open_beneath(m->pod->fd, POD_STAGE1_ROOTFS, O_RDONLY | O_DIRECTORY);
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = root_fd < 0 ? root_fd : pod_ids_assume(&m->ids);

        if (r >= 0)
                r = fd = mkdir_beneath(root_fd, "rkt/status", 0755);
        if (r >= 0 && futimens(fd, NULL) < 0)
                r = -errno;
        pod_ids_leave(&m->ids);
        return r < 0 ? error_wrap(e, r, "error touching status dir") : 0;
}

/* No mount's label covers it. */
static int label_copy(const Pod *pod, const char *below, const char *label, Error *e) {
        _cleanup_(freep) char *path = pod_path(pod), *tree = NULL;

        if (!path || asprintf(&tree, "%s/%s", path, below) < 0) {
                tree = NULL;
                return -ENOMEM;
        }
        return pod_labels_apply(tree, label, e);
}

/* A copied tree is mounted on itself where its owners are translated. */
static int cover_copy(const Mounting *m, Error *e) {
        _cleanup_(fd_closep) int root_fd =
                open_beneath(m->pod->fd, POD_STAGE1_ROOTFS, O_PATH | O_DIRECTORY);
        _cleanup_(fd_closep) int mount_fd = -EBADF;

        if (m->namespace_fd < 0)
                return 0;
        if (root_fd < 0)
                return error_wrap(e, root_fd, "cannot open " POD_STAGE1_ROOTFS);
        mount_fd = pod_ids_map(root_fd, m->namespace_fd, e);
        return mount_fd < 0 ? mount_fd : pod_overlay_place(mount_fd, root_fd, e);
}

bool pod_has_overlays(const Pod *pod) {
        return faccessat(pod->fd, POD_OVERLAY_MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How the pod's trees are mounted: as its stage1 wants it, and for its users. @m->namespace_fd is the
 * caller's to close. */
static int begin_mounting(Mounting *m, const AppcImage *stage1, bool as_stored, Error *e) {
        int r = as_stored ? 0 : pod_ids_read(m->pod, &m->ids, e);

        m->no_suid = stage1_says(stage1, STAGE1_NO_SUID);
        if (r >= 0 && m->ids.count > 0)
                r = m->namespace_fd = pod_ids_namespace(&m->ids, e);
        if (r >= 0 && !as_stored && selinux_is_enabled())
                r = pod_labels_read(m->pod, &m->labels, e);
        return r < 0 ? r : 0;
}

int pod_mount(const Stage0 *stage0, const Pod *pod, bool as_stored, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(appc_image_freep) AppcImage *stage1 = NULL;
        Mounting m = { .stage0 = stage0, .pod = pod, .namespace_fd = -1 };
        bool overlay = pod_has_overlays(pod);
        int r = pod_read_manifest(pod, &manifest, e);

        if (r >= 0)
                r = pod_read_stage1_manifest(pod, &stage1, e);
        if (r >= 0)
                r = begin_mounting(&m, stage1, as_stored, e);
        if (r >= 0 && !overlay && m.labels.mount)
                r = label_copy(pod, POD_STAGE1_ROOTFS, m.labels.mount, e);
        if (r >= 0 && !overlay)
                r = cover_copy(&m, e);
        else if (r >= 0 && !stage1_says(stage1, STAGE1_RUNS_IN_PLACE))
                r = mount_stage1(&m, e);
        for (size_t i = 0; overlay && r >= 0 && i < manifest->n_apps; i++)
                r = mount_app(&m, manifest->apps[i].name, e);
        if (r >= 0)
                r = make_status(&m, e);
        mounting_done(&m);
        return r;
}

int pod_mount_app(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *stage1 = NULL;
        Mounting m = { .stage0 = stage0, .pod = pod, .namespace_fd = -1 };
        _cleanup_(freep) char *directory = pod_app_directory(app);
        int r = directory ? pod_read_stage1_manifest(pod, &stage1, e) : -ENOMEM;

        if (r >= 0)
                r = begin_mounting(&m, stage1, false, e);
        if (r >= 0 && pod_has_overlays(pod))
                r = mount_app(&m, app, e);
        else if (r >= 0 && m.labels.mount)
                r = label_copy(pod, directory, m.labels.mount, e);
        mounting_done(&m);
        return r;
}
