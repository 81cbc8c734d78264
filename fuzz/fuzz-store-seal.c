/* SPDX-License-Identifier: Apache-2.0 */

/* Seals: what is read can be written, and is then the same. */

#include <sys/mman.h>
#include <unistd.h>

#include "files.h"
#include "fuzz.h"
#include "store-seal.h"

static bool is_same(const StoreSealEntry *a, const StoreSealEntry *b) {
        return strcmp(a->path, b->path) == 0 && strcmp(a->target, b->target) == 0 &&
               a->n_path == b->n_path && a->mode == b->mode && a->uid == b->uid &&
               a->gid == b->gid && a->flags == b->flags && a->ino == b->ino && a->size == b->size &&
               a->mtime == b->mtime && a->ctime == b->ctime && a->mtime_nsec == b->mtime_nsec &&
               a->ctime_nsec == b->ctime_nsec &&
               memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 &&
               memcmp(a->xattrs, b->xattrs, sizeof(a->xattrs)) == 0;
}

/* Reads to the end, or the first error, and writes what was read. */
static int read_and_write(const uint8_t *data, size_t size, int fd) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        _cleanup_(store_seal_writer_freep) StoreSealWriter *writer = NULL;
        const StoreSealEntry *entry = NULL;
        int r = store_seal_reader_new(data, size, &reader, NULL);

        if (r < 0)
                return r;
        must(store_seal_writer_new(fd, store_seal_manner(reader), &writer) == 0);
        while ((r = store_seal_next(reader, &entry, NULL)) > 0) {
                must(store_seal_offset(reader) < size);
                must(store_seal_write(writer, entry) == 0);
        }
        if (r < 0)
                return r;
        must(store_seal_finish(writer, store_seal_disk_bytes(reader)) == 0);
        return 0;
}

static void compare(const uint8_t *data, size_t size, const uint8_t *copy, size_t n) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *a = NULL, *b = NULL;
        const StoreSealEntry *x = NULL, *y = NULL;

        must(store_seal_reader_new(data, size, &a, NULL) == 0);
        must(store_seal_reader_new(copy, n, &b, NULL) == 0);
        must(memcmp(store_seal_manner(a), store_seal_manner(b), sizeof(StoreSealManner)) == 0);
        must(store_seal_n_entries(a) == store_seal_n_entries(b));
        must(store_seal_disk_bytes(a) == store_seal_disk_bytes(b));
        while (store_seal_next(a, &x, NULL) > 0) {
                must(store_seal_next(b, &y, NULL) > 0);
                must(is_same(x, y));
        }
        must(store_seal_next(b, &y, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(fd_closep) int fd = memfd_create("seal", MFD_CLOEXEC);
        _cleanup_(freep) char *copy = NULL;
        size_t n = 0;

        must(fd >= 0);
        if (read_and_write(data, size, fd) < 0)
                return 0;
        must(lseek(fd, 0, SEEK_SET) == 0);
        must(fd_read_all(fd, SIZE_MAX / 2, &copy, &n) == 0);
        compare(data, size, (const uint8_t *) copy, n);
        return 0;
}
