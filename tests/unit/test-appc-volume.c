/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include "appc-volume.h"

static void writes_volumes_with_their_defaults(void **state) {
        static const struct {
                const char *json, *want;
        } cases[] = {
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\"}",
                  "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\"}" },
                { "{\"recursive\":false,\"readOnly\":true,\"source\":\"/../x//y\","
                  "\"kind\":\"host\",\"name\":\"a--b\"}",
                  "{\"name\":\"a--b\",\"kind\":\"host\",\"source\":\"/../x//y\",\"readOnly\":true,"
                  "\"recursive\":false}" },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\",\"mode\":null,\"uid\":null,"
                  "\"readOnly\":null}",
                  "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\"}" },
                { "{\"name\":\"a\",\"kind\":\"empty\"}",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0755\",\"uid\":0,\"gid\":0}" },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"source\":\"\",\"mode\":\"1777\",\"uid\":-1,"
                  "\"gid\":4294967295,\"readOnly\":false}",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"readOnly\":false,\"mode\":\"01777\","
                  "\"uid\":-1,\"gid\":4294967295}" },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0\"}",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0\",\"uid\":0,\"gid\":0}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_volume_done) AppcVolume volume = {};
                _cleanup_(appc_volume_done) AppcVolume copy = {};
                _cleanup_(appc_volume_done) AppcVolume again = {};
                _cleanup_(freep) char *text = NULL, *copied = NULL, *same = NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_volume_read, &volume, NULL), 0);
                text = written(appc_volume_write, &volume);
                assert_string_equal(text, cases[i].want);
                assert_int_equal(appc_volume_copy(&volume, &copy), 0);
                copied = written(appc_volume_write, &copy);
                assert_string_equal(copied, text);
                assert_int_equal(read_text(text, appc_volume_read, &again, NULL), 0);
                same = written(appc_volume_write, &again);
                assert_string_equal(same, text);
        }
}

static void refuses_volumes_that_mean_nothing(void **state) {
        static const struct {
                const char *json, *says;
                int want;
        } cases[] = {
                { "null", "expected an object, found null", -EINVAL },
                { "{}", "name: missing", -EINVAL },
                { "{\"name\":\"A\",\"kind\":\"empty\"}", "name: ACName must", -EINVAL },
                { "{\"name\":\"\",\"kind\":\"empty\"}", "name: ACName cannot be empty", -EINVAL },
                { "{\"name\":null,\"kind\":\"empty\"}", "name: expected a string", -EINVAL },
                { "{\"name\":\"a\"}", "unrecognized volume kind", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"\"}", "unrecognized volume kind", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"tmpfs\"}",
                  "unrecognized volume kind: should be one of \"empty\", \"host\"", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"Host\",\"source\":\"/x\"}",
                  "unrecognized volume kind", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\"}", "source for host volume cannot be empty",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"\"}",
                  "source for host volume cannot be empty", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"x\"}",
                  "source for host volume must be absolute path", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"./x\"}",
                  "source for host volume must be absolute path", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\",\"uid\":0}",
                  "uid for host volume cannot be set", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\",\"gid\":0}",
                  "gid for host volume cannot be set", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\",\"mode\":\"0755\"}",
                  "mode for host volume cannot be set", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"source\":\"/x\"}",
                  "source for empty volume must be empty", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"zzz\"}",
                  "mode \"zzz\" is no octal number", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"\"}", "is no octal number",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0o755\"}", "is no octal number",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"-755\"}", "is no octal number",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"788\"}", "is no octal number",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"10000\"}", "beyond 7777",
                  -ERANGE },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"77777777777777777777777777\"}",
                  "beyond 7777", -ERANGE },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":755}", "mode: expected a string",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"uid\":\"0\"}", "uid: expected an integer",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"uid\":1.0}", "uid: expected an integer",
                  -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"gid\":9223372036854775807}",
                  "gid: number out of range", -ERANGE },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"readOnly\":\"true\"}",
                  "readOnly: expected a boolean", -EINVAL },
                { "{\"name\":\"a\",\"kind\":\"empty\",\"recursive\":1}",
                  "recursive: expected a boolean", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcVolume volume = {};

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_volume_read, &volume, &e),
                                 cases[i].want);
                assert_null(volume.name);
                expect_cause(&e, cases[i].says);
        }
}

