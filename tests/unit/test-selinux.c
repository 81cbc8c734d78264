/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include "selinux.h"
#include "text.h"

#define PROCESS "system_u:system_r:container_t:s0"
#define FILE_LABEL "system_u:object_r:container_file_t:s0"

static void knows_a_label_from_what_is_none(void **state) {
        static const struct {
                const char *text, *level; /* level "": it is none */
        } cases[] = {
                { PROCESS, "s0" },
                { "u:r:t", NULL },
                { "u:r:t:s0-s15:c0.c1023,c5", "s0-s15:c0.c1023,c5" },
                { "_u.x-1:r:t:s0", "s0" },
                { "", "" },
                { "u", "" },
                { "u:r", "" },
                { "u:r:", "" },
                { ":r:t", "" },
                { "u::t:s0", "" },
                { "u:r:t:", "" },
                { "u:r:t,t:s0", "" },
                { "u:r:t:s0 ", "" },
                { "u:r:t:s0\n", "" },
                { "u:r:t:s0\"", "" },
                { "u:r:t:s0/x", "" },
                { "u:r:t:s\xc3\xa4", "" },
        };
        char longest[SELINUX_LABEL_MAX + 2] = "u:r:t:";

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                bool good = !text_equal(cases[i].level, "");

                print_message("# %s\n", cases[i].text);
                assert_int_equal(selinux_label_is_valid(cases[i].text), good);
                if (good)
                        assert_true(text_equal(selinux_label_level(cases[i].text), cases[i].level));
        }
        memset(longest + 6, 's', SELINUX_LABEL_MAX - 6);
        assert_true(selinux_label_is_valid(longest));
        longest[SELINUX_LABEL_MAX] = 's';
        assert_false(selinux_label_is_valid(longest));
}

static void finds_the_policy(void **state) {
        static const struct {
                const char *text, *type;
                int want;
        } cases[] = {
                { "SELINUX=enforcing\nSELINUXTYPE=targeted\n", "targeted", 0 },
                { "SELINUX=permissive\r\nSELINUXTYPE=default\r\n", "default", 0 },
                { "# SELINUX=disabled\n\n  SELINUXTYPE = mls ", "mls", 0 },
                { "SELINUXTYPE=\"targeted\"", "targeted", 0 },
                { "SELINUX=disabled\nSELINUXTYPE=targeted\n", NULL, 0 },
                { "SELINUX=enforcing\n", NULL, 0 },
                { "SELINUXTYPE=\n", NULL, 0 },
                { "", NULL, 0 },
                { "SELINUXTYPE=../../tmp\n", NULL, -EINVAL },
                { "SELINUXTYPE=..\n", NULL, -EINVAL },
                { "SELINUXTYPE=\xff\n", NULL, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *type = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(
                        selinux_parse_config(cases[i].text, strlen(cases[i].text), &type, NULL),
                        cases[i].want);
                assert_true(text_equal(type, cases[i].type));
        }
}

static void reads_the_labels_of_containers(void **state) {
        static const struct {
                const char *text, *process, *mount;
                int want;
        } cases[] = {
                { "process = \"" PROCESS "\"\nfile = \"" FILE_LABEL "\"\n", PROCESS, FILE_LABEL,
                  0 },
                { "process=" PROCESS "\r\ncontent = x\r\nfile=" FILE_LABEL "\r\n", PROCESS,
                  FILE_LABEL, 0 },
                { "# process = x\n;file = x\nnothing\n\n\tprocess = u:r:t\nfile = u:r:f", "u:r:t",
                  "u:r:f", 0 },
                /* What starts in the pod is a systemd. */
                { "init_process = u:r:i:s0\nprocess = u:r:t:s0\nfile = u:r:f:s0\n", "u:r:i:s0",
                  "u:r:f:s0", 0 },
                { "process = u:r:a:s0\nprocess = u:r:b:s0\nfile = u:r:f:s0\n", "u:r:b:s0",
                  "u:r:f:s0", 0 },
                { "process = u:r:t:s0\n", NULL, NULL, -ENODATA },
                { "file = u:r:t:s0\n", NULL, NULL, -ENODATA },
                { "", NULL, NULL, -ENODATA },
                { "process = \"u:r:t:s0\nfile = u:r:f:s0\n", NULL, NULL, -EINVAL },
                { "process = u:r:t:s0 --bind=/\nfile = u:r:f:s0\n", NULL, NULL, -EINVAL },
                { "process = u:r:t:s0\nfile = \n", NULL, NULL, -EINVAL },
                { "process = u:r:t:s0\nfile = u:r:f:s0\n\xff", NULL, NULL, -EBADMSG },
        };
        static const char nul[] = "process = u:r:t:s0\0\nfile = u:r:f:s0\n";

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(selinux_labels_done) SelinuxLabels labels = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(
                        selinux_parse_contexts(cases[i].text, strlen(cases[i].text), &labels, NULL),
                        cases[i].want);
                assert_true(text_equal(labels.process, cases[i].process));
                assert_true(text_equal(labels.mount, cases[i].mount));
        }
        assert_int_equal(selinux_parse_contexts(nul, sizeof(nul) - 1, &(SelinuxLabels){}, NULL),
                         -EBADMSG);
}

