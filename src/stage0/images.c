/* SPDX-License-Identifier: Apache-2.0 */
#include "images.h"

#include <ctype.h>
#include <sys/stat.h>

#include "appc-platform.h"
#include "appc-reference.h"
#include "fetch-local.h"
#include "remote.h"
#include "store-copy.h"
#include "store-image.h"
#include "store-layers.h"

struct Images {
        const Stage0 *stage0;
        Store *store;
        Remote *remote;
        int lock_fd; /* -EBADF: not held */
};

void image_done(Image *image) {
        free(image->id);
        appc_image_free(image->manifest);
        strv_free(image->trees);
        strv_free(image->paths);
        *image = IMAGE_NULL;
}

int images_open(const Stage0 *stage0, Images **ret, Error *e) {
        _cleanup_(images_closep) Images *images = calloc(1, sizeof(*images));
        const StoreOptions options = { .data_dir = stage0->config.data };
        int r = 0;

        if (!images)
                return -ENOMEM;
        images->stage0 = stage0;
        images->lock_fd = -EBADF;
        r = store_open(&options, &images->store, e);
        if (r < 0)
                return error_wrap(e, r, "cannot open store");
        r = remote_new(stage0->rkt, images->store, &images->remote);
        if (r < 0)
                return r;
        *ret = ptr_take(&images);
        return 0;
}

Images *images_close(Images *images) {
        if (!images)
                return NULL;
        fd_drop(&images->lock_fd);
        (void) remote_free(images->remote);
        store_free(images->store);
        free(images);
        return NULL;
}

int images_hold(Images *images, Error *e) {
        return store_lock_trees(images->store, false, &images->lock_fd, e);
}

/* Has the trees, too, and says that it was used. */
static int load(Images *images, const char *id, Image *ret, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(store_image_done) StoreImage row = STORE_IMAGE_NULL;
        _cleanup_(image_done) Image image = IMAGE_NULL;
        int r = store_image_get(images->store, id, &row, e);

        if (r >= 0)
                r = store_image_manifest(images->store, id, NULL, &image.manifest, NULL, e);
        if (r >= 0)
                r = store_layers_get(images->store, id, &layers, e);
        if (r >= 0)
                r = store_image_touch(images->store, id, e);
        if (r < 0)
                return error_wrap(e, r, "cannot use image %s", id);
        image.id = ptr_take(&row.id);
        image.verified = row.verified;
        image.trees = ptr_take(&layers.keys);
        image.paths = ptr_take(&layers.paths);
        *ret = struct_take(&image);
        return 0;
}

static int find_hash(Images *images, const char *hash, char **ret_id, Error *e) {
        int r = store_image_find(images->store, hash, ret_id, e);

        return r < 0 ? error_prefix(e, r, "could not resolve image \"%s\": ", hash) : 0;
}

int images_find_hash(Images *images, const char *hash, Image *ret, Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find_hash(images, hash, &id, e);

        return r < 0 ? r : load(images, id, ret, e);
}

/* An image is for this host unless it is asked for another way. */
static int fill_labels(AppcReference *reference) {
        const struct {
                const char *name, *value;
        } defaults[] = { { "os", "linux" }, { "arch", appc_arch_host() } };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < N_ELEMENTS(defaults); i++)
                if (!appc_pairs_get(&reference->labels, defaults[i].name))
                        r = appc_pairs_set(&reference->labels, defaults[i].name, defaults[i].value);
        return r;
}

static int find_name(Images *images, const char *name, PullPolicy policy, char **ret_id, Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        int r = appc_reference_parse(name, &reference, e);

        if (r < 0)
                return error_prefix(e, r, "invalid appc image string \"%s\": ", name);
        r = fill_labels(&reference);
        if (r < 0)
                return r;
        r = policy == PULL_UPDATE ? -ENOENT
                                  : store_image_find_name(images->store, &reference, ret_id, e);
        if (r == -ENOENT)
                return error_new(
                        e, r,
                        "unable to fetch image from image name \"%s\": either image was not "
                        "found in the store or store was disabled and fetching from remote "
                        "yielded nothing or it was disabled",
                        name);
        return r;
}

int images_find_name(Images *images, const char *name, PullPolicy policy, Image *ret, Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find_name(images, name, policy, &id, e);

        return r < 0 ? r : load(images, id, ret, e);
}

static int find_local(Images *images,
                      const FetchLocalSpec *wanted,
                      const char *signature,
                      char **ret_id,
                      Error *e) {
        FetchLocalSpec spec = *wanted;
        FetchTrust trust = {};
        int r = remote_trust(images->remote, signature, &trust);

        spec.trust = r > 0 ? &trust : NULL;
        return r < 0 ? r : fetch_local(images->store, &spec, ret_id, e);
}

static int find_file(Images *images,
                     const char *path,
                     bool trusted,
                     const char *signature,
                     char **ret_id,
                     Error *e) {
        const FetchLocalSpec spec = { .path = path, .forms = FETCH_ANY, .trusted = trusted };

        return find_local(images, &spec, signature, ret_id, e);
}

