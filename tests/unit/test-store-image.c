/* SPDX-License-Identifier: Apache-2.0 */
#include "test-store.h"

#include <sys/stat.h>

static char *version_labels(const char *version) {
        char *text = NULL;

        assert_true(asprintf(&text, "\"labels\":[{\"name\":\"version\",\"value\":\"%s\"}]",
                             version) > 0);
        return text;
}

static char *import_version(TestStore *t, const char *name, const char *version, bool latest) {
        _cleanup_(freep) char *labels = version_labels(version);
        char *id = NULL;

        assert_int_equal(
                import_aci(t, aci_new(name, labels, NULL), latest ? STORE_COMMIT_LATEST : 0, &id),
                0);
        return id;
}

static int find_name(TestStore *t, const char *text, char **ret) {
        _cleanup_(appc_reference_done) AppcReference reference = {};

        error_done(&t->e);
        assert_int_equal(appc_reference_parse(text, &reference, NULL), 0);
        return store_image_find_name(t->store, &reference, false, ret, &t->e);
}

static void finds_by_the_beginning_of_an_id(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, NULL);
        _cleanup_(freep) char *longer = NULL, *wrong = strdup(id);
        const struct {
                const char *prefix;
                int want;
                const char *text;
        } cases[] = {
                { id, 0, NULL },
                { "sha512-", -EINVAL, "image ID too short" },
                { "sha512-a", -EINVAL, "image ID too short" },
                { "sha256:a", -EINVAL, "image ID too short" },
                { "md5-aaaa", -EINVAL, "wrong key prefix" },
                { "", -EINVAL, "wrong key prefix" },
                { "sha512-zz", -ENOENT, "no image IDs found" },
                { "sha512-%%", -ENOENT, "no image IDs found" },
                { "sha512-AA", -ENOENT, "no image IDs found" },
        };

        wrong[10] = wrong[10] == '0' ? '1' : '0';
        assert_true(asprintf(&longer, "%s%s", id, id + strlen(APPC_ID_PREFIX)) > 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *found = NULL;

                print_message("# %s\n", cases[i].prefix);
                error_done(&t->e);
                assert_int_equal(store_image_find(t->store, cases[i].prefix, &found, &t->e),
                                 cases[i].want);
                if (cases[i].want < 0) {
                        assert_null(found);
                        expect_error(t, cases[i].text);
                } else
                        assert_string_equal(found, id);
        }
        for (size_t n = strlen(APPC_ID_PREFIX) + 2; n <= strlen(id); n++) {
                _cleanup_(freep) char *found = NULL, *prefix = strndup(id, n);

                assert_int_equal(store_image_find(t->store, prefix, &found, NULL), 0);
                assert_string_equal(found, id);
        }
        free(ptr_take(&wrong));
        assert_int_equal(store_image_find(t->store, longer, &wrong, NULL), 0); /* 128 digits */
        assert_string_equal(wrong, id);
}

/* 400 rows begin with every two digits there are, and with some twice. */
static void tells_of_ambiguous_beginnings(void **state) {
        TestStore *t = *state;
        char *found = NULL;

        assert_int_equal(
                store_sql_script(
                        t->store->sql,
                        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)"
                        " INSERT INTO image SELECT 'sha512-' || printf('%064x', i * 7919) || '',"
                        " 0, 0, 0, 0, 0, NULL, NULL FROM n",
                        NULL),
                0);
        assert_int_equal(store_image_find(t->store, "sha512-0000", &found, &t->e), -ENOTUNIQ);
        expect_error(t, "ambiguous image ID: \"sha512-0000\"");
        assert_null(found);
}

static void finds_by_name_and_labels(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *one = import_version(t, "example.com/a", "1", true);
        _cleanup_(freep) char *two = import_version(t, "example.com/a", "2", false);
        _cleanup_(freep) char *other = import_version(t, "example.com/a/b", "3", false);
        const struct {
                const char *text, *want;
        } cases[] = {
                { "example.com/a", one }, /* the latest, though not the newest */
                { "example.com/a:1", one },
                { "example.com/a:2", two },
                { "example.com/a,version=2", two },
                { "example.com/a/b", other },
                { "example.com/a:3", NULL },
                { "example.com/a:2,os=linux", NULL }, /* a label asked for must be there */
                { "example.com", NULL },
                { "example.com/a/b/c", NULL },
        };

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *found = NULL;
                int r = find_name(t, cases[i].text, &found);

                print_message("# %s\n", cases[i].text);
                assert_int_equal(r, cases[i].want ? 0 : -ENOENT);
                if (cases[i].want)
                        assert_string_equal(found, cases[i].want);
        }
        expect_error(t, "cannot find aci satisfying name: \"example.com/a/b/c\" and labels: []");
}

static void finds_all_of_a_name(void **state) {
        TestStore *t = *state;
        _cleanup_(appc_reference_done) AppcReference reference = {}, versioned = {};
        _cleanup_(freep) char *one = import_version(t, "example.com/a", "1", false);
        _cleanup_(freep) char *two = import_version(t, "example.com/a", "2", false);
        _cleanup_(strv_freep) Strv ids = NULL, some = NULL, none = NULL;

        assert_int_equal(appc_reference_parse("example.com/a", &reference, NULL), 0);
        assert_int_equal(appc_reference_parse("example.com/a:1", &versioned, NULL), 0);
        assert_int_equal(store_image_find_names(t->store, &reference, &ids, NULL), 0);
        assert_int_equal(strv_length(ids), 2);
        assert_string_equal(ids[0], two);
        assert_string_equal(ids[1], one);
        assert_int_equal(store_image_find_names(t->store, &versioned, &some, NULL), 0);
        assert_int_equal(strv_length(some), 1);
        assert_int_equal(store_image_remove(t->store, one, NULL), 1);
        assert_int_equal(store_image_find_names(t->store, &versioned, &none, NULL), 0);
        assert_null(none);
}

