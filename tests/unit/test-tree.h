/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A tree under construction beside a canary, and how it is told (test-archives.h says how). */

#include <sys/mman.h>
#include <sys/stat.h>

#include "render-seal.h"
#include "store-seal.h"
#include "test-dir.h"
#include "text.h"

/* The directory has "tree", empty, and beside it what nobody may touch. */
typedef struct TestTree {
        TestDir dir;
        int fd, seal_fd, scratch_fd, manifest_fd, needs_fd;
} TestTree;

static inline void test_tree_open(TestTree *tree) {
        *tree = (TestTree){};
        test_dir_open(&tree->dir);
        make_dir(tree->dir.fd, "outside");
        make_file(tree->dir.fd, "outside/canary", "canary");
        make_file(tree->dir.fd, "canary", "canary");
        make_dir(tree->dir.fd, "tree");
        tree->fd = dir_open_at(tree->dir.fd, "tree");
        tree->seal_fd = memfd_create("seal", MFD_CLOEXEC);
        tree->scratch_fd = memfd_create("scratch", MFD_CLOEXEC);
        tree->manifest_fd = memfd_create("manifest", MFD_CLOEXEC);
        tree->needs_fd = memfd_create("needs", MFD_CLOEXEC);
        assert_true(tree->fd >= 0 && tree->seal_fd >= 0 && tree->scratch_fd >= 0);
}

/* Nothing beside the tree was made, changed, linked to or removed. */
static inline void test_tree_done(TestTree *tree) {
        static const char *const all[] = { "canary", "outside", "tree" };
        _cleanup_(strv_freep) Strv names = NULL;
        struct stat st;

        assert_int_equal(dir_list(tree->dir.fd, &names), 0);
        assert_int_equal(strv_length(names), N_ELEMENTS(all));
        for (size_t i = 0; i < N_ELEMENTS(all); i++)
                assert_string_equal(names[i], all[i]);
        expect_file(tree->dir.fd, "canary", "canary");
        expect_file(tree->dir.fd, "outside/canary", "canary");
        assert_int_equal(fstatat(tree->dir.fd, "canary", &st, 0), 0);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_int_equal(fstatat(tree->dir.fd, "outside", &st, 0), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 0700);
        close(tree->fd);
        close(tree->seal_fd);
        close(tree->scratch_fd);
        close(tree->manifest_fd);
        close(tree->needs_fd);
        test_dir_done(&tree->dir);
}

static inline uint8_t *test_read_fd(int fd, size_t *ret_n) {
        char *bytes = NULL;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_all(fd, 64 * 1024 * 1024, &bytes, ret_n), 0);
        return (uint8_t *) bytes;
}

/* Short files only; NULs are told as dots. */
static inline void test_tell_content(FILE *out, int root_fd, const char *path) {
        char *text = NULL;
        size_t n = 0;

        assert_int_equal(file_read_at(root_fd, path, 4096, &text, &n), 0);
        for (size_t i = 0; i < n; i++)
                if (text[i] == '\0')
                        text[i] = '.';
        fprintf(out, " <%s>", text);
        free(text);
}

static inline void test_tell_entry(FILE *out, int root_fd, const StoreSealEntry *entry) {
        char kind = S_ISDIR(entry->mode)    ? 'd'
                    : S_ISREG(entry->mode)  ? 'f'
                    : S_ISLNK(entry->mode)  ? 'l'
                    : S_ISFIFO(entry->mode) ? 'p'
                                            : 'w';
        struct stat st;

        assert_int_equal(
                fstatat(root_fd, entry->path[0] ? entry->path : ".", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, entry->mode);
        fprintf(out, "%c %s", kind, entry->path[0] ? entry->path : ".");
        if (kind != 'l')
                fprintf(out, " %o", entry->mode & 07777);
        if (entry->uid != 0 || entry->gid != 0)
                fprintf(out, " %u:%u", entry->uid, entry->gid);
        if (entry->flags & STORE_SEAL_OPAQUE)
                fprintf(out, " opaque");
        if (entry->flags & STORE_SEAL_IMPLICIT)
                fprintf(out, " implicit");
        if (kind == 'f' && st.st_nlink > 1)
                fprintf(out, " x%u", (unsigned) st.st_nlink);
        if (kind == 'l')
                fprintf(out, " -> %s", entry->target);
        if (kind == 'f')
                test_tell_content(out, root_fd, entry->path);
        fputc('\n', out);
}

/* The tree by its seal, in the seal's order; allocated. */
static inline char *test_tree_tell(const TestTree *tree) {
        size_t n = 0, n_text = 0;
        uint8_t *bytes = test_read_fd(tree->seal_fd, &n);
        StoreSealReader *reader = NULL;
        const StoreSealEntry *entry = NULL;
        char *text = NULL;
        FILE *out = open_memstream(&text, &n_text);
        int r = store_seal_reader_new(bytes, n, &reader, NULL);

        assert_int_equal(r, 0);
        while ((r = store_seal_next(reader, &entry, NULL)) > 0)
                test_tell_entry(out, tree->fd, entry);
        assert_int_equal(r, 0);
        store_seal_reader_free(reader);
        free(bytes);
        assert_int_equal(fclose(out), 0);
        return text;
}

/* Who looks at every file finds what the extraction wrote down as it went. */
static inline void test_tree_expect_sealed(const TestTree *tree) {
        _cleanup_(render_content_freep) RenderContent *content = NULL;
        int fd = memfd_create("seal", MFD_CLOEXEC);
        size_t n[2] = { 0 };
        uint8_t *bytes[2] = { test_read_fd(tree->seal_fd, &n[0]), NULL };
        StoreSealReader *readers[2] = { NULL };
        uint64_t n_entries = 0;

        assert_int_equal(store_seal_reader_new(bytes[0], n[0], &readers[0], NULL), 0);
        assert_int_equal(render_content_new(store_seal_manner(readers[0]), &content, NULL), 0);
        assert_int_equal(
                render_seal(
                        &(RenderSealSpec){ .root_fd = tree->fd, .seal_fd = fd, .content = content },
                        &n_entries, NULL),
                0);
        bytes[1] = test_read_fd(fd, &n[1]);
        close(fd);
        assert_int_equal(store_seal_reader_new(bytes[1], n[1], &readers[1], NULL), 0);
        assert_int_equal(store_seal_n_entries(readers[0]), n_entries);
        assert_int_equal(store_seal_disk_bytes(readers[0]), store_seal_disk_bytes(readers[1]));
        for (uint64_t i = 0; i < n_entries; i++) {
                const StoreSealEntry *a = NULL, *b = NULL;

                assert_int_equal(store_seal_next(readers[0], &a, NULL), 1);
                assert_int_equal(store_seal_next(readers[1], &b, NULL), 1);
                assert_string_equal(a->path, b->path);
                assert_string_equal(a->target, b->target);
                assert_int_equal(a->mode, b->mode);
                assert_true(a->uid == b->uid && a->gid == b->gid && a->ino == b->ino);
                assert_true(a->size == b->size && a->mtime == b->mtime && a->ctime == b->ctime);
                assert_int_equal(a->flags & STORE_SEAL_XATTRS, b->flags);
                assert_memory_equal(a->digest, b->digest, STORE_SEAL_DIGEST);
                assert_memory_equal(a->xattrs, b->xattrs, STORE_SEAL_DIGEST);
        }
        for (unsigned i = 0; i < 2; i++) {
                store_seal_reader_free(readers[i]);
                free(bytes[i]);
        }
}
