/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "cleanup.h"
#include "sysd-unit-file.h"

static char *write_text(const SysdProperties *p, int want) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        assert_non_null(out);
        assert_int_equal(sysd_unit_file_write(p, out, NULL), want);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void writes_each_kind_as_unit_files_have_it(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        char *const calls[] = { (char[]){ "mount" }, (char[]){ "@clock" }, NULL };
        _cleanup_(freep) char *text = NULL;

        (void) state;
        assert_int_equal(sysd_set_string(&p, "Description", "100% sure"), 0);
        assert_int_equal(sysd_set_bool(&p, "NoNewPrivileges", true), 0);
        assert_int_equal(sysd_set_i32(&p, "OOMScoreAdjust", -7), 0);
        assert_int_equal(sysd_set_u64(&p, "MemoryMax", UINT64_MAX), 0);
        assert_int_equal(sysd_set_u64(&p, "CPUQuotaPerSecUSec", 505000), 0);
        assert_int_equal(sysd_set_u64(&p, "RestartUSec", 1500000), 0);
        assert_int_equal(sysd_set_u64(&p, "TimeoutStopUSec", UINT64_MAX), 0);
        assert_int_equal(sysd_set_u64(&p, "RestrictNamespaces", CLONE_NEWUTS | CLONE_NEWNS), 0);
        assert_int_equal(sysd_set_calls(&p, "SystemCallFilter", false, calls), 0);
        assert_int_equal(sysd_add_string(&p, "After", "a.service"), 0);
        assert_int_equal(sysd_add_string(&p, "After", "b.service"), 0);
        assert_int_equal(sysd_set_optional(&p, "AppArmorProfile", true, "u:r:t:s0"), 0);
        assert_int_equal(sysd_add_bind(&p, "BindPaths", "/a b", "/c:d", true), 0);
        text = write_text(&p, 0);
        assert_string_equal(text, "Description=100%% sure\n"
                                  "NoNewPrivileges=yes\n"
                                  "OOMScoreAdjust=-7\n"
                                  "MemoryMax=infinity\n"
                                  "CPUQuota=50.50%\n"
                                  "RestartSec=1500000us\n"
                                  "TimeoutStopSec=infinity\n"
                                  "RestrictNamespaces=mnt uts\n"
                                  "SystemCallFilter=~mount @clock\n"
                                  "After=a.service\n"
                                  "After=b.service\n"
                                  "AppArmorProfile=-u:r:t:s0\n"
                                  "BindPaths=\"/a b\":\"/c:d\":rbind\n");
}

static void keeps_words_to_themselves(void **state) {
        static const struct {
                const char *argument, *want;
        } cases[] = {
                { "", "\"\"" },
                { "plain", "\"plain\"" },
                { "$HOME ${X}", "\"$$HOME $${X}\"" },
                { "%n %%", "\"%%n %%%%\"" },
                { "two\nlines\t", "\"two\\x0alines\\x09\"" },
                { "\"'\\", "\"\\\"'\\\\\"" },
                { "; rm -rf", "\"; rm -rf\"" },
                { "ünï", "\"ünï\"" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
                _cleanup_(freep) char *word = strdup(cases[i].argument), *text = NULL, *want = NULL;
                char *const argv[] = { (char[]){ "zero" }, word, NULL };

                print_message("# %s\n", cases[i].argument);
                assert_int_equal(sysd_add_exec(&p, "ExecStart", "/bin/x", argv), 0);
                text = write_text(&p, 0);
                assert_true(asprintf(&want, "ExecStart=@\"/bin/x\" \"zero\" %s\n", cases[i].want) >
                            0);
                assert_string_equal(text, want);
        }
}

static void lets_no_value_end_its_line(void **state) {
        static const char *const cases[] = { "a\nExecStart=/bin/evil", "\n", "a\r", "a\\" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL,
                                                               q = SYSD_PROPERTIES_NULL;

                assert_int_equal(sysd_set_string(&p, "Description", cases[i]), 0);
                free(write_text(&p, -EINVAL));
                assert_int_equal(sysd_add_string(&q, "After", cases[i]), 0);
                free(write_text(&q, -EINVAL));
        }
}

static void refuses_what_no_file_can_hold(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_fd(&p, "StandardOutputFileDescriptor", 1), 0);
        free(write_text(&p, -EOPNOTSUPP));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_each_kind_as_unit_files_have_it),
                cmocka_unit_test(keeps_words_to_themselves),
                cmocka_unit_test(lets_no_value_end_its_line),
                cmocka_unit_test(refuses_what_no_file_can_hold),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
