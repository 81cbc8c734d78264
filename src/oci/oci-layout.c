/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-layout.h"

#include "oci-reference.h"

/* Tools that put only the tag into the ref name write the whole name here. */
#define CONTAINERD_NAME "io.containerd.image.name"

int oci_layout_check(const char *bytes, size_t n, Error *e) {
        static const JsonField fields[] = {
                { "imageLayoutVersion", json_read_string, 0, JSON_REQUIRED },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *version = NULL;
        int r = 0;

        if (n > OCI_LAYOUT_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "more than %zu bytes", OCI_LAYOUT_SIZE_MAX);
        r = json_parse(bytes, n, &root, e);
        if (r < 0)
                return r;
        r = json_read_object(root, fields, &version, e);
        if (r < 0)
                return r;
        if (strcmp(version, "1.0.0") != 0)
                return error_new(e, -EOPNOTSUPP, "layout version \"%s\" is not supported", version);
        return 0;
}

static const OciDescriptor *find(const OciIndex *index, const char *key, const char *value) {
        for (size_t i = 0; i < index->entries.n; i++)
                if (text_equal(appc_pairs_get(&index->entries.items[i].annotations, key), value))
                        return &index->entries.items[i];
        return NULL;
}

int oci_layout_select(const OciIndex *index,
                      const char *selector,
                      const OciDescriptor **ret,
                      Error *e) {
        const OciDescriptor *entries = index->entries.items, *found = NULL;
        size_t n = index->entries.n;
        uint64_t i = 0;

        if (!selector) {
                if (n > 1)
                        return error_new(e, -EINVAL, "there are %zu images, and none was asked for",
                                         n);
                found = n == 1 ? &entries[0] : NULL;
        } else if (selector[0] == '@') {
                if (text_parse_u64(selector + 1, OCI_INDEX_ENTRIES_MAX, &i) < 0)
                        return error_new(e, -EINVAL, "\"%s\" is no number of an image", selector);
                found = i < n ? &entries[i] : NULL;
        } else {
                found = find(index, OCI_REF_NAME, selector);
                if (!found)
                        found = find(index, CONTAINERD_NAME, selector);
        }
        if (!found)
                return error_new(e, -ENOENT, "there is no image%s%s%s", selector ? " \"" : "",
                                 selector ? selector : "", selector ? "\"" : "");
        if (found->media->kind != OCI_MEDIA_MANIFEST && found->media->kind != OCI_MEDIA_INDEX)
                return error_new(e, -EOPNOTSUPP, "\"%s\" is neither manifest nor index",
                                 found->media_type);
        *ret = found;
        return 0;
}

/* Words joined by one separator (or "--"), joined by '/'. */
bool oci_ref_name_is_valid(const char *name) {
        static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

        for (;;) {
                size_t n = strspn(name, word);

                if (n == 0)
                        return false;
                name += n;
                if (*name == '\0')
                        return true;
                if (text_after(name, "--"))
                        name++;
                if (!strchr("-._:@+/", *name))
                        return false;
                name++;
        }
}

int oci_hint_parse(const char *text, OciHint *ret, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(oci_hint_done) OciHint hint = OCI_HINT_NULL;
        const char *slash = strrchr(text, '/');
        const char *colon = strchr(slash ? slash : text, ':');
        size_t n = strcspn(text, "@");
        int r = 0;

        if (!slash && !colon && oci_tag_is_valid(text)) {
                hint.tag = strdup(text);
                if (!hint.tag)
                        return -ENOMEM;
        } else {
                r = oci_reference_parse(text, &reference, e);
                if (r < 0)
                        return r;
                /* "latest" stands in the reference even where nobody said it. */
                if (colon && colon < text + n) {
                        hint.tag = strndup(colon + 1, n - (size_t) (colon + 1 - text));
                        n = (size_t) (colon - text);
                        if (!hint.tag)
                                return -ENOMEM;
                }
                hint.repository = strndup(text, n);
                if (!hint.repository)
                        return -ENOMEM;
        }
        *ret = struct_take(&hint);
        return 0;
}

void oci_hint_done(OciHint *hint) {
        free(hint->repository);
        free(hint->tag);
        *hint = OCI_HINT_NULL;
}
