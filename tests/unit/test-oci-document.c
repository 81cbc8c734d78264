/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-document.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D "\"digest\":\"sha256:" H64 "\""
#define OCI_CONFIG "{\"mediaType\":\"" OCI_MEDIA_OCI_CONFIG "\"," D ",\"size\":2}"
#define DOCKER "application/vnd.docker.distribution.manifest."
#define DOCKER_CONFIG \
        "{\"mediaType\":\"application/vnd.docker.container.image.v1+json\"," D ",\"size\":2}"
#define LAYER "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\"," D ",\"size\":7}"
#define ENTRY "{\"mediaType\":\"" OCI_MEDIA_OCI_MANIFEST "\"," D ",\"size\":3}"
#define TYPE(t) "\"mediaType\":\"" t "\","
#define V2 "{\"schemaVersion\":2,"
#define MANIFEST V2 "\"config\":" OCI_CONFIG ",\"layers\":[" LAYER "]}"
#define INDEX V2 "\"manifests\":[" ENTRY "]}"
#define MANIFEST_WITH(more) V2 more "\"config\":" OCI_CONFIG ",\"layers\":[]}"
#define INDEX_WITH(more) V2 more "\"manifests\":[]}"

/* What a document is found to be. */
typedef enum Found {
        OCI_M,
        OCI_I,
        DOCKER_M,
        DOCKER_I,
} Found;

static void decides_what_a_document_is(void **state) {
        static const struct {
                const char *text, *content_type;
                Found want;
        } cases[] = {
                { MANIFEST, OCI_MEDIA_OCI_MANIFEST, OCI_M },
                { MANIFEST, OCI_MEDIA_OCI_MANIFEST "; charset=utf-8", OCI_M },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_MANIFEST)), NULL, OCI_M },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_MANIFEST)), OCI_MEDIA_OCI_MANIFEST, OCI_M },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_MANIFEST)), "text/plain", OCI_M },
                { MANIFEST_WITH("\"mediaType\":null,"), "application/json", OCI_M },
                { MANIFEST_WITH(TYPE(DOCKER "v2+json")), DOCKER "v2+json", DOCKER_M },
                { MANIFEST, DOCKER "v2+json", DOCKER_M },
                { MANIFEST, NULL, OCI_M },
                { MANIFEST, "", OCI_M },
                { V2 "\"config\":" DOCKER_CONFIG ",\"layers\":[]}", NULL, DOCKER_M },
                { V2 "\"config\":" LAYER ",\"layers\":[]}", NULL, OCI_M },
                { INDEX, OCI_MEDIA_OCI_INDEX, OCI_I },
                { INDEX, NULL, OCI_I },
                { INDEX, "text/plain; charset=utf-8", OCI_I },
                { V2 "\"manifests\":[]}", NULL, OCI_I },
                { V2 "\"manifests\":null}", OCI_MEDIA_OCI_INDEX, OCI_I },
                { INDEX_WITH(TYPE(DOCKER "list.v2+json")), NULL, DOCKER_I },
                { INDEX_WITH(TYPE(DOCKER "list.v2+json")), DOCKER "list.v2+json", DOCKER_I },
                { INDEX_WITH("\"subject\":{},\"artifactType\":null,\"more\":1,"), NULL, OCI_I },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                const OciMedia *media = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_document_parse(cases[i].text, strlen(cases[i].text),
                                                    cases[i].content_type, &document, NULL),
                                 0);
                assert_true(!document.manifest != !document.index);
                media = document.manifest ? document.manifest->media : document.index->media;
                assert_int_equal(!!document.index,
                                 cases[i].want == OCI_I || cases[i].want == DOCKER_I);
                assert_int_equal(media->docker,
                                 cases[i].want == DOCKER_M || cases[i].want == DOCKER_I);
        }
}

