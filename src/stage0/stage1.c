/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1.h"

#include <fcntl.h>
#include <unistd.h>

#include "listen.h"
#include "openat.h"
#include "process.h"

#define INTERFACE_VERSION_MAX 99

bool stage1_says(const AppcImage *manifest, const char *annotation) {
        const char *text = appc_pairs_get(&manifest->annotations, annotation);

        return text && text_parse_bool(text) > 0;
}

/* In the first of the store's trees that has it. Returns 1; 0 there is none; a negative errno. */
static int find_in_store(const Stage0 *stage0, const Pod *pod, const char *program, char **ret) {
        _cleanup_(strv_freep) Strv trees = NULL;

        if (pod_read_trees(pod, POD_STAGE1_TREE, &trees) < 0)
                return 0;
        for (char **tree = trees; *tree; tree++) {
                _cleanup_(freep) char *path = NULL;

                if (asprintf(&path, "%s/cas/tree/%s/rootfs%s", stage0->config.data, *tree,
                             program) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                if (access(path, X_OK) >= 0) {
                        *ret = ptr_take(&path);
                        return 1;
                }
        }
        return 0;
}

/* Where the pod's stage1 programs are: in the store's trees, which nobody in a pod can write to, whoever he has
 * become there; in the pod itself where that has a copy of them. */
static int
open_program(const Stage0 *stage0, const Pod *pod, const char *program, char **ret, Error *e) {
        _cleanup_(freep) char *path = pod_path(pod), *inside = NULL;
        _cleanup_(fd_closep) int root_fd = -EBADF, fd = -EBADF;
        int r = find_in_store(stage0, pod, program, ret);

        if (r != 0)
                return r < 0 ? r : 0;
        if (!path || asprintf(&inside, "%s/" POD_STAGE1_ROOTFS "%s", path, program) < 0) {
                inside = NULL;
                return -ENOMEM;
        }
        root_fd = open_beneath(pod->fd, POD_STAGE1_ROOTFS, O_PATH | O_DIRECTORY);
        fd = root_fd < 0 ? root_fd : open_in_root(root_fd, program, O_PATH);
        if (fd < 0)
                return error_wrap(e, fd, "cannot find stage1's program %s", program);
        *ret = ptr_take(&inside);
        return 0;
}

int stage1_entrypoint(
        const Stage0 *stage0, const Pod *pod, const char *annotation, char **ret, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        const char *program = NULL;
        int r = pod_read_stage1_manifest(pod, &manifest, e);

        if (r < 0)
                return r;
        program = appc_pairs_get(&manifest->annotations, annotation);
        if (!program)
                return error_new(e, -ENOSYS, "entrypoint \"%s\" not found", annotation);
        if (*program != '/')
                return error_new(e, -EINVAL, "entrypoint \"%s\" of stage1 is not absolute",
                                 program);
        return open_program(stage0, pod, program, ret, e);
}

/* argv for a program: its path, then @arguments. */
static int make_argv(const char *path, char *const *arguments, Strv *ret) {
        int r = strv_append(ret, path);

        for (; arguments && *arguments && r >= 0; arguments++)
                r = strv_append(ret, *arguments);
        return r;
}

int stage1_call(const Stage0 *stage0,
                const Pod *pod,
                const char *annotation,
                char *const *arguments,
                bool with_stdio,
                Error *e) {
        _cleanup_(freep) char *path = NULL, *directory = pod_path(pod);
        _cleanup_(strv_freep) Strv argv = NULL;
        ProcessSpec spec = { .envp = environ, .fds = { 0, 1, 2 }, .n_fds = 3 };
        int r = stage1_entrypoint(stage0, pod, annotation, &path, e);

        if (r >= 0)
                r = directory ? make_argv(path, arguments, &argv) : -ENOMEM;
        if (r < 0)
                return r;
        spec.path = path;
        spec.argv = argv;
        spec.directory = directory;
        if (!with_stdio)
                spec.fds[0] = spec.fds[1] = -1;
        r = process_run(&spec);
        return r < 0 ? error_wrap(e, r, "cannot run %s", path) : r;
}

int stage1_replace(const Stage0 *stage0,
                   const Pod *pod,
                   const char *annotation,
                   char *const *arguments,
                   Error *e) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(strv_freep) Strv argv = NULL;
        int r = stage1_entrypoint(stage0, pod, annotation, &path, e);

        if (r >= 0)
                r = make_argv(path, arguments, &argv);
        if (r < 0)
                return r;
        if (fchdir(pod->fd) < 0)
                return error_wrap(e, -errno, "failed changing to dir of pod \"%s\"",
                                  pod->uuid.text);
        (void) fflush(stdout);
        listen_hand_over();
        (void) execv(path, argv);
        return error_wrap(e, -errno, "failed to execute %s", path);
}

int stage1_interface_version(const Pod *pod) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        const char *text = NULL;
        uint64_t version = 1;

        if (pod_read_stage1_manifest(pod, &manifest, NULL) < 0)
                return 1;
        text = appc_pairs_get(&manifest->annotations, STAGE1_INTERFACE);
        if (!text || text_parse_u64(text, INTERFACE_VERSION_MAX, &version) < 0)
                return 1;
        return (int) version;
}
