/* SPDX-License-Identifier: Apache-2.0 */
#include "test-data.h"
#include "test-json.h"

#include "appc-pod.h"

#define POD(members) "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\"" members "}"
#define ONE_APP(members) \
        POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-a\"}" members "}]")
#define APP_NAMED(name) "{\"name\":\"" name "\",\"image\":{\"id\":\"sha512-a\"}}"

typedef struct Case {
        const char *json, *says; /* the cause of the refusal; NULL where it is accepted */
        int want;
} Case;

static void expect_verdicts(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(appc_pod_parse(cases[i].json, strlen(cases[i].json), &pod, &e),
                                 cases[i].want);
                expect_cause(&e, cases[i].says);
                assert_int_equal(pod != NULL, cases[i].want == 0);
        }
}

static void judges_what_every_manifest_has(void **state) {
        static const Case cases[] = {
                { POD(""), NULL, 0 },
                { POD(",\"apps\":[],\"volumes\":null,\"isolators\":null,\"annotations\":null,"
                      "\"ports\":null,\"userAnnotations\":null,\"userLabels\":null"),
                  NULL, 0 },
                { POD(",\"apps\":[],\"volumes\":[],\"isolators\":[],\"annotations\":[],"
                      "\"ports\":[],\"userAnnotations\":{},\"userLabels\":{}"),
                  NULL, 0 },
                { "", "line 1", -EBADMSG },
                { "null", "expected an object", -EINVAL },
                { "{}", "missing or bad ACKind (must be \"PodManifest\")", -EINVAL },
                { "{\"acVersion\":\"0.8.11\",\"acKind\":\"ImageManifest\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":\"PodManifest\"}", "acVersion: missing", -EINVAL },
                { "{\"acKind\":\"PodManifest\",\"acVersion\":\"0.0.0\"}", "SemVer cannot be zero",
                  -EINVAL },
                { "{\"acKind\":\"PodManifest\",\"acVersion\":\"1\"}", "SemVer is bad", -EINVAL },
                { POD(",\"apps\":{}"), "apps: expected a list", -EINVAL },
                { POD(",\"volumes\":{}"), "volumes: expected a list", -EINVAL },
                { POD(",\"annotations\":[{\"name\":\"created\",\"value\":\"x\"}]"),
                  "annotations: created: ", -EINVAL },
                { POD(",\"userLabels\":{\"a\":1}"), "userLabels: a: expected a string", -EINVAL },
                { POD(",\"isolators\":[{\"name\":\"x\",\"value\":1},{\"name\":\"x\",\"value\":1}]"),
                  NULL, 0 },
                { POD(",\"isolators\":[{\"name\":\"os/linux/cpu-shares\",\"value\":2},"
                      "{\"name\":\"os/linux/cpu-shares\",\"value\":2}]"),
                  NULL, 0 }, /* a pod's set is not looked at as a whole */
                { POD(",\"isolators\":[{\"name\":\"os/linux/cpu-shares\",\"value\":1}]"),
                  "isolators: [0]: os/linux/cpu-shares: ", -ERANGE },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_apps(void **state) {
        static const Case cases[] = {
                { ONE_APP(""), NULL, 0 },
                { ONE_APP(",\"app\":null,\"mounts\":null,\"annotations\":null"), NULL, 0 },
                { ONE_APP(",\"readOnlyRootFS\":true"), NULL, 0 },
                { ONE_APP(",\"readOnlyRootFS\":\"true\""),
                  "apps: [0]: readOnlyRootFS: expected a boolean", -EINVAL },
                { POD(",\"apps\":[{\"image\":{\"id\":\"sha512-a\"}}]"), "apps: [0]: name: missing",
                  -EINVAL },
                { POD(",\"apps\":[" APP_NAMED("") "]"), "ACName cannot be empty", -EINVAL },
                { POD(",\"apps\":[" APP_NAMED("a.b") "]"), "ACName must contain", -EINVAL },
                { POD(",\"apps\":[" APP_NAMED("..") "]"), "ACName must contain", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\"}]"), "no image ID for app \"a\"", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{}}]"), "no image ID for app \"a\"",
                  -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":null}]"), "no image ID for app \"a\"",
                  -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"name\":\"x\"}}]"),
                  "no image ID for app \"a\"", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"\"}}]"),
                  "image: id: \"\" is not of the form", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha256-a\"}}]"),
                  "image: id: \"sha256-a\" is not of the form", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-a\","
                      "\"name\":\"\"}}]"),
                  "image: name: ACIdentifier cannot be empty", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-a\","
                      "\"labels\":[{\"name\":\"os\",\"value\":\"x\"}]}}]"),
                  "image: labels: bad os", -EINVAL },
                { POD(",\"apps\":[{\"name\":\"a\",\"image\":\"sha512-a\"}]"),
                  "image: expected an object", -EINVAL },
                { POD(",\"apps\":[" APP_NAMED("a") "," APP_NAMED("b") "]"), NULL, 0 },
                { POD(",\"apps\":[" APP_NAMED("a") "," APP_NAMED("b") "," APP_NAMED("a") "]"),
                  "apps: duplicate apps of name \"a\"", -EINVAL },
                { ONE_APP(",\"app\":{}"), "app: user is required", -EINVAL },
                { ONE_APP(",\"mounts\":[{\"path\":\"/x\"}]"), "mounts: [0]: volume: missing",
                  -EINVAL },
                { ONE_APP(",\"mounts\":[{\"volume\":\"x\"}]"), NULL, 0 },
                { ONE_APP(",\"annotations\":[{\"name\":\"homepage\",\"value\":\"x\"}]"),
                  "annotations: homepage: ", -EINVAL },
                { POD(",\"apps\":[null]"), "apps: [0]: expected an object", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void judges_volumes_and_ports(void **state) {
        static const Case cases[] = {
                { POD(",\"volumes\":[{\"name\":\"a\",\"kind\":\"empty\"},"
                      "{\"name\":\"b\",\"kind\":\"empty\"}]"),
                  NULL, 0 },
                { POD(",\"volumes\":[{\"name\":\"a\",\"kind\":\"empty\"},"
                      "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\"}]"),
                  "volumes: duplicate volume name \"a\"", -EINVAL },
                { POD(",\"volumes\":[{\"name\":\"a\"}]"), "volumes: [0]: unrecognized volume kind",
                  -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":1}]"), NULL, 0 },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":65535,\"hostIP\":\"\"}]"), NULL,
                  0 },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"::1\","
                      "\"podPort\":{\"name\":\"a\",\"port\":80}}]"),
                  NULL, 0 },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80},"
                      "{\"name\":\"a\",\"hostPort\":80}]"),
                  NULL, 0 },
                { POD(",\"ports\":[{\"hostPort\":80}]"), "ports: [0]: name: missing", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\"}]"), "ports: [0]: hostPort: missing", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":null}]"),
                  "hostPort: expected an integer", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":0}]"),
                  "hostPort: port must be in 1-65535 range", -ERANGE },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":65536}]"),
                  "hostPort: port must be in 1-65535 range", -ERANGE },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":99999}]"),
                  "hostPort: port must be in 1-65535 range", -ERANGE },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":-80}]"),
                  "hostPort: number out of range", -ERANGE },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":\"80\"}]"),
                  "hostPort: expected an integer", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"localhost\"}]"),
                  "hostIP: \"localhost\" is not a valid IP", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":16909060}]"),
                  "hostIP: expected a string", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"1.2.3\"}]"),
                  "hostIP: \"1.2.3\" is not a valid IP", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"fe80::1%eth0\"}]"),
                  "is not a valid IP", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"podPort\":{\"port\":80}}]"),
                  "podPort: name: missing", -EINVAL },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,"
                      "\"podPort\":{\"name\":\"a\",\"port\":0}}]"),
                  "podPort: port must be in 1-65535 range", -ERANGE },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void bounds_its_lists(void **state) {
        static const struct {
                const char *key, *item;
                size_t max;
        } cases[] = {
                { "apps", "{\"name\":\"a%zu\",\"image\":{\"id\":\"sha512-a\"}}",
                  APPC_POD_APPS_MAX },
                { "volumes", "{\"name\":\"a%zu\",\"kind\":\"empty\"}", APPC_POD_VOLUMES_MAX },
                { "ports", "{\"name\":\"a%zu\",\"hostPort\":80}", APPC_POD_PORTS_MAX },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                for (size_t n = cases[i].max; n <= cases[i].max + 1; n++) {
                        _cleanup_(freep) char *text = NULL;
                        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
                        size_t size = 0;
                        FILE *out = open_memstream(&text, &size);
                        const char *item = cases[i].item, *number = strstr(item, "%zu");

                        fprintf(out, "{\"acVersion\":\"1.0.0\",\"acKind\":\"PodManifest\",\"%s\":[",
                                cases[i].key);
                        for (size_t k = 0; k < n; k++)
                                fprintf(out, "%s%.*s%zu%s", k > 0 ? "," : "", (int) (number - item),
                                        item, k, number + 3);
                        fputs("]}", out);
                        assert_int_equal(fclose(out), 0);
                        assert_int_equal(appc_pod_parse(text, size, &pod, NULL),
                                         n > cases[i].max ? -ERANGE : 0);
                }
}

static void writes_null_for_what_is_not_there(void **state) {
        static const struct {
                const char *json, *want;
        } cases[] = {
                { POD(""),
                  "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[],"
                  "\"volumes\":null,\"isolators\":null,\"annotations\":null,\"ports\":null}" },
                { ONE_APP(",\"readOnlyRootFS\":false,\"mounts\":[],\"annotations\":[]"),
                  "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\","
                  "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-a\"}}],"
                  "\"volumes\":null,\"isolators\":null,\"annotations\":null,\"ports\":null}" },
                { POD(",\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"::FFFF:1.2.3.4\"},"
                      "{\"name\":\"b\",\"hostPort\":81,\"hostIP\":\"2001:DB8:0:0::1\"}]"),
                  "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[],"
                  "\"volumes\":null,\"isolators\":null,\"annotations\":null,"
                  "\"ports\":[{\"name\":\"a\",\"hostPort\":80,\"hostIP\":\"1.2.3.4\"},"
                  "{\"name\":\"b\",\"hostPort\":81,\"hostIP\":\"2001:db8::1\"}]}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(appc_pod_parse(cases[i].json, strlen(cases[i].json), &pod, NULL),
                                 0);
                text = appc_pod_format(pod, false);
                assert_string_equal(text, cases[i].want);
        }
}

static void writes_byte_for_byte_what_it_read(void **state) {
        size_t n = 0;
        _cleanup_(freep) char *text = test_data("appc/pod-full.json", &n), *pretty = NULL,
                              *compact = NULL, *same = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_(appc_pod_freep) AppcPod *again = NULL;

        (void) state;
        assert_int_equal(appc_pod_parse(text, n, &pod, NULL), 0);
        pretty = appc_pod_format(pod, true);
        text[n - 1] = '\0'; /* the line's end */
        assert_string_equal(pretty, text);
        compact = appc_pod_format(pod, false);
        assert_null(strpbrk(compact, "\n\t"));
        assert_int_equal(appc_pod_parse(compact, strlen(compact), &again, NULL), 0);
        same = appc_pod_format(again, true);
        assert_string_equal(same, text);
}

static void finds_apps_and_volumes_by_name(void **state) {
        size_t n = 0;
        _cleanup_(freep) char *text = test_data("appc/pod-full.json", &n);
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        const AppcRuntimeApp *app = NULL;
        const AppcVolume *volume = NULL;

        (void) state;
        assert_int_equal(appc_pod_parse(text, n, &pod, NULL), 0);
        app = appc_pod_app(pod, "web-frontend");
        assert_true(app->read_only_rootfs);
        assert_string_equal(app->image_name, "example.com/shop/web-frontend");
        assert_int_equal(app->n_mounts, 2);
        assert_null(app->mounts[0].app_volume);
        assert_int_equal(app->mounts[1].app_volume->mode, 01777);
        app = appc_pod_app(pod, "sidekick");
        assert_null(app->app);
        assert_null(app->image_name);
        assert_null(appc_pod_app(pod, "Sidekick"));
        volume = appc_pod_volume(pod, "content");
        assert_int_equal(volume->read_only, APPC_TRUE);
        assert_int_equal(volume->recursive, APPC_FALSE);
        volume = appc_pod_volume(pod, "database");
        assert_int_equal(volume->kind, APPC_VOLUME_EMPTY);
        assert_int_equal(volume->uid, 999);
        assert_int_equal(volume->recursive, APPC_UNSET);
        assert_null(appc_pod_volume(pod, "scratch")); /* that is an app's own */
        assert_string_equal(pod->ports[1].host_ip, "127.0.0.1");
        assert_int_equal(pod->ports[1].pod_port->port, 9100);
        assert_null(pod->ports[0].pod_port);
}

static void refuses_a_manifest_that_was_cut(void **state) {
        size_t n = 0;
        _cleanup_(freep) char *text = test_data("appc/pod-full.json", &n);

        (void) state;
        while (text[n - 1] != '}')
                n--;
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *piece = malloc(i + 1);
                AppcPod *pod = NULL;

                memcpy(piece, text, i);
                assert_int_equal(appc_pod_parse(piece, i, &pod, NULL), -EBADMSG);
                assert_null(pod);
        }
}

