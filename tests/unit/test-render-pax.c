/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"

#include <errno.h>

#include "render-pax.h"

static int parse(const char *text, size_t n, RenderPax *pax) {
        /* Exactly as long as the text, so that the sanitizers see a look behind its end. */
        char *copy = malloc(n ? n : 1);
        int r = 0;

        assert_non_null(copy);
        memcpy(copy, text, n);
        r = render_pax_parse(copy, n, pax, NULL);
        free(copy);
        return r;
}

static int parse_records(const char *const *records, RenderPax *pax) {
        TestTar text = {};
        int r = 0;

        for (; *records; records++)
                test_pax_put_text(&text, *records);
        r = parse(text.n ? (const char *) text.bytes : "", text.n, pax);
        test_tar_done(&text);
        return r;
}

static void reads_what_matters(void **state) {
        static const char text[] = "11 path=ab\n"
                                   "14 linkpath=b\n"
                                   "12 comment=\n"
                                   "11 size=10\n"
                                   "21 atime=1.000000000\n";
        RenderPax pax = {};

        (void) state;
        assert_int_equal(render_pax_parse(text, strlen(text), &pax, NULL), 0);
        assert_int_equal(pax.path.n, 2);
        assert_memory_equal(pax.path.at, "ab", 2);
        assert_int_equal(pax.linkpath.n, 1);
        assert_true(pax.has_size && !pax.has_uid && !pax.has_gid && !pax.has_mtime);
        assert_int_equal(pax.size, 10);
        render_pax_done(&pax);
}

