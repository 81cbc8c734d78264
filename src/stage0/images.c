/* SPDX-License-Identifier: Apache-2.0 */
#include "images.h"

#include <ctype.h>
#include <sys/stat.h>

#include "appc-platform.h"
#include "appc-reference.h"
#include "fetch-local.h"
#include "remote.h"
#include "store-copy.h"
#include "store-deps.h"
#include "store-image.h"
#include "store-layers.h"

/* The store has limits of its own; here they end the questions to servers. */
#define DEPTH_MAX 64
#define DEPENDENCIES_MAX 1024

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
        const StoreOptions options = { .data_dir = stage0->config.data,
                                       .limits = stage0->config.limits };
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

void images_set_quiet(Images *images, bool quiet) {
        remote_set_quiet(images->remote, quiet);
}

int images_hold(Images *images, Error *e) {
        return store_lock_trees(images->store, false, &images->lock_fd, e);
}

/* It is as good as the worst of what it depends on. */
static int is_verified(Images *images, const char *id, const AppcImage *image, Error *e) {
        _cleanup_(store_dependencies_done) StoreDependencies list = {};
        int r = store_image_is_verified(images->store, id, e);

        if (r <= 0 || image->n_dependencies == 0)
                return r;
        r = store_dependencies_read(images->store, id, &list, e);
        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                r = store_image_is_verified(images->store, list.items[i].id, e);
                if (r == 0)
                        return 0;
        }
        return r < 0 ? r : 1;
}

