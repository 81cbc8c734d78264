/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-translate.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define F64 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define HUB "registry-1.docker.io"
#define CONFIG(platform, more) "{" platform ",\"rootfs\":{\"type\":\"layers\"}" more "}"
#define AMD64 "\"os\":\"linux\",\"architecture\":\"amd64\""

static int translate(const char *text, const OciOrigin *origin, char **ret, Error *e) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(appc_image_freep) AppcImage *image = NULL, *again = NULL;
        int r = 0;

        assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
        r = oci_translate(config, origin, &image, e);
        if (r < 0) {
                assert_null(image);
                return r;
        }
        *ret = appc_image_format(image);
        assert_int_equal(appc_image_parse(*ret, strlen(*ret), &again, NULL), 0);
        return 0;
}

static void makes_an_image_manifest(void **state) {
        static const char text[] =
                CONFIG(AMD64, ",\"author\":\"A \\u003ca@b\\u003e\",\"created\":"
                              "\"2015-10-31T22:22:56.015925234Z\",\"config\":{\"User\":\"alice\","
                              "\"Entrypoint\":[\"/bin/my\\\"app\"],\"Cmd\":[\"-x\"],"
                              "\"Labels\":{\"l\":\"m\"}}");
        OciDigest manifest = OCI_DIGEST_NULL, config = OCI_DIGEST_NULL;
        const OciOrigin origin = {
                .original = "busybox:1",
                .registry = HUB,
                .repository = "library/busybox",
                .tag = "1",
                .manifest = &manifest,
                .config = &config,
        };
        _cleanup_(freep) char *image = NULL;

        (void) state;
        assert_int_equal(oci_digest_parse("sha256:" H64, &manifest, NULL), 0);
        assert_int_equal(oci_digest_parse("sha256:" F64, &config, NULL), 0);
        assert_int_equal(translate(text, &origin, &image, NULL), 0);
        assert_string_equal(
                image,
                "{\"acKind\":\"ImageManifest\",\"acVersion\":\"" APPC_VERSION "\",\"name\":\"" HUB
                "/library/busybox\",\"labels\":[{\"name\":\"arch\",\"value\":\"amd64\"},"
                "{\"name\":\"os\",\"value\":\"linux\"},{\"name\":\"version\",\"value\":\"1\"}],"
                "\"app\":{\"exec\":[\"/bin/my\\\"app\",\"-x\"],\"user\":\"alice\",\"group\":"
                "\"alice\",\"userLabels\":{\"l\":\"m\"}},\"annotations\":["
                "{\"name\":\"authors\",\"value\":\"A \\u003ca@b\\u003e\"},"
                "{\"name\":\"created\",\"value\":\"2015-10-31T22:22:56.015925234Z\"},"
                "{\"name\":\"appc.io/docker/originalname\",\"value\":\"busybox:1\"},"
                "{\"name\":\"appc.io/docker/registryurl\",\"value\":\"" HUB "\"},"
                "{\"name\":\"appc.io/docker/repository\",\"value\":\"library/busybox\"},"
                "{\"name\":\"appc.io/docker/imageid\",\"value\":\"sha256:" F64 "\"},"
                "{\"name\":\"appc.io/docker/manifesthash\",\"value\":\"sha256:" H64 "\"},"
                "{\"name\":\"appc.io/docker/entrypoint\",\"value\":"
                "\"[\\\"/bin/my\\\\\\\"app\\\"]\"},"
                "{\"name\":\"appc.io/docker/cmd\",\"value\":\"[\\\"-x\\\"]\"},"
                "{\"name\":\"appc.io/docker/tag\",\"value\":\"1\"}]}");
}

static void writes_nothing_of_what_it_does_not_know(void **state) {
        const OciOrigin origin = { .repository = "x" };
        _cleanup_(freep) char *image = NULL;

        (void) state;
        assert_int_equal(translate(CONFIG(AMD64, ",\"author\":\"\",\"created\":\"\""), &origin,
                                   &image, NULL),
                         0);
        assert_string_equal(image,
                            "{\"acKind\":\"ImageManifest\",\"acVersion\":\"" APPC_VERSION
                            "\",\"name\":\"x\",\"labels\":[{\"name\":\"arch\",\"value\":\"amd64\"},"
                            "{\"name\":\"os\",\"value\":\"linux\"}],\"annotations\":[{\"name\":"
                            "\"appc.io/docker/repository\",\"value\":\"x\"}]}");
}

