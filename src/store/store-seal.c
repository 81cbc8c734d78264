/* SPDX-License-Identifier: Apache-2.0 */
#include "store-seal.h"

#include <endian.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"

#define MAGIC "rktseal\n"
#define BUFFER_BYTES ((size_t) 64 * 1024)
#define NSEC_MAX UINT32_C(1000000000)

typedef struct Header {
        char magic[8];
        uint32_t version, flags;
        uint64_t n_entries, disk_bytes;
        uint8_t key[STORE_SEAL_KEY];
} Header;

typedef struct Record {
        uint16_t shared, suffix;
        uint32_t mode, uid, gid, flags, target;
        uint64_t ino, size, mtime, ctime;
        uint32_t mtime_nsec, ctime_nsec;
} Record;

_Static_assert(sizeof(Header) == 64, "the header has 64 bytes");
_Static_assert(sizeof(Record) == 64, "a record's fixed part has 64 bytes");

#define RECORD_MAX (sizeof(Record) + (size_t) 2 * STORE_SEAL_PATH_MAX + 2 * STORE_SEAL_DIGEST)

struct StoreSealReader {
        const uint8_t *bytes;
        size_t n, at, record;
        uint64_t n_entries, disk_bytes, n_read;
        StoreSealManner manner;
        StoreSealEntry entry;
        char path[STORE_SEAL_PATH_MAX + 1], target[STORE_SEAL_PATH_MAX + 1];
};

/* '/' sorts before all other bytes. */
static int rank(char c) {
        return c == '\0' ? 0 : c == '/' ? 1 : 2 + (uint8_t) c;
}

int store_seal_compare(const char *a, const char *b) {
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return rank(*a) - rank(*b);
}

/* A key of zeroes is none. */
static int read_manner(const Header *header, StoreSealManner *ret, Error *e) {
        static const uint8_t none[STORE_SEAL_KEY];
        uint32_t version = le32toh(header->version);
        bool keyed = memcmp(header->key, none, sizeof(none)) != 0;

        if (version != STORE_SEAL_SHA256 && version != STORE_SEAL_KEYED)
                return error_new(e, -EOPNOTSUPP, "seal of version %u, this program knows %d",
                                 version, STORE_SEAL_KEYED);
        if (header->flags != 0)
                return error_new(e, -EBADMSG, "damaged seal: unknown flags");
        if (keyed != (version == STORE_SEAL_KEYED))
                return error_new(e, -EBADMSG, "damaged seal: impossible key");
        ret->version = (StoreSealVersion) version;
        memcpy(ret->key, header->key, sizeof(ret->key));
        return 0;
}

int store_seal_reader_new(const uint8_t *bytes, size_t n, StoreSealReader **ret, Error *e) {
        StoreSealReader *reader = NULL;
        StoreSealManner manner;
        Header header;
        int r = 0;

        if (n < sizeof(header))
                return error_new(e, -EBADMSG, "the seal is cut short");
        memcpy(&header, bytes, sizeof(header));
        if (memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0)
                return error_new(e, -EBADMSG, "this is no seal");
        r = read_manner(&header, &manner, e);
        if (r < 0)
                return r;
        reader = calloc(1, sizeof(*reader));
        if (!reader)
                return -ENOMEM;
        reader->manner = manner;
        reader->bytes = bytes;
        reader->n = n;
        reader->at = sizeof(header);
        reader->n_entries = le64toh(header.n_entries);
        reader->disk_bytes = le64toh(header.disk_bytes);
        reader->entry.path = reader->path;
        reader->entry.target = reader->target;
        *ret = reader;
        return 0;
}

StoreSealReader *store_seal_reader_free(StoreSealReader *reader) {
        free(reader);
        return NULL;
}

const StoreSealManner *store_seal_manner(const StoreSealReader *reader) {
        return &reader->manner;
}

uint64_t store_seal_n_entries(const StoreSealReader *reader) {
        return reader->n_entries;
}

