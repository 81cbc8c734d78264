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

static int
select_number(const OciIndex *index, const char *text, const OciDescriptor **ret, Error *e) {
        uint64_t i = 0;

        if (text_parse_u64(text, OCI_INDEX_ENTRIES_MAX, &i) < 0)
                return error_new(e, -EINVAL, "\"@%s\" is no number of an image", text);
        if (i >= index->entries.n)
                return error_new(e, -ENOENT, "there is no image @%s, only %zu of them from @0 on",
                                 text, index->entries.n);
        *ret = &index->entries.items[i];
        return 0;
}

static int
select_name(const OciIndex *index, const char *name, const OciDescriptor **ret, Error *e) {
        static const char *const keys[] = { OCI_REF_NAME, CONTAINERD_NAME };

        for (size_t k = 0; k < N_ELEMENTS(keys); k++)
                for (size_t i = 0; i < index->entries.n; i++) {
                        const OciDescriptor *entry = &index->entries.items[i];

                        if (!text_equal(appc_pairs_get(&entry->annotations, keys[k]), name))
                                continue;
                        *ret = entry;
                        return 0;
                }
        return error_new(e, -ENOENT, "there is no image \"%s\"", name);
}

int oci_layout_select(const OciIndex *index,
                      const char *selector,
                      const OciDescriptor **ret,
                      Error *e) {
        const OciDescriptor *found = NULL;
        int r = 0;

        if (!selector && index->entries.n == 0)
                return error_new(e, -ENOENT, "there is no image");
        if (!selector && index->entries.n > 1)
                return error_new(e, -EINVAL, "there are %zu images, and none was asked for",
                                 index->entries.n);
        if (!selector)
                found = &index->entries.items[0];
        else if (selector[0] == '@')
                r = select_number(index, selector + 1, &found, e);
        else
                r = select_name(index, selector, &found, e);
        if (r < 0)
                return r;
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
