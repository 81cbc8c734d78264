/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include "app-mount-places.h"
#include "text.h"

/* An image and two volumes, the second of which is mounted in the first. */
typedef struct Trees {
        TestDir dir;
        int root_fd, outer_fd, inner_fd;
} Trees;

static int open_sub(int fd, const char *name) {
        int sub_fd = -EBADF;

        make_dir(fd, name);
        sub_fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(sub_fd >= 0);
        return sub_fd;
}

static int open_trees(void **state) {
        Trees *t = calloc(1, sizeof(Trees));

        assert_non_null(t);
        test_dir_open(&t->dir);
        t->root_fd = open_sub(t->dir.fd, "root");
        t->outer_fd = open_sub(t->dir.fd, "outer");
        t->inner_fd = open_sub(t->dir.fd, "inner");
        make_dir(t->root_fd, "data");
        make_dir(t->outer_fd, "v1");
        assert_int_equal(symlinkat("data", t->root_fd, "link"), 0);
        assert_int_equal(symlinkat("/e", t->root_fd, "data/sub"), 0);
        *state = t;
        return 0;
}

static int close_trees(void **state) {
        Trees *t = *state;

        fd_drop(&t->root_fd);
        fd_drop(&t->outer_fd);
        fd_drop(&t->inner_fd);
        test_dir_done(&t->dir);
        free(t);
        return 0;
}

/* The inner one before the outer, as a person may say them. */
static int places_of(const Trees *t, char *outer, char *inner, Strv *ret, Error *e) {
        char outer_name[] = "outer", inner_name[] = "inner";
        AppMount mounts[] = {
                { .volume = { .name = inner_name }, .target = inner },
                { .volume = { .name = outer_name }, .target = outer },
        };

        return app_mount_places(t->root_fd, &(AppMounts){ mounts, 2 },
                                (int[]){ t->inner_fd, t->outer_fd }, ret, e);
}

static void links_of_volumes_are_met_where_they_are_mounted(void **state) {
        const Trees *t = *state;
        static const struct {
                const char *link; /* outer/sub; NULL for none */
                const char *target, *want;
                int r;
        } cases[] = {
                { NULL, "/data/sub", "/data/sub", 0 }, /* not the image's, which is covered */
                { NULL, "/link/sub/deep", "/data/sub/deep", 0 },
                { NULL, "/data/v1/x", "/data/v1/x", 0 },
                { NULL, "/other/../data/v1", "/data/v1", 0 },
                { "v1", "/data/sub", "/data/v1", 0 },
                { "./v1/..//v1/new", "/data/sub/x", "/data/v1/new/x", 0 },
                { "/data/v1", "/data/sub", "/data/v1", 0 },
                { "/link/v1", "/data/sub", "/data/v1", 0 },
                { "../data/v1", "/link/sub", "/data/v1", 0 },
                { "v1/../../etc", "/data/sub", NULL, -EXDEV },
                { "/etc", "/data/sub", NULL, -EXDEV },
                { "/etc", "/link/sub", NULL, -EXDEV },
                { "/", "/data/sub", NULL, -EXDEV },
                { "..", "/data/sub", NULL, -EXDEV },
                { "../..", "/data/sub/data/v1", "/data/v1", 0 },
                { "/proc/self/attr", "/data/sub", NULL, -EXDEV },
                { "/database", "/data/sub", NULL, -EXDEV },
                { "sub", "/data/sub", NULL, -ELOOP },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char outer[] = "/data", inner[64];
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(strv_freep) Strv places = NULL;

                print_message("# %s: %s\n", cases[i].link ?: "none", cases[i].target);
                (void) snprintf(inner, sizeof(inner), "%s", cases[i].target);
                if (cases[i].link)
                        assert_int_equal(symlinkat(cases[i].link, t->outer_fd, "sub"), 0);
                assert_int_equal(places_of(t, outer, inner, &places, &e), cases[i].r);
                if (cases[i].want) {
                        assert_string_equal(places[0], cases[i].want);
                        assert_string_equal(places[1], "/data");
                } else
                        assert_null(places);
                if (cases[i].link)
                        assert_int_equal(unlinkat(t->outer_fd, "sub", 0), 0);
        }
}

/* Of three, the innermost's link counts for the innermost, and a link of the image for none. */
static void each_volume_keeps_its_own(void **state) {
        const Trees *t = *state;
        char outer_name[] = "outer", inner_name[] = "inner", last_name[] = "last";
        char outer[] = "/data", inner[] = "/data/v1", last[] = "/data/v1/out/x",
             by_link[] = "/link";
        AppMount mounts[] = {
                { .volume = { .name = last_name }, .target = last },
                { .volume = { .name = inner_name }, .target = inner },
                { .volume = { .name = outer_name }, .target = outer },
        };
        const AppMounts all = { mounts, 3 };
        const int fds[] = { t->root_fd, t->inner_fd, t->outer_fd };
        _cleanup_(strv_freep) Strv places = NULL;

        assert_int_equal(symlinkat("..", t->inner_fd, "out"), 0);
        assert_int_equal(app_mount_places(t->root_fd, &all, fds, &places, NULL), -EXDEV);
        assert_int_equal(unlinkat(t->inner_fd, "out", 0), 0);
        assert_int_equal(symlinkat("in", t->inner_fd, "out"), 0);
        mounts[2].target = by_link;
        assert_int_equal(app_mount_places(t->root_fd, &all, fds, &places, NULL), 0);
        assert_string_equal(places[0], "/data/v1/in/x");
        assert_string_equal(places[1], "/data/v1");
        assert_string_equal(places[2], "/data");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(links_of_volumes_are_met_where_they_are_mounted,
                                                open_trees, close_trees),
                cmocka_unit_test_setup_teardown(each_volume_keeps_its_own, open_trees, close_trees),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