uint64_t store_seal_disk_bytes(const StoreSealReader *reader) {
        return reader->disk_bytes;
}

size_t store_seal_offset(const StoreSealReader *reader) {
        return reader->record;
}

static int bad(Error *e, const char *why) {
        return error_new(e, -EBADMSG, "damaged seal: %s", why);
}

/* Components that are names. @from: where the first new one begins, or what continues one. */
static bool is_path(const char *path) {
        while (*path) {
                size_t n = strcspn(path, "/");

                if (n == 0 || n > 255 || (path[0] == '.' && (n == 1 || (n == 2 && path[1] == '.'))))
                        return false;
                path += n;
                if (*path && !*++path)
                        return false;
        }
        return true;
}

/* The directory that holds @path is @before or holds it; @n_shared bytes of both are the same. */
static bool is_reachable(const char *path, const char *before, uint32_t before_mode) {
        const char *slash = strrchr(path, '/');
        size_t n = slash ? (size_t) (slash - path) : 0;

        if (n == 0)
                return before[0] != '\0' || S_ISDIR(before_mode);
        if (strncmp(path, before, n) != 0)
                return false;
        return before[n] == '/' || (before[n] == '\0' && S_ISDIR(before_mode));
}

static int read_path(StoreSealReader *reader, size_t shared, size_t n_suffix, Error *e) {
        StoreSealEntry *entry = &reader->entry;
        char before[STORE_SEAL_PATH_MAX + 1];
        const char *suffix = (const char *) reader->bytes + reader->at;

        if (shared > entry->n_path || shared + n_suffix > STORE_SEAL_PATH_MAX ||
            memchr(suffix, '\0', n_suffix))
                return bad(e, "impossible path");
        memcpy(before, reader->path, entry->n_path + 1);
        memcpy(reader->path + shared, suffix, n_suffix);
        entry->n_path = shared + n_suffix;
        reader->path[entry->n_path] = '\0';
        if (reader->n_read == 0)
                return entry->n_path == 0 ? 0 : bad(e, "no root");
        if (store_seal_compare(before, reader->path) >= 0)
                return bad(e, "paths out of order");
        if (!is_path(reader->path) || !is_reachable(reader->path, before, entry->mode))
                return bad(e, "impossible path");
        return 0;
}

static int read_tail(StoreSealReader *reader, const Record *record, Error *e) {
        StoreSealEntry *entry = &reader->entry;
        size_t n_target = le32toh(record->target);
        uint8_t *digests[2] = { S_ISREG(entry->mode) ? entry->digest : NULL,
                                (entry->flags & STORE_SEAL_XATTRS) ? entry->xattrs : NULL };

        memset(entry->digest, 0, sizeof(entry->digest));
        memset(entry->xattrs, 0, sizeof(entry->xattrs));
        if (n_target > STORE_SEAL_PATH_MAX || n_target > reader->n - reader->at ||
            memchr(reader->bytes + reader->at, '\0', n_target) ||
            (n_target > 0) != S_ISLNK(entry->mode))
                return bad(e, "impossible symlink");
        memcpy(reader->target, reader->bytes + reader->at, n_target);
        reader->target[n_target] = '\0';
        reader->at += n_target;
        for (size_t i = 0; i < N_ELEMENTS(digests); i++) {
                if (!digests[i])
                        continue;
                if (reader->n - reader->at < STORE_SEAL_DIGEST)
                        return bad(e, "cut short");
                memcpy(digests[i], reader->bytes + reader->at, STORE_SEAL_DIGEST);
                reader->at += STORE_SEAL_DIGEST;
        }
        return 0;
}

static bool is_mode(uint32_t mode) {
        bool known =
                S_ISDIR(mode) || S_ISREG(mode) || S_ISLNK(mode) || S_ISFIFO(mode) || S_ISCHR(mode);

        return known && (mode & ~(uint32_t) (S_IFMT | 07777)) == 0;
}

