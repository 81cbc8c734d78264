/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include <stdio.h>

#include "oci-app.h"

static OciConfig *make_config(const char *execution) {
        _cleanup_(freep) char *text = NULL;
        OciConfig *config = NULL;

        assert_true(asprintf(&text,
                             "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
                             "\"layers\"},\"config\":%s}",
                             execution) > 0);
        assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
        return config;
}

static int translate(const char *execution, char **ret, Error *e) {
        _cleanup_(oci_config_freep) OciConfig *config = make_config(execution);
        _cleanup_(appc_app_freep) AppcApp *app = NULL;
        int r = oci_app_translate(config->execution, &app, e);

        assert_int_equal(!!app, r >= 0);
        if (app)
                *ret = written(appc_app_write, app);
        return r;
}

#define ROOT "\"user\":\"0\",\"group\":\"0\""

static void makes_an_app(void **state) {
        static const struct {
                const char *execution, *app;
        } cases[] = {
                { "{}", "{\"exec\":null," ROOT "}" },
                { "{\"User\":\"\",\"WorkingDir\":\"\",\"StopSignal\":\"\",\"Env\":[],\"Cmd\":[],"
                  "\"Volumes\":{},\"ExposedPorts\":{},\"Labels\":{}}",
                  "{\"exec\":null," ROOT "}" },
                { "{\"Entrypoint\":[\"a\",\"b\"],\"Cmd\":[\"c\",\"\"]}",
                  "{\"exec\":[\"a\",\"b\",\"c\",\"\"]," ROOT "}" },
                { "{\"Cmd\":[\"a b\"]}", "{\"exec\":[\"a b\"]," ROOT "}" },
                { "{\"User\":\"1000\"}", "{\"exec\":null,\"user\":\"1000\",\"group\":\"1000\"}" },
                { "{\"User\":\"app\"}", "{\"exec\":null,\"user\":\"app\",\"group\":\"app\"}" },
                { "{\"User\":\"app:7\"}", "{\"exec\":null,\"user\":\"app\",\"group\":\"7\"}" },
                { "{\"WorkingDir\":\"/a/../b/\"}",
                  "{\"exec\":null," ROOT ",\"workingDirectory\":\"/a/../b/\"}" },
                { "{\"Env\":[\"A=1\",\"B\",\"C=\",\"D==x=y\",\"A=2\",\"e.f-g_0=\\n\"]}",
                  "{\"exec\":null," ROOT ",\"environment\":[{\"name\":\"A\",\"value\":\"2\"},"
                  "{\"name\":\"C\",\"value\":\"\"},{\"name\":\"D\",\"value\":\"=x=y\"},"
                  "{\"name\":\"e.f-g_0\",\"value\":\"\\n\"}]}" },
                { "{\"Labels\":{\"Z z\":\"<1>\",\"a\":\"\"},\"StopSignal\":\"SIGRTMIN+3\"}",
                  "{\"exec\":null," ROOT ",\"userAnnotations\":{\"" OCI_STOP_SIGNAL_ANNOTATION
                  "\":\"SIGRTMIN+3\"},\"userLabels\":{\"Z z\":\"\\u003c1\\u003e\",\"a\":\"\"}}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *app = NULL;

                print_message("# %s\n", cases[i].execution);
                assert_int_equal(translate(cases[i].execution, &app, NULL), 0);
                assert_string_equal(app, cases[i].app);
        }
}

/* "NAME=PATH NAME=PATH", in the app's order. */
static char *list_mount_points(const AppcApp *app) {
        _cleanup_(strv_freep) Strv list = NULL;

        for (size_t i = 0; i < app->n_mount_points; i++)
                assert_int_equal(strv_appendf(&list, "%s=%s", app->mount_points[i].name,
                                              app->mount_points[i].path),
                                 0);
        return strv_join(list, " ");
}

static void names_volumes_after_their_paths(void **state) {
        static const struct {
                const char *volumes, *mount_points;
        } cases[] = {
                { "\"/data\":{}", "volume-data=/data" },
                { "\"/var/lib/x\":{}", "volume-var-lib-x=/var/lib/x" },
                { "\"/b\":{},\"/a\":{}", "volume-a=/a volume-b=/b" },
                /* The same names each time, and none twice. */
                { "\"/v/data\":{},\"/v-data\":{},\"/v_data\":{},\"/v-data-1\":{}",
                  "volume-v-data=/v-data volume-v-data-1=/v-data-1 volume-v-data-2=/v/data "
                  "volume-v-data-3=/v_data" },
                { "\"/v_data\":{},\"/v-data-1\":{},\"/v-data\":{},\"/v/data\":{}",
                  "volume-v-data=/v-data volume-v-data-1=/v-data-1 volume-v-data-2=/v/data "
                  "volume-v-data-3=/v_data" },
                /* One place, one mount point. */
                { "\"/a/\":{},\"/a\":{},\"//a\":{},\"/./a\":{},\"/b/../a\":{},\"/../../a\":{}",
                  "volume-a=/a" },
                { "\"/\u6570\":{}", "volume=/\u6570" },
                { "\"/A b/...\":{}", "volume-a-b=/A b/..." },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL, *mount_points = NULL;
                _cleanup_(oci_config_freep) OciConfig *config = NULL;
                _cleanup_(appc_app_freep) AppcApp *app = NULL;

                print_message("# %s\n", cases[i].volumes);
                assert_true(asprintf(&text, "{\"Volumes\":{%s}}", cases[i].volumes) > 0);
                config = make_config(text);
                assert_int_equal(oci_app_translate(config->execution, &app, NULL), 0);
                mount_points = list_mount_points(app);
                assert_string_equal(mount_points, cases[i].mount_points);
        }
}

/* "NAME=PROTOCOL:PORT+COUNT", in the app's order. */
static char *list_ports(const AppcApp *app) {
        _cleanup_(strv_freep) Strv list = NULL;

        for (size_t i = 0; i < app->n_ports; i++)
                assert_int_equal(strv_appendf(&list, "%s=%s:%u+%u", app->ports[i].name,
                                              app->ports[i].protocol, app->ports[i].port,
                                              app->ports[i].count),
                                 0);
        return strv_join(list, " ");
}

static void names_ports_as_they_are_written(void **state) {
        static const struct {
                const char *exposed, *ports;
        } cases[] = {
                { "\"80/tcp\":{},\"53/udp\":{},\"8080\":{},\"9/sctp\":{}",
                  "53-udp=udp:53+1 80-tcp=tcp:80+1 8080=tcp:8080+1 9-sctp=sctp:9+1" },
                { "\"80-90/udp\":{},\"1-65535\":{},\"65535\":{},\"7-7\":{}",
                  "1-65535=tcp:1+65535 65535=tcp:65535+1 7-7=tcp:7+1 80-90-udp=udp:80+11" },
                { "\"80/TCP\":{},\"80/tcp\":{},\"80\":{}", "80=tcp:80+1 80-tcp=tcp:80+1" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL, *ports = NULL;
                _cleanup_(oci_config_freep) OciConfig *config = NULL;
                _cleanup_(appc_app_freep) AppcApp *app = NULL;

                print_message("# %s\n", cases[i].exposed);
                assert_true(asprintf(&text, "{\"ExposedPorts\":{%s}}", cases[i].exposed) > 0);
                config = make_config(text);
                assert_int_equal(oci_app_translate(config->execution, &app, NULL), 0);
                ports = list_ports(app);
                assert_string_equal(ports, cases[i].ports);
        }
}

static void refuses_what_no_app_can_say(void **state) {
        static const struct {
                const char *execution, *says;
        } cases[] = {
                { "{\"User\":\":\"}", "User: \":\" is neither USER nor USER:GROUP" },
                { "{\"User\":\"a:\"}", "User: \"a:\" is neither USER nor USER:GROUP" },
                { "{\"User\":\":a\"}", "User: \":a\" is neither USER nor USER:GROUP" },
                { "{\"User\":\"a:b:c\"}", "User: \"a:b:c\" is neither USER nor USER:GROUP" },
                { "{\"User\":\"a::c\"}", "User: \"a::c\" is neither USER nor USER:GROUP" },
                { "{\"User\":\"/etc/passwd\"}", "User: \"/etc/passwd\" names a file, not a user" },
                { "{\"User\":\"a:/b\"}", "User: \"a:/b\" names a file, not a user" },
                { "{\"WorkingDir\":\"srv\"}", "WorkingDir: \"srv\" is not absolute" },
                { "{\"WorkingDir\":\"./srv\"}", "WorkingDir: \"./srv\" is not absolute" },
                { "{\"WorkingDir\":\" /srv\"}", "WorkingDir: \" /srv\" is not absolute" },
                { "{\"Env\":[\"=1\"]}", "Env: \"\" is no name of a variable" },
                { "{\"Env\":[\"1A=1\"]}", "Env: \"1A\" is no name of a variable" },
                { "{\"Env\":[\"A B=1\"]}", "Env: \"A B\" is no name of a variable" },
                { "{\"Env\":[\"A=1\",\"B\\n=1\"]}", "Env: \"B\n\" is no name of a variable" },
                { "{\"Env\":[\"F%%=() { :;}\"]}", "Env: \"F%%\" is no name of a variable" },
                { "{\"Volumes\":{\"\":{}}}", "Volumes: \"\" is not absolute" },
                { "{\"Volumes\":{\"data\":{}}}", "Volumes: \"data\" is not absolute" },
                { "{\"Volumes\":{\"../data\":{}}}", "Volumes: \"../data\" is not absolute" },
                { "{\"Volumes\":{\"/\":{}}}", "Volumes: \"/\" is the root" },
                { "{\"Volumes\":{\"/a/..//.\":{}}}", "Volumes: \"/a/..//.\" is the root" },
                { "{\"ExposedPorts\":{\"\":{}}}", "ExposedPorts: \"\" is no port" },
                { "{\"ExposedPorts\":{\"/tcp\":{}}}", "ExposedPorts: \"/tcp\" is no port" },
                { "{\"ExposedPorts\":{\"0\":{}}}", "ExposedPorts: \"0\" is no port" },
                { "{\"ExposedPorts\":{\"65536\":{}}}", "ExposedPorts: \"65536\" is no port" },
                { "{\"ExposedPorts\":{\"-1\":{}}}", "ExposedPorts: \"-1\" is no port" },
                { "{\"ExposedPorts\":{\"+1\":{}}}", "ExposedPorts: \"+1\" is no port" },
                { "{\"ExposedPorts\":{\"http\":{}}}", "ExposedPorts: \"http\" is no port" },
                { "{\"ExposedPorts\":{\"80 \":{}}}", "ExposedPorts: \"80 \" is no port" },
                { "{\"ExposedPorts\":{\"80-\":{}}}", "ExposedPorts: \"80-\" is no port" },
                { "{\"ExposedPorts\":{\"90-80\":{}}}", "ExposedPorts: \"90-80\" is no port" },
                { "{\"ExposedPorts\":{\"1-2-3\":{}}}", "ExposedPorts: \"1-2-3\" is no port" },
                { "{\"ExposedPorts\":{\"1-65536/tcp\":{}}}",
                  "ExposedPorts: \"1-65536/tcp\" is no port" },
                { "{\"ExposedPorts\":{\"80/\":{}}}",
                  "ExposedPorts: \"80/\" has an unknown protocol" },
                { "{\"ExposedPorts\":{\"80/icmp\":{}}}",
                  "ExposedPorts: \"80/icmp\" has an unknown protocol" },
                { "{\"ExposedPorts\":{\"80/tcp/udp\":{}}}",
                  "ExposedPorts: \"80/tcp/udp\" has an unknown protocol" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *app = NULL;

                print_message("# %s\n", cases[i].execution);
                assert_int_equal(translate(cases[i].execution, &app, &e), -EINVAL);
                assert_string_equal(error_cause(&e), cases[i].says);
        }
}

/* A config that exposes @n ports from @first on, each @step apart. */
static int expose(size_t n, unsigned first, unsigned step, const char *protocol, AppcApp **ret) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs("{\"ExposedPorts\":{", out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s\"%zu/%s\":{}", i ? "," : "", first + i * step, protocol);
        fputs("}}", out);
        fclose(out);
        config = make_config(text);
        return oci_app_translate(config->execution, ret, NULL);
}

static void makes_long_rows_of_ports_a_range(void **state) {
        static const struct {
                size_t n;
                unsigned first, step;
                size_t n_ports;
                const char *first_name;
        } cases[] = {
                { OCI_PORT_ROW_MAX, 10000, 1, OCI_PORT_ROW_MAX, "10000-udp" },
                { OCI_PORT_ROW_MAX + 1, 10000, 1, 1, "10000-10256-udp" },
                { OCI_KEYS_MAX, 1, 1, 1, "1-32768-udp" },
                { 1000, 1000, 2, 1000, "1000-udp" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_app_freep) AppcApp *app = NULL;

                print_message("# %zu\n", cases[i].n);
                assert_int_equal(expose(cases[i].n, cases[i].first, cases[i].step, "udp", &app), 0);
                assert_int_equal(app->n_ports, cases[i].n_ports);
                assert_string_equal(app->ports[0].name, cases[i].first_name);
                assert_int_equal(app->ports[0].count, cases[i].n / cases[i].n_ports);
        }
}

static void bounds_ports_and_volumes(void **state) {
        (void) state;
        for (size_t n = OCI_VOLUMES_MAX; n <= OCI_VOLUMES_MAX + 1; n++) {
                _cleanup_(freep) char *text = NULL, *app = NULL;
                size_t size = 0;
                FILE *out = open_memstream(&text, &size);

                /* All of them want the same name. */
                fputs("{\"Volumes\":{", out);
                for (size_t i = 0; i < n; i++)
                        fprintf(out, "%s\"/a\\u%04zx\":{}", i ? "," : "", 0x4e00 + i);
                fputs("}}", out);
                fclose(out);
                assert_int_equal(translate(text, &app, NULL), n <= OCI_VOLUMES_MAX ? 0 : -ERANGE);
        }
        for (size_t n = APPC_APP_PORTS_MAX; n <= APPC_APP_PORTS_MAX + 1; n++) {
                _cleanup_(appc_app_freep) AppcApp *app = NULL;

                assert_int_equal(expose(n, 1, 2, "tcp", &app),
                                 n <= APPC_APP_PORTS_MAX ? 0 : -ERANGE);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(makes_an_app),
                cmocka_unit_test(names_volumes_after_their_paths),
                cmocka_unit_test(names_ports_as_they_are_written),
                cmocka_unit_test(refuses_what_no_app_can_say),
                cmocka_unit_test(makes_long_rows_of_ports_a_range),
                cmocka_unit_test(bounds_ports_and_volumes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
