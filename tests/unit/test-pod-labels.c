/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <stdio.h>
#include <sys/xattr.h>

#include "pod-labels.h"
#include "text.h"

#define FILE_NAME "selinux-labels"

typedef struct Fixture {
        TestDir dir;
        Pods *pods;
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(Fixture));

        assert_non_null(f);
        test_dir_open(&f->dir);
        assert_int_equal(pods_open(f->dir.path, true, &f->pods, NULL), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        pods_close(f->pods);
        test_dir_done(&f->dir);
        free(f);
        return 0;
}

static Pod *make_pod(Fixture *f) {
        Pod *pod = NULL;

        assert_int_equal(pod_new(f->pods, &pod, NULL), 0);
        return pod;
}

static void put(const Pod *pod, const char *text) {
        assert_int_equal(file_write_at(pod->fd, FILE_NAME, text, strlen(text), 0640, 0), 0);
}

static void gives_two_sorted_categories(void **state) {
        const SelinuxLabels policy = {
                .process = (char[]){ "system_u:system_r:container_t:s0-s0:c0.c1023" },
                .mount = (char[]){ "system_u:object_r:container_file_t:s0" },
        };
        unsigned highest = 0;

        for (unsigned i = 0; i < 50; i++) {
                _cleanup_(selinux_labels_done) SelinuxLabels labels = {};
                _cleanup_(freep) char *mount = NULL;
                _cleanup_(pod_closep) Pod *pod = make_pod(*state);
                unsigned a = 0, b = 0;
                char rest = 0;

                assert_int_equal(pod_labels_read(pod, &labels, NULL), 0);
                assert_null(labels.process);
                assert_int_equal(pod_labels_choose(((Fixture *) *state)->pods, pod, &policy, NULL),
                                 0);
                assert_int_equal(pod_labels_read(pod, &labels, NULL), 0);
                print_message("# %s\n", labels.process);
                assert_int_equal(sscanf(labels.process,
                                        "system_u:system_r:container_t:s0:c%u,c%u%c", &a, &b,
                                        &rest),
                                 2);
                assert_true(a < b && b < 1024);
                assert_true(asprintf(&mount, "system_u:object_r:container_file_t:s0:c%u,c%u", a,
                                     b) > 0);
                assert_string_equal(labels.mount, mount);
                highest = b > highest ? b : highest;
                assert_int_equal(pod_remove(pod, NULL), 0);
        }
        assert_true(highest > 255); /* of so many, once in 10^60 it is not */
}

static void leaves_labels_without_a_level_as_they_are(void **state) {
        const SelinuxLabels policy = { .process = (char[]){ "u:r:t" },
                                       .mount = (char[]){ "u:r:f" } };
        _cleanup_(selinux_labels_done) SelinuxLabels labels = {};
        _cleanup_(pod_closep) Pod *pod = make_pod(*state), *other = make_pod(*state);
        Pods *pods = ((Fixture *) *state)->pods;

        assert_int_equal(pod_labels_choose(pods, pod, &policy, NULL), 0);
        assert_int_equal(pod_labels_choose(pods, other, &policy, NULL), 0);
        assert_int_equal(pod_labels_read(other, &labels, NULL), 0);
        assert_string_equal(labels.process, "u:r:t");
        assert_string_equal(labels.mount, "u:r:f");
}

static void knows_what_others_have_until_they_are_gone(void **state) {
        _cleanup_(pod_list_done) PodList list = {};
        _cleanup_(pod_closep) Pod *pod = make_pod(*state), *other = make_pod(*state),
                                  *broken = make_pod(*state);
        Pods *pods = ((Fixture *) *state)->pods;

        put(pod, "u:r:t:s0:c1,c2\nu:r:f:s0:c1,c2\n");
        put(other, "u:r:t:s0:c3,c4\nu:r:f:s0:c3,c4\n");
        put(broken, "u:r:t:s0:c5,c6\n");
        assert_int_equal(pods_list(pods, true, &list, NULL), 0);
        assert_false(pod_labels_taken(pods, pod, &list, "s0:c1,c2")); /* its own */
        assert_true(pod_labels_taken(pods, pod, &list, "s0:c3,c4"));
        assert_true(pod_labels_taken(pods, other, &list, "s0:c1,c2"));
        assert_false(pod_labels_taken(pods, pod, &list, "s0:c1,c4"));
        assert_false(pod_labels_taken(pods, pod, &list, "s0:c5,c6"));
        /* It has ended, and may still be looked into. */
        other->state = POD_PREPARING;
        assert_int_equal(pod_mark(other, NULL), 0);
        assert_true(pod_labels_taken(pods, pod, &list, "s0:c3,c4"));
        assert_int_equal(pod_remove(other, NULL), 0);
        assert_false(pod_labels_taken(pods, pod, &list, "s0:c3,c4"));
}

