/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"

#include <errno.h>

/* Chunks that split headers, names and data at every odd place. */
static const size_t chunks[] = { SIZE_MAX, 512, 513, 511, 100, 7, 1 };

/* A file's data as it is in the end, holes filled; at most 1 MiB. */
static uint8_t *read_content(RenderTar *tar, const RenderEntry *entry, int *ret) {
        uint8_t *content = calloc(entry->size + 1, 1);
        uint64_t end = 0, total = 0;

        assert_true(entry->size <= 1024 * 1024);
        assert_non_null(content);
        for (;;) {
                const uint8_t *bytes = NULL;
                uint64_t offset = 0;
                size_t n = 0;

                *ret = render_tar_read(tar, &bytes, &n, &offset, NULL);
                if (*ret <= 0)
                        break;
                assert_true(n > 0);
                assert_true(offset >= end && offset + n <= entry->size);
                memcpy(content + offset, bytes, n);
                end = offset + n;
                total += n;
        }
        if (*ret == 0)
                assert_true(entry->sparse ? total <= entry->stored : total == entry->size);
        return content;
}

/* Reads to the end or the first error, the content too if @with_content; a listing of it all. */
static int
list(const uint8_t *bytes, size_t n, size_t chunk, bool with_content, int end, char **ret) {
        TestSource memory = { .bytes = bytes, .n = n, .chunk = chunk, .end = end };
        RenderSource source = test_source(&memory);
        _cleanup_(render_tar_freep) RenderTar *tar = NULL;
        const RenderEntry *entry = NULL;
        size_t n_text = 0;
        FILE *out = open_memstream(ret, &n_text);
        int r = 0;

        assert_int_equal(render_tar_new(&source, &tar), 0);
        while ((r = render_tar_next(tar, &entry, NULL)) > 0) {
                fprintf(out, "%u %s", entry->type, entry->path);
                if (entry->link[0])
                        fprintf(out, " -> %s", entry->link);
                fprintf(out, " %o %u:%u %" PRIu64 "%s\n", entry->mode, entry->uid, entry->gid,
                        entry->size, entry->sparse ? " sparse" : "");
                if (with_content && entry->type == RENDER_REGULAR && entry->size <= 4096) {
                        uint8_t *content = read_content(tar, entry, &r);

                        fprintf(out, "<%.*s>\n", (int) entry->size, (char *) content);
                        free(content);
                        if (r < 0)
                                break;
                }
        }
        assert_int_equal(fclose(out), 0);
        test_source_done(&memory);
        return r;
}

static int list_members(const TestMember *members, size_t n_max, char **ret) {
        TestTar tar = {};
        int r = 0;

        test_tar_add_all(&tar, members, n_max);
        test_tar_end(&tar);
        r = list(tar.bytes, tar.n, SIZE_MAX, true, 0, ret);
        for (size_t i = 0; i < N_ELEMENTS(chunks); i++) {
                _cleanup_(freep) char *other = NULL, *names = NULL;

                /* However the bytes arrive, and whether they are read or skipped. */
                assert_int_equal(list(tar.bytes, tar.n, chunks[i], true, 0, &other), r);
                assert_string_equal(other, *ret);
                assert_int_equal(list(tar.bytes, tar.n, chunks[i], false, 0, &names), r);
        }
        test_tar_done(&tar);
        return r;
}

#define LONG_60 "xxxxxxxxx/xxxxxxxxx/xxxxxxxxx/xxxxxxxxx/xxxxxxxxx/xxxxxxxxx/"
#define LONG_180 LONG_60 LONG_60 LONG_60