int images_find_file(Images *images, const char *path, bool trusted, Image *ret, Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find_file(images, path, trusted, NULL, &id, e);

        return r < 0 ? r : load(images, id, ret, e);
}

/* "PATH[:SELECTOR]": the path ends at the first colon, as with other tools of this syntax. */
static int
find_selected(Images *images, const char *word, FetchForms forms, char **ret_id, Error *e) {
        _cleanup_(freep) char *path = strdup(word);
        char *colon = path ? strchr(path, ':') : NULL;
        FetchLocalSpec spec = { .path = path, .forms = forms };

        if (!path)
                return -ENOMEM;
        if (colon) {
                *colon = '\0';
                spec.selector = colon[1] ? colon + 1 : NULL;
        }
        return find_local(images, &spec, NULL, ret_id, e);
}

static int refuse_remote(const char *word, Error *e) {
        return error_new(e, -EOPNOTSUPP,
                         "unable to fetch image from URL \"%s\": this rkt only takes images from "
                         "local files, layouts and its store",
                         word);
}

/* "scheme" of "scheme:..."; 0 if there is none. */
static size_t scheme_length(const char *word) {
        size_t n = 0;

        if (!isalpha((unsigned char) word[0]))
                return 0;
        while (isalnum((unsigned char) word[n]) || (word[n] && strchr("+-.", word[n])))
                n++;
        return word[n] == ':' ? n : 0;
}

static bool is_scheme(const char *word, size_t n, const char *scheme) {
        return strlen(scheme) == n && strncasecmp(word, scheme, n) == 0;
}

static bool is_hash(const char *word) {
        return text_after(word, "sha512-") != NULL;
}

/* As the original told files from names; layouts, which it did not have, by what lies there. */
static bool is_file(const char *word) {
        struct stat st;

        if (word[0] == '/')
                return true;
        if (stat(word, &st) >= 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
                return true;
        return !strchr(word, ':') && (strstr(word, "./") || text_ends_with(word, ".aci"));
}

/* Local forms that say so themselves, and bare paths. Returns 1; 0 it is something else; a negative
 * errno. */
static int
find_path(Images *images, const char *word, const char *signature, char **ret_id, Error *e) {
        static const struct {
                const char *scheme;
                FetchForms forms;
        } local[] = {
                { "oci", FETCH_LAYOUT },
                { "oci-archive", FETCH_LAYOUT_ARCHIVE },
                { "docker-archive", FETCH_SAVE },
        };
        size_t n = scheme_length(word);
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(local); i++)
                if (is_scheme(word, n, local[i].scheme)) {
                        r = find_selected(images, word + n + 1, local[i].forms, ret_id, e);
                        return r < 0 ? r : 1;
                }
        if (is_scheme(word, n, "file")) {
                const char *path = text_after(word + n + 1, "//");

                r = find_file(images, path ? path : word + n + 1, false, signature, ret_id, e);
                return r < 0 ? r : 1;
        }
        if (n > 0 || !is_file(word))
                return 0;
        r = find_file(images, word, false, signature, ret_id, e);
        return r < 0 ? r : 1;
}

int images_import(Images *images, const char *word, char **ret_id, Error *e) {
        int r = find_path(images, word, NULL, ret_id, e);

        if (r == 0)
                r = scheme_length(word) > 0
                            ? error_new(e, -EINVAL, "\"%s\" is no local file or layout", word)
                            : find_file(images, word, false, NULL, ret_id, e);
        return r < 0 ? r : 0;
}

int images_fetch(Images *images,
                 const char *word,
                 const char *signature,
                 PullPolicy policy,
                 char **ret_id,
                 Error *e) {
        static const char *const remote[] = { "http", "https", "cimd" };
        size_t n = scheme_length(word);
        int r = 0;

        if (is_hash(word))
                return find_hash(images, word, ret_id, e);
        if (is_scheme(word, n, "docker"))
                return remote_docker(images->remote, word, policy, ret_id, e);
        for (size_t i = 0; i < N_ELEMENTS(remote); i++)
                if (is_scheme(word, n, remote[i]))
                        return refuse_remote(word, e);
        r = find_path(images, word, signature, ret_id, e);
        if (r == 0)
                r = find_name(images, word, policy, ret_id, e);
        return r < 0 ? r : 0;
}

int images_find(Images *images,
                const char *word,
                const char *signature,
                PullPolicy policy,
                Image *ret,
                Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = images_fetch(images, word, signature, policy, &id, e);

        return r < 0 ? r : load(images, id, ret, e);
}

int images_check(Images *images, const Image *image, Error *e) {
        int r = store_layers_check(images->store, image->trees, STORE_CHECK_QUICK, e);

        return r < 0 ? error_wrap(e, r,
                                  "image %s is not what it was (\"rkt image verify\" makes its "
                                  "tree again, --insecure-options=ondisk runs it as it is)",
                                  image->id)
                     : 0;
}

int images_copy(Images *images, const Image *image, int directory_fd, Error *e) {
        const StoreCopyOptions options = {};

        return store_copy(images->store, image->trees, directory_fd, &options, e);
}
