/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-image.h"

#include "appc-read.h"

static void dependency_done(void *item) {
        AppcDependency *dependency = item;

        free(dependency->image_name);
        free(dependency->image_id);
        appc_pairs_done(&dependency->labels);
        *dependency = (AppcDependency){};
}

AppcImage *appc_image_free(AppcImage *image) {
        if (!image)
                return NULL;
        free(image->ac_version);
        free(image->name);
        appc_pairs_done(&image->labels);
        appc_app_free(image->app);
        for (size_t i = 0; i < image->n_dependencies; i++)
                dependency_done(&image->dependencies[i]);
        free(image->dependencies);
        strv_free(image->path_whitelist);
        appc_pairs_done(&image->annotations);
        free(image);
        return NULL;
}

static int dependency_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "imageName", appc_identifier_read, offsetof(AppcDependency, image_name),
                  JSON_REQUIRED },
                { "imageID", appc_id_read, offsetof(AppcDependency, image_id), JSON_NULL_OK },
                { "labels", appc_labels_read, offsetof(AppcDependency, labels), 0 },
                { "size", json_read_u64, offsetof(AppcDependency, size), JSON_NULL_OK },
                {},
        };

        return json_read_object(value, fields, slot, e);
}

static int dependencies_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcDependency), APPC_IMAGE_DEPENDENCIES_MAX,
                                           dependency_read, dependency_done };
        AppcImage *image = slot;

        return appc_list_read(value, &type, &image->dependencies, &image->n_dependencies, e);
}

static const JsonField image_fields[] = {
        { "acVersion", appc_version_read, offsetof(AppcImage, ac_version), JSON_REQUIRED },
        { "name", appc_identifier_read, offsetof(AppcImage, name), JSON_REQUIRED },
        { "labels", appc_labels_read, offsetof(AppcImage, labels), 0 },
        { "app", appc_app_read, offsetof(AppcImage, app), 0 },
        { "annotations", appc_annotations_read, offsetof(AppcImage, annotations), 0 },
        { "dependencies", dependencies_read, 0, 0 },
        { "pathWhitelist", json_read_strv, offsetof(AppcImage, path_whitelist), 0 },
        {},
};

int appc_image_parse(const char *text, size_t n, AppcImage **ret, Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        int r = json_parse(text, n, &root, e);

        if (r < 0)
                return r;
        r = appc_kind_check(root, "ImageManifest", e);
        if (r < 0)
                return r;
        image = calloc(1, sizeof(AppcImage));
        if (!image)
                return -ENOMEM;
        r = json_read_object(root, image_fields, image, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&image);
        return 0;
}

static void write_labels(JsonWriter *w, const AppcPairs *labels) {
        if (labels->n == 0)
                return;
        json_write_key(w, "labels");
        appc_pairs_write(w, labels);
}

static void write_dependencies(JsonWriter *w, const AppcImage *image) {
        if (image->n_dependencies == 0)
                return;
        json_write_key(w, "dependencies");
        json_write_begin(w, '[');
        for (size_t i = 0; i < image->n_dependencies; i++) {
                const AppcDependency *dependency = &image->dependencies[i];

                json_write_begin(w, '{');
                json_write_member_string(w, "imageName", dependency->image_name);
                if (dependency->image_id)
                        json_write_member_string(w, "imageID", dependency->image_id);
                write_labels(w, &dependency->labels);
                if (dependency->size > 0)
                        json_write_member_u64(w, "size", dependency->size);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

void appc_image_write(JsonWriter *w, const AppcImage *image) {
        json_write_begin(w, '{');
        json_write_member_string(w, "acKind", "ImageManifest");
        json_write_member_string(w, "acVersion", image->ac_version);
        json_write_member_string(w, "name", image->name);
        write_labels(w, &image->labels);
        if (image->app) {
                json_write_key(w, "app");
                appc_app_write(w, image->app);
        }
        if (image->annotations.n > 0) {
                json_write_key(w, "annotations");
                appc_pairs_write(w, &image->annotations);
        }
        write_dependencies(w, image);
        if (strv_length(image->path_whitelist) > 0) {
                json_write_key(w, "pathWhitelist");
                json_write_strv(w, image->path_whitelist);
        }
        json_write_end(w, '}');
}

char *appc_image_format(const AppcImage *image) {
        JsonText out;

        if (json_text_begin(&out) < 0)
                return NULL;
        appc_image_write(&out.w, image);
        return json_text_end(&out);
}

bool appc_id_is_hash(const char *text) {
        const char *value = text_after(text, APPC_ID_PREFIX);

        return !text_is_empty(value) && !strchr(value, '-');
}
