/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-manifest.h"

#include "oci-read.h"

static int read_layers(const Json *value, void *slot, Error *e) {
        return oci_descriptors_read(value, OCI_LAYERS_MAX, slot, e);
}

static const JsonField fields[] = {
        { "config", oci_descriptor_read, offsetof(OciManifest, config), JSON_REQUIRED },
        { "layers", read_layers, offsetof(OciManifest, layers), JSON_REQUIRED },
        { "artifactType", json_read_string, offsetof(OciManifest, artifact_type), JSON_NULL_OK },
        { "annotations", oci_pairs_read, offsetof(OciManifest, annotations), JSON_NULL_OK },
        {},
};

OciManifest *oci_manifest_free(OciManifest *manifest) {
        if (manifest) {
                oci_descriptor_done(&manifest->config);
                oci_descriptors_done(&manifest->layers);
                free(manifest->artifact_type);
                appc_pairs_done(&manifest->annotations);
                free(manifest);
        }
        return NULL;
}

int oci_manifest_read(const Json *root, const OciMedia *media, OciManifest **ret, Error *e) {
        _cleanup_(oci_manifest_freep) OciManifest *manifest = calloc(1, sizeof(*manifest));
        int r = 0;

        if (!manifest)
                return -ENOMEM;
        manifest->media = media;
        r = json_read_object(root, fields, manifest, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&manifest);
        return 0;
}

int oci_manifest_check_image(const OciManifest *manifest, Error *e) {
        int64_t total = manifest->config.size;

        if (manifest->config.media->kind != OCI_MEDIA_CONFIG)
                return error_new(e, -EOPNOTSUPP, "config: \"%s\" is no image's config",
                                 manifest->config.media_type);
        for (size_t i = 0; i < manifest->layers.n; i++) {
                const OciDescriptor *layer = &manifest->layers.items[i];
                int r = oci_media_check_layer(layer->media, layer->media_type, e);

                if (r < 0)
                        return error_prefix(e, r, "layers: [%zu]: ", i);
                if (__builtin_add_overflow(total, layer->size, &total))
                        return error_new(e, -ERANGE, "layers: [%zu]: size: out of range", i);
        }
        return 0;
}

void oci_manifest_write(JsonWriter *w, const OciManifest *manifest) {
        json_write_begin(w, '{');
        json_write_member_i64(w, "schemaVersion", 2);
        json_write_member_string(w, "mediaType", manifest->media->type);
        if (manifest->artifact_type)
                json_write_member_string(w, "artifactType", manifest->artifact_type);
        json_write_key(w, "config");
        oci_descriptor_write(w, &manifest->config);
        json_write_key(w, "layers");
        oci_descriptors_write(w, &manifest->layers);
        if (manifest->annotations.n > 0) {
                json_write_key(w, "annotations");
                appc_user_map_write(w, &manifest->annotations);
        }
        json_write_end(w, '}');
}