static void reads_what_programs_write(void **state) {
        static const struct {
                TestMember members[4];
                const char *want;
        } cases[] = {
                { {}, "" },
                { { { .name = "a", .data = "text" } }, "0 a 644 0:0 4\n<text>\n" },
                { { { .name = "a", .data = "", .old_type = true, .dialect = TEST_V7 },
                    { .name = "d/", .old_type = true, .dialect = TEST_V7 } },
                  "0 a 644 0:0 0\n<>\n5 d/ 644 0:0 0\n" },
                { { { .name = "c", .type = '7', .data = "x" } }, "0 c 644 0:0 1\n<x>\n" },
                { { { .name = "d", .type = '5' }, { .name = "d/f", .uid = "17", .gid = "20" } },
                  "5 d 755 0:0 0\n0 d/f 644 15:16 0\n<>\n" },
                { { { .name = "l", .type = '2', .link = "/etc/../x" },
                    { .name = "h", .type = '1', .link = "d/f" } },
                  "2 l -> /etc/../x 644 0:0 0\n1 h -> d/f 644 0:0 0\n" },
                { { { .name = "p", .type = '6', .mode = "0000600" } }, "6 p 600 0:0 0\n" },
                { { { .name = "c", .type = '3' }, { .name = "b", .type = '4' } },
                  "3 c 644 0:0 0\n4 b 644 0:0 0\n" },
                { { { .name = "n", .prefix = "some/prefix", .data = "1" } },
                  "0 some/prefix/n 644 0:0 1\n<1>\n" },
                { { { .name = "cut",
                      .long_name = LONG_180 "f",
                      .data = "1",
                      .dialect = TEST_GNU } },
                  "0 " LONG_180 "f 644 0:0 1\n<1>\n" },
                { { { .name = "l", .type = '2', .link = "cut", .long_link = LONG_180 "t" } },
                  "2 l -> " LONG_180 "t 644 0:0 0\n" },
                { { { .name = "l",
                      .type = '1',
                      .link = "cut",
                      .long_name = LONG_180 "n",
                      .long_link = LONG_180 "t" } },
                  "1 " LONG_180 "n -> " LONG_180 "t 644 0:0 0\n" },
                { { { .name = "cut", .pax = { "path=" LONG_180 "f" }, .data = "1" } },
                  "0 " LONG_180 "f 644 0:0 1\n<1>\n" },
                { { { .pax = { "path=p", "uid=3000000000", "gid=5", "mtime=1.5", "size=3" },
                      .data = "abc" } },
                  "0 p 644 3000000000:5 3\n<abc>\n" },
                /* Too large for the field: so the field says nothing. */
                { { { .pax = { "size=3" }, .data = "abc", .size = "00000000000\0" } },
                  "0 f 644 0:0 3\n<abc>\n" },
                { { { .pax = { "size=3" }, .data = "abc", .size = "77777777777\0" } },
                  "0 f 644 0:0 3\n<abc>\n" },
                /* What one member's header says is not the next one's. */
                { { { .name = "a", .pax = { "path=p", "uid=7" } }, { .name = "b" } },
                  "0 p 644 7:0 0\n<>\n0 b 644 0:0 0\n<>\n" },
                { { { .name = "a", .long_name = "long" }, { .name = "b" } },
                  "0 long 644 0:0 0\n<>\n0 b 644 0:0 0\n<>\n" },
                { { { .name = "a", .global = { "comment=c" } } }, "0 a 644 0:0 0\n<>\n" },
                { { { .name = "a", .global = { "comment=c" }, .long_name = "n" } },
                  "0 n 644 0:0 0\n<>\n" },
                { { { .name = "\xff\xfe\x80", .data = "x" } }, "0 \xff\xfe\x80 644 0:0 1\n<x>\n" },
                { { { .name = "../../e", .data = "x" } }, "0 ../../e 644 0:0 1\n<x>\n" },
                /* As GNU tar writes the three formats of sparse files in extended headers. */
                { { { .name = "s",
                      .pax = { "GNU.sparse.size=10", "GNU.sparse.numblocks=2",
                               "GNU.sparse.offset=1", "GNU.sparse.numbytes=2",
                               "GNU.sparse.offset=5", "GNU.sparse.numbytes=3" },
                      .data = "abcde" } },
                  "0 s 644 0:0 10 sparse\n<" },
                { { { .name = "g/GNUSparseFile.1/s",
                      .pax = { "GNU.sparse.name=s", "GNU.sparse.size=10", "GNU.sparse.numblocks=2",
                               "GNU.sparse.map=1,2,5,3" },
                      .data = "abcde" } },
                  "0 s 644 0:0 10 sparse\n<" },
                { { { .name = "s", .pax = { "GNU.sparse.realsize=9" } } },
                  "0 s 644 0:0 9 sparse\n<" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t n = strlen(cases[i].want);

                print_message("# %s\n", cases[i].want);
                assert_int_equal(list_members(cases[i].members, 4, &text), 0);
                if (n > 0 && cases[i].want[n - 1] == '<')
                        text[n] = '\0'; /* NULs follow */
                assert_string_equal(text, cases[i].want);
        }
}

/* C05: where programs differ on what is there, nothing is. */
static void refuses_what_can_be_read_in_two_ways(void **state) {
        static const struct {
                const char *what;
                int want;
                TestMember members[4];
        } cases[] = {
                { "a name in both ways of long names",
                  -EBADMSG,
                  { { .long_name = "a", .pax = { "path=b" } } } },
                { "two long names",
                  -EBADMSG,
                  { { .type = 'L', .data = "a" }, { .long_name = "b" } } },
                { "two long links",
                  -EBADMSG,
                  { { .type = 'K', .data = "a" }, { .type = '2', .long_link = "b" } } },
                { "two extended headers",
                  -EBADMSG,
                  { { .type = 'x', .data = "9 path=a\n" }, { .pax = { "uid=1" } } } },
                { "a global header between a header and its member",
                  -EBADMSG,
                  { { .type = 'x', .data = "9 path=a\n" }, { .global = { "comment=c" } } } },
                { "two sizes", -EBADMSG, { { .pax = { "size=3" }, .data = "ab" } } },
                { "size 0 against a size", -EBADMSG, { { .pax = { "size=0" }, .data = "ab" } } },
                { "a directory with data", -EBADMSG, { { .type = '5', .data = "x" } } },
                { "a directory with data, so the extended header",
                  -EBADMSG,
                  { { .type = '5', .pax = { "size=512" } } } },
                { "a symlink with data", -EBADMSG, { { .type = '2', .link = "a", .data = "x" } } },
                { "a hard link with data",
                  -EBADMSG,
                  { { .type = '1', .link = "a", .data = "x" } } },
                { "a device with data", -EBADMSG, { { .type = '3', .data = "x" } } },
                { "a fifo with data", -EBADMSG, { { .type = '6', .data = "x" } } },
                { "a file like a directory", -EBADMSG, { { .name = "a/" } } },
                { "a file like a directory, in an extended header",
                  -EBADMSG,
                  { { .pax = { "path=a/" } } } },
                { "a file like a directory, long", -EBADMSG, { { .long_name = "a/" } } },
                { "no name", -EBADMSG, { { .name = "" } } },
                { "a symlink to nothing", -EBADMSG, { { .type = '2' } } },
                { "a hard link to nothing", -EBADMSG, { { .type = '1' } } },
                { "a size for all files", -EBADMSG, { { .global = { "size=1" } } } },
                { "a sparse directory",
                  -EBADMSG,
                  { { .type = '5', .pax = { "GNU.sparse.realsize=9" } } } },
                { "a name of a sparse file alone",
                  -EBADMSG,
                  { { .pax = { "GNU.sparse.name=a" } } } },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].what);
                assert_int_equal(list_members(cases[i].members, 4, &text), cases[i].want);
        }
}

