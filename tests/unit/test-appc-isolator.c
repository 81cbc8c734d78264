/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include "appc-isolator.h"

typedef struct Case {
        const char *name, *value; /* JSON; NULL for no "value" at all */
        const char *says;         /* the cause of the refusal; NULL where it is accepted */
        int want;
} Case;

static char *isolator_text(const char *name, const char *value) {
        char *text = NULL;
        int n = value ? asprintf(&text, "[{\"name\":\"%s\",\"value\":%s}]", name, value)
                      : asprintf(&text, "[{\"name\":\"%s\"}]", name);

        assert_true(n > 0);
        return text;
}

/* An app and a pod judge a single isolator alike. */
static void expect_verdicts(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *text = isolator_text(cases[i].name, cases[i].value);
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_isolators_done) AppcIsolators app = APPC_ISOLATORS_NULL;
                _cleanup_(appc_isolators_done) AppcIsolators pod = APPC_ISOLATORS_NULL;

                print_message("# %s\n", text);
                assert_int_equal(read_text(text, appc_app_isolators_read, &app, &e), cases[i].want);
                expect_cause(&e, cases[i].says);
                assert_int_equal(read_text(text, appc_pod_isolators_read, &pod, NULL),
                                 cases[i].want);
                assert_int_equal(app.n, cases[i].want == 0);
                assert_int_equal(pod.n, cases[i].want == 0);
        }
}

static void knows_its_kinds_by_name(void **state) {
        (void) state;
        for (int kind = APPC_ISOLATOR_UNKNOWN + 1; kind < _APPC_ISOLATOR_MAX; kind++) {
                const char *name = appc_isolator_kind_name((AppcIsolatorKind) kind);

                assert_non_null(name);
                assert_int_equal(appc_isolator_kind_from_name(name), kind);
        }
        assert_null(appc_isolator_kind_name(APPC_ISOLATOR_UNKNOWN));
        assert_null(appc_isolator_kind_name(_APPC_ISOLATOR_MAX));
        assert_null(appc_isolator_kind_name(_APPC_ISOLATOR_INVALID));
        assert_int_equal(appc_isolator_kind_from_name("os/linux/magic"), APPC_ISOLATOR_UNKNOWN);
        assert_int_equal(appc_isolator_kind_from_name(""), APPC_ISOLATOR_UNKNOWN);
}

