/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-index.h"

#include <limits.h>

#include "oci-read.h"

static int read_entries(const Json *value, void *slot, Error *e) {
        return oci_descriptors_read(value, OCI_INDEX_ENTRIES_MAX, slot, e);
}

static const JsonField fields[] = {
        { "manifests", read_entries, offsetof(OciIndex, entries), JSON_REQUIRED },
        { "artifactType", json_read_string, offsetof(OciIndex, artifact_type), JSON_NULL_OK },
        { "annotations", oci_pairs_read, offsetof(OciIndex, annotations), JSON_NULL_OK },
        {},
};

OciIndex *oci_index_free(OciIndex *index) {
        if (index) {
                oci_descriptors_done(&index->entries);
                free(index->artifact_type);
                appc_pairs_done(&index->annotations);
                free(index);
        }
        return NULL;
}

int oci_index_read(const Json *root, const OciMedia *media, OciIndex **ret, Error *e) {
        _cleanup_(oci_index_freep) OciIndex *index = calloc(1, sizeof(*index));
        int r = 0;

        if (!index)
                return -ENOMEM;
        index->media = media;
        r = json_read_object(root, fields, index, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&index);
        return 0;
}

/* What a variant can run: itself and all behind it. The most capable first. */
static const struct {
        const char *architecture;
        const char *variants[5];
} compatible[] = {
        { "arm", { "v8", "v7", "v6", "v5" } },
        { "arm64", { "v8" } },
};

static const char *const *variants_of(const char *architecture) {
        static const char *const none[] = { NULL };

        for (size_t i = 0; i < N_ELEMENTS(compatible); i++)
                if (text_equal(compatible[i].architecture, architecture))
                        return compatible[i].variants;
        return none;
}

/* How far @has is from @wanted, 0 the nearest; -1 if it does not fit. NULL means none. */
static int variant_distance(const char *architecture, const char *wanted, const char *has) {
        const char *const *list = variants_of(architecture);
        int i_wanted = -1, i_has = -1, n = 0;

        for (; list[n]; n++) {
                if (text_equal(list[n], wanted))
                        i_wanted = n;
                if (text_equal(list[n], has))
                        i_has = n;
        }
        if (text_equal(wanted, has))
                return 0;
        if (!wanted)
                return i_has < 0 ? -1 : 1 + i_has;
        if (!has)
                return 1 + n;
        return i_wanted < 0 || i_has < i_wanted ? -1 : i_has - i_wanted;
}

static bool is_attestation(const OciDescriptor *entry) {
        return appc_pairs_get(&entry->annotations, "vnd.docker.reference.type") ||
               (!entry->platform && entry->artifact_type);
}

/* The lower, the better; -1 if it does not fit. */
static int
rank(const OciDescriptor *entry, const char *os, const char *architecture, const char *variant) {
        const char *zstd =
                appc_pairs_get(&entry->annotations, "io.github.containers.compression.zstd");
        int distance = INT_MAX / 4; /* without a platform */

        if (entry->media->kind != OCI_MEDIA_MANIFEST && entry->media->kind != OCI_MEDIA_INDEX)
                return -1;
        if (is_attestation(entry))
                return -1;
        if (entry->platform) {
                if (!text_equal(entry->platform->os, os) ||
                    !text_equal(entry->platform->architecture, architecture))
                        return -1;
                distance = variant_distance(architecture, variant, entry->platform->variant);
                if (distance < 0)
                        return -1;
        }
        return 2 * distance + (text_equal(zstd, "true") ? 0 : 1);
}

/* "linux/amd64, linux/arm/v7": the platforms there are, the first few of them. */
static char *list_platforms(const OciIndex *index) {
        _cleanup_(strv_freep) Strv list = NULL;
        const size_t shown_max = 16;

        for (size_t i = 0; i < index->entries.n && strv_length(list) < shown_max; i++) {
                const OciPlatform *p = index->entries.items[i].platform;

                if (!p || is_attestation(&index->entries.items[i]))
                        continue;
                if (strv_appendf(&list, "%s/%s%s%s", p->os, p->architecture, p->variant ? "/" : "",
                                 p->variant ? p->variant : "") < 0)
                        return NULL;
        }
        return list ? strv_join(list, ", ") : strdup("none");
}

int oci_index_choose(const OciIndex *index,
                     const char *os,
                     const char *architecture,
                     const char *variant,
                     const OciDescriptor **ret,
                     Error *e) {
        _cleanup_(freep) char *platforms = NULL;
        const OciDescriptor *best = NULL;
        int best_rank = INT_MAX;

        for (size_t i = 0; i < index->entries.n; i++) {
                int r = rank(&index->entries.items[i], os, architecture, variant);

                if (r >= 0 && r < best_rank) {
                        best = &index->entries.items[i];
                        best_rank = r;
                }
        }
        if (best) {
                *ret = best;
                return 0;
        }
        platforms = list_platforms(index);
        if (!platforms)
                return -ENOMEM;
        return error_new(e, -ENOENT, "no image for %s/%s%s%s among those for: %s", os, architecture,
                         variant ? "/" : "", variant ? variant : "", platforms);
}

void oci_index_write(JsonWriter *w, const OciIndex *index) {
        json_write_begin(w, '{');
        json_write_member_i64(w, "schemaVersion", 2);
        json_write_member_string(w, "mediaType", index->media->type);
        if (index->artifact_type)
                json_write_member_string(w, "artifactType", index->artifact_type);
        json_write_key(w, "manifests");
        oci_descriptors_write(w, &index->entries);
        if (index->annotations.n > 0) {
                json_write_key(w, "annotations");
                appc_user_map_write(w, &index->annotations);
        }
        json_write_end(w, '}');
}
