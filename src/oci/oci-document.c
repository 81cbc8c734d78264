/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-document.h"

#include <strings.h>

void oci_document_done(OciDocument *document) {
        oci_manifest_free(document->manifest);
        oci_index_free(document->index);
        *document = OCI_DOCUMENT_NULL;
}

/* The members by which readers tell the kinds apart, and which kind may have them. */
static const struct {
        const char *name;
        bool in_manifest, in_index;
} essentials[] = {
        { "schemaVersion", true, true }, { "mediaType", true, true },  { "config", true, false },
        { "layers", true, false },       { "manifests", false, true }, { "fsLayers", false, false },
        { "history", false, false },
};

/* Go matches names without regard to case, and takes U+017F for an s. (And U+212A for a k, which is
 * in none of these.) */
static bool folds_to(const char *name, const char *essential) {
        for (; *essential; essential++) {
                const char *rest = text_after(name, "\u017f");

                if (rest && (*essential | 0x20) == 's') {
                        name = rest;
                        continue;
                }
                if (strncasecmp(name, essential, 1) != 0)
                        return false;
                name++;
        }
        return *name == '\0';
}

static int check_member(const char *key, const Json *value, void *userdata, Error *e) {
        const OciMedia *media = userdata;
        bool is_index = media->kind == OCI_MEDIA_INDEX;

        (void) value;
        for (size_t i = 0; i < N_ELEMENTS(essentials); i++) {
                if (!folds_to(key, essentials[i].name))
                        continue;
                if (strcmp(key, essentials[i].name) != 0)
                        return error_new(e, -EINVAL, "ambiguous: \"%s\" may be read as \"%s\"", key,
                                         essentials[i].name);
                if (!(is_index ? essentials[i].in_index : essentials[i].in_manifest))
                        return error_new(e, -EINVAL, "ambiguous: %s with \"%s\"",
                                         is_index ? "an index" : "a manifest", key);
        }
        return 0;
}

static bool is_document(const OciMedia *media) {
        return media->kind == OCI_MEDIA_MANIFEST || media->kind == OCI_MEDIA_INDEX ||
               media->kind == OCI_MEDIA_SCHEMA1;
}

typedef struct Head {
        int64_t schema_version;
        char *media_type; /* NULL where absent */
} Head;

static const JsonField head_fields[] = {
        { "schemaVersion", json_read_i64, offsetof(Head, schema_version), JSON_REQUIRED },
        { "mediaType", json_read_string, offsetof(Head, media_type), JSON_NULL_OK },
        {},
};

static void head_done(Head *head) {
        free(head->media_type);
}

/* By its members, when nobody said what it is. */
static const OciMedia *sniff(const Json *root, const Head *head) {
        const Json *config = json_get(root, "config");
        _cleanup_(freep) char *type = NULL;

        if (head->schema_version == 1)
                return oci_media_find("application/vnd.docker.distribution.manifest.v1+json");
        if (!config && json_get(root, "manifests"))
                return oci_media_find(OCI_MEDIA_OCI_INDEX);
        /* A type that cannot be read fails later, with its place in the words. */
        if (json_read_string(json_get(config, "mediaType"), &type, NULL) >= 0 &&
            oci_media_find(type)->kind == OCI_MEDIA_CONFIG && oci_media_find(type)->docker)
                return oci_media_find("application/vnd.docker.distribution.manifest.v2+json");
        return oci_media_find(OCI_MEDIA_OCI_MANIFEST);
}

static int check_types(const Head *head, const char *content_type, Error *e) {
        const OciMedia *outer = oci_media_find(content_type ? content_type : "");
        const OciMedia *inner = oci_media_find(head->media_type ? head->media_type : "");

        if (head->media_type && !is_document(inner))
                return error_new(e, -EOPNOTSUPP, "mediaType: \"%s\" is neither manifest nor index",
                                 head->media_type);
        if (outer->kind != OCI_MEDIA_UNKNOWN && !is_document(outer))
                return error_new(e, -EOPNOTSUPP, "\"%s\" is neither manifest nor index",
                                 content_type);
        if (head->media_type && is_document(outer) && outer != inner)
                return error_new(e, -EINVAL, "ambiguous: it came as \"%s\", but says \"%s\"",
                                 content_type, head->media_type);
        return 0;
}

static const OciMedia *decide(const Json *root, const Head *head, const char *content_type) {
        const OciMedia *outer = oci_media_find(content_type ? content_type : "");

        if (is_document(outer))
                return outer;
        return head->media_type ? oci_media_find(head->media_type) : sniff(root, head);
}

static int parse(const Json *root, const char *content_type, OciDocument *ret, Error *e) {
        _cleanup_(head_done) Head head = {};
        const OciMedia *media = NULL;
        int r = json_read_object(root, head_fields, &head, e);

        if (r < 0)
                return r;
        r = check_types(&head, content_type, e);
        if (r < 0)
                return r;
        media = decide(root, &head, content_type);
        if (media->kind == OCI_MEDIA_SCHEMA1 || head.schema_version == 1)
                return error_new(
                        e, -EOPNOTSUPP,
                        "Docker's image manifest version 2, schema 1 is not supported; the "
                        "image must be pushed again by a newer tool");
        if (head.schema_version != 2)
                return error_new(e, -EINVAL, "schemaVersion: expected 2, found %lld",
                                 (long long) head.schema_version);
        r = json_each_member(root, check_member, (void *) (uintptr_t) media, e);
        if (r < 0)
                return r;
        return media->kind == OCI_MEDIA_INDEX ? oci_index_read(root, media, &ret->index, e)
                                              : oci_manifest_read(root, media, &ret->manifest, e);
}

int oci_document_parse(
        const char *bytes, size_t n, const char *content_type, OciDocument *ret, Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        OciDocument document = OCI_DOCUMENT_NULL;
        int r = json_parse(bytes, n, &root, e);

        if (r < 0)
                return r;
        r = parse(root, content_type, &document, e);
        if (r < 0)
                return r;
        *ret = document;
        return 0;
}