static void reads_ports_from_the_command_line(void **state) {
        static const struct {
                const char *text, *want, *says;
        } cases[] = {
                { "http:80", "{\"name\":\"http\",\"hostPort\":80}", NULL },
                { "a--b:65535", "{\"name\":\"a--b\",\"hostPort\":65535}", NULL },
                { "http:127.0.0.1:080",
                  "{\"name\":\"http\",\"hostPort\":80,\"hostIP\":\"127.0.0.1\"}", NULL },
                { "http:[2001:DB8::1]:80",
                  "{\"name\":\"http\",\"hostPort\":80,\"hostIP\":\"2001:db8::1\"}", NULL },
                { "http:[::1]", NULL, "\"[::1]\" is not a valid port number" },
                { "http:[::1]:", NULL, "\"\" is not a valid port number" },
                { "http:[::1:80", NULL, "\"[::1:80\" is not a valid port number" },
                { "http:[]:80", NULL, "\"\" is not a valid IP" },
                { "", NULL, "\"\" is not in name:[ip:]port format" },
                { "http", NULL, "\"http\" is not in name:[ip:]port format" },
                { ":80", NULL, "\"\" is not a valid port name" },
                { "HTTP:80", NULL, "\"HTTP\" is not a valid port name" },
                { "80/tcp:80", NULL, "\"80/tcp\" is not a valid port name" },
                { "http:", NULL, "\"\" is not a valid port number" },
                { "http:0", NULL, "\"0\" is not a valid port number" },
                { "http:65536", NULL, "\"65536\" is not a valid port number" },
                { "http:-1", NULL, "\"-1\" is not a valid port number" },
                { "http:+80", NULL, "\"+80\" is not a valid port number" },
                { "http: 80", NULL, "\" 80\" is not a valid port number" },
                { "http:80x", NULL, "\"80x\" is not a valid port number" },
                { "http:1.2.3:80", NULL, "\"1.2.3\" is not a valid IP" },
                { "http:01.2.3.4:80", NULL, "\"01.2.3.4\" is not a valid IP" },
                { "http:localhost:80", NULL, "\"localhost\" is not a valid IP" },
                { "http::80", NULL, "\"\" is not a valid IP" },
                { "http:::1:80", NULL, "\"\" is not a valid IP" },
                { "http:1.2.3.4:80:81", NULL, "\"80:81\" is not a valid port number" },
                { "http:1.2.3.4:", NULL, "\"\" is not a valid port number" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_exposed_port_done) AppcExposedPort port = {};
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_exposed_port_parse(cases[i].text, &port, &e),
                                 cases[i].want ? 0 : -EINVAL);
                expect_cause(&e, cases[i].says);
                if (!cases[i].want) {
                        assert_null(port.name);
                        continue;
                }
                text = written(appc_exposed_port_write, &port);
                assert_string_equal(text, cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judges_what_every_manifest_has),
                cmocka_unit_test(judges_apps),
                cmocka_unit_test(judges_volumes_and_ports),
                cmocka_unit_test(bounds_its_lists),
                cmocka_unit_test(writes_null_for_what_is_not_there),
                cmocka_unit_test(writes_byte_for_byte_what_it_read),
                cmocka_unit_test(finds_apps_and_volumes_by_name),
                cmocka_unit_test(refuses_a_manifest_that_was_cut),
                cmocka_unit_test(reads_ports_from_the_command_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
