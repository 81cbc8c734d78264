/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "files.h"
#include "store-seal.h"

typedef struct Document {
        uint8_t *bytes;
        size_t n;
} Document;

static void document_done(Document *document) {
        free(document->bytes);
        *document = (Document){};
}

static Document read_document(int fd) {
        char *bytes = NULL;
        Document document = {};

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_all(fd, 16 * 1024 * 1024, &bytes, &document.n), 0);
        document.bytes = (uint8_t *) bytes;
        return document;
}

static const StoreSealManner keyed = { .version = STORE_SEAL_KEYED, .key = { 7, [31] = 9 } };

static Document
write_in_manner(const StoreSealManner *manner, const StoreSealEntry *entries, size_t n) {
        _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
        StoreSealWriter *writer = NULL;

        assert_int_equal(store_seal_writer_new(fd, manner, &writer), 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(store_seal_write(writer, &entries[i]), 0);
        assert_int_equal(store_seal_finish(writer, 4096), 0);
        store_seal_writer_free(writer);
        return read_document(fd);
}

static Document write_document(const StoreSealEntry *entries, size_t n) {
        return write_in_manner(&keyed, entries, n);
}

/* Reads to the end or the first error, from a copy of exactly that size. */
static int read_through(const uint8_t *bytes, size_t n, size_t *ret_n_entries) {
        uint8_t *copy = malloc(n ? n : 1);
        const StoreSealEntry *entry = NULL;
        StoreSealReader *reader = NULL;
        int r = 0;

        assert_non_null(copy);
        memcpy(copy, bytes, n);
        *ret_n_entries = 0;
        r = store_seal_reader_new(copy, n, &reader, NULL);
        while (r >= 0 && (r = store_seal_next(reader, &entry, NULL)) > 0)
                (*ret_n_entries)++;
        store_seal_reader_free(reader);
        free(copy);
        return r;
}

#define ROOT \
        { .path = "", .target = "", .mode = S_IFDIR | 0755 }

static const StoreSealEntry sample[] = {
        { .path = "",
          .target = "",
          .mode = S_IFDIR | 0755,
          .flags = STORE_SEAL_IMPLICIT,
          .mtime = -1,
          .ctime = 5 },
        { .path = "a",
          .target = "",
          .mode = S_IFREG | 04755,
          .uid = 1000,
          .gid = UINT32_MAX - 1,
          .flags = STORE_SEAL_XATTRS,
          .ino = UINT64_MAX,
          .size = UINT64_C(1) << 60,
          .mtime = INT64_MIN,
          .ctime = INT64_MAX,
          .mtime_nsec = 999999999,
          .ctime_nsec = 1,
          .digest = { 1, 2, 3 },
          .xattrs = { [31] = 7 } },
        { .path = "ab",
          .target = "",
          .mode = S_IFDIR | 01777,
          .flags = STORE_SEAL_OPAQUE | STORE_SEAL_XATTRS,
          .xattrs = { 9 } },
        { .path = "ab/c", .target = "../\xff\n", .mode = S_IFLNK | 0777 },
        { .path = "ab/c.d", .target = "", .mode = S_IFIFO | 0600 },
        { .path = "ab-c", .target = "", .mode = S_IFCHR },
        { .path = "\xff", .target = "", .mode = S_IFREG | 0644, .digest = { 4 } },
};

static void expect_entry(const StoreSealEntry *got, const StoreSealEntry *want) {
        assert_string_equal(got->path, want->path);
        assert_int_equal(got->n_path, strlen(want->path));
        assert_string_equal(got->target, want->target);
        assert_int_equal(got->mode, want->mode);
        assert_int_equal(got->uid, want->uid);
        assert_int_equal(got->gid, want->gid);
        assert_int_equal(got->flags, want->flags);
        assert_true(got->ino == want->ino && got->size == want->size);
        assert_true(got->mtime == want->mtime && got->ctime == want->ctime);
        assert_int_equal(got->mtime_nsec, want->mtime_nsec);
        assert_int_equal(got->ctime_nsec, want->ctime_nsec);
        assert_memory_equal(got->digest, want->digest, STORE_SEAL_DIGEST);
        assert_memory_equal(got->xattrs, want->xattrs, STORE_SEAL_DIGEST);
}

static void reads_what_it_wrote(void **state) {
        static const StoreSealManner manners[] = {
                { .version = STORE_SEAL_SHA256 },
                { .version = STORE_SEAL_KEYED, .key = { [31] = 1 } },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(manners); i++) {
                _cleanup_(document_done) Document document =
                        write_in_manner(&manners[i], sample, N_ELEMENTS(sample));
                _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
                const StoreSealEntry *entry = NULL;

                assert_int_equal(store_seal_reader_new(document.bytes, document.n, &reader, NULL),
                                 0);
                assert_int_equal(store_seal_n_entries(reader), N_ELEMENTS(sample));
                assert_int_equal(store_seal_disk_bytes(reader), 4096);
                assert_memory_equal(store_seal_manner(reader), &manners[i], sizeof(manners[i]));
                for (size_t j = 0; j < N_ELEMENTS(sample); j++) {
                        assert_int_equal(store_seal_next(reader, &entry, NULL), 1);
                        expect_entry(entry, &sample[j]);
                }
                assert_int_equal(store_seal_next(reader, &entry, NULL), 0);
                assert_int_equal(store_seal_next(reader, &entry, NULL), 0);
        }
}

/* What a program of before wrote, byte by byte: stores that are there go on being good. */
static void reads_seals_of_before(void **state) {
        static const uint8_t header[64] = "rktseal\n\1\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\x10";
        static const StoreSealManner before = { .version = STORE_SEAL_SHA256 };
        _cleanup_(document_done) Document document =
                write_in_manner(&before, sample, N_ELEMENTS(sample));
        size_t n_entries = 0;

        (void) state;
        assert_memory_equal(document.bytes, header, sizeof(header));
        assert_int_equal(read_through(document.bytes, document.n, &n_entries), 0);
        assert_int_equal(n_entries, N_ELEMENTS(sample));
}

/* Neither half a manner nor one in between: a keyed seal that counts as the other, or the other way
 * round, would be compared in the wrong one. */
static void refuses_a_forged_version(void **state) {
        static const StoreSealManner before = { .version = STORE_SEAL_SHA256 };
        _cleanup_(document_done)
                Document new = write_document(sample, N_ELEMENTS(sample)),
                         old = write_in_manner(&before, sample, N_ELEMENTS(sample));
        size_t n_entries = 0;

        (void) state;
        new.bytes[8] = STORE_SEAL_SHA256;
        assert_int_equal(read_through(new.bytes, new.n, &n_entries), -EBADMSG);
        old.bytes[8] = STORE_SEAL_KEYED;
        assert_int_equal(read_through(old.bytes, old.n, &n_entries), -EBADMSG);
        for (size_t i = 32; i < 64; i++) {
                old.bytes[8] = STORE_SEAL_SHA256;
                old.bytes[i] = 1;
                assert_int_equal(read_through(old.bytes, old.n, &n_entries), -EBADMSG);
                old.bytes[8] = STORE_SEAL_KEYED;
                assert_int_equal(read_through(old.bytes, old.n, &n_entries), 0);
                old.bytes[i] = 0;
        }
}

static void is_ordered_in_either_manner(void **state) {
        static const StoreSealManner manners[] = {
                { .version = STORE_SEAL_SHA256 },
                { .version = STORE_SEAL_KEYED, .key = { 1, 2, 3 } },
        };
        _cleanup_(document_done) Document seal = write_document(sample, N_ELEMENTS(sample));
        _cleanup_(fd_closep) int full = memfd_create("seal", MFD_CLOEXEC);
        StoreSealManner found;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(manners); i++) {
                _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
                _cleanup_(document_done) Document document = {};
                size_t n_entries = 0;

                assert_int_equal(store_seal_ordered(fd, &found), 0);
                assert_int_equal(store_seal_order(fd, &manners[i]), 0);
                assert_int_equal(store_seal_ordered(fd, &found), 1);
                assert_memory_equal(&found, &manners[i], sizeof(found));
                document = read_document(fd);
                assert_int_equal(read_through(document.bytes, document.n, &n_entries), -EBADMSG);
                assert_int_equal(ftruncate(fd, 63), 0);
                assert_int_equal(store_seal_ordered(fd, &found), -EBADMSG);
        }
        assert_int_equal(fd_write_all(full, seal.bytes, seal.n), 0);
        assert_int_equal(store_seal_ordered(full, &found), -EBADMSG);
}

