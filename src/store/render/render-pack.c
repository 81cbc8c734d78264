/* SPDX-License-Identifier: Apache-2.0 */
#include "render-pack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"
#include "render-path.h"
#include "render-tree.h"
#include "render-write.h"
#include "render-xattr.h"
#include "text.h"

#define READ_BYTES ((size_t) 256 * 1024)
#define MANIFEST_MAX ((size_t) 16 * 1024 * 1024)

/* A file with several names, met under one of them. */
typedef struct Linked {
        uint64_t ino;
        char *path;
} Linked;

typedef struct Packing {
        const RenderPackSpec *spec;
        RenderWriter *writer;
        RenderPath path; /* with the prefix */
        RenderPackResult result;
        Linked *linked; /* sorted by inode */
        size_t n_linked;
        uint8_t *buffer;
} Packing;

void render_pack_result_done(RenderPackResult *result) {
        free(result->sha256);
        free(result->sha512);
        *result = (RenderPackResult){};
}

static void packing_done(Packing *p) {
        for (size_t i = 0; i < p->n_linked; i++)
                free(p->linked[i].path);
        free(p->linked);
        free(p->buffer);
        render_writer_free(p->writer);
        render_pack_result_done(&p->result);
}

static int failed(const Packing *p, int r, const char *what, Error *e) {
        return error_new(e, r, "cannot %s \"%s\": %s", what, p->path.text, strerror(-r));
}