static void lists_in_the_order_of_imports(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *one = import_version(t, "example.com/z", "1", false);
        _cleanup_(freep) char *two = import_version(t, "example.com/a", "2", false);
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;

        assert_int_equal(store_image_list(t->store, APPC_KEY_LENGTH, &images, NULL), 0);
        assert_int_equal(images.n, 2);
        assert_string_equal(images.items[0].id, one);
        assert_string_equal(images.items[1].id, two);
        assert_string_equal(images.items[1].name, "example.com/a:2");
        assert_int_equal(store_image_get(t->store, two, &image, NULL), 0);
        assert_true(image.tree_size > 0);
        assert_int_equal(images.items[1].size, image.size + image.tree_size);
}

static off_t log_size(const TestStore *t) {
        struct stat st;

        assert_int_equal(fstatat(t->dir.fd, "cas/index.db-wal", &st, 0), 0);
        return st.st_size;
}

/* And says so without a word in the index. */
static void knows_when_it_was_used_last(void **state) {
        TestStore *t = *state;
        const struct timespec long_ago[2] = { { 0, UTIME_OMIT }, { 1000000000, 5 } };
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL, later = STORE_IMAGE_NULL;
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, NULL);
        _cleanup_(freep) char *path = NULL;
        off_t log = 0;

        assert_true(asprintf(&path, "cas/used/%s", id) > 0);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_int_equal(image.used, image.imported);
        assert_int_equal(store_image_touch(t->store, id, NULL), 0);
        assert_int_equal(faccessat(t->dir.fd, path, F_OK, 0), -1); /* it came just now */

        store_image_done(&image);
        assert_int_equal(store_sql_script(t->store->sql,
                                          "UPDATE image SET used = used - 2000000000;"
                                          "UPDATE name SET imported = imported - 2000000000",
                                          NULL),
                         0);
        log = log_size(t);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_int_equal(image.used, image.imported);
        assert_int_equal(store_image_touch(t->store, id, NULL), 0);
        expect_file(t->dir.fd, path, "");
        store_image_done(&image);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_true(image.used > image.imported);

        /* Of what comes from a backup only the later counts. */
        assert_int_equal(utimensat(t->dir.fd, path, long_ago, 0), 0);
        assert_int_equal(store_image_get(t->store, id, &later, NULL), 0);
        assert_int_equal(later.used, later.imported);
        assert_int_equal(store_image_touch(t->store, id, NULL), 0);
        assert_int_equal(store_image_list(t->store, 12, &images, NULL), 0);
        assert_int_equal(images.n, 1);
        assert_true(images.items[0].used > images.items[0].imported);
        assert_int_equal((long) log_size(t), (long) log);

        assert_int_equal(store_image_remove(t->store, id, NULL), 1);
        assert_int_equal(faccessat(t->dir.fd, path, F_OK, 0), -1);
}

static void a_damaged_or_newer_index_is_not_touched(void **state) {
        TestStore *t = *state;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *path = NULL;
        StoreSql *sql = NULL;

        assert_true(asprintf(&path, "%s/cas/index.db", t->dir.path) > 0);
        assert_int_equal(store_sql_script(t->store->sql, "PRAGMA user_version=2", NULL), 0);
        assert_int_equal(open_again(t, 0), -EOPNOTSUPP);
        expect_error(
                t, "current store db version: 2 greater than the current rkt expected version: 1");
        assert_null(t->store);
        assert_int_equal(store_sql_open(&(StoreSqlOptions){ .path = path }, &sql, NULL), 0);
        assert_int_equal(store_sql_script(sql, "PRAGMA user_version=-1", NULL), 0);
        sql = store_sql_free(sql);
        assert_int_equal(open_again(t, 0), -EBADMSG);
        expect_error(t, "the image index says that it is of version -1");
        assert_null(t->store);

        fd = openat(t->dir.fd, "cas/index.db", O_WRONLY | O_TRUNC | O_CLOEXEC);
        assert_int_equal(
                fd_write_all(fd, "this is no database, but long enough for a header....", 52), 0);
        assert_int_equal(unlinkat(t->dir.fd, "cas/index.db-wal", 0), 0);
        assert_int_equal(open_again(t, 0), -EUCLEAN);
        assert_null(t->store);
        fd_drop(&fd);
        expect_file(t->dir.fd, "cas/index.db",
                    "this is no database, but long enough for a header...");
}

static void for_reading_there_must_be_a_store(void **state) {
        TestStore *t = *state;

        store_free(ptr_take(&t->store));
        assert_int_equal(tree_remove_at(t->dir.fd, "cas"), 0);
        assert_int_equal(open_again(t, STORE_READ_ONLY), -ENOENT);
        assert_false(exists(t->dir.fd, "cas"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(finds_by_the_beginning_of_an_id),
                STORE_TEST(tells_of_ambiguous_beginnings),
                STORE_TEST(finds_by_name_and_labels),
                STORE_TEST(finds_all_of_a_name),
                STORE_TEST(lists_in_the_order_of_imports),
                STORE_TEST(knows_when_it_was_used_last),
                STORE_TEST(a_damaged_or_newer_index_is_not_touched),
                STORE_TEST(for_reading_there_must_be_a_store),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
