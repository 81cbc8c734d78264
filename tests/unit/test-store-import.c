/* SPDX-License-Identifier: Apache-2.0 */
#include "test-store.h"

#include <sys/stat.h>

static const Member files[] = {
        { '5', "rootfs/etc", NULL, 0, 0 },
        { '0', "rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\n", 0, 0 },
        {},
};

static void keeps_an_image_under_the_digest_of_its_bytes(void **state) {
        TestStore *t = *state;
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files), *again = NULL;
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(fd_closep) int fd = aci_new("example.com/a", NULL, files);
        OciDigest digest;
        char bytes[8192];
        ssize_t n = read(fd, bytes, sizeof(bytes));

        assert_int_equal(store_digest_text(t->store, bytes, (size_t) n, OCI_SHA512, &digest, NULL),
                         0);
        assert_int_equal(strlen(id), APPC_KEY_LENGTH);
        assert_memory_equal(id + strlen(APPC_ID_PREFIX), oci_digest_hex(&digest), APPC_KEY_HEX);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_string_equal(image.name, "example.com/a");
        assert_int_equal(image.size, n);
        assert_true(image.tree_size > 0);
        assert_false(image.verified);
        assert_int_equal(store_image_manifest(t->store, id, NULL, &manifest, NULL, NULL), 0);

        again = must_import(t, "example.com/a", NULL, files);
        assert_string_equal(id, again);
        assert_int_equal(count_rows(t, "image"), 1);
        assert_int_equal(count_rows(t, "blob"), 1);
        assert_int_equal(count_in(t, "cas/tree"), 1);
        assert_int_equal(count_in(t, "cas/tmp"), 0);
}

static void once_verified_stays_verified(void **state) {
        TestStore *t = *state;
        static const StoreCommitFlags flags[] = { 0, STORE_COMMIT_VERIFIED, 0 };
        static const bool want[] = { false, true, true };

        for (size_t i = 0; i < N_ELEMENTS(flags); i++) {
                _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
                _cleanup_(freep) char *id = NULL;

                assert_int_equal(
                        import_aci(t, aci_new("example.com/a", NULL, files), flags[i], &id), 0);
                assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
                assert_int_equal(image.verified, want[i]);
        }
}

static int text_fd(const char *text) {
        return store_memory_from("text", text, strlen(text));
}

static int cut_aci(off_t at) {
        int fd = aci_new("example.com/a", NULL, files);

        assert_int_equal(ftruncate(fd, at), 0);
        return fd;
}

static void nothing_stays_of_what_is_refused(void **state) {
        TestStore *t = *state;
        static const Member up[] = { { '0', "rootfs/../../up", "x", 0, 0 }, {} };
        static const Member twice[] = { { '0', "manifest", "{}", 0, 0 }, {} };
        static const Member beside[] = { { '0', "beside", "x", 0, 0 }, {} };
        static const Member none[] = { { '5', "rootfs", NULL, 0, 0 }, {} };
        const struct {
                const char *what;
                int fd, want;
        } cases[] = {
                { "nothing", text_fd(""), -EMEDIUMTYPE },
                { "no archive", text_fd("hello"), -EBADMSG },
                { "cut in a header", cut_aci(2 * 512 + 100), -EBADMSG },
                { "cut in content", cut_aci(5 * 512 + 10), -EBADMSG },
                { "a way out", aci_new("example.com/a", NULL, up), -EINVAL },
                { "two manifests", aci_new("example.com/a", NULL, twice), -EINVAL },
                { "something beside", aci_new("example.com/a", NULL, beside), -EINVAL },
                { "no manifest", archive_new(none), -EINVAL },
                { "a bad name", aci_new("Example.com/A", NULL, files), -EINVAL },
                { "a bad label",
                  aci_new("example.com/a", "\"labels\":[{\"name\":\"os\",\"value\":\"vms\"}]",
                          files),
                  -EINVAL },
                { "bad JSON", aci_new("example.com/a", "\"labels\":[}", files), -EBADMSG },
        };

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                char *id = NULL;
                int r = import_aci(t, cases[i].fd, 0, &id);

                print_message("# %s: %d, %s\n", cases[i].what, r,
                              error_cause(&t->e) ? error_cause(&t->e) : "");
                assert_true(r < 0);
                assert_int_equal(r, cases[i].want);
                assert_null(id);
                assert_int_equal(count_rows(t, "image"), 0);
                assert_int_equal(count_rows(t, "blob"), 0);
                assert_int_equal(count_rows(t, "tree"), 0);
                assert_int_equal(count_in(t, "cas/tree"), 0);
                assert_int_equal(count_in(t, "cas/tmp"), 0);
        }
        assert_false(exists(t->dir.fd, "up"));
        assert_false(exists(t->dir.parent_fd, "up"));
}

