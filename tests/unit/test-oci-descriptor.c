/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include <stdio.h>

#include "oci-descriptor.h"
#include "oci-read.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define T "\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\","
#define D "\"digest\":\"sha256:" H64 "\","

static void refuses_what_is_no_descriptor(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "null", -EINVAL },
                { "[]", -EINVAL },
                { "{}", -EINVAL },
                { "{" D "\"size\":1}", -EINVAL },
                { "{" T "\"size\":1}", -EINVAL },
                { "{" T D "\"x\":1}", -EINVAL },
                { "{\"mediaType\":\"\"," D "\"size\":1}", -EINVAL },
                { "{\"mediaType\":null," D "\"size\":1}", -EINVAL },
                { "{\"mediaType\":\"tar\"," D "\"size\":1}", -EINVAL },
                { "{\"mediaType\":\"a/b; c=d\"," D "\"size\":1}", -EINVAL },
                { "{" T D "\"size\":-1}", -ERANGE },
                { "{" T D "\"size\":1.0}", -EINVAL },
                { "{" T D "\"size\":1e3}", -EINVAL },
                { "{" T D "\"size\":\"1\"}", -EINVAL },
                { "{" T D "\"size\":null}", -EINVAL },
                { "{" T D "\"size\":9223372036854775808}", -ERANGE },
                { "{" T "\"digest\":\"sha256:" H64 "0\",\"size\":1}", -EINVAL },
                { "{" T "\"digest\":\"" H64 "\",\"size\":1}", -EINVAL },
                { "{" T "\"digest\":\"blake3:" H64 "\",\"size\":1}", -EOPNOTSUPP },
                { "{" T "\"digest\":{},\"size\":1}", -EINVAL },
                { "{" T D "\"size\":1,\"annotations\":[]}", -EINVAL },
                { "{" T D "\"size\":1,\"annotations\":{\"a\":null}}", -EINVAL },
                { "{" T D "\"size\":1,\"annotations\":{\"a\":{}}}", -EINVAL },
                { "{" T D "\"size\":1,\"urls\":\"http://a\"}", -EINVAL },
                { "{" T D "\"size\":1,\"urls\":[1]}", -EINVAL },
                { "{" T D "\"size\":1,\"platform\":\"linux\"}", -EINVAL },
                { "{" T D "\"size\":1,\"platform\":{\"os\":\"linux\"}}", -EINVAL },
                { "{" T D "\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":1}}",
                  -EINVAL },
                { "{" T D "\"size\":1,\"platform\":{\"os\":\"\",\"architecture\":\"\",\"variant\":"
                  "[]}}",
                  -EINVAL },
                { "{" T D "\"size\":1,\"artifactType\":[]}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciDescriptor descriptor = OCI_DESCRIPTOR_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(read_text(cases[i].text, oci_descriptor_read, &descriptor, &e),
                                 cases[i].want);
                assert_non_null(error_cause(&e));
                assert_null(descriptor.media_type);
        }
}

static void reads_and_writes_the_same(void **state) {
        static const struct {
                const char *in, *out; /* NULL: the same */
        } cases[] = {
                { "{" T D "\"size\":0}", NULL },
                { "{" T D "\"size\":9223372036854775806}", NULL },
                { "{" T D "\"size\":1,\"annotations\":{\"a\":\"b\",\"c\":\"\"}}", NULL },
                { "{" T D "\"size\":1,\"urls\":[\"http://a/\"],\"platform\":{\"architecture\":"
                  "\"arm\",\"os\":\"linux\",\"variant\":\"v7\"},\"artifactType\":\"a/b\"}",
                  NULL },
                { "{\"size\":1,\"more\":{\"deep\":[1]}," D T "\"urls\":null,\"annotations\":null,"
                  "\"artifactType\":null,\"platform\":null}",
                  "{" T D "\"size\":1}" },
                { "{" T D "\"size\":1,\"data\":\"anything\",\"urls\":[],\"platform\":{\"os\":"
                  "\"o\",\"architecture\":\"a\",\"variant\":\"\",\"os.features\":[\"x\"]}}",
                  "{" T D "\"size\":1,\"platform\":{\"architecture\":\"a\",\"os\":\"o\"}}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_descriptor_done) OciDescriptor descriptor = OCI_DESCRIPTOR_NULL;
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].in);
                assert_int_equal(read_text(cases[i].in, oci_descriptor_read, &descriptor, NULL), 0);
                assert_int_equal(descriptor.media->kind, OCI_MEDIA_LAYER);
                text = written(oci_descriptor_write, &descriptor);
                assert_string_equal(text, cases[i].out ? cases[i].out : cases[i].in);
        }
}

/* @n members of @size bytes each, name and value. */
static int read_annotations(size_t n, size_t size) {
        _cleanup_(oci_descriptor_done) OciDescriptor descriptor = OCI_DESCRIPTOR_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n_text = 0;
        FILE *out = open_memstream(&text, &n_text);
        int r = 0;

        fputs("{" T D "\"size\":1,\"annotations\":{", out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s\"%08zu\":\"%0*d\"", i ? "," : "", i, (int) size - 8, 0);
        fputs("}}", out);
        fclose(out);
        r = read_text(text, oci_descriptor_read, &descriptor, NULL);
        assert_int_equal(descriptor.annotations.n, r < 0 ? 0 : n);
        return r;
}

static void bounds_annotations(void **state) {
        (void) state;
        assert_int_equal(read_annotations(APPC_PAIRS_MAX, 16), 0);
        assert_int_equal(read_annotations(APPC_PAIRS_MAX + 1, 16), -ERANGE);
        assert_int_equal(read_annotations(1024, OCI_PAIRS_BYTES_MAX / 1024), 0);
        assert_int_equal(read_annotations(1024, OCI_PAIRS_BYTES_MAX / 1024 + 1), -ERANGE);
}

static void builds_lists(void **state) {
        _cleanup_(oci_descriptors_done) OciDescriptors list = OCI_DESCRIPTORS_NULL;
        OciDigest digest = OCI_DIGEST_NULL;
        OciDescriptor *added = NULL;
        _cleanup_(freep) char *text = NULL;

        (void) state;
        assert_int_equal(oci_digest_parse("sha256:" H64, &digest, NULL), 0);
        assert_int_equal(oci_descriptors_add(&list, "no type", &digest, 1, NULL), -EINVAL);
        assert_int_equal(list.n, 0);
        assert_int_equal(oci_descriptors_add(&list, "application/vnd.oci.image.layer.v1.tar+gzip",
                                             &digest, 5, &added),
                         0);
        assert_int_equal(appc_pairs_set(&added->annotations, "a", "b"), 0);
        assert_int_equal(oci_descriptors_add(&list, OCI_MEDIA_OCI_CONFIG, &digest, 6, NULL), 0);
        assert_int_equal(list.n, 2);
        assert_int_equal(list.items[1].media->kind, OCI_MEDIA_CONFIG);
        text = written(oci_descriptor_write, &list.items[0]);
        assert_string_equal(text, "{" T D "\"size\":5,\"annotations\":{\"a\":\"b\"}}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_what_is_no_descriptor),
                cmocka_unit_test(reads_and_writes_the_same),
                cmocka_unit_test(bounds_annotations),
                cmocka_unit_test(builds_lists),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