/* More than the writer's buffer takes. */
static void writes_large_trees(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
        _cleanup_(document_done) Document document = {};
        StoreSealWriter *writer = NULL;
        StoreSealEntry entry = ROOT;
        size_t n_entries = 0;
        char path[STORE_SEAL_PATH_MAX + 1], target[STORE_SEAL_PATH_MAX + 1];

        (void) state;
        memset(path, 'p', sizeof(path));
        memset(target, 't', sizeof(target));
        path[STORE_SEAL_PATH_MAX] = target[STORE_SEAL_PATH_MAX] = '\0';
        for (size_t i = 200; i < STORE_SEAL_PATH_MAX - 6; i += 201)
                path[i] = '/';
        assert_int_equal(store_seal_writer_new(fd, &keyed, &writer), 0);
        assert_int_equal(store_seal_write(writer, &entry), 0);
        for (size_t i = 200; i < STORE_SEAL_PATH_MAX - 6; i += 201) {
                path[i] = '\0';
                entry.path = path;
                assert_int_equal(store_seal_write(writer, &entry), 0);
                path[i] = '/';
        }
        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(path + STORE_SEAL_PATH_MAX - 5, 6, "%05u", i);
                entry = (StoreSealEntry){ .path = path, .target = target, .mode = S_IFLNK | 0777 };
                assert_int_equal(store_seal_write(writer, &entry), 0);
        }
        assert_int_equal(store_seal_finish(writer, 0), 0);
        store_seal_writer_free(writer);
        document = read_document(fd);
        assert_int_equal(read_through(document.bytes, document.n, &n_entries), 0);
        assert_int_equal(n_entries, 1 + 20 + 1000);
}

