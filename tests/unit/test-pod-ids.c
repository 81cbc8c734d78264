/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>

#include "files.h"
#include "pod-ids.h"
#include "text.h"

static void reads_a_range_and_nothing_else(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "524288:65536", 0 },
                { "1:1", 0 },
                { "", -EINVAL },
                { "524288", -EINVAL },
                { ":65536", -EINVAL },
                { "524288:", -EINVAL },
                { "524288:0", -EINVAL },
                { "-1:65536", -EINVAL },
                { "524288:65536:1", -EINVAL },
                { "4294967295:1", -EINVAL },
                { "4294901760:65536", -EINVAL },
                { "99999999999:65536", -EINVAL },
                { " 1:1", -EINVAL },
                { "0x10:1", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                PodIds ids = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(pod_ids_parse(cases[i].text, &ids), cases[i].want);
                assert_int_equal(ids.count > 0, cases[i].want == 0);
        }
}

static void gives_no_range_twice(void **state) {
        char template[] = "/tmp/test-pod-ids.XXXXXX";
        _cleanup_(fd_closep) int tmp_fd = dir_open_at(AT_FDCWD, "/tmp");
        _cleanup_(pods_closep) Pods *pods = NULL;
        Pod *made[20] = {};
        PodIds ids[20] = {};

        (void) state;
        assert_non_null(mkdtemp(template));
        assert_int_equal(pods_open(template, true, &pods, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(made); i++) {
                assert_int_equal(pod_new(pods, &made[i], NULL), 0);
                assert_int_equal(pod_ids_read(made[i], &ids[i], NULL), 0);
                assert_int_equal(ids[i].count, 0);
                assert_int_equal(pod_ids_choose(pods, made[i], NULL), 0);
                assert_int_equal(pod_ids_read(made[i], &ids[i], NULL), 0);
                assert_int_equal(ids[i].count, 65536);
                assert_in_range(ids[i].shift, 0x80000, 0x6FFF0000);
                for (size_t j = 0; j < i; j++)
                        assert_int_not_equal(ids[i].shift, ids[j].shift);
        }
        /* What was damaged is no range at all. */
        assert_int_equal(file_write_at(made[0]->fd, "private-users-prepared", "x", 1, 0640, 0), 0);
        assert_int_equal(pod_ids_read(made[0], &ids[0], NULL), -EBADMSG);
        for (size_t i = 0; i < N_ELEMENTS(made); i++) {
                assert_int_equal(pod_remove(made[i], NULL), 0);
                pod_close(made[i]);
        }
        assert_int_equal(tree_remove_at(tmp_fd, strrchr(template, '/') + 1), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_a_range_and_nothing_else),
                cmocka_unit_test(gives_no_range_twice),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