static void refuses_what_others_could_take_for_something_else(void **state) {
        static const struct {
                const char *text, *content_type;
                int want;
        } cases[] = {
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_MANIFEST)), OCI_MEDIA_OCI_INDEX, -EINVAL },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_MANIFEST)), DOCKER "v2+json", -EINVAL },
                { INDEX_WITH(TYPE(OCI_MEDIA_OCI_INDEX)), OCI_MEDIA_OCI_MANIFEST, -EINVAL },
                { INDEX_WITH(TYPE(OCI_MEDIA_OCI_INDEX)), DOCKER "list.v2+json", -EINVAL },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_INDEX)), NULL, -EINVAL },
                { MANIFEST_WITH("\"manifests\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"manifests\":null,"), NULL, -EINVAL },
                { MANIFEST_WITH("\"Manifests\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"MANIFESTS\":[],"), OCI_MEDIA_OCI_MANIFEST, -EINVAL },
                { MANIFEST_WITH("\"manife\u017ft\u017f\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"fsLayers\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"fslayers\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"history\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"Layers\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"Config\":{},"), NULL, -EINVAL },
                { MANIFEST_WITH("\"SchemaVersion\":2,"), NULL, -EINVAL },
                { MANIFEST_WITH("\"mediatype\":\"" OCI_MEDIA_OCI_INDEX "\","), NULL, -EINVAL },
                { INDEX_WITH("\"layers\":[],"), NULL, -EINVAL },
                { INDEX_WITH("\"layers\":[],"), OCI_MEDIA_OCI_INDEX, -EINVAL },
                { INDEX_WITH("\"config\":" OCI_CONFIG ","), OCI_MEDIA_OCI_INDEX, -EINVAL },
                { INDEX_WITH("\"config\":" OCI_CONFIG ","), NULL, -EINVAL },
                { INDEX_WITH("\"history\":[],"), NULL, -EINVAL },
                { V2 "\"Manifests\":[],\"config\":" OCI_CONFIG "}", NULL, -EINVAL },
                { V2 "\"layers\":[],\"layers\":[],\"config\":" OCI_CONFIG "}", NULL, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciDocument document = OCI_DOCUMENT_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_document_parse(cases[i].text, strlen(cases[i].text),
                                                    cases[i].content_type, &document, &e),
                                 cases[i].want);
                assert_null(document.manifest);
                assert_null(document.index);
        }
}