static void orders_a_directory_before_its_siblings(void **state) {
        static const char *const sorted[] = { "",    "a",   "a/b", "a/b/c", "a/b-c", "a/\xff",
                                              "a\1", "a-b", "a.b", "aa",    "b" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(sorted); i++)
                for (size_t j = 0; j < N_ELEMENTS(sorted); j++) {
                        int sign = store_seal_compare(sorted[i], sorted[j]);

                        assert_int_equal((sign > 0) - (sign < 0), (i > j) - (i < j));
                }
}

static void writes_only_in_order(void **state) {
        static const struct {
                const char *first, *second;
                int want;
        } cases[] = {
                { "a", "a", -EINVAL },     { "b", "a", -EINVAL }, { "a/b", "a", -EINVAL },
                { "a-b", "a/b", -EINVAL }, { "a", "", -EINVAL },  { "a/b", "a-b", 0 },
        };
        char path[STORE_SEAL_PATH_MAX + 2];

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
                _cleanup_(store_seal_writer_freep) StoreSealWriter *writer = NULL;
                StoreSealEntry entry = ROOT;

                assert_int_equal(store_seal_writer_new(fd, &keyed, &writer), 0);
                assert_int_equal(store_seal_write(writer, &entry), 0);
                entry.path = cases[i].first;
                assert_int_equal(store_seal_write(writer, &entry), 0);
                entry.path = cases[i].second;
                assert_int_equal(store_seal_write(writer, &entry), cases[i].want);
                memset(path, 'z', sizeof(path) - 1);
                path[sizeof(path) - 1] = '\0';
                entry.path = path;
                assert_int_equal(store_seal_write(writer, &entry), -ENAMETOOLONG);
                entry = (StoreSealEntry){ .path = "z", .target = path, .mode = S_IFLNK | 0777 };
                assert_int_equal(store_seal_write(writer, &entry), -ENAMETOOLONG);
        }
}

/* Without its header, which comes last, it is no seal. */
static void is_no_seal_until_it_is_finished(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
        _cleanup_(document_done) Document document = {};
        StoreSealWriter *writer = NULL;
        StoreSealEntry entry = ROOT;
        char name[8];
        size_t n_entries = 0;

        (void) state;
        assert_int_equal(store_seal_writer_new(fd, &keyed, &writer), 0);
        assert_int_equal(store_seal_write(writer, &entry), 0);
        for (unsigned i = 0; i < 2000; i++) {
                (void) snprintf(name, sizeof(name), "%06u", i);
                entry.path = name;
                assert_int_equal(store_seal_write(writer, &entry), 0);
        }
        store_seal_writer_free(writer);
        document = read_document(fd);
        assert_true(document.n > 0);
        assert_int_equal(read_through(document.bytes, document.n, &n_entries), -EBADMSG);
}

static void tells_when_it_cannot_write(void **state) {
        _cleanup_(fd_closep) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        _cleanup_(store_seal_writer_freep) StoreSealWriter *writer = NULL;
        StoreSealEntry entry = ROOT;

        (void) state;
        assert_int_equal(store_seal_writer_new(fd, &keyed, &writer), 0);
        assert_int_equal(store_seal_write(writer, &entry), 0);
        assert_int_equal(store_seal_finish(writer, 0), -ENOSPC);
}

