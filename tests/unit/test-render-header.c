/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"

#include <errno.h>

/* Sets @n bytes of a good block, makes the checksum right again, and parses. */
static int
parse_patched(const TestMember *m, size_t at, const char *bytes, size_t n, RenderHeader *ret) {
        uint8_t block[RENDER_BLOCK];

        test_block_make(m, block);
        memcpy(block + at, bytes, n);
        test_block_seal(block);
        return render_header_parse(block, ret, NULL);
}

#define NAME_AT 0
#define MODE_AT 100
#define UID_AT 108
#define SIZE_AT 124
#define MTIME_AT 136
#define TYPE_AT 156
#define MAGIC_AT 257
#define MAJOR_AT 329

static void reads_the_fields_of_each_dialect(void **state) {
        static const TestDialect dialects[] = { TEST_USTAR, TEST_V7, TEST_GNU, TEST_STAR };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(dialects); i++) {
                const TestMember m = { .type = '2',
                                       .name = "a/name",
                                       .link = "a/link",
                                       .dialect = dialects[i],
                                       .prefix = "pre",
                                       .mode = "0104755",
                                       .uid = "0001750",
                                       .gid = "0001751",
                                       .mtime = "14000000000",
                                       .major = "0000007",
                                       .minor = "0000010" };
                bool prefixed = dialects[i] == TEST_USTAR || dialects[i] == TEST_STAR;
                RenderHeader h;

                assert_int_equal(parse_patched(&m, 0, "", 0, &h), 0);
                assert_int_equal(h.type, '2');
                assert_string_equal(h.path, prefixed ? "pre/a/name" : "a/name");
                assert_string_equal(h.link, "a/link");
                assert_int_equal(h.mode, 04755);
                assert_int_equal(h.uid, 1000);
                assert_int_equal(h.gid, 1001);
                assert_int_equal(h.size, 0);
                assert_int_equal(h.mtime, 1610612736);
                assert_int_equal(h.major, 0); /* no device */
        }
}

static void reads_names_that_fill_their_fields(void **state) {
        char name[101], prefix[156];
        TestMember m = { .name = name, .prefix = prefix, .type = '1', .link = name };
        RenderHeader h;

        (void) state;
        memset(name, 'n', 100);
        memset(prefix, 'p', 155);
        name[100] = prefix[155] = '\0';
        assert_int_equal(parse_patched(&m, 0, "", 0, &h), 0);
        assert_int_equal(strlen(h.path), 256);
        assert_int_equal(h.path[155], '/');
        assert_int_equal(strlen(h.link), 100);

        /* star has times behind 131 bytes. */
        m.dialect = TEST_STAR;
        assert_int_equal(parse_patched(&m, 0, "", 0, &h), 0);
        assert_int_equal(strlen(h.path), 131 + 1 + 100);
}

static void reads_devices(void **state) {
        const TestMember m = { .type = '4', .major = "0000010", .minor = "0000003" };
        RenderHeader h;

        (void) state;
        assert_int_equal(parse_patched(&m, 0, "", 0, &h), 0);
        assert_int_equal(h.major, 8);
        assert_int_equal(h.minor, 3);
        assert_int_equal(parse_patched(&m, MAJOR_AT, "x", 1, &h), -EBADMSG);
        assert_int_equal(parse_patched(&m, MAJOR_AT, "\x80\0\0\1\0\0\0\0", 8, &h), -ERANGE);
        /* All else may have anything there: some programs leave blanks. */
        assert_int_equal(parse_patched(&(TestMember){}, MAJOR_AT, "garbage!", 8, &h), 0);
}

static void tells_old_directories_from_files(void **state) {
        RenderHeader h;

        (void) state;
        assert_int_equal(
                parse_patched(&(TestMember){ .name = "d/", .old_type = true }, 0, "", 0, &h), 0);
        assert_int_equal(h.type, '5');
        assert_int_equal(
                parse_patched(&(TestMember){ .name = "f", .old_type = true }, 0, "", 0, &h), 0);
        assert_int_equal(h.type, '0');
}