static int check_values(const StoreSealEntry *entry, Error *e) {
        if (entry->flags & ~(uint32_t) _STORE_SEAL_FLAGS_ALL)
                return bad(e, "unknown flags");
        if (!is_mode(entry->mode))
                return bad(e, "impossible mode");
        if (entry->n_path == 0 && !S_ISDIR(entry->mode))
                return bad(e, "the root is no directory");
        if ((entry->flags & (STORE_SEAL_OPAQUE | STORE_SEAL_IMPLICIT)) && !S_ISDIR(entry->mode))
                return bad(e, "impossible flags");
        if (entry->size > 0 && !S_ISREG(entry->mode))
                return bad(e, "impossible size");
        if (entry->mtime_nsec >= NSEC_MAX || entry->ctime_nsec >= NSEC_MAX)
                return bad(e, "impossible time");
        return 0;
}

static int read_record(StoreSealReader *reader, Error *e) {
        StoreSealEntry *entry = &reader->entry;
        size_t n_suffix = 0;
        Record record;
        int r = 0;

        if (reader->n - reader->at < sizeof(record))
                return bad(e, "cut short");
        memcpy(&record, reader->bytes + reader->at, sizeof(record));
        reader->record = reader->at;
        reader->at += sizeof(record);
        n_suffix = le16toh(record.suffix);
        if (n_suffix > reader->n - reader->at)
                return bad(e, "cut short");
        r = read_path(reader, le16toh(record.shared), n_suffix, e);
        if (r < 0)
                return r;
        reader->at += n_suffix;

        entry->mode = le32toh(record.mode);
        entry->uid = le32toh(record.uid);
        entry->gid = le32toh(record.gid);
        entry->flags = le32toh(record.flags);
        entry->ino = le64toh(record.ino);
        entry->size = le64toh(record.size);
        entry->mtime = (int64_t) le64toh(record.mtime);
        entry->ctime = (int64_t) le64toh(record.ctime);
        entry->mtime_nsec = le32toh(record.mtime_nsec);
        entry->ctime_nsec = le32toh(record.ctime_nsec);
        r = check_values(entry, e);
        return r < 0 ? r : read_tail(reader, &record, e);
}

int store_seal_next(StoreSealReader *reader, const StoreSealEntry **ret, Error *e) {
        int r = 0;

        if (reader->n_read == reader->n_entries) {
                if (reader->n_read == 0)
                        return bad(e, "no root");
                return reader->at == reader->n ? 0 : bad(e, "something behind its end");
        }
        r = read_record(reader, e);
        if (r < 0)
                return r;
        reader->n_read++;
        *ret = &reader->entry;
        return 1;
}

struct StoreSealWriter {
        int fd;
        StoreSealManner manner;
        uint64_t n_entries;
        size_t n; /* bytes in the buffer */
        char path[STORE_SEAL_PATH_MAX + 1];
        uint8_t buffer[BUFFER_BYTES];
};

int store_seal_writer_new(int fd, const StoreSealManner *manner, StoreSealWriter **ret) {
        StoreSealWriter *writer = calloc(1, sizeof(*writer));

        if (!writer)
                return -ENOMEM;
        writer->fd = fd;
        writer->manner = *manner;
        writer->n = sizeof(Header); /* zeroes, until all the rest is there */
        *ret = writer;
        return 0;
}

StoreSealWriter *store_seal_writer_free(StoreSealWriter *writer) {
        free(writer);
        return NULL;
}

static int flush(StoreSealWriter *writer) {
        int r = fd_write_all(writer->fd, writer->buffer, writer->n);

        writer->n = 0;
        return r;
}

static void put(StoreSealWriter *writer, const void *bytes, size_t n) {
        memcpy(writer->buffer + writer->n, bytes, n);
        writer->n += n;
}

static size_t shared_bytes(const char *a, const char *b) {
        size_t n = 0;

        while (a[n] && a[n] == b[n])
                n++;
        return n;
}