static void notices_any_cut_and_anything_behind(void **state) {
        _cleanup_(document_done) Document document = write_document(sample, N_ELEMENTS(sample));
        size_t n_entries = 0;

        (void) state;
        for (size_t n = 0; n < document.n; n++)
                assert_int_equal(read_through(document.bytes, n, &n_entries), -EBADMSG);
        document.bytes = realloc(document.bytes, document.n + 64);
        assert_non_null(document.bytes);
        for (size_t n = 1; n <= 64; n++) {
                memset(document.bytes + document.n, 0, n);
                assert_int_equal(read_through(document.bytes, document.n + n, &n_entries),
                                 -EBADMSG);
        }
}

/* Where the fields lie: in the header, and in the record of "a", the second one. */
#define RECORD(number) (64 + 64 * (number))

static void refuses_impossible_values(void **state) {
        static const struct {
                const char *what;
                size_t at;
                uint8_t value;
                int want;
        } cases[] = {
                { "another magic", 0, 'R', -EBADMSG },
                { "no newline in the magic", 7, '\r', -EBADMSG },
                { "another version", 8, 3, -EOPNOTSUPP },
                { "version 0", 8, 0, -EOPNOTSUPP },
                { "flags nobody knows", 12, 1, -EBADMSG },
                { "a later version by its last byte", 11, 1, -EOPNOTSUPP },
                { "fewer entries", 16, 6, -EBADMSG },
                { "more entries", 16, 8, -EBADMSG },
                { "no entry", 16, 0, -EBADMSG },
                { "very many entries", 23, 0xff, -EBADMSG },
                { "the root has a name", RECORD(0) + 2, 1, -EBADMSG },
                { "the root shares something", RECORD(0), 1, -EBADMSG },
                { "the root is a file", RECORD(0) + 5, S_IFREG >> 8, -EBADMSG },
                { "the root is a symlink", RECORD(0) + 5, S_IFLNK >> 8, -EBADMSG },
                { "flags of an entry", RECORD(0) + 16, 8, -EBADMSG },
                { "flags of an entry, above", RECORD(0) + 19, 0x80, -EBADMSG },
                { "shares more than there was", RECORD(1), 1, -EBADMSG },
                { "no name", RECORD(1) + 2, 0, -EBADMSG },
                { "a name beyond the end", RECORD(1) + 3, 0x7f, -EBADMSG },
                { "an opaque file", RECORD(1) + 16, STORE_SEAL_OPAQUE, -EBADMSG },
                { "an implicit file", RECORD(1) + 16, STORE_SEAL_IMPLICIT, -EBADMSG },
                { "a file with a target", RECORD(1) + 20, 1, -EBADMSG },
                { "a target beyond the end", RECORD(1) + 23, 0x80, -EBADMSG },
                { "a symlink without target", RECORD(1) + 5, (S_IFLNK | 04755) >> 8, -EBADMSG },
                { "no kind of file", RECORD(1) + 5, 04755 >> 8, -EBADMSG },
                { "a socket", RECORD(1) + 5, (S_IFSOCK | 04755) >> 8, -EBADMSG },
                { "a block device", RECORD(1) + 5, (S_IFBLK | 04755) >> 8, -EBADMSG },
                { "a mode beyond all bits", RECORD(1) + 6, 1, -EBADMSG },
                { "a second of a billion nanoseconds", RECORD(1) + 56 + 3, 0x3f, -EBADMSG },
                { "a later second of a billion", RECORD(1) + 60 + 3, 0x3f, -EBADMSG },
                { "a directory of a size", RECORD(0) + 32, 1, -EBADMSG },
                { "a slash for a name", RECORD(2), '/', -EBADMSG },
                { "a NUL for a name", RECORD(2), 0, -EBADMSG },
                { "a dot for a name", RECORD(2), '.', -EBADMSG },
        };
        _cleanup_(document_done) Document document = write_document(sample, N_ELEMENTS(sample));

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                uint8_t before = document.bytes[cases[i].at];
                size_t n_entries = 0;

                print_message("# %s\n", cases[i].what);
                document.bytes[cases[i].at] = cases[i].value;
                assert_int_equal(read_through(document.bytes, document.n, &n_entries),
                                 cases[i].want);
                document.bytes[cases[i].at] = before;
        }
}