/* @want: what is read then; NULL for nothing. */
static void expect_contexts(const TestDir *dir, int want, const char *process) {
        _cleanup_(selinux_labels_done) SelinuxLabels labels = {};

        assert_int_equal(selinux_read_contexts(dir->fd, &labels, NULL), want);
        assert_true(text_equal(labels.process, process));
}

static void looks_where_they_are_kept(void **state) {
        _cleanup_(freep) char *big = calloc(1, 128 * 1024);
        TestDir dir = {};

        (void) state;
        test_dir_open(&dir);
        expect_contexts(&dir, 0, NULL);
        make_dir(dir.fd, "etc");
        make_dir(dir.fd, "etc/selinux");
        make_file(dir.fd, "etc/selinux/config", "SELINUXTYPE=targeted\n");
        expect_contexts(&dir, 0, NULL);
        make_dir(dir.fd, "etc/selinux/targeted");
        make_dir(dir.fd, "etc/selinux/targeted/contexts");
        make_file(dir.fd, "etc/selinux/targeted/contexts/lxc_contexts",
                  "process = u:r:t:s0\nfile = u:r:f:s0\n");
        expect_contexts(&dir, 1, "u:r:t:s0");
        make_dir(dir.fd, "usr");
        make_dir(dir.fd, "usr/share");
        make_dir(dir.fd, "usr/share/containers");
        make_dir(dir.fd, "usr/share/containers/selinux");
        make_file(dir.fd, "usr/share/containers/selinux/contexts",
                  "init_process = u:r:i:s0\nfile = u:r:f:s0\n");
        expect_contexts(&dir, 1, "u:r:i:s0");
        /* A label nobody can read is not the same as none. */
        assert_non_null(big);
        memset(big, '#', 128 * 1024 - 1);
        assert_int_equal(unlinkat(dir.fd, "usr/share/containers/selinux/contexts", 0), 0);
        make_file(dir.fd, "usr/share/containers/selinux/contexts", big);
        expect_contexts(&dir, -EFBIG, NULL);
        assert_int_equal(unlinkat(dir.fd, "etc/selinux/config", 0), 0);
        expect_contexts(&dir, 0, NULL);
        assert_int_equal(mkfifoat(dir.fd, "etc/selinux/config", 0600), 0);
        expect_contexts(&dir, -EBADMSG, NULL);
        test_dir_done(&dir);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_a_label_from_what_is_none),
                cmocka_unit_test(finds_the_policy),
                cmocka_unit_test(reads_the_labels_of_containers),
                cmocka_unit_test(looks_where_they_are_kept),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