static void reads_mounts_of_any_path(void **state) {
        static const struct {
                const char *json, *want;
                int r;
        } cases[] = {
                { "{\"volume\":\"a\",\"path\":\"/x\"}", "{\"volume\":\"a\",\"path\":\"/x\"}", 0 },
                { "{\"volume\":\"a\"}", "{\"volume\":\"a\",\"path\":\"\"}", 0 },
                { "{\"volume\":\"a\",\"path\":\"../x\"}", "{\"volume\":\"a\",\"path\":\"../x\"}",
                  0 },
                { "{\"volume\":\"a\",\"path\":null,\"appVolume\":null}",
                  "{\"volume\":\"a\",\"path\":\"\"}", 0 },
                { "{\"volume\":\"a\",\"path\":\"/x\",\"appVolume\":{\"name\":\"b\","
                  "\"kind\":\"host\",\"source\":\"/y\"}}",
                  "{\"volume\":\"a\",\"path\":\"/x\",\"appVolume\":{\"name\":\"b\","
                  "\"kind\":\"host\",\"source\":\"/y\"}}",
                  0 },
                { "{\"path\":\"/x\"}", NULL, -EINVAL },
                { "{\"volume\":\"\",\"path\":\"/x\"}", NULL, -EINVAL },
                { "{\"volume\":\"A\",\"path\":\"/x\"}", NULL, -EINVAL },
                { "{\"volume\":null,\"path\":\"/x\"}", NULL, -EINVAL },
                { "{\"volume\":\"a\",\"path\":7}", NULL, -EINVAL },
                { "{\"volume\":\"a\",\"path\":\"/x\",\"appVolume\":{}}", NULL, -EINVAL },
                { "{\"volume\":\"a\",\"path\":\"/x\",\"appVolume\":{\"name\":\"b\","
                  "\"kind\":\"host\",\"source\":\"y\"}}",
                  NULL, -EINVAL },
                { "[]", NULL, -EINVAL },
                { "null", NULL, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_mount_done) AppcMount mount = {};
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_mount_read, &mount, NULL),
                                 cases[i].r);
                if (cases[i].r < 0) {
                        assert_null(mount.volume);
                        continue;
                }
                text = written(appc_mount_write, &mount);
                assert_string_equal(text, cases[i].want);
        }
}

static void reads_volumes_from_the_command_line(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "database,kind=host,source=/tmp",
                  "{\"name\":\"database\",\"kind\":\"host\",\"source\":\"/tmp\"}" },
                { "a,source=/x,readOnly=T,kind=host,recursive=0",
                  "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x\",\"readOnly\":true,"
                  "\"recursive\":false}" },
                { "a,kind=empty",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0755\",\"uid\":0,\"gid\":0}" },
                { "a,kind=empty,mode=0700,uid=+1000,gid=-1,readOnly=FALSE",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"readOnly\":false,\"mode\":\"0700\","
                  "\"uid\":1000,\"gid\":-1}" },
                /* Values arrive as they were typed: */
                { "a,kind=host,source=/x+y%20z&b=c;d",
                  "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x+y%20z\\u0026b=c;d\"}" },
                { "a,kind=host,source=/x=y",
                  "{\"name\":\"a\",\"kind\":\"host\",\"source\":\"/x=y\"}" },
                { "a,kind=empty,source=",
                  "{\"name\":\"a\",\"kind\":\"empty\",\"mode\":\"0755\",\"uid\":0,\"gid\":0}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_volume_done) AppcVolume volume = {};
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_volume_parse(cases[i].text, &volume, NULL), 0);
                text = written(appc_volume_write, &volume);
                assert_string_equal(text, cases[i].want);
        }
}

static void refuses_volumes_in_the_originals_words(void **state) {
        static const struct {
                const char *text, *says;
                int want;
        } cases[] = {
                { "", "ACName cannot be empty", -EINVAL },
                { "a", "unrecognized volume kind: should be one of \"empty\", \"host\"", -EINVAL },
                { "A,kind=empty", "ACName must contain only lower case", -EINVAL },
                { "a=b,kind=empty", "ACName must contain only lower case", -EINVAL },
                { "a,kind=nfs", "unrecognized volume kind", -EINVAL },
                { "a,kind=host", "source for host volume cannot be empty", -EINVAL },
                { "a,kind=host,source=x", "source for host volume must be absolute path", -EINVAL },
                { "a,kind=host,source=/x,uid=0", "uid for host volume cannot be set", -EINVAL },
                { "a,kind=host,source=/x,mode=0755", "mode for host volume cannot be set",
                  -EINVAL },
                { "a,kind=empty,source=/x", "source for empty volume must be empty", -EINVAL },
                { "a,kind=empty,color=red", "unknown volume parameter \"color\"", -EINVAL },
                { "a,kind=empty,readonly=true", "unknown volume parameter \"readonly\"", -EINVAL },
                { "a,kind=empty,read%4fnly=true", "unknown volume parameter \"read%4fnly\"",
                  -EINVAL },
                { "a,kind=empty,readOnly=true,readOnly=false",
                  "label readOnly with multiple values [\"true\" \"false\"]", -EINVAL },
                { "a,name=b,kind=empty", "label name with multiple values [\"a\" \"b\"]", -EINVAL },
                { "a,kind", "malformed string \"name=a,kind\" - has a label without a value: kind",
                  -EINVAL },
                { "a,,kind=empty", "has a label without a value: ", -EINVAL },
                { "a,kind=empty,", "has a label without a value: ", -EINVAL },
                { "a,kind=empty,readOnly=yes", "strconv.ParseBool: parsing \"yes\": invalid syntax",
                  -EINVAL },
                { "a,kind=empty,readOnly=", "strconv.ParseBool: parsing \"\": invalid syntax",
                  -EINVAL },
                { "a,kind=empty,uid=root", "strconv.Atoi: parsing \"root\": invalid syntax",
                  -EINVAL },
                { "a,kind=empty,uid=", "strconv.Atoi: parsing \"\": invalid syntax", -EINVAL },
                { "a,kind=empty,gid=99999999999999999999",
                  "strconv.Atoi: parsing \"99999999999999999999\": value out of range", -EINVAL },
                { "a,kind=empty,mode=rwx", "mode \"rwx\" is no octal number", -EINVAL },
                { "a,kind=empty,mode=77777", "mode is beyond 7777", -ERANGE },
                { "a,kind=host,source=/caf\xe9", "\"source=/caf\xe9\" is not UTF-8", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcVolume volume = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_volume_parse(cases[i].text, &volume, &e), cases[i].want);
                assert_null(volume.name);
                expect_cause(&e, cases[i].says);
        }
}