int store_seal_write(StoreSealWriter *writer, const StoreSealEntry *entry) {
        size_t n_path = strlen(entry->path), n_target = strlen(entry->target);
        size_t shared = shared_bytes(writer->path, entry->path);
        Record record = {
                .shared = htole16((uint16_t) shared),
                .suffix = htole16((uint16_t) (n_path - shared)),
                .mode = htole32(entry->mode),
                .uid = htole32(entry->uid),
                .gid = htole32(entry->gid),
                .flags = htole32(entry->flags),
                .target = htole32((uint32_t) n_target),
                .ino = htole64(entry->ino),
                .size = htole64(entry->size),
                .mtime = htole64((uint64_t) entry->mtime),
                .ctime = htole64((uint64_t) entry->ctime),
                .mtime_nsec = htole32(entry->mtime_nsec),
                .ctime_nsec = htole32(entry->ctime_nsec),
        };
        int r = 0;

        if (n_path > STORE_SEAL_PATH_MAX || n_target > STORE_SEAL_PATH_MAX)
                return -ENAMETOOLONG;
        if (writer->n_entries > 0 && store_seal_compare(writer->path, entry->path) >= 0)
                return -EINVAL;
        if (BUFFER_BYTES - writer->n < RECORD_MAX) {
                r = flush(writer);
                if (r < 0)
                        return r;
        }
        put(writer, &record, sizeof(record));
        put(writer, entry->path + shared, n_path - shared);
        put(writer, entry->target, n_target);
        if (S_ISREG(entry->mode))
                put(writer, entry->digest, STORE_SEAL_DIGEST);
        if (entry->flags & STORE_SEAL_XATTRS)
                put(writer, entry->xattrs, STORE_SEAL_DIGEST);
        memcpy(writer->path, entry->path, n_path + 1);
        writer->n_entries++;
        return 0;
}

static int write_at(int fd, const void *bytes, size_t n, off_t offset) {
        ssize_t put_bytes = pwrite(fd, bytes, n, offset);

        if (put_bytes < 0)
                return -errno;
        return (size_t) put_bytes == n ? 0 : -EIO;
}

static int
write_header(int fd, const StoreSealManner *manner, uint64_t n_entries, uint64_t disk_bytes) {
        Header header = {
                .magic = MAGIC,
                .version = htole32(manner->version),
                .n_entries = htole64(n_entries),
                .disk_bytes = htole64(disk_bytes),
        };

        memcpy(header.key, manner->key, sizeof(header.key));
        return write_at(fd, &header, sizeof(header), 0);
}

int store_seal_finish(StoreSealWriter *writer, uint64_t disk_bytes) {
        int r = flush(writer);

        return r < 0 ? r : write_header(writer->fd, &writer->manner, writer->n_entries, disk_bytes);
}

/* A header without entries, which no reader takes for a seal: there would be a root at least. */
int store_seal_order(int fd, const StoreSealManner *manner) {
        return write_header(fd, manner, 0, 0);
}

int store_seal_ordered(int fd, StoreSealManner *ret) {
        Header header;
        ssize_t n = pread(fd, &header, sizeof(header), 0);

        if (n <= 0)
                return n < 0 ? -errno : 0;
        if (n != sizeof(header) || memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0 ||
            header.n_entries != 0 || read_manner(&header, ret, NULL) < 0)
                return -EBADMSG;
        return 1;
}

int store_seal_mend(int fd, size_t offset, int64_t ctime, uint32_t ctime_nsec) {
        uint64_t seconds = htole64((uint64_t) ctime);
        uint32_t nanoseconds = htole32(ctime_nsec);
        int r = write_at(fd, &seconds, sizeof(seconds), (off_t) (offset + offsetof(Record, ctime)));

        if (r < 0)
                return r;
        return write_at(fd, &nanoseconds, sizeof(nanoseconds),
                        (off_t) (offset + offsetof(Record, ctime_nsec)));
}
