/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include <stdio.h>

#include "oci-document.h"

#define H56 "0123456789abcdef0123456789abcdef0123456789abcdef01234567"
#define MANIFEST OCI_MEDIA_OCI_MANIFEST

/* One entry; @number ends its digest. */
typedef struct Entry {
        const char *type, *os, *architecture, *variant, *more;
} Entry;

static OciIndex *make_index(const Entry *entries, size_t n) {
        OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs("{\"schemaVersion\":2,\"manifests\":[", out);
        for (size_t i = 0; i < n; i++) {
                fprintf(out,
                        "%s{\"mediaType\":\"%s\",\"digest\":\"sha256:" H56 "%08zu\",\"size\":1",
                        i ? "," : "", entries[i].type, i);
                if (entries[i].os)
                        fprintf(out, ",\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\"",
                                entries[i].os, entries[i].architecture);
                if (entries[i].variant)
                        fprintf(out, ",\"variant\":\"%s\"", entries[i].variant);
                fprintf(out, "%s%s}", entries[i].os ? "}" : "",
                        entries[i].more ? entries[i].more : "");
        }
        fputs("]}", out);
        fclose(out);
        assert_int_equal(oci_document_parse(text, size, OCI_MEDIA_OCI_INDEX, &document, NULL), 0);
        return document.index;
}

#define ENTRIES_MAX 5
#define ZSTD ",\"annotations\":{\"io.github.containers.compression.zstd\":\"true\"}"
#define NO_ZSTD ",\"annotations\":{\"io.github.containers.compression.zstd\":\"false\"}"
#define ATTESTATION ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}"

