/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include "appc-app.h"

#define APP(members) "{\"user\":\"0\",\"group\":\"0\"" members "}"

typedef struct Case {
        const char *json, *says; /* the cause of the refusal; NULL where it is accepted */
        int want;
} Case;

static void expect_verdicts(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_app_freep) AppcApp *app = NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_app_read, &app, &e), cases[i].want);
                expect_cause(&e, cases[i].says);
                assert_int_equal(app != NULL, cases[i].want == 0);
        }
}

static void demands_a_user_and_a_group(void **state) {
        static const Case cases[] = {
                { APP(""), NULL, 0 },
                { "{\"user\":\"/etc/passwd\",\"group\":\"www data\"}", NULL, 0 },
                { "{}", "user is required", -EINVAL },
                { "{\"group\":\"0\"}", "user is required", -EINVAL },
                { "{\"user\":\"\",\"group\":\"0\"}", "user is required", -EINVAL },
                { "{\"user\":null,\"group\":\"0\"}", "user is required", -EINVAL },
                { "{\"user\":\"0\"}", "group is required", -EINVAL },
                { "{\"user\":\"0\",\"group\":\"\"}", "group is required", -EINVAL },
                { "{\"user\":0,\"group\":\"0\"}", "user: expected a string, found an integer",
                  -EINVAL },
                { "{\"user\":\"0\",\"group\":0}", "group: expected a string", -EINVAL },
                { "{\"User\":\"0\",\"group\":\"0\"}", "user is required", -EINVAL },
                { "[]", "expected an object, found a list", -EINVAL },
                { "\"app\"", "expected an object, found a string", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void reads_null_as_no_app(void **state) {
        AppcApp *app = NULL;

        (void) state;
        assert_int_equal(read_text("null", appc_app_read, &app, NULL), 0);
        assert_null(app);
}

static void judges_what_is_executed_and_where(void **state) {
        static const Case cases[] = {
                { APP(",\"exec\":[\"/bin/true\"]"), NULL, 0 },
                { APP(",\"exec\":[]"), NULL, 0 },
                { APP(",\"exec\":null"), NULL, 0 },
                { APP(",\"exec\":[\"true\",\"\"]"), NULL, 0 },
                { APP(",\"exec\":\"/bin/true\""), "exec: expected a list, found a string",
                  -EINVAL },
                { APP(",\"exec\":[1]"), "exec: [0]: expected a string", -EINVAL },
                { APP(",\"exec\":[null]"), "exec: [0]: expected a string, found null", -EINVAL },
                { APP(",\"workingDirectory\":\"\""), NULL, 0 },
                { APP(",\"workingDirectory\":null"), NULL, 0 },
                { APP(",\"workingDirectory\":\"/a/../..//b\""), NULL, 0 },
                { APP(",\"workingDirectory\":\"a\""), "workingDirectory must be an absolute path",
                  -EINVAL },
                { APP(",\"workingDirectory\":\"../a\""),
                  "workingDirectory must be an absolute path", -EINVAL },
                { APP(",\"workingDirectory\":7"), "workingDirectory: expected a string", -EINVAL },
                { APP(",\"supplementaryGIDs\":[0,-1,4294967296]"), NULL, 0 },
                { APP(",\"supplementaryGIDs\":null"), NULL, 0 },
                { APP(",\"supplementaryGIDs\":[\"0\"]"),
                  "supplementaryGIDs: [0]: expected an integer", -EINVAL },
                { APP(",\"supplementaryGIDs\":[0,1.0]"),
                  "supplementaryGIDs: [1]: expected an integer", -EINVAL },
                { APP(",\"supplementaryGIDs\":0"), "supplementaryGIDs: expected a list", -EINVAL },
                { APP(",\"supplementaryGIDs\":[9223372036854775808]"), "number out of range",
                  -ERANGE },
                { APP(",\"eventHandlers\":[{\"name\":\"pre-start\"},{\"name\":\"post-stop\","
                      "\"exec\":[\"x\"]}]"),
                  NULL, 0 },
                { APP(",\"eventHandlers\":[{\"name\":\"pre-start\"},{\"name\":\"pre-start\"}]"),
                  "Only one eventHandler of name \"pre-start\" allowed", -EINVAL },
                { APP(",\"eventHandlers\":[{\"name\":\"post-start\"}]"),
                  "bad eventHandler name \"post-start\"", -EINVAL },
                { APP(",\"eventHandlers\":[{\"name\":7}]"),
                  "eventHandlers: [0]: name: expected a string", -EINVAL },
                { APP(",\"eventHandlers\":[{\"exec\":[]}]"), "eventHandlers: [0]: name: missing",
                  -EINVAL },
                { APP(",\"eventHandlers\":[{\"name\":\"pre-start\",\"exec\":\"x\"}]"),
                  "eventHandlers: [0]: exec: expected a list", -EINVAL },
                { APP(",\"eventHandlers\":{}"), "eventHandlers: expected a list", -EINVAL },
                { APP(",\"environment\":[{\"name\":\"A\"},{\"name\":\"A\"}]"),
                  "environment: duplicate environment variable of name \"A\"", -EINVAL },
                { APP(",\"environment\":[\"A=b\"]"), "environment: [0]: expected an object",
                  -EINVAL },
                { APP(",\"isolators\":[{\"name\":\"os/linux/cpu-shares\",\"value\":1}]"),
                  "isolators: [0]: os/linux/cpu-shares: os/linux/cpu-shares must be", -ERANGE },
                { APP(",\"isolators\":[{\"name\":\"os/linux/magic\",\"value\":1}]"), NULL, 0 },
                { APP(",\"userLabels\":{\"a\":1}"), "userLabels: a: expected a string", -EINVAL },
                { APP(",\"userAnnotations\":[]"), "userAnnotations: expected an object", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_mount_points(void **state) {
        static const Case cases[] = {
                { APP(",\"mountPoints\":[{\"name\":\"a\",\"path\":\"/x\",\"readOnly\":true}]"),
                  NULL, 0 },
                { APP(",\"mountPoints\":[{\"name\":\"a\"},{\"name\":\"a\",\"path\":\"x\"}]"), NULL,
                  0 },
                { APP(",\"mountPoints\":[{\"name\":\"a\",\"path\":\"\",\"readOnly\":null}]"), NULL,
                  0 },
                { APP(",\"mountPoints\":[{\"path\":\"/x\"}]"), "mountPoints: [0]: name: missing",
                  -EINVAL },
                { APP(",\"mountPoints\":[{\"name\":\"A\",\"path\":\"/x\"}]"),
                  "mountPoints: [0]: name: ACName must", -EINVAL },
                { APP(",\"mountPoints\":[{\"name\":\"a\",\"path\":7}]"), "path: expected a string",
                  -EINVAL },
                { APP(",\"mountPoints\":[{\"name\":\"a\",\"readOnly\":\"true\"}]"),
                  "readOnly: expected a boolean", -EINVAL },
                { APP(",\"mountPoints\":[\"/x\"]"), "expected an object", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_ports(void **state) {
        static const struct {
                const char *members, *says;
                int want;
                uint32_t count;
        } cases[] = {
                { ",\"port\":80", NULL, 0, 1 },
                { ",\"port\":1", NULL, 0, 1 },
                { ",\"port\":65535", NULL, 0, 1 },
                { ",\"port\":80,\"count\":0", NULL, 0, 1 },
                { ",\"port\":80,\"count\":null", NULL, 0, 1 },
                { ",\"port\":65535,\"count\":1", NULL, 0, 1 },
                { ",\"port\":1,\"count\":65535", NULL, 0, 65535 },
                { ",\"port\":80,\"protocol\":\"sctp\",\"socketActivated\":true", NULL, 0, 1 },
                { "", "port must be in 1-65535 range", -ERANGE, 0 },
                { ",\"port\":null", "port must be in 1-65535 range", -ERANGE, 0 },
                { ",\"port\":0", "port must be in 1-65535 range", -ERANGE, 0 },
                { ",\"port\":65536", "port must be in 1-65535 range", -ERANGE, 0 },
                { ",\"port\":-1", "port: number out of range", -ERANGE, 0 },
                { ",\"port\":\"80\"", "port: expected an integer", -EINVAL, 0 },
                { ",\"port\":80.0", "port: expected an integer", -EINVAL, 0 },
                { ",\"port\":8e1", "port: expected an integer", -EINVAL, 0 },
                { ",\"port\":65535,\"count\":2", "end of port range must be in 1-65535 range",
                  -ERANGE, 0 },
                { ",\"port\":1,\"count\":65536", "end of port range must be in 1-65535 range",
                  -ERANGE, 0 },
                { ",\"port\":1,\"count\":18446744073709551614", "end of port range", -ERANGE, 0 },
                { ",\"port\":2,\"count\":18446744073709551615", "count: number out of range",
                  -ERANGE, 0 },
                { ",\"port\":80,\"count\":-1", "count: number out of range", -ERANGE, 0 },
                { ",\"port\":80,\"protocol\":6", "protocol: expected a string", -EINVAL, 0 },
                { ",\"port\":80,\"socketActivated\":1", "socketActivated: expected a boolean",
                  -EINVAL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_port_done) AppcPort port = {};
                _cleanup_(freep) char *text = NULL;

                assert_true(asprintf(&text, "{\"name\":\"a\"%s}", cases[i].members) > 0);
                print_message("# %s\n", text);
                assert_int_equal(read_text(text, appc_port_read, &port, &e), cases[i].want);
                expect_cause(&e, cases[i].says);
                assert_int_equal(port.count, cases[i].count);
                assert_int_equal(port.name != NULL, cases[i].want == 0);
        }
}

static void demands_names_of_ports_but_no_unique_ones(void **state) {
        static const Case cases[] = {
                { APP(",\"ports\":[{\"name\":\"a\",\"port\":1},{\"name\":\"a\",\"port\":1}]"), NULL,
                  0 },
                { APP(",\"ports\":[{\"port\":1}]"), "ports: [0]: name: missing", -EINVAL },
                { APP(",\"ports\":[{\"name\":\"\",\"port\":1}]"), "ACName cannot be empty",
                  -EINVAL },
                { APP(",\"ports\":[{\"name\":\"http/tcp\",\"port\":1}]"), "ACName must", -EINVAL },
                { APP(",\"ports\":[80]"), "ports: [0]: expected an object", -EINVAL },
                { APP(",\"ports\":{\"80/tcp\":{}}"), "ports: expected a list", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void bounds_its_lists(void **state) {
        static const struct {
                const char *key, *item;
                size_t max;
        } cases[] = {
                { "ports", "{\"name\":\"a\",\"port\":1}", APPC_APP_PORTS_MAX },
                { "mountPoints", "{\"name\":\"a\"}", APPC_APP_MOUNT_POINTS_MAX },
                { "supplementaryGIDs", "0", APPC_APP_GIDS_MAX },
                { "eventHandlers", "{\"name\":\"pre-start\"}", APPC_APP_HANDLERS_MAX },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                for (size_t n = cases[i].max; n <= cases[i].max + 1; n++) {
                        _cleanup_(freep) char *text = NULL;
                        _cleanup_(error_done) Error e = ERROR_NULL;
                        _cleanup_(appc_app_freep) AppcApp *app = NULL;
                        size_t size = 0;
                        FILE *out = open_memstream(&text, &size);
                        bool handlers = text_equal(cases[i].key, "eventHandlers");
                        int r = 0;

                        fprintf(out, "{\"user\":\"0\",\"group\":\"0\",\"%s\":[", cases[i].key);
                        for (size_t k = 0; k < n; k++)
                                fprintf(out, "%s%s", k > 0 ? "," : "", cases[i].item);
                        fputs("]}", out);
                        assert_int_equal(fclose(out), 0);
                        r = read_text(text, appc_app_read, &app, &e);
                        if (n > cases[i].max)
                                assert_int_equal(r, -ERANGE);
                        else
                                assert_int_equal(r, handlers ? -EINVAL : 0); /* doubles */
                }
}

/* What is always there, what is left out, and that null and an empty list stay apart. */
static void writes_in_the_originals_order(void **state) {
        static const struct {
                const char *json, *want;
        } cases[] = {
                { "{\"group\":\"g\",\"user\":\"u\"}",
                  "{\"exec\":null,\"user\":\"u\",\"group\":\"g\"}" },
                { "{\"group\":\"g\",\"user\":\"u\",\"exec\":[],\"workingDirectory\":\"\","
                  "\"environment\":[],\"ports\":null,\"mountPoints\":[],\"isolators\":[],"
                  "\"userLabels\":{},\"eventHandlers\":[],\"supplementaryGIDs\":[]}",
                  "{\"exec\":[],\"user\":\"u\",\"group\":\"g\"}" },
                { "{\"userLabels\":{\"b\":\"2\",\"a\":\"1\"},\"userAnnotations\":{\"\":\"x\"},"
                  "\"isolators\":[{\"value\":true,\"name\":\"os/linux/no-new-privileges\"}],"
                  "\"ports\":[{\"port\":80,\"name\":\"http\"}],"
                  "\"mountPoints\":[{\"readOnly\":false,\"path\":\"/d\",\"name\":\"data\"}],"
                  "\"environment\":[{\"value\":\"1\",\"name\":\"A\"}],"
                  "\"workingDirectory\":\"/w\",\"supplementaryGIDs\":[5,-1],\"group\":\"g\","
                  "\"user\":\"u\",\"eventHandlers\":[{\"name\":\"post-stop\"}],"
                  "\"exec\":[\"/x\",\"<\"]}",
                  "{\"exec\":[\"/x\",\"\\u003c\"],"
                  "\"eventHandlers\":[{\"name\":\"post-stop\",\"exec\":null}],"
                  "\"user\":\"u\",\"group\":\"g\",\"supplementaryGIDs\":[5,-1],"
                  "\"workingDirectory\":\"/w\",\"environment\":[{\"name\":\"A\",\"value\":\"1\"}],"
                  "\"mountPoints\":[{\"name\":\"data\",\"path\":\"/d\"}],"
                  "\"ports\":[{\"name\":\"http\",\"protocol\":\"\",\"port\":80,\"count\":1,"
                  "\"socketActivated\":false}],"
                  "\"isolators\":[{\"name\":\"os/linux/no-new-privileges\",\"value\":true}],"
                  "\"userAnnotations\":{\"\":\"x\"},\"userLabels\":{\"a\":\"1\",\"b\":\"2\"}}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_app_freep) AppcApp *app = NULL;
                _cleanup_(appc_app_freep) AppcApp *copy = NULL;
                _cleanup_(appc_app_freep) AppcApp *again = NULL;
                _cleanup_(freep) char *text = NULL, *copied = NULL, *same = NULL;

                assert_int_equal(read_text(cases[i].json, appc_app_read, &app, NULL), 0);
                text = written(appc_app_write, app);
                assert_string_equal(text, cases[i].want);
                assert_int_equal(appc_app_copy(app, &copy), 0);
                app = appc_app_free(app);
                copied = written(appc_app_write, copy);
                assert_string_equal(copied, text);
                assert_int_equal(read_text(text, appc_app_read, &again, NULL), 0);
                same = written(appc_app_write, again);
                assert_string_equal(same, text);
        }
}

static void checks_an_app_under_assembly(void **state) {
        _cleanup_(appc_app_freep) AppcApp *app = calloc(1, sizeof(AppcApp));
        _cleanup_(appc_app_freep) AppcApp *copy = NULL;

        (void) state;
        assert_int_equal(appc_app_copy(app, &copy), 0); /* what cannot be written can be copied */
        assert_int_equal(appc_app_check(copy, NULL), -EINVAL);
        app->user = strdup("0");
        assert_int_equal(appc_app_check(app, NULL), -EINVAL);
        app->group = strdup("0");
        assert_int_equal(appc_app_check(app, NULL), 0);
        app->working_directory = strdup("relative");
        assert_int_equal(appc_app_check(app, NULL), -EINVAL);
        app->working_directory[0] = '\0';
        assert_int_equal(appc_app_check(app, NULL), 0);
        assert_int_equal(appc_pairs_set(&app->environment, "A=B", ""), 0);
        assert_int_equal(appc_app_check(app, NULL), -EINVAL);
}

/* The command line may hold any bytes, JSON may not. */
static void refuses_to_write_what_is_not_utf8(void **state) {
        _cleanup_(appc_app_freep) AppcApp *app = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(read_text(APP(""), appc_app_read, &app, NULL), 0);
        assert_int_equal(strv_append(&app->exec, "/bin/gr\xc3\xbc\xc3\x9f"), 0);
        assert_int_equal(appc_app_check(app, NULL), 0);
        assert_int_equal(strv_append(&app->exec, "caf\xe9"), 0);
        assert_int_equal(appc_app_check(app, &e), -EINVAL);
        expect_cause(&e, "exec: \"caf\xe9\" is not UTF-8");
        app->exec = strv_free(app->exec);
        assert_int_equal(appc_app_check(app, NULL), 0);

        assert_int_equal(appc_pairs_set(&app->environment, "A", "\xff"), 0);
        assert_int_equal(appc_app_check(app, &e), -EINVAL);
        expect_cause(&e, "environment: ");
        appc_pairs_remove(&app->environment, "A");
        assert_int_equal(appc_pairs_set(&app->user_labels, "\xff", ""), 0);
        assert_int_equal(appc_app_check(app, &e), -EINVAL);
        expect_cause(&e, "userLabels: ");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(demands_a_user_and_a_group),
                cmocka_unit_test(reads_null_as_no_app),
                cmocka_unit_test(judges_what_is_executed_and_where),
                cmocka_unit_test(judges_mount_points),
                cmocka_unit_test(judges_ports),
                cmocka_unit_test(demands_names_of_ports_but_no_unique_ones),
                cmocka_unit_test(bounds_its_lists),
                cmocka_unit_test(writes_in_the_originals_order),
                cmocka_unit_test(checks_an_app_under_assembly),
                cmocka_unit_test(refuses_to_write_what_is_not_utf8),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
