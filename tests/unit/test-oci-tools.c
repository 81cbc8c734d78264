/* SPDX-License-Identifier: Apache-2.0 */

/* Documents as umoci, buildah and skopeo wrote them, and of the shape of the specification's examples:
 * all are read, and mean what was put in. */

#include "test-data.h"

#include <stdio.h>

#include "oci-document.h"
#include "oci-layout.h"
#include "oci-save.h"
#include "oci-translate.h"
#include "test-json.h"

#define DOCKER "application/vnd.docker.distribution.manifest."

static void reads_their_manifests(void **state) {
        static const struct {
                const char *path, *content_type;
                size_t n_layers;
                OciCompression compression;
                bool docker;
        } cases[] = {
                { "oci/umoci-manifest.json", NULL, 2, OCI_COMPRESSION_GZIP, false },
                { "oci/umoci-manifest.json", OCI_MEDIA_OCI_MANIFEST, 2, OCI_COMPRESSION_GZIP,
                  false },
                { "oci/umoci-manifest-empty.json", NULL, 0, OCI_COMPRESSION_NONE, false },
                { "oci/buildah-manifest.json", NULL, 1, OCI_COMPRESSION_GZIP, false },
                { "oci/skopeo-docker-manifest.json", NULL, 2, OCI_COMPRESSION_GZIP, true },
                { "oci/skopeo-docker-manifest.json", DOCKER "v2+json", 2, OCI_COMPRESSION_GZIP,
                  true },
                { "oci/skopeo-manifest-zstd.json", NULL, 2, OCI_COMPRESSION_ZSTD, false },
                { "oci/spec-manifest.json", OCI_MEDIA_OCI_MANIFEST, 3, OCI_COMPRESSION_GZIP,
                  false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(freep) char *text = NULL;
                size_t n = 0;

                print_message("# %s\n", cases[i].path);
                text = test_data(cases[i].path, &n);
                assert_int_equal(
                        oci_document_parse(text, n, cases[i].content_type, &document, NULL), 0);
                assert_non_null(document.manifest);
                assert_int_equal(document.manifest->media->docker, cases[i].docker);
                assert_int_equal(oci_manifest_check_image(document.manifest, NULL), 0);
                assert_int_equal(document.manifest->layers.n, cases[i].n_layers);
                for (size_t k = 0; k < cases[i].n_layers; k++)
                        assert_int_equal(document.manifest->layers.items[k].media->compression,
                                         cases[i].compression);
        }
}

static void reads_an_artifact_but_does_not_run_it(void **state) {
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        (void) state;
        text = test_data("oci/spec-manifest-artifact.json", &n);
        assert_int_equal(oci_document_parse(text, n, OCI_MEDIA_OCI_MANIFEST, &document, NULL), 0);
        assert_string_equal(document.manifest->artifact_type, "application/vnd.example+type");
        assert_int_equal(oci_manifest_check_image(document.manifest, NULL), -EOPNOTSUPP);
}

static void finds_images_in_their_layouts(void **state) {
        static const struct {
                const char *path, *selector;
                int want;
                int64_t size;
        } cases[] = {
                { "oci/umoci-index.json", "1.0", 0, 497 },
                { "oci/umoci-index.json", "latest", 0, 192 },
                { "oci/umoci-index.json", "@1", 0, 497 },
                { "oci/umoci-index.json", NULL, -EINVAL, 0 },
                { "oci/skopeo-index-full-name.json", NULL, 0, 497 },
                { "oci/skopeo-index-full-name.json", "full.example.org/u:1.0", 0, 497 },
                { "oci/skopeo-index-nested.json", "multi", 0, 504 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(freep) char *text = NULL;
                const OciDescriptor *found = NULL;
                size_t n = 0;

                print_message("# %s\n", cases[i].path);
                text = test_data(cases[i].path, &n);
                assert_int_equal(oci_document_parse(text, n, OCI_MEDIA_OCI_INDEX, &document, NULL),
                                 0);
                assert_int_equal(oci_layout_select(document.index, cases[i].selector, &found, NULL),
                                 cases[i].want);
                if (found)
                        assert_int_equal(found->size, cases[i].size);
        }
}

static void chooses_among_their_platforms(void **state) {
        static const struct {
                const char *path, *architecture, *variant;
                int want;
                int64_t size;
        } cases[] = {
                { "oci/buildah-index.json", "amd64", NULL, 0, 499 },
                { "oci/buildah-index.json", "arm", "v7", 0, 401 },
                { "oci/buildah-index.json", "arm", "v6", -ENOENT, 0 },
                { "oci/buildah-docker-list.json", "amd64", NULL, 0, 419 },
                { "oci/buildah-docker-list.json", "arm", "v8", 0, 420 },
                { "oci/buildah-docker-list.json", "s390x", NULL, -ENOENT, 0 },
                { "oci/spec-index.json", "amd64", NULL, 0, 7682 },
                { "oci/spec-index.json", "ppc64le", NULL, 0, 7143 },
                { "oci/spec-index.json", "arm64", NULL, -ENOENT, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(freep) char *text = NULL;
                const OciDescriptor *chosen = NULL;
                size_t n = 0;

                print_message("# %s %s\n", cases[i].path, cases[i].architecture);
                text = test_data(cases[i].path, &n);
                assert_int_equal(oci_document_parse(text, n, NULL, &document, NULL), 0);
                assert_int_equal(oci_index_choose(document.index, "linux", cases[i].architecture,
                                                  cases[i].variant, &chosen, NULL),
                                 cases[i].want);
                if (chosen)
                        assert_int_equal(chosen->size, cases[i].size);
        }
}

static void translates_their_configs(void **state) {
        static const struct {
                const char *path;
                size_t n_layers;
                const char *app; /* NULL: as the one before */
        } cases[] = {
                { "oci/umoci-config.json", 2,
                  "{\"exec\":[\"/bin/sh\",\"-c\",\"echo \\u003chi\\u003e\"],\"user\":\"1000\","
                  "\"group\":\"1000\",\"workingDirectory\":\"/srv\",\"environment\":[{\"name\":"
                  "\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"x=y\"}],\"mountPoints\":[{"
                  "\"name\":\"volume-data\",\"path\":\"/data\"}],\"ports\":[{\"name\":\"53-udp\","
                  "\"protocol\":\"udp\",\"port\":53,\"count\":1,\"socketActivated\":false},{"
                  "\"name\":\"80-tcp\",\"protocol\":\"tcp\",\"port\":80,\"count\":1,"
                  "\"socketActivated\":false}],\"userAnnotations\":{"
                  "\"org.opencontainers.image.stopSignal\":\"SIGINT\"},\"userLabels\":{"
                  "\"org.example\":\"yes\"}}" },
                { "oci/umoci-config-empty.json", 0,
                  "{\"exec\":null,\"user\":\"0\",\"group\":\"0\"}" },
                { "oci/buildah-config.json", 1,
                  "{\"exec\":[\"/hi\"],\"user\":\"app\",\"group\":\"app\",\"workingDirectory\":"
                  "\"/\",\"environment\":[{\"name\":\"PATH\",\"value\":\"/bin\"}],"
                  "\"mountPoints\":[{\"name\":\"volume-v-data\",\"path\":\"/v-data\"},{\"name\":"
                  "\"volume-v-data-1\",\"path\":\"/v/data\"}],\"ports\":[{\"name\":\"8080\","
                  "\"protocol\":\"tcp\",\"port\":8080,\"count\":1,\"socketActivated\":false},{"
                  "\"name\":\"9-udp\",\"protocol\":\"udp\",\"port\":9,\"count\":1,"
                  "\"socketActivated\":false}],\"userAnnotations\":{"
                  "\"org.opencontainers.image.stopSignal\":\"SIGQUIT\"},\"userLabels\":{\"a\":"
                  "\"b\",\"io.buildah.version\":\"1.28.2\"}}" },
                { "oci/buildah-docker-config.json", 1, NULL },
                { "oci/spec-config.json", 2,
                  "{\"exec\":[\"/bin/my-app-binary\",\"--foreground\",\"--config\","
                  "\"/etc/my-app.d/default.cfg\"],\"user\":\"alice\",\"group\":\"alice\","
                  "\"workingDirectory\":\"/home/alice\",\"environment\":[{\"name\":\"PATH\","
                  "\"value\":\"/usr/local/sbin:/usr/bin:/bin\"},{\"name\":\"FOO\",\"value\":"
                  "\"oci_is_a\"},{\"name\":\"BAR\",\"value\":\"well_written_spec\"}],"
                  "\"mountPoints\":[{\"name\":\"volume-var-job-result-data\",\"path\":"
                  "\"/var/job-result-data\"},{\"name\":\"volume-var-log-my-app-logs\",\"path\":"
                  "\"/var/log/my-app-logs\"}],\"ports\":[{\"name\":\"8080-tcp\",\"protocol\":"
                  "\"tcp\",\"port\":8080,\"count\":1,\"socketActivated\":false}],"
                  "\"userLabels\":{\"com.example.project.git.url\":"
                  "\"https://example.com/project.git\"}}" },
        };
        static const OciOrigin origin = { .repository = "x" };
        _cleanup_(freep) char *last = NULL;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_config_freep) OciConfig *config = NULL;
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                _cleanup_(freep) char *text = NULL;
                size_t n = 0;
                char *app = NULL;

                print_message("# %s\n", cases[i].path);
                text = test_data(cases[i].path, &n);
                assert_int_equal(oci_config_parse(text, n, &config, NULL), 0);
                assert_int_equal(oci_config_check_layers(config, cases[i].n_layers, NULL), 0);
                assert_int_equal(oci_translate(config, &origin, &image, NULL), 0);
                assert_non_null(appc_pairs_get(&image->annotations, "created"));
                app = written(appc_app_write, image->app);
                assert_string_equal(app, cases[i].app ? cases[i].app : last);
                free(last);
                last = app;
        }
}

static void reads_their_archives(void **state) {
        static const struct {
                const char *path, *selector, *config;
                size_t n_layers;
        } cases[] = {
                { "oci/buildah-save.json", "example.com/bd:2",
                  "196bb74bfb7bb5cf6f805f90f208ba8de36e30c66f62eb9c9d1613aa23b4c826.json", 1 },
                { "oci/skopeo-save.json", NULL,
                  "286e602df933e5224c1050f51b2df8099137c9b8c071a9ee1f17b84caa1aeab3.json", 2 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_save_freep) OciSave *save = NULL;
                _cleanup_(freep) char *text = NULL;
                const OciSaveImage *image = NULL;
                size_t n = 0;

                print_message("# %s\n", cases[i].path);
                text = test_data(cases[i].path, &n);
                assert_int_equal(oci_save_parse(text, n, &save, NULL), 0);
                assert_int_equal(oci_save_select(save, cases[i].selector, &image, NULL), 0);
                assert_string_equal(image->config, cases[i].config);
                assert_int_equal(strv_length(image->layers), cases[i].n_layers);
        }
}

static void knows_their_layouts(void **state) {
        static const char *const paths[] = { "oci/umoci-layout.json", "oci/buildah-layout.json" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(paths); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t n = 0;

                text = test_data(paths[i], &n);
                assert_int_equal(oci_layout_check(text, n, NULL), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_their_manifests),
                cmocka_unit_test(reads_an_artifact_but_does_not_run_it),
                cmocka_unit_test(finds_images_in_their_layouts),
                cmocka_unit_test(chooses_among_their_platforms),
                cmocka_unit_test(translates_their_configs),
                cmocka_unit_test(reads_their_archives),
                cmocka_unit_test(knows_their_layouts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
