/* SPDX-License-Identifier: Apache-2.0 */
#include "image-store.h"

#include <fcntl.h>

#include "config.h"
#include "openat.h"

#define DATA_MODE 0755

static int make_data_directory(const char *path, Error *e) {
        _cleanup_(fd_closep) int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(fd_closep) int fd = -EBADF;

        if (access(path, F_OK) == 0)
                return 0;
        fd = root < 0 ? -errno : mkdir_beneath(root, path + 1, DATA_MODE);
        return fd < 0 ? error_wrap(e, fd, "cannot make data directory \"%s\"", path) : 0;
}

int image_store_open(const Rkt *rkt, Store **ret, Error *e) {
        _cleanup_(config_done) Config config = {};
        StoreOptions options = {};
        int r = config_load(rkt, &config, e);

        if (r >= 0)
                r = make_data_directory(config.data, e);
        options.data_dir = config.data;
        options.limits = config.limits;
        if (r >= 0)
                r = store_open(&options, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot open store") : 0;
}

/* What the store knows by its digest: ours, and those that other tools show for OCI images. */
static bool is_id(const char *word) {
        return appc_id_is_hash(word) || text_after(word, "sha256:") || text_after(word, "sha256-");
}

static int parse_name(const char *word, AppcReference *ret, Error *e) {
        int r = appc_reference_parse(word, ret, e);

        return r < 0 ? error_prefix(e, r, "cannot parse the image name \"%s\": ", word) : 0;
}

int image_store_find(Store *store, const char *word, char **ret_id, char **ret_name, Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        int r = 0;

        if (is_id(word)) {
                r = store_image_find(store, word, ret_id, e);
                return r < 0 ? error_wrap(e, r, "cannot resolve image ID") : 0;
        }
        r = parse_name(word, &reference, e);
        if (r >= 0)
                r = store_image_find_name(store, &reference, false, ret_id, e);
        if (r < 0)
                return error_wrap(e, r, "cannot find image");
        if (ret_name)
                *ret_name = ptr_take(&reference.name);
        return 0;
}

int image_store_find_all(Store *store, const char *word, Strv *ret_ids, Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        _cleanup_(freep) char *id = NULL;
        int r = 0;

        if (is_id(word)) {
                r = store_image_find(store, word, &id, e);
                return r < 0 ? error_wrap(e, r, "image ID \"%s\" not valid", word)
                             : strv_push(ret_ids, ptr_take(&id));
        }
        r = parse_name(word, &reference, e);
        if (r >= 0)
                r = store_image_find_names(store, &reference, ret_ids, e);
        if (r >= 0 && !*ret_ids)
                r = error_new(e, -ENOENT, "image name \"%s\" not found", word);
        return r;
}