static void judges_resources(void **state) {
        static const Case cases[] = {
                { "resource/memory", "{\"limit\":\"1G\"}", NULL, 0 },
                { "resource/memory", "{\"limit\":1000000000}", NULL, 0 },
                { "resource/memory", "{}", NULL, 0 },
                { "resource/memory", "{\"request\":null,\"limit\":null,\"default\":null}", NULL,
                  0 },
                { "resource/memory", "{\"request\":\"2G\",\"limit\":\"1G\"}", NULL, 0 },
                { "resource/memory", "{\"limit\":\"-1\"}", NULL, 0 },
                { "resource/cpu", "{\"default\":false,\"request\":\"250m\",\"limit\":\"500m\"}",
                  NULL, 0 },
                { "resource/cpu", "{\"limit\":\" 1 \",\"more\":{}}", NULL, 0 },
                { "resource/cpu", "{\"default\":true,\"limit\":\"1\"}", "default must be false",
                  -EINVAL },
                { "resource/memory", "{\"default\":true}", "default must be false", -EINVAL },
                { "resource/memory", "{\"limit\":\"1K\"}", "unable to parse quantity's suffix",
                  -EINVAL },
                { "resource/memory", "{\"limit\":\"\"}", "limit: quantities must match", -EINVAL },
                { "resource/memory", "{\"limit\":true}",
                  "limit: expected a string, found a boolean", -EINVAL },
                { "resource/memory", "{\"limit\":\"12E\"}", "out of range", -ERANGE },
                { "resource/memory", "{\"default\":\"false\"}", "default: expected a boolean",
                  -EINVAL },
                { "resource/memory", "\"1G\"", "expected an object, found a string", -EINVAL },
                { "resource/memory", "[]", "expected an object, found a list", -EINVAL },
                { "resource/memory", "null", "resource/memory: value must be set", -EINVAL },
                { "resource/memory", NULL, "resource/memory: value must be set", -EINVAL },
                { "resource/block-bandwidth", "{\"default\":true,\"limit\":\"2M\"}", NULL, 0 },
                { "resource/block-bandwidth", "{\"default\":true}", NULL, 0 },
                { "resource/block-iops", "{\"default\":true,\"request\":null,\"limit\":\"20\"}",
                  NULL, 0 },
                { "resource/network-bandwidth", "{\"default\":true,\"limit\":\"1G\"}", NULL, 0 },
                { "resource/block-bandwidth", "{\"limit\":\"2M\"}", "default must be true",
                  -EINVAL },
                { "resource/block-iops", "{\"default\":false,\"limit\":\"2M\"}",
                  "default must be true", -EINVAL },
                { "resource/network-bandwidth",
                  "{\"default\":true,\"request\":\"1\",\"limit\":\"2\"}",
                  "request not supported by this resource, must be empty", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_sets(void **state) {
        static const Case cases[] = {
                { "os/linux/capabilities-retain-set", "{\"set\":[\"CAP_KILL\"]}", NULL, 0 },
                { "os/linux/capabilities-remove-set", "{\"set\":[\"CAP_PONIES\",\"\"]}", NULL, 0 },
                { "os/linux/capabilities-retain-set", "{\"set\":[]}", "set must be non-empty",
                  -EINVAL },
                { "os/linux/capabilities-retain-set", "{\"set\":null}", "set must be non-empty",
                  -EINVAL },
                { "os/linux/capabilities-remove-set", "{}", "set must be non-empty", -EINVAL },
                { "os/linux/capabilities-remove-set", "{\"Set\":[\"CAP_KILL\"]}",
                  "set must be non-empty", -EINVAL },
                { "os/linux/capabilities-remove-set", "{\"set\":\"CAP_KILL\"}",
                  "set: expected a list", -EINVAL },
                { "os/linux/capabilities-remove-set", "{\"set\":[null]}",
                  "set: [0]: expected a string, found null", -EINVAL },
                { "os/linux/capabilities-remove-set", "[\"CAP_KILL\"]", "expected an object",
                  -EINVAL },
                { "os/linux/capabilities-retain-set", NULL, "value must be set", -EINVAL },
                { "os/linux/seccomp-retain-set", "{\"set\":[\"@appc.io/all\"]}", NULL, 0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":\"EPERM\"}", NULL,
                  0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":\"\"}", NULL, 0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":null}", NULL, 0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":\"E2BIG\"}", NULL,
                  0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":\"E\"}", NULL, 0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"mount\"],\"errno\":\"EACCESS\"}",
                  NULL, 0 },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"x\"],\"errno\":\"EPERM_X\"}",
                  "errno must be", -EINVAL },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"x\"],\"errno\":\"PERM\"}",
                  "errno must be", -EINVAL },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"x\"],\"errno\":\"-EPERM\"}",
                  "errno must be", -EINVAL },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"x\"],\"errno\":\"eaccess\"}",
                  "errno must be", -EINVAL },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"x\"],\"errno\":1}",
                  "errno: expected a string", -EINVAL },
                { "os/linux/seccomp-remove-set", "{\"set\":[\"\"]}", "set holds an empty name",
                  -EINVAL }, /* the original crashed on it */
                { "os/linux/seccomp-retain-set", "{\"set\":[]}", "set must be non-empty", -EINVAL },
                { "os/linux/seccomp-retain-set", "{\"errno\":\"EPERM\"}", "set must be non-empty",
                  -EINVAL },
                { "os/linux/seccomp-retain-set", "null", "value must be set", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_numbers_flags_and_labels(void **state) {
        static const Case cases[] = {
                { "os/linux/no-new-privileges", "true", NULL, 0 },
                { "os/linux/no-new-privileges", "false", NULL, 0 },
                { "os/linux/no-new-privileges", "\"true\"", "expected a boolean", -EINVAL },
                { "os/linux/no-new-privileges", "1", "expected a boolean", -EINVAL },
                { "os/linux/no-new-privileges", "null", "value must be set", -EINVAL },
                { "os/linux/no-new-privileges", NULL, "value must be set", -EINVAL },
                { "os/linux/oom-score-adj", "-1000", NULL, 0 },
                { "os/linux/oom-score-adj", "1000", NULL, 0 },
                { "os/linux/oom-score-adj", "-1001",
                  "os/linux/oom-score-adj must be between -1000 and 1000, got -1001", -ERANGE },
                { "os/linux/oom-score-adj", "1001", "got 1001", -ERANGE },
                { "os/linux/oom-score-adj", "1.0", "expected an integer", -EINVAL },
                { "os/linux/oom-score-adj", "1e2", "expected an integer", -EINVAL },
                { "os/linux/oom-score-adj", "\"5\"", "expected an integer", -EINVAL },
                { "os/linux/cpu-shares", "2", NULL, 0 },
                { "os/linux/cpu-shares", "262144", NULL, 0 },
                { "os/linux/cpu-shares", "1",
                  "os/linux/cpu-shares must be between 2 and 262144, got 1", -ERANGE },
                { "os/linux/cpu-shares", "262145", "got 262145", -ERANGE },
                { "os/linux/cpu-shares", "-2", "got -2", -ERANGE },
                { "os/linux/cpu-shares", "18446744073709551615", "number out of range", -ERANGE },
                { "os/linux/selinux-context",
                  "{\"user\":\"u\",\"role\":\"r\",\"type\":\"t\",\"level\":\"s0:c1\"}", NULL, 0 },
                { "os/linux/selinux-context",
                  "{\"user\":\"u:x\",\"role\":\"r\",\"type\":\"t\",\"level\":\"s0\"}",
                  "invalid user value \"u:x\"", -EINVAL },
                { "os/linux/selinux-context",
                  "{\"user\":\"u\",\"role\":\":\",\"type\":\"t\",\"level\":\"s0\"}",
                  "invalid role value \":\"", -EINVAL },
                { "os/linux/selinux-context",
                  "{\"user\":\"u\",\"role\":\"r\",\"type\":\"\",\"level\":\"s0\"}",
                  "invalid type value \"\"", -EINVAL },
                { "os/linux/selinux-context", "{\"user\":\"u\",\"role\":\"r\",\"type\":\"t\"}",
                  "invalid level value \"\"", -EINVAL },
                { "os/linux/selinux-context", "{}", "invalid user value \"\"", -EINVAL },
                { "os/linux/selinux-context", "\"u:r:t:l\"", "expected an object", -EINVAL },
                { "os/linux/apparmor-profile", "{\"profile\":\"docker-default\"}", NULL, 0 },
                { "os/linux/apparmor-profile", "{\"profile\":\"\"}", "profile must be non-empty",
                  -EINVAL },
                { "os/linux/apparmor-profile", "{}", "profile must be non-empty", -EINVAL },
                { "os/linux/apparmor-profile", "\"docker-default\"", "expected an object",
                  -EINVAL },
                { "os/unix/sysctl", "{}", NULL, 0 },
                { "os/unix/sysctl", "{\"net.ipv4.ip_forward\":\"1\",\"anything\":\"\"}", NULL, 0 },
                { "os/unix/sysctl", "{\"net.ipv4.ip_forward\":1}", "expected a string", -EINVAL },
                { "os/unix/sysctl", "[]", "expected an object", -EINVAL },
                { "os/unix/sysctl", "null", "value must be set", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void keeps_the_unknown_as_it_came(void **state) {
        static const struct {
                const char *value, *raw;
        } cases[] = {
                { "{\"a\" : [1, 2.50, \"<\"]}", "{\"a\":[1,2.50,\"\\u003c\"]}" },
                { "null", "null" },
                { NULL, "null" },
                { "18446744073709551615", "18446744073709551615" },
                { "-0.0e-5", "-0.0e-5" },
                { "\"x\"", "\"x\"" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = isolator_text("example.com/magic", cases[i].value);
                _cleanup_(appc_isolators_done) AppcIsolators app = APPC_ISOLATORS_NULL;

                assert_int_equal(read_text(text, appc_app_isolators_read, &app, NULL), 0);
                assert_int_equal(app.items[0].kind, APPC_ISOLATOR_UNKNOWN);
                assert_string_equal(app.items[0].name, "example.com/magic");
                assert_string_equal(app.items[0].raw, cases[i].raw);
        }
}

static void judges_lists(void **state) {
        static const struct {
                const char *json, *says;
                int app, pod;
        } cases[] = {
                { "null", NULL, 0, 0 },
                { "[]", NULL, 0, 0 },
                { "{}", "expected a list", -EINVAL, -EINVAL },
                { "[null]", "[0]: expected an object, found null", -EINVAL, -EINVAL },
                { "[{}]", "[0]: name: missing", -EINVAL, -EINVAL },
                { "[{\"name\":\"\",\"value\":1}]", "ACIdentifier cannot be empty", -EINVAL,
                  -EINVAL },
                { "[{\"name\":\"os/linux/CPU-shares\",\"value\":1}]", "ACIdentifier must", -EINVAL,
                  -EINVAL },
                { "[{\"name\":null,\"value\":1}]", "expected a string", -EINVAL, -EINVAL },

                /* The later one holds: */
                { "[{\"name\":\"resource/memory\",\"value\":{}},"
                  "{\"name\":\"resource/memory\",\"value\":{}}]",
                  NULL, 0, 0 },
                { "[{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"A\"]}},"
                  "{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"B\"]}}]",
                  NULL, 0, 0 },
                { "[{\"name\":\"os/linux/no-new-privileges\",\"value\":true},"
                  "{\"name\":\"os/linux/no-new-privileges\",\"value\":false}]",
                  NULL, 0, 0 },
                { "[{\"name\":\"x\",\"value\":1},{\"name\":\"x\",\"value\":2}]", NULL, 0, 0 },
                { "[{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"A\"]}},"
                  "{\"name\":\"os/linux/capabilities-remove-set\",\"value\":{\"set\":[\"B\"]}}]",
                  NULL, 0, 0 },

                /* At most one in an app: */
                { "[{\"name\":\"os/linux/cpu-shares\",\"value\":2},"
                  "{\"name\":\"os/linux/cpu-shares\",\"value\":2}]",
                  "isolators set contains too many instances of type os/linux/cpu-shares", -EINVAL,
                  0 },
                { "[{\"name\":\"os/linux/oom-score-adj\",\"value\":2},"
                  "{\"name\":\"os/linux/oom-score-adj\",\"value\":2}]",
                  "too many instances", -EINVAL, 0 },
                { "[{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"a\"]}},"
                  "{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"a\"]}}]",
                  "too many instances", -EINVAL, 0 },
                { "[{\"name\":\"os/linux/apparmor-profile\",\"value\":{\"profile\":\"a\"}},"
                  "{\"name\":\"os/linux/apparmor-profile\",\"value\":{\"profile\":\"a\"}}]",
                  "too many instances", -EINVAL, 0 },
                { "[{\"name\":\"os/unix/sysctl\",\"value\":{}},"
                  "{\"name\":\"os/unix/sysctl\",\"value\":{}}]",
                  "too many instances", -EINVAL, 0 },

                /* Not together in an app: */
                { "[{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"a\"]}},"
                  "{\"name\":\"os/linux/seccomp-remove-set\",\"value\":{\"set\":[\"b\"]}}]",
                  "isolators set contains incompatible types", -EINVAL, 0 },
                { "[{\"name\":\"os/linux/seccomp-remove-set\",\"value\":{\"set\":[\"a\"]}},"
                  "{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"b\"]}}]",
                  "isolators set contains incompatible types", -EINVAL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_isolators_done) AppcIsolators app = APPC_ISOLATORS_NULL;
                _cleanup_(appc_isolators_done) AppcIsolators pod = APPC_ISOLATORS_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_app_isolators_read, &app, &e),
                                 cases[i].app);
                expect_cause(&e, cases[i].says);
                assert_int_equal(read_text(cases[i].json, appc_pod_isolators_read, &pod, NULL),
                                 cases[i].pod);
        }
}

/* A set with @n members called "a", or a list of @n isolators. */
static char *repeated(const char *head, const char *item, size_t n, const char *tail) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs(head, out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s%s", i > 0 ? "," : "", item);
        fputs(tail, out);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void bounds_lists_and_sets(void **state) {
        static const char head[] =
                "[{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[";
        _cleanup_(freep) char *fits = repeated(head, "\"a\"", APPC_ISOLATOR_SET_MAX, "]}}]");
        _cleanup_(freep) char *wide = repeated(head, "\"a\"", APPC_ISOLATOR_SET_MAX + 1, "]}}]");
        _cleanup_(freep) char *many = repeated("[", "{\"name\":\"x\"}", APPC_ISOLATORS_MAX, "]");
        _cleanup_(freep) char *more =
                repeated("[", "{\"name\":\"x\"}", APPC_ISOLATORS_MAX + 1, "]");
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;

        (void) state;
        assert_int_equal(read_text(fits, appc_app_isolators_read, &isolators, NULL), 0);
        assert_int_equal(read_text(wide, appc_app_isolators_read, &isolators, NULL), -ERANGE);
        assert_int_equal(read_text(many, appc_app_isolators_read, &isolators, NULL), 0);
        assert_int_equal(read_text(more, appc_app_isolators_read, &isolators, NULL), -ERANGE);
        assert_int_equal(isolators.n, APPC_ISOLATORS_MAX); /* untouched */
}

static const char every_kind[] =
        "[{\"name\":\"resource/cpu\",\"value\":{\"request\":\"250m\",\"limit\":\"1.5\"}},"
        "{\"name\":\"resource/memory\",\"value\":{\"limit\":\"1Gi\"}},"
        "{\"name\":\"resource/block-bandwidth\",\"value\":{\"default\":true,\"limit\":\"2M\"}},"
        "{\"name\":\"os/linux/capabilities-remove-set\",\"value\":{\"set\":[\"CAP_KILL\","
        "\"CAP_MKNOD\"]}},"
        "{\"name\":\"os/linux/seccomp-remove-set\",\"value\":{\"set\":[\"mount\"],"
        "\"errno\":\"EPERM\"}},"
        "{\"name\":\"os/linux/no-new-privileges\",\"value\":true},"
        "{\"name\":\"os/linux/oom-score-adj\",\"value\":-5},"
        "{\"name\":\"os/linux/cpu-shares\",\"value\":512},"
        "{\"name\":\"os/linux/selinux-context\",\"value\":{\"user\":\"u\",\"role\":\"r\","
        "\"type\":\"t\",\"level\":\"s0:c1,c2\"}},"
        "{\"name\":\"os/linux/apparmor-profile\",\"value\":{\"profile\":\"p\"}},"
        "{\"name\":\"os/unix/sysctl\",\"value\":{\"b\":\"2\",\"a\":\"1\"}},"
        "{\"name\":\"example.com/magic\",\"value\":[null,1.50]},"
        "{\"name\":\"resource/memory\",\"value\":{\"limit\":\"2Gi\"}}]";

static void expect_every_kind(const AppcIsolators *isolators) {
        _cleanup_(freep) char *text = written(appc_isolators_write, isolators);
        const AppcIsolator *found = appc_isolators_get(isolators, APPC_ISOLATOR_CPU);

        assert_string_equal(text, every_kind);
        assert_string_equal(found->request.text, "250m");
        assert_int_equal(appc_quantity_milli(&found->limit), 1500);
        found = appc_isolators_get(isolators, APPC_ISOLATOR_MEMORY);
        assert_string_equal(found->limit.text, "2Gi"); /* the last one */
        assert_null(found->request.text);
        found = appc_isolators_get(isolators, APPC_ISOLATOR_CAPABILITIES_REMOVE);
        assert_int_equal(strv_length(found->set), 2);
        assert_string_equal(found->set[1], "CAP_MKNOD");
        found = appc_isolators_get(isolators, APPC_ISOLATOR_SECCOMP_REMOVE);
        assert_string_equal(found->errno_name, "EPERM");
        assert_true(appc_isolators_get(isolators, APPC_ISOLATOR_NO_NEW_PRIVILEGES)->flag);
        assert_int_equal(appc_isolators_get(isolators, APPC_ISOLATOR_OOM_SCORE_ADJ)->number, -5);
        assert_int_equal(appc_isolators_get(isolators, APPC_ISOLATOR_CPU_SHARES)->number, 512);
        assert_string_equal(appc_isolators_get(isolators, APPC_ISOLATOR_SELINUX_CONTEXT)->label,
                            "u:r:t:s0:c1,c2");
        assert_string_equal(appc_isolators_get(isolators, APPC_ISOLATOR_APPARMOR_PROFILE)->label,
                            "p");
        found = appc_isolators_get(isolators, APPC_ISOLATOR_SYSCTL);
        assert_string_equal(appc_pairs_get(&found->sysctls, "a"), "1");
        assert_string_equal(appc_isolators_get(isolators, APPC_ISOLATOR_UNKNOWN)->raw,
                            "[null,1.50]");
        assert_null(appc_isolators_get(isolators, APPC_ISOLATOR_BLOCK_IOPS));
}

static void reads_copies_and_writes_every_kind(void **state) {
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
        _cleanup_(appc_isolators_done) AppcIsolators copy = APPC_ISOLATORS_NULL;
        _cleanup_(appc_isolators_done) AppcIsolators empty = APPC_ISOLATORS_NULL;

        (void) state;
        assert_int_equal(read_text(every_kind, appc_app_isolators_read, &isolators, NULL), 0);
        expect_every_kind(&isolators);
        assert_int_equal(appc_isolators_copy(&isolators, &copy), 0);
        appc_isolators_done(&isolators);
        expect_every_kind(&copy);
        assert_int_equal(appc_isolators_copy(&empty, &isolators), 0);
        assert_int_equal(isolators.n, 0);
}

static void indents_values_too(void **state) {
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        JsonWriter w = JSON_WRITER(out, true);

        (void) state;
        assert_int_equal(read_text("[{\"name\":\"x\",\"value\":{\"a\":[1]}}]",
                                   appc_app_isolators_read, &isolators, NULL),
                         0);
        appc_isolators_write(&w, &isolators);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, "[\n\t{\n\t\t\"name\": \"x\",\n\t\t\"value\": {\n"
                                  "\t\t\t\"a\": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t}\n]");
}

static void removes_all_of_a_kind(void **state) {
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
        size_t n = 0;

        (void) state;
        assert_int_equal(read_text(every_kind, appc_app_isolators_read, &isolators, NULL), 0);
        n = isolators.n;
        appc_isolators_remove(&isolators, APPC_ISOLATOR_MEMORY);
        assert_int_equal(isolators.n, n - 2);
        assert_null(appc_isolators_get(&isolators, APPC_ISOLATOR_MEMORY));
        appc_isolators_remove(&isolators, APPC_ISOLATOR_BLOCK_IOPS);
        assert_int_equal(isolators.n, n - 2);
        assert_string_equal(isolators.items[0].name, "resource/cpu");
        assert_string_equal(isolators.items[n - 3].name, "example.com/magic");
}

typedef int (*Builder)(const char *text, AppcIsolator *ret, Error *e);

static int retain_capabilities(const char *csv, AppcIsolator *ret, Error *e) {
        return appc_isolator_capabilities(csv, true, ret, e);
}

static int remove_capabilities(const char *csv, AppcIsolator *ret, Error *e) {
        return appc_isolator_capabilities(csv, false, ret, e);
}

/* What each flag of the command line becomes in a manifest, and that a manifest takes it. */
static void builds_what_the_original_wrote(void **state) {
        static const struct {
                Builder build;
                const char *text, *want;
        } cases[] = {
                { appc_isolator_memory, "16M",
                  "\"resource/memory\",\"value\":{\"default\":false,\"request\":\"16M\","
                  "\"limit\":\"16M\"}" },
                { appc_isolator_memory, "1024Mi",
                  "\"resource/memory\",\"value\":{\"default\":false,\"request\":\"1Gi\","
                  "\"limit\":\"1Gi\"}" },
                { appc_isolator_memory, "4096",
                  "\"resource/memory\",\"value\":{\"default\":false,\"request\":\"4096\","
                  "\"limit\":\"4096\"}" },
                { appc_isolator_cpu, "500m",
                  "\"resource/cpu\",\"value\":{\"default\":false,\"request\":\"500m\","
                  "\"limit\":\"500m\"}" },
                { appc_isolator_cpu, "1.5",
                  "\"resource/cpu\",\"value\":{\"default\":false,\"request\":\"1500m\","
                  "\"limit\":\"1500m\"}" },
                { appc_isolator_cpu_shares, "512", "\"os/linux/cpu-shares\",\"value\":512" },
                { appc_isolator_oom_score_adj, "-1000",
                  "\"os/linux/oom-score-adj\",\"value\":-1000" },
                { appc_isolator_oom_score_adj, "+5", "\"os/linux/oom-score-adj\",\"value\":5" },
                { retain_capabilities, "CAP_KILL,CAP_NET_ADMIN",
                  "\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"CAP_KILL\","
                  "\"CAP_NET_ADMIN\"]}" },
                { remove_capabilities, "CAP_MKNOD",
                  "\"os/linux/capabilities-remove-set\",\"value\":{\"set\":[\"CAP_MKNOD\"]}" },
                { retain_capabilities, "",
                  "\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"\"]}" },
                { appc_isolator_seccomp, "mode=retain,@rkt/default-whitelist,chown",
                  "\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"@rkt/default-whitelist\","
                  "\"chown\"],\"errno\":\"\"}" },
                { appc_isolator_seccomp, "chown,errno=EPERM,mode=remove",
                  "\"os/linux/seccomp-remove-set\",\"value\":{\"set\":[\"chown\"],"
                  "\"errno\":\"EPERM\"}" },
                { appc_isolator_seccomp, "mode=remove,mode=retain,errno=EPERM,errno=E2BIG,chown",
                  "\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"chown\"],"
                  "\"errno\":\"E2BIG\"}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_isolators_done) AppcIsolators list = APPC_ISOLATORS_NULL;
                _cleanup_(appc_isolators_done) AppcIsolators again = APPC_ISOLATORS_NULL;
                _cleanup_(freep) char *text = NULL, *want = NULL, *same = NULL;
                AppcIsolator isolator = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(cases[i].build(cases[i].text, &isolator, NULL), 0);
                assert_int_equal(appc_isolators_push(&list, &isolator), 0);
                assert_null(isolator.name); /* taken */
                text = written(appc_isolators_write, &list);
                assert_true(asprintf(&want, "[{\"name\":%s}]", cases[i].want) > 0);
                assert_string_equal(text, want);
                assert_int_equal(read_text(text, appc_app_isolators_read, &again, NULL), 0);
                assert_int_equal(again.items[0].kind, list.items[0].kind);
                same = written(appc_isolators_write, &again);
                assert_string_equal(same, text);
        }
}

static void refuses_in_the_originals_words(void **state) {
        static const struct {
                Builder build;
                const char *text, *says;
                int want;
        } cases[] = {
                { appc_isolator_memory, "16m",
                  "memory limit of 1 bytes too low. Try a reasonable value, such as --memory=16M",
                  -ERANGE },
                { appc_isolator_memory, "4095", "memory limit of 4095 bytes too low", -ERANGE },
                { appc_isolator_memory, "-1G", "memory limit of -1000000000 bytes too low",
                  -ERANGE },
                { appc_isolator_memory, "16K",
                  "error parsing request: unable to parse quantity's suffix", -EINVAL },
                { appc_isolator_memory, "", "error parsing request: quantities must match",
                  -EINVAL },
                { appc_isolator_memory, "12E", "is out of range", -ERANGE },
                { appc_isolator_cpu, "a lot", "error parsing request: quantities must match",
                  -EINVAL },
                { appc_isolator_cpu_shares, "1",
                  "os/linux/cpu-shares must be between 2 and 262144, got 1", -ERANGE },
                { appc_isolator_cpu_shares, "x", "parsing \"x\": invalid syntax", -EINVAL },
                { appc_isolator_cpu_shares, "", "parsing \"\": invalid syntax", -EINVAL },
                { appc_isolator_cpu_shares, "1.5", "invalid syntax", -EINVAL },
                { appc_isolator_cpu_shares, "99999999999999999999", "value out of range", -EINVAL },
                { appc_isolator_oom_score_adj, "1001", "got 1001", -ERANGE },
                { appc_isolator_oom_score_adj, "- 5", "invalid syntax", -EINVAL },
                { appc_isolator_oom_score_adj, "--5", "invalid syntax", -EINVAL },
                { retain_capabilities, "CAP_KILL,\xff", "\"\xff\" is not UTF-8", -EINVAL },
                { appc_isolator_seccomp, "mode=retain,\xff", "is not UTF-8", -EINVAL },
                { appc_isolator_seccomp, "", "invalid seccomp mode command-line override",
                  -EINVAL },
                { appc_isolator_seccomp, "chown", "invalid seccomp mode command-line override",
                  -EINVAL },
                { appc_isolator_seccomp, "mode=allow,chown",
                  "invalid seccomp mode command-line override", -EINVAL },
                { appc_isolator_seccomp, "mode=,chown",
                  "invalid seccomp mode command-line override", -EINVAL },
                { appc_isolator_seccomp, "mode=retain", "set must be non-empty", -EINVAL },
                { appc_isolator_seccomp, "mode=retain,", "set holds an empty name", -EINVAL },
                { appc_isolator_seccomp, "mode=retain,a,,b", "set holds an empty name", -EINVAL },
                { appc_isolator_seccomp, "mode=retain,x=y", "invalid seccomp command-line override",
                  -EINVAL },
                { appc_isolator_seccomp, "mode=retain,errno=eperm,chown", "errno must be",
                  -EINVAL },
                { appc_isolator_seccomp, "MODE=retain,chown",
                  "invalid seccomp command-line override", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcIsolator isolator = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(cases[i].build(cases[i].text, &isolator, &e), cases[i].want);
                assert_null(isolator.name);
                expect_cause(&e, cases[i].says);
        }
}

static void bounds_what_the_command_line_asks_for(void **state) {
        _cleanup_(freep) char *wide = repeated("", "a", APPC_ISOLATOR_SET_MAX + 1, "");
        _cleanup_(freep) char *wide_mode = repeated("mode=retain,", "a", APPC_ISOLATOR_SET_MAX, "");
        AppcIsolator isolator = {};

        (void) state;
        assert_int_equal(retain_capabilities(wide, &isolator, NULL), -ERANGE);
        assert_int_equal(appc_isolator_seccomp(wide_mode, &isolator, NULL), -ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_its_kinds_by_name),
                cmocka_unit_test(judges_resources),
                cmocka_unit_test(judges_sets),
                cmocka_unit_test(judges_numbers_flags_and_labels),
                cmocka_unit_test(keeps_the_unknown_as_it_came),
                cmocka_unit_test(judges_lists),
                cmocka_unit_test(bounds_lists_and_sets),
                cmocka_unit_test(reads_copies_and_writes_every_kind),
                cmocka_unit_test(indents_values_too),
                cmocka_unit_test(removes_all_of_a_kind),
                cmocka_unit_test(builds_what_the_original_wrote),
                cmocka_unit_test(refuses_in_the_originals_words),
                cmocka_unit_test(bounds_what_the_command_line_asks_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
