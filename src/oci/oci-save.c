/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-save.h"

#include "oci-manifest.h"
#include "oci-read.h"
#include "oci-reference.h"

/* Names of entries in the archive. They are looked up there and nowhere else, but no name that
 * could mean something else is worth looking up. */
static int check_path(const char *path, Error *e) {
        if (strlen(path) > OCI_SAVE_PATH_MAX)
                return error_new(e, -EINVAL, "path has more than %d bytes", OCI_SAVE_PATH_MAX);
        for (const char *part = path;; part++) {
                size_t n = strcspn(part, "/");

                if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && strncmp(part, "..", 2) == 0))
                        return error_new(e, -EINVAL, "\"%s\" is no path below the archive's root",
                                         path);
                part += n;
                if (*part == '\0')
                        return 0;
        }
}

static int read_path(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *path = NULL;
        char **target = slot;
        int r = json_read_string(value, &path, e);

        if (r < 0)
                return r;
        r = check_path(path, e);
        if (r < 0)
                return r;
        free(*target);
        *target = ptr_take(&path);
        return 0;
}

/* null in an image without layers. */
static int read_paths(const Json *value, void *slot, Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        Strv *target = slot;
        int r = 0;

        if (json_array_length(value) > OCI_LAYERS_MAX)
                return error_new(e, -ERANGE, "more than %d entries", OCI_LAYERS_MAX);
        r = json_read_strv(value, &list, e);
        if (r < 0)
                return r;
        for (size_t i = 0; list[i]; i++) {
                r = check_path(list[i], e);
                if (r < 0)
                        return error_prefix(e, r, "[%zu]: ", i);
        }
        strv_free(*target);
        *target = ptr_take(&list);
        return 0;
}

static const JsonField image_fields[] = {
        { "Config", read_path, offsetof(OciSaveImage, config), JSON_REQUIRED },
        { "Layers", read_paths, offsetof(OciSaveImage, layers), JSON_REQUIRED },
        { "RepoTags", oci_strings_read, offsetof(OciSaveImage, repo_tags), JSON_NULL_OK },
        {},
};

OciSave *oci_save_free(OciSave *save) {
        if (save) {
                for (size_t i = 0; i < save->n_images; i++) {
                        free(save->images[i].config);
                        strv_free(save->images[i].layers);
                        strv_free(save->images[i].repo_tags);
                }
                free(save->images);
                free(save);
        }
        return NULL;
}

static int read_images(const Json *root, OciSave *save, Error *e) {
        size_t n = json_array_length(root);

        if (json_kind(root) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected a list, found %s",
                                 json_kind_name(json_kind(root)));
        if (n > OCI_SAVE_IMAGES_MAX)
                return error_new(e, -ERANGE, "more than %d images", OCI_SAVE_IMAGES_MAX);
        save->images = calloc(n + 1, sizeof(OciSaveImage));
        if (!save->images)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = 0;

                save->n_images = i + 1; /* a half-read one is released as well */
                r = json_read_object(json_array_get(root, i), image_fields, &save->images[i], e);
                if (r < 0)
                        return error_prefix(e, r, "[%zu]: ", i);
        }
        return 0;
}

int oci_save_parse(const char *bytes, size_t n, OciSave **ret, Error *e) {
        _cleanup_(oci_save_freep) OciSave *save = NULL;
        _cleanup_(json_freep) Json *root = NULL;
        int r = 0;

        if (n > OCI_SAVE_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "more than %zu bytes", OCI_SAVE_SIZE_MAX);
        r = json_parse(bytes, n, &root, e);
        if (r < 0)
                return r;
        save = calloc(1, sizeof(*save));
        if (!save)
                return -ENOMEM;
        r = read_images(root, save, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&save);
        return 0;
}

static int
select_number(const OciSave *save, const char *text, const OciSaveImage **ret, Error *e) {
        uint64_t i = 0;

        if (text_parse_u64(text, OCI_SAVE_IMAGES_MAX, &i) < 0)
                return error_new(e, -EINVAL, "\"@%s\" is no number of an image", text);
        if (i >= save->n_images)
                return error_new(e, -ENOENT, "there is no image @%s, only %zu of them from @0 on",
                                 text, save->n_images);
        *ret = &save->images[i];
        return 0;
}

/* The full form of a reference. A tag that is none is NULL, and equal to nothing. */
static int normalize(const char *text, char **ret, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        int r = oci_reference_parse(text, &reference, e);

        if (r < 0)
                return r;
        *ret = oci_reference_format(&reference);
        return *ret ? 0 : -ENOMEM;
}

static int has_tag(const OciSaveImage *image, const char *wanted) {
        for (char **tag = image->repo_tags; tag && *tag; tag++) {
                _cleanup_(freep) char *full = NULL;
                int r = normalize(*tag, &full, NULL);

                if (r == -ENOMEM)
                        return r;
                if (r >= 0 && strcmp(full, wanted) == 0)
                        return 1;
        }
        return 0;
}

static int select_name(const OciSave *save, const char *name, const OciSaveImage **ret, Error *e) {
        _cleanup_(freep) char *wanted = NULL;
        int r = normalize(name, &wanted, e);

        if (r < 0)
                return r;
        for (size_t i = 0; i < save->n_images; i++) {
                r = has_tag(&save->images[i], wanted);
                if (r < 0)
                        return r;
                if (r > 0) {
                        *ret = &save->images[i];
                        return 0;
                }
        }
        return error_new(e, -ENOENT, "there is no image \"%s\"", name);
}

int oci_save_select(const OciSave *save, const char *selector, const OciSaveImage **ret, Error *e) {
        if (selector && selector[0] == '@')
                return select_number(save, selector + 1, ret, e);
        if (selector)
                return select_name(save, selector, ret, e);
        if (save->n_images == 0)
                return error_new(e, -ENOENT, "there is no image");
        if (save->n_images > 1)
                return error_new(e, -EINVAL, "there are %zu images, and none was asked for",
                                 save->n_images);
        *ret = &save->images[0];
        return 0;
}
