/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store of the test's own, and images to put into it. The helper that unpacks them is the real one,
 * and so trees need root. */

#include <inttypes.h>
#include <sys/mman.h>

#include "openat.h"
#include "store-base.h"
#include "store-image.h"
#include "store-import.h"
#include "store-layers.h"
#include "store-make.h"
#include "store-render.h"
#include "test-dir.h"

#define BLOCK 512

/* @type: of ustar. @text: content, or where a link goes. */
typedef struct Member {
        char type;
        const char *path, *text;
        unsigned mode, uid;
} Member;

static inline void archive_write(int fd, const void *bytes, size_t n) {
        assert_int_equal(fd_write_all(fd, bytes, n), 0);
}

/* Octal digits and a NUL, as many as fit. */
static inline void put_octal(char *field, size_t n, uint64_t value) {
        for (field[--n] = '\0'; n-- > 0; value /= 8)
                field[n] = (char) ('0' + value % 8);
}

static inline void archive_add(int fd, const Member *m) {
        bool has_content = m->type == '0';
        size_t n = has_content && m->text ? strlen(m->text) : 0;
        static const char zeroes[BLOCK];
        char block[BLOCK] = "";
        unsigned sum = 0;

        memcpy(block, m->path, strlen(m->path));
        put_octal(block + 100, 8, m->mode ? m->mode : m->type == '5' ? 0755 : 0644);
        put_octal(block + 108, 8, m->uid);
        put_octal(block + 116, 8, m->uid);
        put_octal(block + 124, 12, n);
        put_octal(block + 136, 12, 1000000000);
        memset(block + 148, ' ', 8);
        block[156] = m->type;
        if (!has_content && m->text)
                memcpy(block + 157, m->text, strlen(m->text));
        memcpy(block + 257, "ustar\00000", 8);
        for (size_t i = 0; i < BLOCK; i++)
                sum += (unsigned char) block[i];
        put_octal(block + 148, 7, sum);
        archive_write(fd, block, BLOCK);
        archive_write(fd, m->text, n);
        archive_write(fd, zeroes, (BLOCK - n % BLOCK) % BLOCK);
}