/* Paths that no walk can give, written as they stand. */
static void refuses_impossible_trees(void **state) {
        static const struct {
                const char *what, *paths[3];
                mode_t modes[3];
        } cases[] = {
                { "no parent", { "a/b" }, { S_IFREG } },
                { "another's parent", { "a", "b/c" }, { S_IFDIR, S_IFREG } },
                { "a file as parent", { "a", "a/b" }, { S_IFREG, S_IFREG } },
                { "a symlink as parent", { "a", "a/b" }, { S_IFLNK, S_IFREG } },
                { "no grandparent", { "a", "a/b/c" }, { S_IFDIR, S_IFREG } },
                { "a parent that only begins so", { "a", "ab/c" }, { S_IFDIR, S_IFREG } },
                { "up", { ".." }, { S_IFDIR } },
                { "up inside", { "a", "a/.." }, { S_IFDIR, S_IFDIR } },
                { "the same", { "a", "a/." }, { S_IFDIR, S_IFDIR } },
                { "absolute", { "/a" }, { S_IFREG } },
                { "a slash behind", { "a/" }, { S_IFDIR } },
                { "a slash too many", { "a", "a//b" }, { S_IFDIR, S_IFREG } },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                StoreSealEntry entries[4] = { ROOT };
                _cleanup_(document_done) Document document = {};
                size_t n = 1, n_entries = 0;

                print_message("# %s\n", cases[i].what);
                for (; n < 4 && cases[i].paths[n - 1]; n++)
                        entries[n] =
                                (StoreSealEntry){ .path = cases[i].paths[n - 1],
                                                  .target =
                                                          S_ISLNK(cases[i].modes[n - 1]) ? "t" : "",
                                                  .mode = cases[i].modes[n - 1] | 0755 };
                document = write_document(entries, n);
                assert_int_equal(read_through(document.bytes, document.n, &n_entries), -EBADMSG);
        }
}

static void refuses_names_that_are_too_long(void **state) {
        StoreSealEntry entries[2] = { ROOT, ROOT };
        _cleanup_(document_done) Document good = {}, bad = {};
        size_t n_entries = 0;
        char name[257];

        (void) state;
        memset(name, 'n', sizeof(name));
        name[255] = '\0';
        entries[1].path = name;
        good = write_document(entries, 2);
        assert_int_equal(read_through(good.bytes, good.n, &n_entries), 0);
        name[255] = 'n';
        name[256] = '\0';
        bad = write_document(entries, 2);
        assert_int_equal(read_through(bad.bytes, bad.n, &n_entries), -EBADMSG);
}

/* Any one bit of a sealed tree that changes is refused, or changes what is read: never a crash. */
static void survives_each_flipped_bit(void **state) {
        _cleanup_(document_done) Document document = write_document(sample, N_ELEMENTS(sample));

        (void) state;
        for (size_t i = 0; i < document.n * 8; i++) {
                size_t n_entries = 0;

                document.bytes[i / 8] ^= (uint8_t) (1U << i % 8);
                (void) read_through(document.bytes, document.n, &n_entries);
                document.bytes[i / 8] ^= (uint8_t) (1U << i % 8);
        }
}

static void mends_the_time_of_one_entry(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
        _cleanup_(document_done) Document document = write_document(sample, N_ELEMENTS(sample)),
                                          mended = {};
        const StoreSealEntry *entry = NULL;
        StoreSealReader *reader = NULL;

        (void) state;
        assert_int_equal(fd_write_all(fd, document.bytes, document.n), 0);
        assert_int_equal(store_seal_reader_new(document.bytes, document.n, &reader, NULL), 0);
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(store_seal_next(reader, &entry, NULL), 1);
        assert_int_equal(store_seal_mend(fd, store_seal_offset(reader), -7, 42), 0);
        store_seal_reader_free(reader);

        mended = read_document(fd);
        assert_int_equal(store_seal_reader_new(mended.bytes, mended.n, &reader, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(sample); i++) {
                StoreSealEntry want = sample[i];

                if (i == 2) {
                        want.ctime = -7;
                        want.ctime_nsec = 42;
                }
                assert_int_equal(store_seal_next(reader, &entry, NULL), 1);
                expect_entry(entry, &want);
        }
        assert_int_equal(store_seal_next(reader, &entry, NULL), 0);
        store_seal_reader_free(reader);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_it_wrote),
                cmocka_unit_test(reads_seals_of_before),
                cmocka_unit_test(refuses_a_forged_version),
                cmocka_unit_test(is_ordered_in_either_manner),
                cmocka_unit_test(writes_large_trees),
                cmocka_unit_test(orders_a_directory_before_its_siblings),
                cmocka_unit_test(writes_only_in_order),
                cmocka_unit_test(is_no_seal_until_it_is_finished),
                cmocka_unit_test(tells_when_it_cannot_write),
                cmocka_unit_test(notices_any_cut_and_anything_behind),
                cmocka_unit_test(refuses_impossible_values),
                cmocka_unit_test(refuses_impossible_trees),
                cmocka_unit_test(refuses_names_that_are_too_long),
                cmocka_unit_test(survives_each_flipped_bit),
                cmocka_unit_test(mends_the_time_of_one_entry),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
