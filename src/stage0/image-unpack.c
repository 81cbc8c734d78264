/* SPDX-License-Identifier: Apache-2.0 */
#include "image-unpack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "image-store.h"
#include "openat.h"
#include "output-format.h"
#include "output-place.h"
#include "store-copy.h"

#define DIRECTORY_MODE 0755
#define MANIFEST_MODE 0644

static int set_rootfs_only(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((ImageUnpackSettings *) settings)->rootfs_only, value);
}

static int set_overwrite(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((ImageUnpackSettings *) settings)->overwrite, value);
}

const Option image_unpack_options[] = {
        { "overwrite", "true", "false", set_overwrite, "overwrite output directory", 0, NULL },
        { "rootfs-only", "true", "false", set_rootfs_only, "rootfs only", 0, NULL },
        {},
};

static int open_place(const char *path, bool overwrite, OutputPlace *ret, Error *e) {
        int r = output_place_open(path, overwrite, ret, e);

        if (r == -EEXIST)
                return error_new(e, r, "output directory exists (try --overwrite)");
        if (r == -EINVAL)
                return error_new(e, r, "this would delete your root filesystem. Refusing.");
        return r;
}

static int
write_manifest(Store *store, const char *id, const char *name, int directory_fd, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = store_image_manifest(store, id, name, &manifest, &text, e);

        if (r < 0)
                return r;
        r = file_write_at(directory_fd, "manifest", text, strlen(text), MANIFEST_MODE, 0);
        return r < 0 ? error_wrap(e, r, "cannot write the manifest") : 0;
}

static int fill(Store *store,
                const char *id,
                const char *name,
                const StoreLayers *layers,
                const ImageUnpackSettings *settings,
                const OutputPlace *place,
                Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF, root_fd = -EBADF;
        int r = 0;

        fd = mkdir_beneath(place->parent_fd, place->temporary, DIRECTORY_MODE);
        if (fd < 0)
                return error_wrap(e, fd, "cannot make a directory beside \"%s\"", place->name);
        if (settings->rootfs_only)
                return store_copy(store, layers->keys, fd, NULL, e);
        r = write_manifest(store, id, name, fd, e);
        if (r < 0)
                return r;
        root_fd = mkdir_beneath(fd, "rootfs", DIRECTORY_MODE);
        return root_fd < 0 ? error_wrap(e, root_fd, "cannot make rootfs")
                           : store_copy(store, layers->keys, root_fd, NULL, e);
}

static int unpack(const Rkt *rkt,
                  const ImageUnpackSettings *settings,
                  char **words,
                  ImageUnpackFind find,
                  Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(output_place_done) OutputPlace place = OUTPUT_PLACE_NULL;
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(fd_closep) int lock = -EBADF;
        _cleanup_(freep) char *id = NULL, *name = NULL;
        int r = open_place(words[1], settings->overwrite, &place, e);

        if (r >= 0)
                r = image_store_open(rkt, &store, e);
        if (r >= 0)
                r = image_store_find(store, words[0], &id, &name, e);
        if (r >= 0) /* the trees stay as long as they are copied */
                r = store_lock_trees(store, false, &lock, e);
        if (r >= 0)
                r = find(rkt, store, id, &layers, e);
        if (r >= 0)
                r = fill(store, id, name, &layers, settings, &place, e);
        if (r >= 0)
                r = store_image_touch(store, id, e);
        return r < 0 ? r : output_place_finish(&place, e);
}

int image_unpack(const Rkt *rkt,
                 const ImageUnpackSettings *settings,
                 char **words,
                 ImageUnpackFind find) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || !words[1] || words[2])
                return rkt_usage(rkt);
        r = unpack(rkt, settings, words, find, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}
