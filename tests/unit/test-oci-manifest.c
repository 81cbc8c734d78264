/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include <stdio.h>

#include "oci-document.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BLOB(type, size) \
        "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" H64 "\",\"size\":" size "}"
#define CONFIG BLOB(OCI_MEDIA_OCI_CONFIG, "9")
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar"
#define DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define MANIFEST(config, layers)                                                               \
        "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MEDIA_OCI_MANIFEST "\",\"config\":" config \
        ",\"layers\":[" layers "]}"

static void knows_what_can_be_run(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { MANIFEST(CONFIG, ""), 0 },
                { MANIFEST(CONFIG, BLOB(OCI_LAYER, "1") "," BLOB(OCI_LAYER "+zstd", "0")), 0 },
                { MANIFEST(CONFIG, BLOB(DOCKER_LAYER, "1")), 0 },
                { MANIFEST(BLOB("application/vnd.docker.container.image.v1+json", "1"), ""), 0 },
                { MANIFEST(CONFIG,
                           BLOB("application/vnd.oci.image.layer.nondistributable.v1.tar", "1")),
                  0 },
                { MANIFEST(BLOB("application/vnd.oci.empty.v1+json", "2"), ""), -EOPNOTSUPP },
                { MANIFEST(BLOB("application/vnd.cncf.helm.config.v1+json", "2"), ""),
                  -EOPNOTSUPP },
                { MANIFEST(BLOB(OCI_LAYER, "2"), ""), -EOPNOTSUPP },
                { MANIFEST(CONFIG, BLOB(OCI_LAYER "+gzip+encrypted", "1")), -EOPNOTSUPP },
                { MANIFEST(CONFIG, BLOB(OCI_LAYER, "1") "," BLOB(OCI_LAYER "+lz4", "1")),
                  -EOPNOTSUPP },
                { MANIFEST(CONFIG, BLOB(OCI_MEDIA_OCI_INDEX, "1")), -EOPNOTSUPP },
                { MANIFEST(CONFIG, BLOB(OCI_LAYER, "9223372036854775800")), -ERANGE },
                { MANIFEST(CONFIG,
                           BLOB(OCI_LAYER, "9223372036854775000") "," BLOB(OCI_LAYER, "900")),
                  -ERANGE },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_document_parse(cases[i].text, strlen(cases[i].text), NULL,
                                                    &document, NULL),
                                 0);
                assert_int_equal(oci_manifest_check_image(document.manifest, &e), cases[i].want);
                assert_int_equal(!!error_cause(&e), cases[i].want < 0);
        }
}

#define TWO_LAYERS BLOB(OCI_LAYER, "1") "," BLOB(OCI_LAYER "+gzip", "2")
#define THREE_LAYERS TWO_LAYERS "," BLOB(DOCKER_LAYER, "3")

static void keeps_the_layers_in_order(void **state) {
        static const char text[] = MANIFEST(CONFIG, THREE_LAYERS);
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;

        (void) state;
        assert_int_equal(oci_document_parse(text, strlen(text), NULL, &document, NULL), 0);
        assert_int_equal(document.manifest->config.size, 9);
        assert_int_equal(document.manifest->layers.n, 3);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(document.manifest->layers.items[i].size, (int64_t) i + 1);
}

static void writes_what_it_reads(void **state) {
        static const char *const cases[] = {
                MANIFEST(CONFIG, ""),
                MANIFEST(CONFIG, BLOB(OCI_LAYER, "1") "," BLOB(DOCKER_LAYER, "2")),
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution."
                "manifest.v2+json\",\"artifactType\":\"a/b\",\"config\":" CONFIG
                ",\"layers\":[],\"annotations\":{\"a\":\"\\u003cb\\u003e\"}}",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(freep) char *again = NULL;

                assert_int_equal(
                        oci_document_parse(cases[i], strlen(cases[i]), NULL, &document, NULL), 0);
                again = written(oci_manifest_write, document.manifest);
                assert_string_equal(again, cases[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_what_can_be_run),
                cmocka_unit_test(keeps_the_layers_in_order),
                cmocka_unit_test(writes_what_it_reads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