/* Has the trees, too, and says that it was used. */
static int load(Images *images, const char *id, Image *ret, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(image_done) Image image = IMAGE_NULL;
        int r = store_layers_get(images->store, id, &layers, &image.manifest, e);

        if (r >= 0)
                r = store_image_touch(images->store, id, e);
        if (r >= 0)
                r = is_verified(images, id, image.manifest, e);
        if (r < 0)
                return error_wrap(e, r, "cannot use image %s", id);
        image.id = strdup(id);
        if (!image.id)
                return -ENOMEM;
        image.verified = r > 0;
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

/* Nothing was found elsewhere: is there something that was passed over? */
static int explain_miss(Images *images, const AppcReference *reference, int r, Error *e) {
        _cleanup_(freep) char *id = NULL;

        if (store_image_find_name(images->store, reference, false, &id, NULL) < 0)
                return r;
        return error_prefix(e, r,
                            "the store's image of that name was not verified, which "
                            "--insecure-options=image or --store-only would let pass: ");
}

/* Looks through the store first, unless the policy says that it is to be asked for anyway. What nobody
 * vouched for when it came may call itself like anything: it does where nobody has to vouch, or where the
 * user wants what is there. */
static int find_reference(Images *images,
                          const char *word,
                          AppcReference *reference,
                          const char *signature,
                          PullPolicy policy,
                          char **ret_id,
                          Error *e) {
        bool latest = !appc_pairs_get(&reference->labels, "version");
        bool verified = policy != PULL_NEVER && remote_wants_verified(images->remote);
        int r = fill_labels(reference);

        if (r >= 0)
                r = policy == PULL_UPDATE
                            ? -ENOENT
                            : store_image_find_name(images->store, reference, verified, ret_id, e);
        if (r == -ENOENT && policy == PULL_NEVER)
                return error_new(
                        e, r,
                        "unable to fetch image from image name \"%s\": either image was not "
                        "found in the store or store was disabled and fetching from remote "
                        "yielded nothing or it was disabled",
                        word);
        if (r != -ENOENT) {
                if (r >= 0)
                        remote_tell_used(images->remote, "image name", word);
                return r;
        }
        error_done(e);
        r = remote_name(images->remote, word, reference, latest, signature, ret_id, e);
        return r < 0 && policy == PULL_NEW && verified ? explain_miss(images, reference, r, e) : r;
}

static int find_name(Images *images,
                     const char *name,
                     const char *signature,
                     PullPolicy policy,
                     char **ret_id,
                     Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        int r = appc_reference_parse(name, &reference, e);

        if (r < 0)
                return error_prefix(e, r, "invalid appc image string \"%s\": ", name);
        return find_reference(images, name, &reference, signature, policy, ret_id, e);
}

int images_find_name(Images *images, const char *name, PullPolicy policy, Image *ret, Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find_name(images, name, NULL, policy, &id, e);

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

/* "docker:" as the original, and "oci://", which has a host where "oci:" has a directory. */
static bool is_in_registry(const char *word, size_t n) {
        return is_scheme(word, n, "docker") ||
               (is_scheme(word, n, "oci") && text_after(word + n, "://"));
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

        if (is_in_registry(word, n))
                return 0;
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
        return r < 0 ? r : store_image_touch(images->store, *ret_id, e);
}

/* Manifests may give ids in full, where the store has their beginning. */
static bool is_same_id(const char *ours, const char *theirs) {
        size_t n = strlen(ours) < strlen(theirs) ? strlen(ours) : strlen(theirs);

        return strncmp(ours, theirs, n) == 0;
}

static int find_dependency(Images *images,
                           const AppcDependency *dependency,
                           PullPolicy policy,
                           char **ret_id,
                           Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        int r = 0;

        if (dependency->image_id &&
            store_image_find(images->store, dependency->image_id, ret_id, NULL) >= 0)
                return 0;
        reference.name = strdup(dependency->image_name);
        if (!reference.name)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < dependency->labels.n; i++)
                r = appc_pairs_set(&reference.labels, dependency->labels.items[i].name,
                                   dependency->labels.items[i].value);
        if (r >= 0)
                r = find_reference(images, reference.name, &reference, NULL, policy, ret_id, e);
        if (r >= 0 && dependency->image_id && !is_same_id(*ret_id, dependency->image_id))
                r = error_new(e, -EBADMSG, "image %s was found instead of %s", *ret_id,
                              dependency->image_id);
        return r;
}

/* Has in the store what the image depends on. */
static int find_dependencies(
        Images *images, const char *id, PullPolicy policy, unsigned depth, Strv *seen, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        int r = 0;

        if (strv_contains(*seen, id))
                return 0;
        if (depth > DEPTH_MAX || strv_length(*seen) >= DEPENDENCIES_MAX)
                return error_new(e, -E2BIG, "too many or too deep dependencies");
        r = strv_append(seen, id);
        if (r >= 0)
                r = store_image_manifest(images->store, id, NULL, &image, NULL, e);
        for (size_t i = 0; r >= 0 && i < image->n_dependencies; i++) {
                const AppcDependency *dependency = &image->dependencies[i];
                _cleanup_(freep) char *found = NULL;

                r = find_dependency(images, dependency, policy, &found, e);
                if (r >= 0)
                        r = find_dependencies(images, found, policy, depth + 1, seen, e);
                if (r < 0)
                        return error_wrap(e, r, "dependency \"%s\"", dependency->image_name);
        }
        return r;
}

static int find(Images *images,
                const char *word,
                const char *signature,
                PullPolicy policy,
                char **ret_id,
                Error *e) {
        _cleanup_(strv_freep) Strv seen = NULL;
        _cleanup_(freep) char *id = NULL;
        size_t n = scheme_length(word);
        int r = 0;

        if (is_hash(word))
                return find_hash(images, word, ret_id, e);
        if (is_in_registry(word, n))
                return remote_docker(images->remote, word, policy, ret_id, e);
        if (is_scheme(word, n, "cimd"))
                return error_new(e, -EOPNOTSUPP, "invalid image string \"%s\"", word);
        if (is_scheme(word, n, "http") || is_scheme(word, n, "https"))
                r = remote_url(images->remote, word, signature, policy, &id, e);
        else
                r = find_path(images, word, signature, &id, e);
        if (r > 0 && policy == PULL_UPDATE)
                policy = PULL_NEW; /* of what a local image depends on */
        if (r >= 0 && !id)
                r = find_name(images, word, signature, policy, &id, e);
        if (r >= 0)
                r = find_dependencies(images, id, policy, 0, &seen, e);
        if (r >= 0)
                *ret_id = ptr_take(&id);
        return r < 0 ? r : 0;
}

int images_fetch(Images *images,
                 const char *word,
                 const char *signature,
                 PullPolicy policy,
                 char **ret_id,
                 Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find(images, word, signature, policy, &id, e);

        if (r >= 0)
                r = store_image_touch(images->store, id, e);
        if (r >= 0)
                *ret_id = ptr_take(&id);
        return r;
}

int images_find(Images *images,
                const char *word,
                const char *signature,
                PullPolicy policy,
                Image *ret,
                Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = find(images, word, signature, policy, &id, e);

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
