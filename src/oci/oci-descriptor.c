/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-descriptor.h"

#include "oci-read.h"

static const JsonField platform_fields[] = {
        { "os", json_read_string, offsetof(OciPlatform, os), JSON_REQUIRED },
        { "architecture", json_read_string, offsetof(OciPlatform, architecture), JSON_REQUIRED },
        { "variant", json_read_string, offsetof(OciPlatform, variant), JSON_NULL_OK },
        {},
};

static const JsonField descriptor_fields[] = {
        { "digest", oci_digest_read, offsetof(OciDescriptor, digest), JSON_REQUIRED },
        { "size", json_read_i64, offsetof(OciDescriptor, size), JSON_REQUIRED },
        { "artifactType", json_read_string, offsetof(OciDescriptor, artifact_type), JSON_NULL_OK },
        { "annotations", oci_pairs_read, offsetof(OciDescriptor, annotations), JSON_NULL_OK },
        { "urls", oci_strings_read, offsetof(OciDescriptor, urls), JSON_NULL_OK },
        {},
};

OciPlatform *oci_platform_free(OciPlatform *platform) {
        if (platform) {
                free(platform->os);
                free(platform->architecture);
                free(platform->variant);
                free(platform);
        }
        return NULL;
}

DEFINE_CLEANUP(OciPlatform, oci_platform_free);

void oci_descriptor_done(OciDescriptor *descriptor) {
        free(descriptor->media_type);
        oci_platform_free(descriptor->platform);
        free(descriptor->artifact_type);
        appc_pairs_done(&descriptor->annotations);
        strv_free(descriptor->urls);
        *descriptor = OCI_DESCRIPTOR_NULL;
}

void oci_descriptors_done(OciDescriptors *list) {
        for (size_t i = 0; i < list->n; i++)
                oci_descriptor_done(&list->items[i]);
        free(list->items);
        *list = OCI_DESCRIPTORS_NULL;
}

static int read_platform(const Json *value, OciPlatform **ret, Error *e) {
        _cleanup_(oci_platform_freep) OciPlatform *platform = NULL;
        int r = 0;

        if (!value)
                return 0;
        platform = calloc(1, sizeof(*platform));
        if (!platform)
                return -ENOMEM;
        r = json_read_object(value, platform_fields, platform, e);
        if (r < 0)
                return error_prefix(e, r, "platform: ");
        if (platform->variant && platform->variant[0] == '\0') {
                free(platform->variant);
                platform->variant = NULL;
        }
        *ret = ptr_take(&platform);
        return 0;
}

/* Sets what stands or falls with the type's text, of which it takes a copy. */
static int set_media_type(OciDescriptor *descriptor, const char *type) {
        if (!oci_media_type_is_valid(type))
                return -EINVAL;
        descriptor->media_type = strdup(type);
        if (!descriptor->media_type)
                return -ENOMEM;
        descriptor->media = oci_media_find(type);
        return 0;
}

static int read_media_type(const Json *value, OciDescriptor *descriptor, Error *e) {
        static const JsonField fields[] = {
                { "mediaType", json_read_string, 0, JSON_REQUIRED },
                {},
        };
        _cleanup_(freep) char *type = NULL;
        int r = json_read_object(value, fields, &type, e);

        if (r < 0)
                return r;
        r = set_media_type(descriptor, type);
        if (r == -EINVAL)
                return error_new(e, r, "mediaType: \"%s\" is no media type", type);
        return r;
}

int oci_descriptor_read(const Json *value, void *slot, Error *e) {
        _cleanup_(oci_descriptor_done) OciDescriptor descriptor = OCI_DESCRIPTOR_NULL;
        OciDescriptor *target = slot;
        int r = read_media_type(value, &descriptor, e);

        if (r < 0)
                return r;
        r = json_read_object(value, descriptor_fields, &descriptor, e);
        if (r < 0)
                return r;
        if (descriptor.size < 0)
                return error_new(e, -ERANGE, "size: negative");
        r = read_platform(json_get(value, "platform"), &descriptor.platform, e);
        if (r < 0)
                return r;

        oci_descriptor_done(target);
        *target = struct_take(&descriptor);
        return 0;
}

int oci_descriptors_read(const Json *value, size_t max, OciDescriptors *ret, Error *e) {
        _cleanup_(oci_descriptors_done) OciDescriptors list = OCI_DESCRIPTORS_NULL;
        size_t n = json_array_length(value);

        if (value && json_kind(value) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected a list, found %s",
                                 json_kind_name(json_kind(value)));
        if (n > max)
                return error_new(e, -ERANGE, "more than %zu entries", max);
        list.items = calloc(n + 1, sizeof(OciDescriptor));
        if (!list.items)
                return -ENOMEM;
        for (list.n = 0; list.n < n; list.n++) {
                int r = oci_descriptor_read(json_array_get(value, list.n), &list.items[list.n], e);
                if (r < 0)
                        return error_prefix(e, r, "[%zu]: ", list.n);
        }

        oci_descriptors_done(ret);
        *ret = struct_take(&list);
        return 0;
}

int oci_descriptors_add(OciDescriptors *list,
                        const char *media_type,
                        const OciDigest *digest,
                        int64_t size,
                        OciDescriptor **ret) {
        OciDescriptor *grown = reallocarray(list->items, list->n + 1, sizeof(OciDescriptor));
        OciDescriptor *added = NULL;
        int r = 0;

        if (!grown)
                return -ENOMEM;
        list->items = grown;
        added = &grown[list->n];
        *added = (OciDescriptor){ .digest = *digest, .size = size };
        r = set_media_type(added, media_type);
        if (r < 0)
                return r;
        list->n++;
        if (ret)
                *ret = added;
        return 0;
}

static void write_platform(JsonWriter *w, const OciPlatform *platform) {
        json_write_key(w, "platform");
        json_write_begin(w, '{');
        json_write_member_string(w, "architecture", platform->architecture);
        json_write_member_string(w, "os", platform->os);
        if (platform->variant)
                json_write_member_string(w, "variant", platform->variant);
        json_write_end(w, '}');
}

void oci_descriptor_write(JsonWriter *w, const OciDescriptor *descriptor) {
        json_write_begin(w, '{');
        json_write_member_string(w, "mediaType", descriptor->media_type);
        json_write_member_string(w, "digest", descriptor->digest.text);
        json_write_member_i64(w, "size", descriptor->size);
        if (descriptor->urls && descriptor->urls[0]) {
                json_write_key(w, "urls");
                json_write_strv(w, descriptor->urls);
        }
        if (descriptor->annotations.n > 0) {
                json_write_key(w, "annotations");
                appc_user_map_write(w, &descriptor->annotations);
        }
        if (descriptor->platform)
                write_platform(w, descriptor->platform);
        if (descriptor->artifact_type)
                json_write_member_string(w, "artifactType", descriptor->artifact_type);
        json_write_end(w, '}');
}

void oci_descriptors_write(JsonWriter *w, const OciDescriptors *list) {
        json_write_begin(w, '[');
        for (size_t i = 0; i < list->n; i++)
                oci_descriptor_write(w, &list->items[i]);
        json_write_end(w, ']');
}