/* C05 */
static void reads_numbers_as_others_do(void **state) {
        static const struct {
                const char *field;
                uint64_t want;
        } cases[] = {
                { "00000000017\0", 15 },
                { "00000000017 ", 15 },
                { "         17 ", 15 },
                { "17\0garbage..", 15 },
                { "777777777777", 0777777777777 }, /* no terminator */
                { "           \0", 0 },
                { "\0\0\0\0\0\0\0\0\0\0\0\0", 0 },
                { "\x80\0\0\0\0\0\0\0\0\0\0\x2a", 42 },
                { "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", INT64_MAX },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderHeader h;

                print_message("# %zu\n", i);
                assert_int_equal(parse_patched(&(TestMember){}, SIZE_AT, cases[i].field, 12, &h),
                                 0);
                assert_int_equal(h.size, cases[i].want);
        }
}

static void refuses_numbers_that_others_read_differently(void **state) {
        static const struct {
                size_t at;
                const char *field;
                size_t n;
                int want;
        } cases[] = {
                { SIZE_AT, "0000000001 7", 12, -EBADMSG },
                { SIZE_AT, "00000000018\0", 12, -EBADMSG },
                { SIZE_AT, "0x000000017\0", 12, -EBADMSG },
                { SIZE_AT, "-0000000001\0", 12, -EBADMSG },
                { SIZE_AT, "+0000000001\0", 12, -EBADMSG },
                { SIZE_AT, "\t0000000001\0", 12, -EBADMSG },
                { SIZE_AT, "AAAAAAAAAAA\0", 12, -EBADMSG }, /* base 64, of old GNU tar */
                { SIZE_AT, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, -ERANGE },
                { SIZE_AT, "\xc0\0\0\0\0\0\0\0\0\0\0\0", 12, -ERANGE },
                { SIZE_AT, "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, -ERANGE }, /* 2^63 */
                { SIZE_AT, "\x80\1\0\0\0\0\0\0\0\0\0\1", 12, -ERANGE },   /* 2^80 + 1 */
                { SIZE_AT, "\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, -ERANGE },
                { UID_AT, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, -ERANGE },
                { UID_AT, "0000008\0", 8, -EBADMSG },
                { MODE_AT, "\x80\0\0\1\0\0\0\0", 8, -ERANGE },
                { MODE_AT, "rwxr-xr", 8, -EBADMSG },
                { MTIME_AT, "\x80\1\0\0\0\0\0\0\0\0\0\0", 12, -ERANGE },
                { MTIME_AT, "1.000000000\0", 12, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderHeader h;

                print_message("# %zu\n", i);
                assert_int_equal(
                        parse_patched(&(TestMember){}, cases[i].at, cases[i].field, cases[i].n, &h),
                        cases[i].want);
        }
}

static void reads_times_before_the_epoch(void **state) {
        RenderHeader h;

        (void) state;
        assert_int_equal(parse_patched(&(TestMember){}, MTIME_AT,
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, &h),
                         0);
        assert_int_equal(h.mtime, -1);
        assert_int_equal(parse_patched(&(TestMember){}, MTIME_AT,
                                       "\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", 12, &h),
                         0);
        assert_true(h.mtime == INT64_MIN);
}

static void refuses_unknown_dialects(void **state) {
        static const char *const magics[] = { "ustar\0\0\0", "ustar\0 1", "ustar 00", "ustar\0000 ",
                                              "ustarxxx" };
        RenderHeader h;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(magics); i++)
                assert_int_equal(parse_patched(&(TestMember){}, MAGIC_AT, magics[i], 8, &h),
                                 -EBADMSG);
}

/* Whatever byte is changed, the checksum tells. */
static void refuses_any_damaged_block(void **state) {
        uint8_t block[RENDER_BLOCK];
        RenderHeader h;

        (void) state;
        test_block_make(&(TestMember){}, block);
        assert_int_equal(render_header_parse(block, &h, NULL), 0);
        for (size_t i = 0; i < RENDER_BLOCK; i++) {
                block[i] ^= 1;
                if (i != 154 && i != 155) /* behind the sum's NUL nothing counts */
                        assert_int_equal(render_header_parse(block, &h, NULL), -EBADMSG);
                block[i] ^= 1;
        }
        memset(block + 148, 'x', 8);
        assert_int_equal(render_header_parse(block, &h, NULL), -EBADMSG);
}

static void knows_a_block_of_zeroes(void **state) {
        uint8_t block[RENDER_BLOCK] = {};

        (void) state;
        assert_true(render_block_is_zero(block));
        for (size_t i = 0; i < RENDER_BLOCK; i++) {
                block[i] = 1;
                assert_false(render_block_is_zero(block));
                block[i] = 0;
        }
}

static void put_extent(uint8_t *block, size_t at, uint64_t offset, uint64_t n) {
        test_block_octal(block, at, 12, offset);
        test_block_octal(block, at + 12, 12, n);
}

static void reads_sparse_lists(void **state) {
        uint8_t block[RENDER_BLOCK];
        RenderExtent extents[RENDER_SPARSE_BLOCK_MAX];
        RenderHeader h;
        bool more = false;

        (void) state;
        test_block_make(&(TestMember){ .type = 'S', .dialect = TEST_GNU }, block);
        put_extent(block, 386, 0, 512);
        put_extent(block, 410, 4096, 10);
        block[482] = 1;
        test_block_octal(block, 483, 12, 8192);
        test_block_seal(block);
        assert_int_equal(render_header_parse(block, &h, NULL), 0);
        assert_int_equal(h.n_extents, 2);
        assert_int_equal(h.extents[1].offset, 4096);
        assert_int_equal(h.extents[1].n, 10);
        assert_int_equal(h.real_size, 8192);
        assert_true(h.more_extents);

        memset(block, 0, sizeof(block));
        for (size_t i = 0; i < RENDER_SPARSE_BLOCK_MAX; i++)
                put_extent(block, i * 24, i * 1000, i);
        assert_int_equal(render_sparse_block_parse(block, extents, &more, NULL),
                         RENDER_SPARSE_BLOCK_MAX);
        assert_int_equal(extents[20].offset, 20000);
        assert_int_equal(extents[20].n, 20);
        assert_false(more);
        block[504] = 1;
        memset(block + 24 + 12, 0, 12); /* the second slot is not used */
        assert_int_equal(render_sparse_block_parse(block, extents, &more, NULL), 1);
        assert_true(more);
        block[0] = '9';
        assert_int_equal(render_sparse_block_parse(block, extents, &more, NULL), -EBADMSG);
        block[0] = 0xff;
        assert_int_equal(render_sparse_block_parse(block, extents, &more, NULL), -ERANGE);
}

static void refuses_bad_sparse_headers(void **state) {
        const TestMember gnu = { .type = 'S', .dialect = TEST_GNU };
        RenderHeader h;

        (void) state;
        assert_int_equal(parse_patched(&(TestMember){ .type = 'S' }, 0, "", 0, &h), -EBADMSG);
        assert_int_equal(
                parse_patched(&(TestMember){ .type = 'S', .dialect = TEST_V7 }, 0, "", 0, &h),
                -EBADMSG);
        assert_int_equal(parse_patched(&gnu, 483, "x", 1, &h), -EBADMSG);
        assert_int_equal(parse_patched(&gnu, 483,
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, &h),
                         -ERANGE);
        assert_int_equal(parse_patched(&gnu, 386, "12345678901\0z", 13, &h), -EBADMSG);
        assert_int_equal(parse_patched(&gnu, 386 + 12,
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, &h),
                         -ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_the_fields_of_each_dialect),
                cmocka_unit_test(reads_names_that_fill_their_fields),
                cmocka_unit_test(reads_devices),
                cmocka_unit_test(tells_old_directories_from_files),
                cmocka_unit_test(reads_numbers_as_others_do),
                cmocka_unit_test(refuses_numbers_that_others_read_differently),
                cmocka_unit_test(reads_times_before_the_epoch),
                cmocka_unit_test(refuses_unknown_dialects),
                cmocka_unit_test(refuses_any_damaged_block),
                cmocka_unit_test(knows_a_block_of_zeroes),
                cmocka_unit_test(reads_sparse_lists),
                cmocka_unit_test(refuses_bad_sparse_headers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