static size_t find_linked(const Packing *p, uint64_t ino) {
        size_t low = 0, high = p->n_linked;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (p->linked[middle].ino < ino)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Returns the name it was met under first, or NULL after having noted this one. */
static int first_name(Packing *p, const struct stat *st, const char **ret) {
        size_t at = 0;

        *ret = NULL;
        if (st->st_nlink < 2)
                return 0;
        at = find_linked(p, st->st_ino);
        if (at < p->n_linked && p->linked[at].ino == st->st_ino) {
                *ret = p->linked[at].path;
                return 0;
        }
        if ((p->n_linked & (p->n_linked - 1)) == 0) {
                Linked *grown =
                        reallocarray(p->linked, p->n_linked ? p->n_linked * 2 : 1, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                p->linked = grown;
        }
        memmove(&p->linked[at + 1], &p->linked[at], (p->n_linked - at) * sizeof(*p->linked));
        p->linked[at] = (Linked){ .ino = st->st_ino, .path = strdup(p->path.text) };
        p->n_linked++;
        return p->linked[at].path ? 0 : -ENOMEM;
}

static RenderEntry describe(const Packing *p, const struct stat *st, RenderType type) {
        return (RenderEntry){
                .type = type,
                .path = p->path.text,
                .link = "",
                .mode = st->st_mode & 07777,
                .uid = st->st_uid,
                .gid = st->st_gid,
                .mtime = st->st_mtim.tv_sec,
                .mtime_nsec = (uint32_t) st->st_mtim.tv_nsec,
        };
}

/* Attributes are copied into one buffer; the entry's spans refer to it, so it must not move. */
typedef struct Attributes {
        RenderXattr items[RENDER_XATTRS_MAX];
        unsigned n;
        char *bytes;
        size_t n_bytes;
} Attributes;

#define ATTRIBUTES_MAX ((size_t) 1024 * 1024)

static void attributes_done(Attributes *attributes) {
        free(attributes->bytes);
}

static int add_attribute(const char *name, const void *value, size_t n, void *userdata) {
        Attributes *attributes = userdata;
        size_t n_name = strlen(name);
        char *at = NULL;

        if (!attributes->bytes)
                attributes->bytes = malloc(ATTRIBUTES_MAX);
        if (!attributes->bytes)
                return -ENOMEM;
        if (attributes->n == RENDER_XATTRS_MAX || n_name + n > ATTRIBUTES_MAX - attributes->n_bytes)
                return -E2BIG;
        at = attributes->bytes + attributes->n_bytes;
        memcpy(at, name, n_name);
        memcpy(at + n_name, value, n);
        attributes->items[attributes->n++] =
                (RenderXattr){ .name = { at, n_name }, .value = { at + n_name, n } };
        attributes->n_bytes += n_name + n;
        return 0;
}

static int write_entry(Packing *p, RenderEntry *entry, int fd, Error *e) {
        _cleanup_(attributes_done) Attributes attributes = {};
        int r = 0;

        if (fd >= 0) {
                r = render_xattrs_each(fd, add_attribute, &attributes);
                if (r < 0)
                        return failed(p, r, "read attributes of", e);
                entry->xattrs = attributes.items;
                entry->n_xattrs = attributes.n;
        }
        p->result.n_entries++;
        r = render_write_entry(p->writer, entry);
        return r < 0 ? failed(p, r, "write", e) : 0;
}

static int
pack_file(Packing *p, int parent_fd, const char *name, const struct stat *named, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        RenderEntry entry = describe(p, named, RENDER_REGULAR);
        const char *first = NULL;
        struct stat st;
        uint64_t left = 0;
        int r = first_name(p, named, &first);

        if (r < 0)
                return r;
        if (first) {
                entry.type = RENDER_HARDLINK;
                entry.link = first;
                return write_entry(p, &entry, -EBADF, e);
        }
        fd = render_open_at(parent_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        if (fd < 0)
                return failed(p, fd, "open", e);
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != named->st_ino)
                return failed(p, -EAGAIN, "open", e);
        left = entry.size = (uint64_t) st.st_size;
        r = write_entry(p, &entry, fd, e);
        while (r >= 0 && left > 0) {
                ssize_t n = read(fd, p->buffer, left < READ_BYTES ? (size_t) left : READ_BYTES);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return failed(p, n < 0 ? -errno : -EAGAIN, "read", e);
                left -= (uint64_t) n;
                r = render_write_data(p->writer, p->buffer, (size_t) n);
                if (r < 0)
                        return failed(p, r, "write", e);
        }
        return r;
}

static int
pack_symlink(Packing *p, int parent_fd, const char *name, const struct stat *st, Error *e) {
        RenderEntry entry = describe(p, st, RENDER_SYMLINK);
        char target[RENDER_PATH_MAX + 2];
        ssize_t n = readlinkat(parent_fd, name, target, sizeof(target));

        if (n <= 0 || n > RENDER_PATH_MAX)
                return failed(p, n < 0 ? -errno : -ENAMETOOLONG, "read symlink", e);
        target[n] = '\0';
        entry.link = target;
        entry.mode = 0777;
        return write_entry(p, &entry, -EBADF, e);
}

static int pack_directory(Packing *p, int fd, Error *e);

static int pack_one(Packing *p, int parent_fd, const char *name, Error *e) {
        RenderEntry entry;
        struct stat st;

        if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(p, -errno, "look at", e);
        switch (st.st_mode & S_IFMT) {
        case S_IFDIR: {
                _cleanup_(fd_closep) int fd =
                        render_open_at(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);

                return fd < 0 ? failed(p, fd, "open", e) : pack_directory(p, fd, e);
        }
        case S_IFREG:
                return pack_file(p, parent_fd, name, &st, e);
        case S_IFLNK:
                return pack_symlink(p, parent_fd, name, &st, e);
        case S_IFIFO:
                entry = describe(p, &st, RENDER_FIFO);
                return write_entry(p, &entry, -EBADF, e);
        default:
                p->result.n_skipped++;
                return 0;
        }
}

/* The name of a directory ends in a slash, as other programs write it; that of the root is "./" where
 * it has none. */
static int write_directory(Packing *p, int fd, Error *e) {
        char name[RENDER_PATH_MAX + 3];
        RenderEntry entry;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return failed(p, -errno, "look at", e);
        entry = describe(p, &st, RENDER_DIRECTORY);
        (void) snprintf(name, sizeof(name), "%s/", p->path.n ? p->path.text : ".");
        entry.path = name;
        return write_entry(p, &entry, fd, e);
}

static int pack_directory(Packing *p, int fd, Error *e) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = write_directory(p, fd, e);

        if (r < 0)
                return r;
        r = dir_list(fd, &names);
        if (r < 0)
                return failed(p, r, "list", e);
        for (char **name = names; *name; name++) {
                if (render_path_descend(&p->path, *name, strlen(*name)) < 0)
                        return error_new(e, -ENAMETOOLONG, "too long a path in the tree");
                r = pack_one(p, fd, *name, e);
                if (r < 0)
                        return r;
                render_path_ascend(&p->path);
        }
        return 0;
}

static int pack_manifest(Packing *p, Error *e) {
        _cleanup_(freep) char *text = NULL;
        RenderEntry entry = {
                .type = RENDER_REGULAR, .path = "manifest", .link = "", .mode = 0644
        };
        size_t n = 0;
        int r = fd_read_all(p->spec->manifest_fd, MANIFEST_MAX, &text, &n);

        if (r < 0)
                return error_new(e, r, "cannot read the manifest");
        entry.size = n;
        r = write_entry(p, &entry, -EBADF, e);
        if (r < 0)
                return r;
        r = render_write_data(p->writer, text, n);
        return r < 0 ? error_new(e, r, "cannot write the manifest") : 0;
}

static int pack_all(Packing *p, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(p->spec->root_fd, ".", O_RDONLY | O_DIRECTORY);
        int r = fd < 0 ? failed(p, fd, "open", e) : 0;

        if (r >= 0 && p->spec->manifest_fd >= 0)
                r = pack_manifest(p, e);
        if (r >= 0)
                r = pack_directory(p, fd, e);
        if (r < 0)
                return r;
        r = render_write_end(p->writer);
        return r < 0 ? error_new(e, r, "cannot write the archive: %s", strerror(-r)) : 0;
}

int render_pack(const RenderPackSpec *spec, RenderPackResult *ret, Error *e) {
        _cleanup_(packing_done) Packing p = { .spec = spec };
        int r = render_path_clean(spec->prefix, RENDER_PATH_STRICT, &p.path, e);

        if (r < 0)
                return r;
        p.buffer = malloc(READ_BYTES);
        r = render_writer_new(spec->out_fd, &p.writer);
        if (r < 0 || !p.buffer)
                return -ENOMEM;
        r = pack_all(&p, e);
        if (r < 0)
                return r;
        p.result.n_bytes = render_writer_bytes(p.writer);
        p.result.sha256 = render_writer_digest(p.writer, RENDER_SHA256);
        p.result.sha512 = render_writer_digest(p.writer, RENDER_SHA512);
        if (!p.result.sha256 || !p.result.sha512)
                return -ENOMEM;
        *ret = struct_take(&p.result);
        return 0;
}