static void takes_nothing_damaged(void **state) {
        static const char *const cases[] = {
                "",
                "u:r:t:s0",
                "u:r:t:s0\n\n",
                "u:r:t:s0\nu:r:f:s0\nu:r:x:s0\n",
                "u:r:t:s0\nx\n",
                "x\nu:r:f:s0\n",
                "u:r:t:s0 \nu:r:f:s0\n",
        };
        _cleanup_(pod_closep) Pod *pod = make_pod(*state);

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(selinux_labels_done) SelinuxLabels labels = {};

                print_message("# %s\n", cases[i]);
                put(pod, cases[i]);
                assert_int_equal(pod_labels_read(pod, &labels, NULL), -EBADMSG);
                assert_null(labels.process);
        }
}

static void refuses_what_leaves_categories_no_room(void **state) {
        _cleanup_(selinux_labels_done) SelinuxLabels policy = {
                .process = malloc(SELINUX_LABEL_MAX + 1),
                .mount = strdup("u:r:f:s0"),
        };
        _cleanup_(pod_closep) Pod *pod = make_pod(*state);

        memset(policy.process, 't', SELINUX_LABEL_MAX);
        memcpy(policy.process, "u:r:", 4);
        memcpy(policy.process + SELINUX_LABEL_MAX - 3, ":s0", 4);
        assert_true(selinux_label_is_valid(policy.process));
        assert_int_equal(pod_labels_choose(((Fixture *) *state)->pods, pod, &policy, NULL),
                         -ENAMETOOLONG);
        assert_false(exists(pod->fd, FILE_NAME));
}

/* Without SELinux file systems keep the attribute of whoever may administer them. */
static void labels_a_tree_and_nothing_behind_its_links(void **state) {
        static const struct {
                const char *path;
                bool labelled;
        } cases[] = {
                { "tree", true },      { "tree/file", true },       { "tree/sub", true },
                { "tree/link", true }, { "tree/sub/locked", true }, { "outside", false },
        };
        static const char label[] = "u:r:f:s0:c1,c2";
        Fixture *f = *state;
        _cleanup_(freep) char *tree = NULL;

        make_dir(f->dir.fd, "tree");
        make_dir(f->dir.fd, "tree/sub");
        make_file(f->dir.fd, "outside", "");
        make_file(f->dir.fd, "tree/file", "");
        make_file(f->dir.fd, "tree/sub/locked", "");
        make_link(f->dir.fd, "tree/link", "../outside");
        assert_int_equal(fchmodat(f->dir.fd, "tree/sub/locked", 0, 0), 0);
        assert_true(asprintf(&tree, "%s/tree", f->dir.path) > 0);
        if (lsetxattr(tree, "security.selinux", "x", 1, 0) < 0)
                skip(); /* no rights, or a file system without such attributes */
        assert_int_equal(pod_labels_apply(tree, label, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *path = NULL;
                char got[64] = "";

                print_message("# %s\n", cases[i].path);
                assert_true(asprintf(&path, "%s/%s", f->dir.path, cases[i].path) > 0);
                assert_int_equal(lgetxattr(path, "security.selinux", got, sizeof(got)),
                                 cases[i].labelled ? (int) sizeof(label) : -1);
                assert_string_equal(got, cases[i].labelled ? label : "");
        }
        free(ptr_take(&tree));
        assert_true(asprintf(&tree, "%s/gone", f->dir.path) > 0);
        assert_int_equal(pod_labels_apply(tree, label, NULL), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(gives_two_sorted_categories, set_up, tear_down),
                cmocka_unit_test_setup_teardown(leaves_labels_without_a_level_as_they_are, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(knows_what_others_have_until_they_are_gone, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(takes_nothing_damaged, set_up, tear_down),
                cmocka_unit_test_setup_teardown(refuses_what_leaves_categories_no_room, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(labels_a_tree_and_nothing_behind_its_links, set_up,
                                                tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