static void refuses_what_it_cannot_read(void **state) {
        static const struct {
                const char *text, *content_type;
                int want;
        } cases[] = {
                { "", NULL, -EBADMSG },
                { "{}", NULL, -EINVAL },
                { "[]", NULL, -EINVAL },
                { "null", NULL, -EINVAL },
                { "\"\"", NULL, -EINVAL },
                { MANIFEST "x", NULL, -EBADMSG },
                { "\xef\xbb\xbf" MANIFEST, NULL, -EBADMSG },
                { V2 "\"x\":0}", NULL, -EINVAL },
                { "{\"schemaVersion\":1,\"name\":\"a\",\"fsLayers\":[],\"history\":[]}", NULL,
                  -EOPNOTSUPP },
                { "{\"schemaVersion\":1}", "application/json", -EOPNOTSUPP },
                { "{\"schemaVersion\":1}", OCI_MEDIA_OCI_MANIFEST, -EOPNOTSUPP },
                { MANIFEST, DOCKER "v1+prettyjws", -EOPNOTSUPP },
                { MANIFEST_WITH(TYPE(DOCKER "v1+json")), NULL, -EOPNOTSUPP },
                { "{\"schemaVersion\":3,\"manifests\":[]}", NULL, -EINVAL },
                { "{\"schemaVersion\":\"2\",\"manifests\":[]}", NULL, -EINVAL },
                { "{\"schemaVersion\":2.0,\"manifests\":[]}", NULL, -EINVAL },
                { "{\"schemaVersion\":null,\"manifests\":[]}", NULL, -EINVAL },
                { "{\"manifests\":[]}", OCI_MEDIA_OCI_INDEX, -EINVAL },
                { MANIFEST_WITH(TYPE("")), NULL, -EOPNOTSUPP },
                { MANIFEST_WITH(TYPE("text/plain")), NULL, -EOPNOTSUPP },
                { MANIFEST_WITH(TYPE(OCI_MEDIA_OCI_CONFIG)), NULL, -EOPNOTSUPP },
                { V2 TYPE("application/vnd.oci.artifact.manifest.v1+json") "\"blobs\":[]}", NULL,
                  -EOPNOTSUPP },
                { MANIFEST_WITH("\"mediaType\":7,"), NULL, -EINVAL },
                { MANIFEST, OCI_MEDIA_OCI_CONFIG, -EOPNOTSUPP },
                { MANIFEST, "application/vnd.oci.image.layer.v1.tar", -EOPNOTSUPP },
                { V2 "\"layers\":[]}", NULL, -EINVAL },
                { V2 "\"config\":" OCI_CONFIG "}", NULL, -EINVAL },
                { V2 "\"config\":null,\"layers\":[]}", OCI_MEDIA_OCI_MANIFEST, -EINVAL },
                { V2 "\"config\":" OCI_CONFIG ",\"layers\":{}}", NULL, -EINVAL },
                { V2 "\"config\":" OCI_CONFIG ",\"layers\":[null]}", NULL, -EINVAL },
                { V2 "\"config\":" OCI_CONFIG ",\"layers\":[\"\"]}", NULL, -EINVAL },
                { V2 "\"manifests\":{}}", NULL, -EINVAL },
                { V2 "\"manifests\":[[]]}", NULL, -EINVAL },
                { MANIFEST_WITH("\"annotations\":[],"), NULL, -EINVAL },
                { MANIFEST_WITH("\"annotations\":{\"a\":1},"), NULL, -EINVAL },
                { MANIFEST_WITH("\"artifactType\":{},"), NULL, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciDocument document = OCI_DOCUMENT_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_document_parse(cases[i].text, strlen(cases[i].text),
                                                    cases[i].content_type, &document, &e),
                                 cases[i].want);
                assert_non_null(error_cause(&e));
                assert_null(document.manifest);
                assert_null(document.index);
        }
}

static int parse_many(const char *before, const char *item, size_t n) {
        OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        int r = 0;

        fputs(before, out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s%s", i ? "," : "", item);
        fputs("]}", out);
        fclose(out);
        r = oci_document_parse(text, size, NULL, &document, NULL);
        oci_document_done(&document);
        return r;
}

static void bounds_size_and_counts(void **state) {
        static const char layers[] = V2 "\"config\":" OCI_CONFIG ",\"layers\":[";
        static const char entries[] = V2 "\"manifests\":[";
        OciDocument document = OCI_DOCUMENT_NULL;
        char *large = calloc(OCI_DOCUMENT_SIZE_MAX + 1, 1);

        (void) state;
        assert_int_equal(parse_many(layers, LAYER, OCI_LAYERS_MAX), 0);
        assert_int_equal(parse_many(layers, LAYER, OCI_LAYERS_MAX + 1), -ERANGE);
        assert_int_equal(parse_many(entries, ENTRY, OCI_INDEX_ENTRIES_MAX), 0);
        assert_int_equal(parse_many(entries, ENTRY, OCI_INDEX_ENTRIES_MAX + 1), -ERANGE);

        assert_non_null(large);
        memset(large, ' ', OCI_DOCUMENT_SIZE_MAX + 1);
        memcpy(large, INDEX, strlen(INDEX));
        assert_int_equal(oci_document_parse(large, OCI_DOCUMENT_SIZE_MAX, NULL, &document, NULL),
                         0);
        oci_document_done(&document);
        assert_int_equal(
                oci_document_parse(large, OCI_DOCUMENT_SIZE_MAX + 1, NULL, &document, NULL),
                -EMSGSIZE);
        free(large);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(decides_what_a_document_is),
                cmocka_unit_test(refuses_what_others_could_take_for_something_else),
                cmocka_unit_test(refuses_what_it_cannot_read),
                cmocka_unit_test(bounds_size_and_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