static void reads_numbers_and_times(void **state) {
        static const struct {
                const char *text;
                int64_t seconds;
                uint32_t nanoseconds;
        } cases[] = {
                { "mtime=0", 0, 0 },
                { "mtime=1.5", 1, 500000000 },
                { "mtime=1.", 1, 0 },
                { "mtime=1.000000001", 1, 1 },
                { "mtime=1.9999999999999999", 1, 999999999 },
                { "mtime=-1", -1, 0 },
                { "mtime=-1.25", -2, 750000000 },
                { "mtime=-0.5", -1, 500000000 },
                { "mtime=9223372036854775807", INT64_MAX, 0 },
                { "mtime=-9223372036854775807.5", INT64_MIN, 500000000 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const char *const records[] = { cases[i].text, "uid=4294967294",
                                                "gid=9223372036854775807", "size=07", NULL };
                RenderPax pax = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(parse_records(records, &pax), 0);
                assert_true(pax.has_mtime && pax.has_uid && pax.has_gid && pax.has_size);
                assert_true(pax.mtime == cases[i].seconds);
                assert_int_equal(pax.mtime_nsec, cases[i].nanoseconds);
                assert_int_equal(pax.uid, UINT32_MAX - 1);
                assert_true(pax.gid == INT64_MAX);
                assert_int_equal(pax.size, 7);
                render_pax_done(&pax);
        }
}

/* C05: what is not written to the letter is refused. */
static void refuses_malformed_records(void **state) {
        static const struct {
                const char *text;
                size_t n;
        } cases[] = {
                { "x", 1 },
                { "\n", 1 },
                { "9", 1 },
                { "9 ", 2 },
                { " 9 path=a\n", 10 },
                { "09 path=a", 9 },
                { "+9 path=a\n", 10 },
                { "-9 path=a\n", 10 },
                { "0x9 path=a\n", 11 },
                { "8 path=a\n", 9 },
                { "11 path=a\n", 10 },
                { "9 path=a ", 9 },
                { "9 path=a\n9", 10 },
                { "9 path=a\n\n", 10 },
                { "4 =\n", 4 },
                { "6 =ab\n", 6 },
                { "7 path\n", 7 },
                { "3 \n", 3 },
                { "2 \n", 3 },
                { "0 a=\n", 5 },
                { "1 a=\n", 5 },
                { "9\tpath=a\n", 9 },
                { "18446744073709551616 path=a\n", 28 },
                { "18446744073709551615 path=a\n", 28 },
                { "9223372036854775807 path=a\n", 27 },
                { "00000000000000000000000009 path=a\n", 34 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPax pax = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(parse(cases[i].text, cases[i].n, &pax), -EBADMSG);
                assert_int_equal(render_pax_check_global(cases[i].text, cases[i].n, NULL),
                                 -EBADMSG);
                render_pax_done(&pax);
        }
}

static void refuses_bad_values(void **state) {
        static const struct {
                const char *records[6];
                int want;
        } cases[] = {
                { { "path=" }, -EBADMSG },
                { { "linkpath=" }, -EBADMSG },
                { { "size=" }, -EBADMSG },
                { { "size=-1" }, -EBADMSG },
                { { "size=+1" }, -EBADMSG },
                { { "size= 1" }, -EBADMSG },
                { { "size=1 " }, -EBADMSG },
                { { "size=1.0" }, -EBADMSG },
                { { "size=0x10" }, -EBADMSG },
                { { "size=1e3" }, -EBADMSG },
                { { "size=9223372036854775808" }, -ERANGE },
                { { "size=18446744073709551617" }, -ERANGE },
                { { "uid=root" }, -EBADMSG },
                { { "uid=-1" }, -EBADMSG },
                { { "gid=99999999999999999999" }, -ERANGE },
                { { "mtime=" }, -EBADMSG },
                { { "mtime=-" }, -EBADMSG },
                { { "mtime=." }, -EBADMSG },
                { { "mtime=.5" }, -EBADMSG },
                { { "mtime=--1" }, -EBADMSG },
                { { "mtime=1.-5" }, -EBADMSG },
                { { "mtime=1.5x" }, -EBADMSG },
                { { "mtime=1.0000000000x" }, -EBADMSG },
                { { "mtime=1e9" }, -EBADMSG },
                { { "mtime=9223372036854775808" }, -ERANGE },
                { { "path=a", "path=a" }, -EBADMSG },
                { { "path=a", "size=1", "path=b" }, -EBADMSG },
                { { "linkpath=a", "linkpath=b" }, -EBADMSG },
                { { "size=1", "size=1" }, -EBADMSG },
                { { "uid=1", "uid=1" }, -EBADMSG },
                { { "gid=1", "gid=2" }, -EBADMSG },
                { { "mtime=1", "mtime=1" }, -EBADMSG },
                { { "SCHILY.xattr.=x" }, 0 }, /* an unknown key, not an attribute without a name */
                { { "SCHILY.xattr.user.a=x", "SCHILY.xattr.user.a=y" }, -EBADMSG },
                { { "SCHILY.realsize=10" }, -EOPNOTSUPP },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPax pax = {};

                print_message("# %s\n", cases[i].records[0]);
                assert_int_equal(parse_records(cases[i].records, &pax), cases[i].want);
                render_pax_done(&pax);
        }
}

static void refuses_NULs_in_names(void **state) {
        static const struct {
                const char *key, *value;
                size_t n;
                int want;
        } cases[] = {
                { "path", "a\0b", 3, -EBADMSG },    { "path", "\0", 1, -EBADMSG },
                { "linkpath", "a\0", 2, -EBADMSG }, { "GNU.sparse.name", "a\0b", 3, -EBADMSG },
                { "size", "1\0", 2, -EBADMSG },     { "SCHILY.xattr.user.a", "a\0b", 3, 0 },
                { "comment", "a\0b", 3, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                TestTar text = {};
                RenderPax pax = {};

                test_pax_put(&text, cases[i].key, cases[i].value, cases[i].n);
                assert_int_equal(parse((const char *) text.bytes, text.n, &pax), cases[i].want);
                render_pax_done(&pax);
                test_tar_done(&text);
        }
}

static void reads_attributes_as_bytes(void **state) {
        TestTar text = {};
        RenderPax pax = {};

        (void) state;
        test_pax_put(&text, "SCHILY.xattr.user.a", "x=\n\0y", 5);
        test_pax_put(&text, "SCHILY.xattr.security.capability", "", 0);
        test_pax_put(&text, "LIBARCHIVE.xattr.user.a", "eA==", 4);
        test_pax_put(&text, "RHT.security.selinux", "label", 5);
        assert_int_equal(render_pax_parse((const char *) text.bytes, text.n, &pax, NULL), 0);
        assert_int_equal(pax.n_xattrs, 2);
        assert_int_equal(pax.xattrs[0].name.n, 6);
        assert_memory_equal(pax.xattrs[0].name.at, "user.a", 6);
        assert_int_equal(pax.xattrs[0].value.n, 5);
        assert_memory_equal(pax.xattrs[0].value.at, "x=\n\0y", 5);
        assert_int_equal(pax.xattrs[1].value.n, 0);
        assert_int_equal(pax.n_ignored_xattrs, 1);
        render_pax_done(&pax);
        test_tar_done(&text);
}

static int parse_many_xattrs(unsigned n, size_t name_n) {
        TestTar text = {};
        RenderPax pax = {};
        int r = 0;

        for (unsigned i = 0; i < n; i++) {
                char key[512];
                int used = snprintf(key, sizeof(key), "SCHILY.xattr.user.%04u", i);

                memset(key + used, 'x', sizeof(key) - (size_t) used);
                key[strlen("SCHILY.xattr.") + (name_n > 9 ? name_n : 9)] = '\0';
                test_pax_put(&text, key, "v", 1);
        }
        r = parse((const char *) text.bytes, text.n, &pax);
        render_pax_done(&pax);
        test_tar_done(&text);
        return r;
}

static void bounds_attributes(void **state) {
        (void) state;
        assert_int_equal(parse_many_xattrs(RENDER_XATTRS_MAX, 9), 0);
        assert_int_equal(parse_many_xattrs(RENDER_XATTRS_MAX + 1, 9), -E2BIG);
        assert_int_equal(parse_many_xattrs(1, 255), 0);
        assert_int_equal(parse_many_xattrs(1, 256), -EBADMSG);
}

static void reads_each_sparse_format(void **state) {
        static const char *const formats[][8] = {
                { "GNU.sparse.size=100", "GNU.sparse.numblocks=2", "GNU.sparse.offset=0",
                  "GNU.sparse.numbytes=5", "GNU.sparse.offset=50", "GNU.sparse.numbytes=7" },
                { "GNU.sparse.size=100", "GNU.sparse.map=0,5,50,7", "GNU.sparse.name=n" },
                { "GNU.sparse.map=0,5,50,7", "GNU.sparse.realsize=100", "path=elsewhere" },
        };
        static const char *const in_data[] = { "GNU.sparse.major=1", "GNU.sparse.minor=0",
                                               "GNU.sparse.name=n", "GNU.sparse.realsize=100",
                                               NULL };
        RenderPax pax = {};

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(formats); i++) {
                assert_int_equal(parse_records(formats[i], &pax), 0);
                assert_true(pax.has_real_size);
                assert_int_equal(pax.real_size, 100);
                assert_int_equal(pax.n_extents, 2);
                assert_int_equal(pax.extents[1].offset, 50);
                assert_int_equal(pax.extents[1].n, 7);
                assert_false(pax.sparse_in_data);
                render_pax_done(&pax);
        }
        assert_int_equal(parse_records(in_data, &pax), 0);
        assert_true(pax.sparse_in_data && pax.has_real_size);
        render_pax_done(&pax);
}

static void refuses_half_a_sparse_file(void **state) {
        static const char *const cases[][6] = {
                { "GNU.sparse.offset=0", "GNU.sparse.numbytes=5" },
                { "GNU.sparse.size=9", "GNU.sparse.offset=0" },
                { "GNU.sparse.size=9", "GNU.sparse.numbytes=5" },
                { "GNU.sparse.size=9", "GNU.sparse.offset=0", "GNU.sparse.offset=1",
                  "GNU.sparse.numbytes=5" },
                { "GNU.sparse.size=9", "GNU.sparse.offset=0", "GNU.sparse.numbytes=5",
                  "GNU.sparse.numbytes=5" },
                { "GNU.sparse.size=9", "GNU.sparse.offset=0", "GNU.sparse.numbytes=5",
                  "GNU.sparse.map=5,1" },
                { "GNU.sparse.size=9", "GNU.sparse.map=0" },
                { "GNU.sparse.size=9", "GNU.sparse.map=0,1,2" },
                { "GNU.sparse.size=9", "GNU.sparse.map=0,,1,2" },
                { "GNU.sparse.size=9", "GNU.sparse.map=0,x" },
                { "GNU.sparse.size=9", "GNU.sparse.map=-1,1" },
                { "GNU.sparse.size=9", "GNU.sparse.realsize=9" },
                { "GNU.sparse.size=x" },
                { "GNU.sparse.major=1", "GNU.sparse.minor=0" },
                { "GNU.sparse.major=2", "GNU.sparse.realsize=9" },
                { "GNU.sparse.major=1", "GNU.sparse.minor=1", "GNU.sparse.realsize=9" },
                { "GNU.sparse.major=1", "GNU.sparse.major=1", "GNU.sparse.realsize=9" },
                { "GNU.sparse.major=1", "GNU.sparse.realsize=9", "GNU.sparse.map=0,1" },
                { "GNU.sparse.name=a", "GNU.sparse.name=a", "GNU.sparse.realsize=0" },
                { "GNU.sparse.name=", "GNU.sparse.realsize=0" },
                /* Some programs take the name without the rest, some do not. */
                { "GNU.sparse.name=a" },
                { "GNU.sparse.name=a", "path=b", "size=3" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPax pax = {};

                print_message("# %zu: %s\n", i, cases[i][0]);
                assert_int_equal(parse_records(cases[i], &pax), -EBADMSG);
                render_pax_done(&pax);
        }
}

static void bounds_the_list_of_extents(void **state) {
        RenderExtent *list = NULL;
        size_t n = 0;

        (void) state;
        for (size_t i = 0; i < RENDER_EXTENTS_MAX; i++)
                assert_int_equal(render_extents_push(&list, &n, (RenderExtent){ i, 1 }), 0);
        assert_int_equal(render_extents_push(&list, &n, (RenderExtent){}), -E2BIG);
        assert_int_equal(n, RENDER_EXTENTS_MAX);
        assert_int_equal(list[RENDER_EXTENTS_MAX - 1].offset, RENDER_EXTENTS_MAX - 1);
        free(list);
}

/* C05: a global header is kept to one file by some programs and to all by others. */
static void takes_only_comments_for_all_files(void **state) {
        static const struct {
                const char *record;
                int want;
        } cases[] = {
                { "comment=0123456789abcdef", 0 },
                { "VENDOR.key=1", 0 },
                { "path=a", -EBADMSG },
                { "linkpath=a", -EBADMSG },
                { "size=0", -EBADMSG },
                { "uid=0", -EBADMSG },
                { "gid=0", -EBADMSG },
                { "mtime=1", -EBADMSG },
                { "GNU.sparse.name=a", -EBADMSG },
                { "GNU.sparse.major=1", -EBADMSG },
                { "SCHILY.xattr.security.capability=x", -EBADMSG },
                { "SCHILY.realsize=1", -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                TestTar text = {};

                print_message("# %s\n", cases[i].record);
                test_pax_put_text(&text, cases[i].record);
                assert_int_equal(render_pax_check_global((const char *) text.bytes, text.n, NULL),
                                 cases[i].want);
                test_tar_done(&text);
        }
        assert_int_equal(render_pax_check_global("", 0, NULL), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_matters),
                cmocka_unit_test(reads_numbers_and_times),
                cmocka_unit_test(refuses_malformed_records),
                cmocka_unit_test(refuses_bad_values),
                cmocka_unit_test(refuses_NULs_in_names),
                cmocka_unit_test(reads_attributes_as_bytes),
                cmocka_unit_test(bounds_attributes),
                cmocka_unit_test(reads_each_sparse_format),
                cmocka_unit_test(refuses_half_a_sparse_file),
                cmocka_unit_test(bounds_the_list_of_extents),
                cmocka_unit_test(takes_only_comments_for_all_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