static void refuses_unknown_kinds_of_members(void **state) {
        (void) state;
        for (int type = 1; type < 256; type++) {
                _cleanup_(freep) char *text = NULL;
                const TestMember m = { .type = (char) type, .name = "f", .link = "l" };

                if (strchr("01234567xgLKS", type))
                        continue;
                assert_int_equal(list_members(&m, 1, &text), -EOPNOTSUPP);
        }
}

static void refuses_owners_that_are_none(void **state) {
        static const struct {
                const char *id;
                int want;
        } cases[] = {
                { "4294967294", 0 },
                { "4294967295", -ERANGE },
                { "4294967296", -ERANGE },
                { "9223372036854775807", -ERANGE },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                for (unsigned group = 0; group < 2; group++) {
                        _cleanup_(freep) char *text = NULL, *record = NULL;
                        TestMember m = { .name = "f" };

                        assert_true(asprintf(&record, "%s=%s", group ? "gid" : "uid", cases[i].id) >
                                    0);
                        m.pax[0] = record;
                        assert_int_equal(list_members(&m, 1, &text), cases[i].want);
                }
        {
                _cleanup_(freep) char *text = NULL;
                const TestMember m = { .uid = "\x80\0\0\0\xff\xff\xff\xff" };
                TestTar tar = {};
                uint8_t block[RENDER_BLOCK];

                test_block_make(&m, block);
                memcpy(block + 108, "\x80\0\0\0\xff\xff\xff\xff", 8);
                test_block_seal(block);
                test_tar_put(&tar, block, sizeof(block));
                test_tar_end(&tar);
                assert_int_equal(list(tar.bytes, tar.n, SIZE_MAX, true, 0, &text), -ERANGE);
                test_tar_done(&tar);
        }
}

static void bounds_names_and_headers(void **state) {
        static const struct {
                char type;
                size_t n;
                int want;
        } cases[] = {
                { 'L', 1, 0 },
                { 'L', RENDER_RAW_NAME_MAX, 0 },
                { 'L', RENDER_RAW_NAME_MAX + 1, -ENAMETOOLONG },
                { 'K', RENDER_RAW_NAME_MAX + 1, -ENAMETOOLONG },
                { 'x', RENDER_PAX_MAX + 1, -E2BIG },
                { 'g', RENDER_PAX_MAX + 1, -E2BIG },
                { 'L', 0, -EBADMSG },
                { 'K', 0, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL, *name = malloc(cases[i].n + 1);
                TestTar tar = {};

                print_message("# %c %zu\n", cases[i].type, cases[i].n);
                memset(name, 'n', cases[i].n);
                name[cases[i].n] = '\0';
                test_tar_raw(&tar,
                             &(TestMember){ .type = cases[i].type, .data = name, .n = cases[i].n });
                test_tar_raw(&tar, &(TestMember){});
                test_tar_end(&tar);
                assert_int_equal(list(tar.bytes, tar.n, SIZE_MAX, false, 0, &text), cases[i].want);
                test_tar_done(&tar);
        }
        {
                TestMember m = { .name = "f" };
                _cleanup_(freep) char *record = malloc(RENDER_RAW_NAME_MAX + 7), *text = NULL;

                memset(record, 'n', RENDER_RAW_NAME_MAX + 6);
                memcpy(record, "path=", 5);
                record[RENDER_RAW_NAME_MAX + 6] = '\0';
                m.pax[0] = record;
                assert_int_equal(list_members(&m, 1, &text), -ENAMETOOLONG);
        }
        {
                _cleanup_(freep) char *text = NULL;
                const TestMember m[] = { { .type = 'L', .data = "a\0b", .n = 3 }, {} };

                assert_int_equal(list_members(m, 2, &text), -EBADMSG);
        }
}

/* Cut after any byte in front of the end's two blocks, it is refused: the listing never claims to be
 * whole. The end itself may be missing, and the padding of the last file: some programs leave them
 * out. */
static void notices_any_cut(void **state) {
        TestTar tar = {};
        const TestMember members[] = {
                { .name = "a", .pax = { "path=p", "mtime=1.25" }, .data = "some data" },
                { .long_name = LONG_180, .type = '5' },
                { .name = "s",
                  .pax = { "GNU.sparse.map=1,2,5,3", "GNU.sparse.size=10" },
                  .data = "abcde" },
        };
        size_t ends[4] = { 0 };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(members); i++) {
                test_tar_add(&tar, &members[i]);
                ends[i + 1] = tar.n;
        }
        test_tar_end(&tar);
        for (size_t n = 0; n <= tar.n; n++) {
                _cleanup_(freep) char *text = NULL;
                bool whole = n == tar.n || n == tar.n - RENDER_BLOCK;

                for (size_t i = 0; i < N_ELEMENTS(ends); i++)
                        whole = whole || n == ends[i];
                whole = whole || (n < ends[1] && n >= ends[1] - RENDER_BLOCK + strlen("some data"));
                whole = whole || (n < ends[3] && n >= ends[3] - RENDER_BLOCK + strlen("abcde"));
                assert_int_equal(list(tar.bytes, n, SIZE_MAX, n & 1, 0, &text),
                                 whole ? 0 : -EBADMSG);
        }
        test_tar_done(&tar);
}

static void hands_on_errors_of_the_source(void **state) {
        TestTar tar = {};

        (void) state;
        test_tar_add(&tar, &(TestMember){ .name = "a", .pax = { "uid=1" }, .data = "data" });
        for (size_t n = 0; n < tar.n; n++) {
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(list(tar.bytes, n, 200, true, -EIO, &text), -EIO);
        }
        test_tar_done(&tar);
}

static void refuses_headers_without_their_member(void **state) {
        static const TestMember members[] = {
                { .type = 'x', .data = "9 path=a\n" },
                { .type = 'L', .data = "a" },
                { .type = 'K', .data = "a" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(members); i++) {
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(list_members(&members[i], 1, &text), -EBADMSG);
        }
}

static void ends_at_two_blocks_of_zeroes_only(void **state) {
        static const uint8_t zeroes[RENDER_BLOCK];
        _cleanup_(freep) char *text = NULL, *behind = NULL;
        TestTar tar = {};

        (void) state;
        test_tar_add(&tar, &(TestMember){ .name = "a" });
        test_tar_put(&tar, zeroes, sizeof(zeroes));
        test_tar_add(&tar, &(TestMember){ .name = "b" });
        test_tar_end(&tar);
        assert_int_equal(list(tar.bytes, tar.n, SIZE_MAX, true, 0, &text), -EBADMSG);
        tar.n = 0;

        test_tar_end(&tar);
        test_tar_add(&tar, &(TestMember){ .name = "b" });
        assert_int_equal(list(tar.bytes, tar.n, SIZE_MAX, true, 0, &behind), 0);
        assert_string_equal(behind, "");
        test_tar_done(&tar);
}

static void refuses_what_is_no_archive(void **state) {
        static const char *const texts[] = { "x", "{\"acKind\":\"ImageManifest\"}",
                                             "\x1f\x8b\x08\0\0\0\0\0" };
        uint8_t noise[4096];

        (void) state;
        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] = (uint8_t) (i * 7 + 13);
        for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(list((const uint8_t *) texts[i], strlen(texts[i]), SIZE_MAX, true,
                                      0, &text),
                                 -EBADMSG);
        }
        {
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(list(noise, sizeof(noise), SIZE_MAX, true, 0, &text), -EBADMSG);
        }
}