static void chooses_the_entry_for_a_platform(void **state) {
        static const struct {
                const char *what, *os, *architecture, *variant;
                int want; /* the entry's number, or an error */
                Entry entries[ENTRIES_MAX];
        } cases[] = {
                { "nothing to choose from", "linux", "amd64", NULL, -ENOENT, {} },
                { "the only one", "linux", "amd64", NULL, 0, { { MANIFEST, "linux", "amd64" } } },
                { "another system's",
                  "linux",
                  "amd64",
                  NULL,
                  -ENOENT,
                  { { MANIFEST, "windows", "amd64" }, { MANIFEST, "linux", "arm64" } } },
                { "the first of two",
                  "linux",
                  "amd64",
                  NULL,
                  1,
                  { { MANIFEST, "linux", "arm64" },
                    { MANIFEST, "linux", "amd64" },
                    { MANIFEST, "linux", "amd64" } } },
                { "case matters",
                  "linux",
                  "amd64",
                  NULL,
                  -ENOENT,
                  { { MANIFEST, "Linux", "AMD64" } } },
                { "attestations never match",
                  "linux",
                  "amd64",
                  NULL,
                  3,
                  { { MANIFEST, "unknown", "unknown" },
                    { MANIFEST, "linux", "amd64", NULL, ATTESTATION },
                    { MANIFEST, NULL, NULL, NULL, ATTESTATION },
                    { MANIFEST, "linux", "amd64" } } },
                { "not even when unknown is wanted",
                  "unknown",
                  "unknown",
                  NULL,
                  -ENOENT,
                  { { MANIFEST, "unknown", "unknown", NULL, ATTESTATION } } },
                { "artifacts never match",
                  "linux",
                  "amd64",
                  NULL,
                  -ENOENT,
                  { { MANIFEST, NULL, NULL, NULL, ",\"artifactType\":\"a/b\"" } } },
                { "neither manifest nor index",
                  "linux",
                  "amd64",
                  NULL,
                  -ENOENT,
                  { { OCI_MEDIA_OCI_CONFIG, "linux", "amd64" },
                    { "application/vnd.x", "linux", "amd64" },
                    { "application/vnd.docker.distribution.manifest.v1+json", "linux",
                      "amd64" } } },
                { "a nested index",
                  "linux",
                  "amd64",
                  NULL,
                  0,
                  { { OCI_MEDIA_OCI_INDEX, "linux", "amd64" } } },
                { "without a platform comes last",
                  "linux",
                  "amd64",
                  NULL,
                  1,
                  { { MANIFEST }, { MANIFEST, "linux", "amd64" } } },
                { "without a platform, but at all",
                  "linux",
                  "amd64",
                  NULL,
                  1,
                  { { MANIFEST, "linux", "s390x" }, { MANIFEST } } },
                { "the exact variant",
                  "linux",
                  "arm",
                  "v6",
                  2,
                  { { MANIFEST, "linux", "arm", "v7" },
                    { MANIFEST, "linux", "arm" },
                    { MANIFEST, "linux", "arm", "v6" },
                    { MANIFEST, "linux", "arm", "v5" } } },
                { "the nearest lower variant",
                  "linux",
                  "arm",
                  "v7",
                  2,
                  { { MANIFEST, "linux", "arm", "v8" },
                    { MANIFEST, "linux", "arm", "v5" },
                    { MANIFEST, "linux", "arm", "v6" },
                    { MANIFEST, "linux", "arm" } } },
                { "a lower variant before none",
                  "linux",
                  "arm",
                  "v7",
                  1,
                  { { MANIFEST, "linux", "arm" }, { MANIFEST, "linux", "arm", "v5" } } },
                { "none before one without a platform",
                  "linux",
                  "arm",
                  "v7",
                  1,
                  { { MANIFEST }, { MANIFEST, "linux", "arm" } } },
                { "a higher variant never",
                  "linux",
                  "arm",
                  "v6",
                  -ENOENT,
                  { { MANIFEST, "linux", "arm", "v7" }, { MANIFEST, "linux", "arm", "v8" } } },
                { "a variant nobody knows, exactly",
                  "linux",
                  "amd64",
                  "v3",
                  1,
                  { { MANIFEST, "linux", "amd64", "v2" },
                    { MANIFEST, "linux", "amd64", "v3" },
                    { MANIFEST, "linux", "amd64" } } },
                { "a variant nobody knows, or none",
                  "linux",
                  "amd64",
                  "v3",
                  1,
                  { { MANIFEST, "linux", "amd64", "v2" }, { MANIFEST, "linux", "amd64" } } },
                { "no variant is wanted: none is the best",
                  "linux",
                  "arm64",
                  NULL,
                  1,
                  { { MANIFEST, "linux", "arm64", "v8" }, { MANIFEST, "linux", "arm64" } } },
                { "no variant is wanted: a known one will do",
                  "linux",
                  "arm64",
                  NULL,
                  1,
                  { { MANIFEST, "linux", "arm64", "v9" }, { MANIFEST, "linux", "arm64", "v8" } } },
                { "no variant is wanted: not any one will do",
                  "linux",
                  "amd64",
                  NULL,
                  -ENOENT,
                  { { MANIFEST, "linux", "amd64", "v3" } } },
                { "an empty variant is none",
                  "linux",
                  "amd64",
                  NULL,
                  0,
                  { { MANIFEST, "linux", "amd64", "" } } },
                { "zstd wins among equals",
                  "linux",
                  "amd64",
                  NULL,
                  1,
                  { { MANIFEST, "linux", "amd64", NULL, NO_ZSTD },
                    { MANIFEST, "linux", "amd64", NULL, ZSTD },
                    { MANIFEST, "linux", "amd64", NULL, ZSTD } } },
                { "zstd wins among equals only",
                  "linux",
                  "arm",
                  "v7",
                  1,
                  { { MANIFEST, "linux", "arm", "v6", ZSTD },
                    { MANIFEST, "linux", "arm", "v7" } } },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_index_freep) OciIndex *index = NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                const OciDescriptor *chosen = NULL;
                size_t n = 0;
                int r = 0;

                print_message("# %s\n", cases[i].what);
                while (n < ENTRIES_MAX && cases[i].entries[n].type)
                        n++;
                index = make_index(cases[i].entries, n);
                r = oci_index_choose(index, cases[i].os, cases[i].architecture, cases[i].variant,
                                     &chosen, &e);
                if (cases[i].want < 0) {
                        assert_int_equal(r, cases[i].want);
                        assert_null(chosen);
                        continue;
                }
                assert_int_equal(r, 0);
                assert_int_equal(chosen - index->entries.items, cases[i].want);
        }
}

static void tells_what_there_is(void **state) {
        static const Entry entries[] = {
                { MANIFEST, "linux", "arm", "v7" },
                { MANIFEST, "unknown", "unknown", NULL, ATTESTATION },
                { MANIFEST, "windows", "amd64" },
        };
        _cleanup_(oci_index_freep) OciIndex *index = make_index(entries, N_ELEMENTS(entries));
        _cleanup_(error_done) Error e = ERROR_NULL;
        const OciDescriptor *chosen = NULL;

        (void) state;
        assert_int_equal(oci_index_choose(index, "linux", "arm", "v6", &chosen, &e), -ENOENT);
        assert_string_equal(error_cause(&e),
                            "no image for linux/arm/v6 among those for: linux/arm/v7, "
                            "windows/amd64");
}

static void writes_what_it_reads(void **state) {
        static const char text[] =
                "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MEDIA_OCI_INDEX "\",\"artifactType\":"
                "\"a/b\",\"manifests\":[{\"mediaType\":\"" MANIFEST "\",\"digest\":\"sha256:" H56
                "00000000\",\"size\":5,\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}}"
                "],\"annotations\":{\"x\":\"y\"}}";
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *again = NULL;

        (void) state;
        assert_int_equal(oci_document_parse(text, strlen(text), NULL, &document, NULL), 0);
        again = written(oci_index_write, document.index);
        assert_string_equal(again, text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(chooses_the_entry_for_a_platform),
                cmocka_unit_test(tells_what_there_is),
                cmocka_unit_test(writes_what_it_reads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