static void takes_back_what_is_not_committed(void **state) {
        TestStore *t = *state;
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        _cleanup_(fd_closep) int fd = aci_new("example.com/a", NULL, files);
        const StoreIngestSpec spec = { .input.fd = fd, .aci = true };
        StoreImport *import = NULL;
        StoreIngest *ingest = NULL;

        assert_int_equal(store_import_begin(t->store, 0, &import, NULL), 0);
        assert_int_equal(store_ingest_start(import, &spec, &ingest, NULL), 0);
        assert_int_equal(store_ingest_finish(ingest, &found, NULL), 0);
        assert_int_equal(count_rows(t, "blob"), 1);
        assert_int_equal(count_in(t, "cas/tree"), 1);
        store_import_free(import);
        assert_int_equal(count_rows(t, "blob"), 0);
        assert_int_equal(count_in(t, "cas/tree"), 0);
        assert_int_equal(count_in(t, "cas/tmp"), 0);
}

static void giving_up_takes_nothing_that_an_image_has(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(fd_closep) int fd = aci_new("example.com/a", NULL, files);
        const StoreIngestSpec spec = { .input.fd = fd, .aci = true };
        StoreImport *import = NULL;
        StoreIngest *ingest = NULL;

        assert_int_equal(store_import_begin(t->store, 0, &import, NULL), 0);
        assert_int_equal(store_ingest_start(import, &spec, &ingest, NULL), 0);
        store_ingest_free(ingest);
        store_import_free(import);
        assert_int_equal(count_in(t, "cas/tmp"), 0);
        assert_int_equal(get_layers(t, id, &layers), 0);
        assert_int_equal(store_layers_check(t->store, layers.keys, STORE_CHECK_FULL, NULL), 0);
}

static void refuses_layers_that_are_not_what_was_said(void **state) {
        TestStore *t = *state;
        static const Member members[] = { { '0', "f", "hello", 0, 0 }, {} };
        OciDigest right, wrong;
        _cleanup_(fd_closep) int fd = archive_new(members);

        digest_fd(t, fd, &right);
        assert_int_equal(store_digest_text(t->store, "x", 1, OCI_SHA256, &wrong, NULL), 0);
        for (unsigned i = 0; i < 4; i++) {
                _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
                const StoreIngestSpec spec = {
                        .input.fd = fd,
                        .blob = i == 1 ? wrong : right,
                        .diff = i == 2 ? wrong : right,
                        .size = i == 3 ? 1 : 0,
                };
                StoreImport *import = NULL;
                StoreIngest *ingest = NULL;

                assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
                assert_int_equal(store_import_begin(t->store, 0, &import, NULL), 0);
                assert_int_equal(store_ingest_start(import, &spec, &ingest, NULL), 0);
                assert_int_equal(store_ingest_finish(ingest, &found, NULL), i == 0 ? 0 : -EBADMSG);
                store_import_free(import);
                assert_int_equal(count_rows(t, "blob"), 0);
                assert_int_equal(count_in(t, "cas/tree"), 0);
        }
}

/* A layer that is to come in parts, and one of those who bring it. */
typedef struct Delivery {
        OciDigest digest;
        char *bytes;
        size_t n;
        uint64_t there; /* when the last one began */
} Delivery;

/* Brings the layer up to its byte @end. */
static int bring_part(TestStore *t, Delivery *delivery, size_t end) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        StoreIngestSpec spec = { .blob = delivery->digest,
                                 .diff = delivery->digest,
                                 .size = delivery->n,
                                 .in_parts = true };
        StoreImport *import = NULL;
        StoreIngest *ingest = NULL;
        int ends[2], r = 0;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        spec.input.fd = ends[0];
        assert_int_equal(store_import_begin(t->store, 0, &import, NULL), 0);
        assert_int_equal(store_ingest_start(import, &spec, &ingest, NULL), 0);
        close(ends[0]);
        delivery->there = store_ingest_there(ingest);
        if (end > delivery->there)
                assert_int_equal(fd_write_all(ends[1], delivery->bytes + delivery->there,
                                              end - delivery->there),
                                 0);
        close(ends[1]);
        if (end == delivery->n) {
                r = store_ingest_finish(ingest, &found, NULL);
        } else {
                store_ingest_keep(ingest);
                store_ingest_free(ingest);
        }
        store_import_free(import);
        return r;
}

/* All that came is used, in whole sectors. */
static void expect_there(const Delivery *delivery, size_t came) {
        assert_int_equal(delivery->there, came / 4096 * 4096);
}