/* GNU's own format: the list begins in the header and goes on in blocks behind it. */
static void reads_old_sparse_files(void **state) {
        TestTar tar = {};
        uint8_t block[RENDER_BLOCK];
        TestSource memory = { .chunk = 100 };
        RenderSource source;
        RenderTar *reader = NULL;
        const RenderEntry *entry = NULL;
        uint8_t *content = NULL;
        int r = 0;

        (void) state;
        test_block_make(&(TestMember){ .type = 'S', .name = "s", .dialect = TEST_GNU }, block);
        test_block_octal(block, 124, 12, 4 * 10 + 23);
        for (unsigned i = 0; i < 4; i++) {
                test_block_octal(block, 386 + i * 24, 12, i * 1000);
                test_block_octal(block, 386 + i * 24 + 12, 12, 10);
        }
        block[482] = 1;
        test_block_octal(block, 483, 12, 50000);
        test_block_seal(block);
        test_tar_put(&tar, block, sizeof(block));
        memset(block, 0, sizeof(block));
        for (unsigned i = 0; i < 21; i++) {
                test_block_octal(block, i * 24, 12, 5000 + i * 2);
                test_block_octal(block, i * 24 + 12, 12, 1);
        }
        block[504] = 1;
        test_tar_put(&tar, block, sizeof(block));
        memset(block, 0, sizeof(block));
        test_block_octal(block, 0, 12, 40000);
        test_block_octal(block, 12, 12, 2);
        test_block_octal(block, 24, 12, 50000);
        test_block_octal(block, 36, 12, 0); /* GNU tar tells the file's end so */
        test_tar_put(&tar, block, sizeof(block));
        for (unsigned i = 0; i < 63; i++)
                test_tar_put(&tar, "y", 1);
        test_tar_pad(&tar);
        test_tar_add(&tar, &(TestMember){ .name = "next" });
        test_tar_end(&tar);

        memory.bytes = tar.bytes;
        memory.n = tar.n;
        source = test_source(&memory);
        assert_int_equal(render_tar_new(&source, &reader), 0);
        assert_int_equal(render_tar_next(reader, &entry, NULL), 1);
        assert_true(entry->sparse);
        assert_int_equal(entry->size, 50000);
        content = read_content(reader, entry, &r);
        assert_int_equal(r, 0);
        for (unsigned i = 0; i < 50000; i++) {
                bool data = (i < 4000 && i % 1000 < 10) || (i >= 5000 && i < 5042 && i % 2 == 0) ||
                            i == 40000 || i == 40001;

                assert_int_equal(content[i], data ? 'y' : 0);
        }
        free(content);
        assert_int_equal(render_tar_next(reader, &entry, NULL), 1);
        assert_string_equal(entry->path, "next");
        assert_int_equal(render_tar_next(reader, &entry, NULL), 0);
        render_tar_free(reader);
        test_source_done(&memory);
        test_tar_done(&tar);
}

