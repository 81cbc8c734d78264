/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "oci-media.h"
#include "text.h"

#define LAYER "application/vnd.oci.image.layer.v1.tar"
#define DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar"

static void knows_the_types(void **state) {
        static const struct {
                const char *type;
                OciMediaKind kind;
                OciCompression compression;
                bool docker, foreign;
        } cases[] = {
                { OCI_MEDIA_OCI_INDEX, OCI_MEDIA_INDEX, OCI_COMPRESSION_NONE, false, false },
                { OCI_MEDIA_OCI_MANIFEST, OCI_MEDIA_MANIFEST, OCI_COMPRESSION_NONE, false, false },
                { OCI_MEDIA_OCI_CONFIG, OCI_MEDIA_CONFIG, OCI_COMPRESSION_NONE, false, false },
                { OCI_MEDIA_OCI_MANIFEST "; charset=utf-8", OCI_MEDIA_MANIFEST,
                  OCI_COMPRESSION_NONE, false, false },
                { OCI_MEDIA_OCI_MANIFEST " \t;", OCI_MEDIA_MANIFEST, OCI_COMPRESSION_NONE, false,
                  false },
                { "Application/VND.OCI.Image.Manifest.v1+JSON", OCI_MEDIA_MANIFEST,
                  OCI_COMPRESSION_NONE, false, false },
                { LAYER, OCI_MEDIA_LAYER, OCI_COMPRESSION_NONE, false, false },
                { LAYER "+gzip", OCI_MEDIA_LAYER, OCI_COMPRESSION_GZIP, false, false },
                { LAYER "+zstd", OCI_MEDIA_LAYER, OCI_COMPRESSION_ZSTD, false, false },
                { "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", OCI_MEDIA_LAYER,
                  OCI_COMPRESSION_GZIP, false, true },
                { "application/vnd.docker.distribution.manifest.v2+json", OCI_MEDIA_MANIFEST,
                  OCI_COMPRESSION_NONE, true, false },
                { "application/vnd.docker.distribution.manifest.list.v2+json", OCI_MEDIA_INDEX,
                  OCI_COMPRESSION_NONE, true, false },
                { "application/vnd.docker.distribution.manifest.v1+json", OCI_MEDIA_SCHEMA1,
                  OCI_COMPRESSION_NONE, true, false },
                { "application/vnd.docker.distribution.manifest.v1+prettyjws", OCI_MEDIA_SCHEMA1,
                  OCI_COMPRESSION_NONE, true, false },
                { "application/vnd.docker.container.image.v1+json", OCI_MEDIA_CONFIG,
                  OCI_COMPRESSION_NONE, true, false },
                { DOCKER_LAYER, OCI_MEDIA_LAYER, OCI_COMPRESSION_NONE, true, false },
                { DOCKER_LAYER ".gzip", OCI_MEDIA_LAYER, OCI_COMPRESSION_GZIP, true, false },
                { "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", OCI_MEDIA_LAYER,
                  OCI_COMPRESSION_GZIP, true, true },
                { LAYER "+gzip+encrypted", OCI_MEDIA_ENCRYPTED, OCI_COMPRESSION_NONE, false,
                  false },
                { LAYER "+encrypted", OCI_MEDIA_ENCRYPTED, OCI_COMPRESSION_NONE, false, false },
                { "", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { ";", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { "text/plain", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { "application/json", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { LAYER "+lz4", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { LAYER ".gzip", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { " " LAYER, OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { "+encrypted", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false, false },
                { OCI_MEDIA_OCI_CONFIG "+encrypted", OCI_MEDIA_UNKNOWN, OCI_COMPRESSION_NONE, false,
                  false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const OciMedia *media = oci_media_find(cases[i].type);

                print_message("# %s\n", cases[i].type);
                assert_int_equal(media->kind, cases[i].kind);
                assert_int_equal(media->compression, cases[i].compression);
                assert_int_equal(media->docker, cases[i].docker);
                assert_int_equal(media->foreign, cases[i].foreign);
        }
}

static void asks_registries_for_what_it_can_read(void **state) {
        _cleanup_(strv_freep) Strv types = NULL;

        (void) state;
        assert_int_equal(strv_split(OCI_MEDIA_ACCEPT, ',', &types), 0);
        assert_int_equal(strv_length(types), 4);
        for (char **type = types; *type; type++) {
                OciMediaKind kind = oci_media_find(text_trim(*type))->kind;

                assert_true(kind == OCI_MEDIA_INDEX || kind == OCI_MEDIA_MANIFEST);
        }
}

static void says_why_a_layer_cannot_be_unpacked(void **state) {
        static const struct {
                const char *type, *says;
        } cases[] = {
                { LAYER "+zstd", NULL },
                { LAYER "+gzip+encrypted",
                  "the layer is encrypted (\"" LAYER "+gzip+encrypted\")" },
                { "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                  "\"application/vnd.cncf.helm.chart.content.v1.tar+gzip\" is no type of layer "
                  "known here" },
                { OCI_MEDIA_OCI_CONFIG,
                  "\"" OCI_MEDIA_OCI_CONFIG "\" is no type of layer known here" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = oci_media_check_layer(oci_media_find(cases[i].type), cases[i].type, &e);

                assert_int_equal(r, cases[i].says ? -EOPNOTSUPP : 0);
                if (cases[i].says)
                        assert_string_equal(error_cause(&e), cases[i].says);
        }
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A127 A63 "a" A63

static void checks_the_grammar_of_types(void **state) {
        static const struct {
                const char *type;
                bool want;
        } cases[] = {
                { "a/b", true },
                { "application/vnd.oci.image.layer.v1.tar+gzip", true },
                { "A0!#$&^_.+-/0", true },
                { A127 "/" A127, true },
                { "", false },
                { "/", false },
                { "a", false },
                { "a/", false },
                { "/b", false },
                { "a/b/c", false },
                { "a//b", false },
                { ".a/b", false },
                { "a/+b", false },
                { "a b/c", false },
                { "a/b;c=d", false },
                { "a/b ", false },
                { "a/b\n", false },
                { "\xc3\xa4/b", false },
                { A127 "a/b", false },
                { "a/" A127 "a", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].type);
                assert_int_equal(oci_media_type_is_valid(cases[i].type), cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_the_types),
                cmocka_unit_test(asks_registries_for_what_it_can_read),
                cmocka_unit_test(says_why_a_layer_cannot_be_unpacked),
                cmocka_unit_test(checks_the_grammar_of_types),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