static void goes_on_with_what_an_earlier_one_brought(void **state) {
        TestStore *t = *state;
        static char text[600000];
        static const Member members[] = { { '0', "f", text, 0, 0 }, {} };
        Delivery delivery = {};
        _cleanup_(fd_closep) int fd = -EBADF, part_fd = -EBADF;
        _cleanup_(freep) char *name = NULL;

        memset(text, 'x', sizeof(text) - 1);
        fd = archive_new(members);
        digest_fd(t, fd, &delivery.digest);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_all(fd, 1024 * 1024, &delivery.bytes, &delivery.n), 0);
        assert_true(asprintf(&name, "cas/downloads/sha256-%s", oci_digest_hex(&delivery.digest)) >
                    0);

        /* A little is not worth a file. */
        assert_int_equal(bring_part(t, &delivery, 100), 0);
        assert_int_equal(delivery.there, 0);
        assert_int_equal(count_in(t, "cas/downloads"), 0);
        assert_int_equal(bring_part(t, &delivery, 300000), 0);
        assert_int_equal(delivery.there, 0);
        assert_int_equal(count_in(t, "cas/downloads"), 1);
        assert_int_equal(bring_part(t, &delivery, 500000), 0);
        expect_there(&delivery, 300000);
        assert_int_equal(bring_part(t, &delivery, delivery.n), 0);
        expect_there(&delivery, 500000);
        assert_int_equal(count_in(t, "cas/downloads"), 0);
        assert_int_equal(count_in(t, "cas/tmp"), 0);

        /* What is there is no more believed than what comes. */
        assert_int_equal(bring_part(t, &delivery, 300000), 0);
        part_fd = openat(t->dir.fd, name, O_WRONLY | O_CLOEXEC);
        assert_true(part_fd >= 0);
        assert_int_equal(pwrite(part_fd, "y", 1, 1000), 1);
        assert_int_equal(bring_part(t, &delivery, delivery.n), -EBADMSG);
        expect_there(&delivery, 300000);
        assert_int_equal(count_in(t, "cas/downloads"), 0);
        assert_int_equal(count_rows(t, "blob"), 0);

        /* Nor is what somebody else could still change. */
        assert_int_equal(bring_part(t, &delivery, 300000), 0);
        assert_int_equal(fchmodat(t->dir.fd, name, 0660, 0), 0);
        assert_int_equal(bring_part(t, &delivery, delivery.n), 0);
        assert_int_equal(delivery.there, 0);
        assert_int_equal(count_in(t, "cas/downloads"), 0);
        free(delivery.bytes);
}

static void a_layer_that_two_images_have_is_there_once(void **state) {
        TestStore *t = *state;
        static const Member base[] = { { '0', "base", "base", 0, 0 }, {} };
        static const Member one[] = { { '0', "one", "one", 0, 0 }, {} };
        static const Member two[] = { { '0', "two", "two", 0, 0 }, {} };
        _cleanup_(freep) char *first = NULL, *second = NULL;
        _cleanup_(store_layers_done) StoreLayers a = STORE_LAYERS_NULL, b = STORE_LAYERS_NULL;

        assert_int_equal(
                import_oci(t, "first", (int[]){ archive_new(base), archive_new(one) }, 2, &first),
                0);
        assert_int_equal(
                import_oci(t, "second", (int[]){ archive_new(base), archive_new(two) }, 2, &second),
                0);
        assert_int_equal(get_layers(t, first, &a), 0);
        assert_int_equal(get_layers(t, second, &b), 0);
        assert_int_equal(strv_length(a.keys), 2);
        assert_string_equal(a.keys[1], b.keys[1]); /* topmost first */
        assert_string_not_equal(a.keys[0], b.keys[0]);
        assert_int_equal(count_in(t, "cas/tree"), 3);

        assert_int_equal(store_image_remove(t->store, first, NULL), 2); /* its config, its layer */
        assert_int_equal(store_layers_check(t->store, b.keys, STORE_CHECK_FULL, NULL), 0);
        assert_int_equal(count_rows(t, "blob"), 3);
        assert_int_equal(store_image_remove(t->store, first, NULL), -ENOENT);
}

static void a_store_for_reading_takes_nothing(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        char *none = NULL;

        assert_int_equal(open_again(t, STORE_READ_ONLY), 0);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_int_equal(import_aci(t, aci_new("example.com/b", NULL, files), 0, &none), -EROFS);
        assert_int_equal(store_image_touch(t->store, id, NULL), 0);
        assert_true(store_image_remove(t->store, id, NULL) < 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(keeps_an_image_under_the_digest_of_its_bytes),
                STORE_TEST(once_verified_stays_verified),
                STORE_TEST(nothing_stays_of_what_is_refused),
                STORE_TEST(takes_back_what_is_not_committed),
                STORE_TEST(giving_up_takes_nothing_that_an_image_has),
                STORE_TEST(refuses_layers_that_are_not_what_was_said),
                STORE_TEST(goes_on_with_what_an_earlier_one_brought),
                STORE_TEST(a_layer_that_two_images_have_is_there_once),
                STORE_TEST(a_store_for_reading_takes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