static void names_the_image_after_its_origin(void **state) {
        static const struct {
                const char *registry, *repository, *name; /* NULL: refused */
        } cases[] = {
                { HUB, "library/busybox", HUB "/library/busybox" },
                { "localhost:5000", "a/b", "localhost_5000/a/b" },
                { "[2001:db8::1]:5000", "a", "2001_db8__1__5000/a" },
                { "Example.COM", "a", "example.com/a" },
                { NULL, "foo/bar", "foo/bar" },
                { NULL, "My App (1)", "my_app__1" },
                { NULL, "/a/", "a" },
                { NULL, "..", NULL },
                { NULL, "", NULL },
                { NULL, NULL, NULL },
                { "", "/", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const OciOrigin origin = {
                        .registry = cases[i].registry,
                        .repository = cases[i].repository,
                };
                static const char text[] = CONFIG(AMD64, "");
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                _cleanup_(oci_config_freep) OciConfig *config = NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].repository ? cases[i].repository : "(none)");
                assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
                assert_int_equal(oci_translate(config, &origin, &image, &e),
                                 cases[i].name ? 0 : -EINVAL);
                if (cases[i].name)
                        assert_string_equal(image->name, cases[i].name);
                else
                        assert_non_null(error_cause(&e));
        }
}

static void knows_the_platforms(void **state) {
        static const struct {
                const char *os, *architecture, *variant, *arch; /* NULL: refused */
        } cases[] = {
                { "linux", "amd64", "", "amd64" },     { "linux", "amd64", "v3", "amd64" },
                { "linux", "386", "", "i386" },        { "linux", "arm64", "", "aarch64" },
                { "linux", "arm64", "v8", "aarch64" }, { "linux", "arm", "", "armv6l" },
                { "linux", "arm", "v6", "armv6l" },    { "linux", "arm", "v7", "armv7l" },
                { "linux", "ppc64le", "", "ppc64le" }, { "linux", "s390x", "", "s390x" },
                { "linux", "riscv64", "", "riscv64" }, { "linux", "mips64le", "", NULL },
                { "linux", "unknown", "", NULL },      { "linux", "AMD64", "", NULL },
                { "windows", "amd64", "", NULL },      { "unknown", "unknown", "", NULL },
                { "linux,amd64", "amd64", "", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const OciOrigin origin = { .repository = "x" };
                _cleanup_(freep) char *text = NULL;
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                _cleanup_(oci_config_freep) OciConfig *config = NULL;

                print_message("# %s %s %s\n", cases[i].os, cases[i].architecture, cases[i].variant);
                assert_true(asprintf(&text,
                                     CONFIG("\"os\":\"%s\",\"architecture\":\"%s\","
                                            "\"variant\":\"%s\"",
                                            ""),
                                     cases[i].os, cases[i].architecture, cases[i].variant) > 0);
                assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
                assert_int_equal(oci_translate(config, &origin, &image, NULL),
                                 cases[i].arch ? 0 : -EOPNOTSUPP);
                if (!cases[i].arch)
                        continue;
                assert_string_equal(appc_pairs_get(&image->labels, "arch"), cases[i].arch);
                assert_string_equal(appc_pairs_get(&image->labels, "os"), "linux");
        }
}

static void drops_a_date_that_is_none(void **state) {
        static const struct {
                const char *created;
                bool kept;
        } cases[] = {
                { "2015-10-31T22:22:56Z", true },  { "2015-10-31T22:22:56.015925234+02:00", true },
                { "0001-01-01T00:00:00Z", true },  { "yesterday", false },
                { "2015-10-31", false },           { "2015-13-31T22:22:56Z", false },
                { "2015-10-31T25:22:56Z", false }, { "2015-10-31 22:22:56Z", false },
                { "1446330176", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const OciOrigin origin = { .repository = "x" };
                _cleanup_(freep) char *text = NULL, *image = NULL;

                print_message("# %s\n", cases[i].created);
                assert_true(asprintf(&text, CONFIG(AMD64, ",\"created\":\"%s\""),
                                     cases[i].created) > 0);
                assert_int_equal(translate(text, &origin, &image, NULL), 0);
                assert_int_equal(!!strstr(image, "\"created\""), cases[i].kept);
        }
}

static void refuses_what_could_not_be_read_again(void **state) {
        const OciOrigin origin = { .repository = "x" };
        _cleanup_(freep) char *text = NULL, *image = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        (void) state;
        /* Each of them becomes six characters. */
        fputs("{" AMD64 ",\"rootfs\":{\"type\":\"layers\"},\"config\":{\"Env\":[\"A=", out);
        for (size_t i = 0; i < 1024 * 1024; i++)
                fputc('<', out);
        fputs("\"]}}", out);
        fclose(out);
        assert_int_equal(translate(text, &origin, &image, &e), -EMSGSIZE);
}

static void passes_on_what_the_app_section_refuses(void **state) {
        const OciOrigin origin = { .repository = "x" };
        _cleanup_(freep) char *image = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(
                translate(CONFIG(AMD64, ",\"config\":{\"User\":\"a:\"}"), &origin, &image, &e),
                -EINVAL);
        assert_string_equal(error_cause(&e), "User: \"a:\" is neither USER nor USER:GROUP");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(makes_an_image_manifest),
                cmocka_unit_test(writes_nothing_of_what_it_does_not_know),
                cmocka_unit_test(names_the_image_after_its_origin),
                cmocka_unit_test(knows_the_platforms),
                cmocka_unit_test(drops_a_date_that_is_none),
                cmocka_unit_test(refuses_what_could_not_be_read_again),
                cmocka_unit_test(passes_on_what_the_app_section_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