/* Format 1.0, whose map is the first of the data. */
static int list_mapped(const char *map, size_t n_map_field, size_t n_data, const char *real_size) {
        _cleanup_(freep) char *data = calloc(n_map_field + n_data + 1, 1), *text = NULL;
        TestMember m = { .name = "s",
                         .pax = { "GNU.sparse.major=1", "GNU.sparse.minor=0",
                                  "GNU.sparse.name=real", real_size },
                         .data = data,
                         .n = n_map_field + n_data };

        memcpy(data, map, strlen(map));
        memset(data + n_map_field, 'y', n_data);
        return list_members(&m, 1, &text);
}

static void checks_maps_of_sparse_files(void **state) {
        static const struct {
                const char *map, *real_size;
                size_t n_field, n_data;
                int want;
        } cases[] = {
                { "1\n0\n5\n", "GNU.sparse.realsize=5", 512, 5, 0 },
                { "2\n1\n2\n100\n3\n", "GNU.sparse.realsize=200", 512, 5, 0 },
                { "2\n1\n5\n200\n0\n", "GNU.sparse.realsize=200", 512, 5, 0 },
                { "0\n", "GNU.sparse.realsize=200", 512, 0, 0 },
                { "0\n", "GNU.sparse.realsize=0", 512, 0, 0 },
                /* fewer or more data than the map tells */
                { "1\n0\n5\n", "GNU.sparse.realsize=5", 512, 4, -EBADMSG },
                { "1\n0\n5\n", "GNU.sparse.realsize=5", 512, 6, -EBADMSG },
                { "0\n", "GNU.sparse.realsize=9", 512, 1, -EBADMSG },
                /* beyond the file's end, overlapping, backwards, beyond all numbers */
                { "1\n0\n5\n", "GNU.sparse.realsize=4", 512, 5, -EBADMSG },
                { "1\n5\n1\n", "GNU.sparse.realsize=5", 512, 1, -EBADMSG },
                { "2\n0\n5\n4\n1\n", "GNU.sparse.realsize=9", 512, 6, -EBADMSG },
                { "2\n5\n1\n0\n1\n", "GNU.sparse.realsize=9", 512, 2, -EBADMSG },
                { "1\n9223372036854775807\n9223372036854775807\n",
                  "GNU.sparse.realsize=9223372036854775807", 512, 5, -EBADMSG },
                { "2\n0\n9223372036854775807\n0\n9223372036854775807\n",
                  "GNU.sparse.realsize=9223372036854775807", 512, 5, -EBADMSG },
                /* no map at all, or a cut one */
                { "", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "", "GNU.sparse.realsize=5", 0, 0, -EBADMSG },
                { "2\n0\n5\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "1\n0\n5", "GNU.sparse.realsize=5", 5, 0, -EBADMSG },
                { "1\n0\n5\n", "GNU.sparse.realsize=5", 100, 0, -EBADMSG },
                { "-1\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "x\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "1\r\n0\r\n5\r\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "99999999999999999999\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "000000000000000000001\n0\n5\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
                { "9223372036854775807\n", "GNU.sparse.realsize=5", 512, 5, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %zu %s\n", i, cases[i].map);
                assert_int_equal(list_mapped(cases[i].map, cases[i].n_field, cases[i].n_data,
                                             cases[i].real_size),
                                 cases[i].want);
        }
}

static void refuses_maps_that_never_end(void **state) {
        _cleanup_(freep) char *text = NULL;
        TestTar data = {}, tar = {};

        (void) state;
        test_tar_put(&data, "300000\n", 7);
        for (unsigned i = 0; i < 300000; i++)
                test_tar_put(&data, "0\n0\n", 4);
        test_tar_add(&tar, &(TestMember){ .pax = { "GNU.sparse.major=1", "GNU.sparse.realsize=5" },
                                          .data = (const char *) data.bytes,
                                          .n = data.n });
        test_tar_end(&tar);
        assert_int_equal(list(tar.bytes, tar.n, 64, true, 0, &text), -E2BIG);
        test_tar_done(&tar);
        test_tar_done(&data);
}

/* C11: sizes that do not fit into anything are told, and nothing is made ready for them. */
static void survives_giant_sizes(void **state) {
        static const struct {
                TestMember member;
                int want;
        } cases[] = {
                { { .size = "77777777777\0" }, -EBADMSG },
                { { .pax = { "size=9223372036854775807" }, .size = "00000000000\0" }, -EBADMSG },
                { { .pax = { "GNU.sparse.realsize=9223372036854775807" } }, 0 },
                { { .pax = { "GNU.sparse.realsize=9223372036854775808" } }, -ERANGE },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(list_members(&cases[i].member, 1, &text), cases[i].want);
        }
}

static void tells_attributes_and_times(void **state) {
        TestTar tar = {}, text = {};
        TestSource memory = {};
        RenderSource source;
        RenderTar *reader = NULL;
        const RenderEntry *entry = NULL;

        (void) state;
        test_pax_put(&text, "SCHILY.xattr.user.a", "\0\1", 2);
        test_pax_put(&text, "LIBARCHIVE.xattr.user.a", "x", 1);
        test_pax_put_text(&text, "mtime=-1.25");
        test_tar_raw(&tar,
                     &(TestMember){ .type = 'x', .data = (const char *) text.bytes, .n = text.n });
        test_tar_raw(&tar, &(TestMember){ .name = "a", .mode = "0107777" });
        test_tar_raw(&tar, &(TestMember){ .name = "b" });
        memory.bytes = tar.bytes;
        memory.n = tar.n;
        source = test_source(&memory);
        assert_int_equal(render_tar_new(&source, &reader), 0);
        assert_int_equal(render_tar_next(reader, &entry, NULL), 1);
        assert_int_equal(entry->n_xattrs, 1);
        assert_int_equal(entry->xattrs[0].value.n, 2);
        assert_memory_equal(entry->xattrs[0].value.at, "\0\1", 2);
        assert_int_equal(entry->n_ignored_xattrs, 1);
        assert_int_equal(entry->mtime, -2);
        assert_int_equal(entry->mtime_nsec, 750000000);
        assert_int_equal(entry->mode, 07777);
        assert_int_equal(render_tar_next(reader, &entry, NULL), 1);
        assert_int_equal(entry->n_xattrs, 0);
        assert_int_equal(entry->mtime, 1000);
        assert_int_equal(entry->mtime_nsec, 0);
        assert_int_equal(render_tar_next(reader, &entry, NULL), 0);
        render_tar_free(reader);
        test_source_done(&memory);
        test_tar_done(&text);
        test_tar_done(&tar);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_programs_write),
                cmocka_unit_test(refuses_what_can_be_read_in_two_ways),
                cmocka_unit_test(refuses_unknown_kinds_of_members),
                cmocka_unit_test(refuses_owners_that_are_none),
                cmocka_unit_test(bounds_names_and_headers),
                cmocka_unit_test(notices_any_cut),
                cmocka_unit_test(hands_on_errors_of_the_source),
                cmocka_unit_test(refuses_headers_without_their_member),
                cmocka_unit_test(ends_at_two_blocks_of_zeroes_only),
                cmocka_unit_test(refuses_what_is_no_archive),
                cmocka_unit_test(reads_old_sparse_files),
                cmocka_unit_test(checks_maps_of_sparse_files),
                cmocka_unit_test(refuses_maps_that_never_end),
                cmocka_unit_test(survives_giant_sizes),
                cmocka_unit_test(tells_attributes_and_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