static void reads_mounts_from_the_command_line(void **state) {
        static const struct {
                const char *text, *volume, *path;
        } cases[] = {
                { "volume=data,target=/x", "data", "/x" },
                { "target=/x,volume=data", "data", "/x" },
                { "volume=data&target=/x", "data", "/x" }, /* it is a URL query */
                { ",volume=data,,target=/x,", "data", "/x" },
                { "volume=d%61ta,t%61rget=/a+b%2Cc%26", "data", "/a b,c&" },
                { "volume=a,target=/x=y", "a", "/x=y" },
                { "volume=a,target=x/y", "a", "/x/y" },
                { "volume=a,target=/", "a", "/" },
                { "volume=a,target=//x//./y/", "a", "/x/y" },
                { "volume=a,target=/x/../../../y", "a", "/y" },
                { "volume=a,target=..", "a", "/" },
                { "volume=a,target=.", "a", "/" },
                { "volume=a,target=/..x/.y/z..", "a", "/..x/.y/z.." },
                { "volume=a,target=/x/y/..", "a", "/x" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_mount_done) AppcMount mount = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_mount_parse(cases[i].text, &mount, NULL), 0);
                assert_string_equal(mount.volume, cases[i].volume);
                assert_string_equal(mount.path, cases[i].path);
                assert_null(mount.app_volume);
        }
}

static void refuses_mounts_in_the_originals_words(void **state) {
        static const struct {
                const char *text, *says;
        } cases[] = {
                { "", "volume must be set" },
                { "target=/x", "volume must be set" },
                { "volume=a", "path must be set" },
                { "volume=a,target=", "path must be set" },
                { "volume=a,target", "path must be set" },
                { "volume,target=/x",
                  "invalid volume name \"\" in --mount flag \"volume,target=/x\": "
                  "ACName cannot be empty" },
                { "volume=A,target=/x", "invalid volume name \"A\" in --mount flag" },
                { "volume=a/b,target=/x", "invalid volume name \"a/b\" in --mount flag" },
                { "volume=a,target=/x,readOnly=true", "unknown mount parameter \"readOnly\"" },
                { "volume=a,path=/x", "unknown mount parameter \"path\"" },
                { "a,target=/x", "unknown mount parameter \"a\"" },
                { "=,target=/x", "unknown mount parameter \"\"" },
                { "volume=a,volume=b,target=/x",
                  "label volume with multiple values [\"a\" \"b\"]" },
                { "volume=a,target=/x,target=/x",
                  "label target with multiple values [\"/x\" \"/x\"]" },
                { "volume=a,target=/%zz", "invalid URL escape \"%zz\"" },
                { "volume=a,target=/%4", "invalid URL escape \"%4\"" },
                { "volume=a,target=/%", "invalid URL escape \"%\"" },
                { "volume=a,%=x", "invalid URL escape \"%\"" },
                { "volume=a,target=/x%00y", "invalid URL escape \"%00\"" },
                { "volume=a,target=/caf%e9", "\"target=/caf\xe9\" is not UTF-8" },
                { "volume=a,\xff=/x", "is not UTF-8" },
                { "volume=a;target=/x", "invalid semicolon separator in query" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcMount mount = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_mount_parse(cases[i].text, &mount, &e), -EINVAL);
                assert_null(mount.volume);
                expect_cause(&e, cases[i].says);
        }
}

/* Every key is looked for among those before it: their number is bounded. */
static void bounds_the_parameters(void **state) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        _cleanup_(error_done) Error e = ERROR_NULL;
        AppcMount mount = {};

        (void) state;
        for (int i = 0; i < 100000; i++)
                fprintf(out, "a%d=,", i);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(appc_mount_parse(text, &mount, &e), -EINVAL);
        expect_cause(&e, "more than 4096 parameters");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_volumes_with_their_defaults),
                cmocka_unit_test(refuses_volumes_that_mean_nothing),
                cmocka_unit_test(reads_mounts_of_any_path),
                cmocka_unit_test(reads_volumes_from_the_command_line),
                cmocka_unit_test(refuses_volumes_in_the_originals_words),
                cmocka_unit_test(reads_mounts_from_the_command_line),
                cmocka_unit_test(refuses_mounts_in_the_originals_words),
                cmocka_unit_test(bounds_the_parameters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