/* A file in memory. @members end with one without a path. */
static inline int archive_new(const Member *members) {
        static const char end[2 * BLOCK];
        int fd = memfd_create("archive", MFD_CLOEXEC);

        assert_true(fd >= 0);
        for (; members->path; members++)
                archive_add(fd, members);
        archive_write(fd, end, sizeof(end));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

/* An ACI; @more: further members of its manifest, or NULL. */
static inline int aci_new(const char *name, const char *more, const Member *members) {
        _cleanup_(freep) char *manifest = NULL;
        Member all[32] = { {} };
        size_t n = 1;

        assert_true(
                asprintf(&manifest,
                         "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"%s\""
                         "%s%s}",
                         name, more ? "," : "", more ? more : "") > 0);
        all[0] = (Member){ '0', "manifest", manifest, 0, 0 };
        all[n++] = (Member){ '5', "rootfs", NULL, 0, 0 };
        for (; members && members->path; members++)
                all[n++] = *members;
        return archive_new(all);
}

typedef struct TestStore {
        TestDir dir;
        Store *store;
        Error e; /* what was said last */
} TestStore;

static inline int open_again(TestStore *t, StoreOpenFlags flags) {
        const StoreOptions options = { .data_dir = t->dir.path,
                                       .helper = TEST_RENDER,
                                       .flags = flags };

        store_free(ptr_take(&t->store));
        return store_open(&options, &t->store, &t->e);
}

static inline int open_store(void **state) {
        TestStore *t = calloc(1, sizeof(*t));

        if (geteuid() != 0) { /* trees are root's */
                free(t);
                return -1;
        }
        test_dir_open(&t->dir);
        assert_int_equal(open_again(t, 0), 0);
        *state = t;
        return 0;
}

static inline int close_store(void **state) {
        TestStore *t = *state;

        store_free(t->store);
        test_dir_done(&t->dir);
        error_done(&t->e);
        free(t);
        return 0;
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

static inline void expect_error(TestStore *t, const char *part) {
        _cleanup_(freep) char *text = error_format(&t->e, -EIO, true);

        if (!text || !strstr(text, part))
                fail_msg("no '%s' in: %s", part, text);
        error_done(&t->e);
}

/* Takes @fd. Returns 0 and the id; a negative errno. */
static inline int import_aci(TestStore *t, int aci_fd, StoreCommitFlags flags, char **ret_id) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        _cleanup_(store_import_freep) StoreImport *import = NULL;
        _cleanup_(fd_closep) int fd = aci_fd;
        const StoreIngestSpec spec = { .input.fd = fd, .aci = true };
        StoreIngest *ingest = NULL;
        int r = 0;

        error_done(&t->e);
        r = store_import_begin(t->store, 0, &import, &t->e);
        if (r >= 0)
                r = store_ingest_start(import, &spec, &ingest, &t->e);
        if (r >= 0)
                r = store_ingest_finish(ingest, &found, &t->e);
        return r < 0 ? r : store_commit_aci(import, &found, flags, ret_id, &t->e);
}

static inline char *
must_import(TestStore *t, const char *name, const char *more, const Member *members) {
        char *id = NULL;
        int r = import_aci(t, aci_new(name, more, members), 0, &id);

        if (r < 0)
                expect_error(t, "no error");
        assert_int_equal(r, 0);
        return id;
}

static inline void digest_fd(TestStore *t, int fd, OciDigest *ret) {
        off_t n = lseek(fd, 0, SEEK_END);
        char *bytes = mmap(NULL, (size_t) n, PROT_READ, MAP_SHARED, fd, 0);

        assert_ptr_not_equal(bytes, MAP_FAILED);
        assert_int_equal(store_digest_text(t->store, bytes, (size_t) n, OCI_SHA256, ret, NULL), 0);
        munmap(bytes, (size_t) n);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
}

#define LAYERS_MAX 8

/* An OCI image of layers in memory, base first; takes them. */
static inline int import_oci(TestStore *t, const char *name, const int *fds, size_t n, char **ret) {
        _cleanup_(store_document_done) StoreDocument config = STORE_DOCUMENT_NULL;
        _cleanup_(store_import_freep) StoreImport *import = NULL;
        _cleanup_(fd_closep) int config_fd = -EBADF;
        _cleanup_(freep) char *text = NULL;
        StoreOciLayer layers[LAYERS_MAX];
        StoreOciImage image = {
                .config = &config, .layers = layers, .n_layers = n, .origin.repository = name
        };
        size_t n_text = 0;
        FILE *out = open_memstream(&text, &n_text);
        int r = store_import_begin(t->store, 0, &import, &t->e);

        fputs("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},"
              "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[",
              out);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
                StoreIngestSpec spec = { .input.fd = fds[i] };
                StoreIngest *ingest = NULL;

                digest_fd(t, fds[i], &spec.diff);
                fprintf(out, "%s\"%s\"", i > 0 ? "," : "", spec.diff.text);
                r = store_import_have_layer(import, &spec.diff, &spec.diff, &layers[i].blob, &t->e);
                if (r != 0)
                        continue;
                r = store_ingest_start(import, &spec, &ingest, &t->e);
                if (r >= 0)
                        r = store_ingest_finish(ingest, &found, &t->e);
                layers[i].blob = found.blob;
        }
        for (size_t i = 0; i < n; i++)
                close(fds[i]);
        fputs("]}}", out);
        fclose(out);
        config_fd = store_memory_from("config", text, n_text);
        if (r >= 0)
                r = store_import_document(import, &(StoreInput){ .fd = config_fd }, NULL, 65536,
                                          &config, &t->e);
        return r < 0 ? r : store_commit_oci(import, &image, 0, ret, &t->e);
}

/* The trees of an image. */
static inline int get_layers(TestStore *t, const char *id, StoreLayers *ret) {
        error_done(&t->e);
        return store_layers_get(t->store, id, ret, NULL, &t->e);
}

static inline size_t count_in(const TestStore *t, const char *path) {
        _cleanup_(fd_closep) int fd = dir_open_at(t->dir.fd, path);
        _cleanup_(strv_freep) Strv names = NULL;

        assert_true(fd >= 0);
        assert_int_equal(dir_list(fd, &names), 0);
        return strv_length(names);
}

static inline int64_t count_rows(const TestStore *t, const char *table) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(freep) char *query = NULL;

        assert_true(asprintf(&query, "SELECT count(*) FROM %s", table) > 0);
        assert_int_equal(store_sql_query(t->store->sql, &rows, NULL, query, ""), 0);
        assert_int_equal(store_rows_next(rows, NULL), 1);
        return store_rows_int(rows, 0);
}
