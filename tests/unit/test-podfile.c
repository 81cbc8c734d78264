/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "podfile-unit.h"
#include "podfile-words.h"

static int translate(const char *text, const char *manifest, char **ret, Error *e) {
        _cleanup_(podfile_done) Podfile podfile = PODFILE_NULL;
        const PodfileTarget target = { "web", "/etc/rkt/pods/web.pod", manifest, "/usr/bin/rkt" };
        int r = podfile_parse(text, strlen(text), "web.pod", &podfile, e);

        return r < 0 ? r : podfile_unit(&podfile, &target, ret, e);
}

/* What stands behind "ExecStart=:/usr/bin/rkt ". */
static void assert_command(const char *text, const char *want) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *unit = NULL;
        char *at = NULL;

        print_message("# %s\n", text);
        assert_int_equal(translate(text, NULL, &unit, &e), 0);
        at = strstr(unit, "\nExecStart=:/usr/bin/rkt ");
        assert_non_null(at);
        at += strlen("\nExecStart=:/usr/bin/rkt ");
        at[strcspn(at, "\n")] = '\0';
        assert_string_equal(at, want);
}

static void becomes_a_unit(void **state) {
        static const char text[] = "# two apps\n"
                                   "[Unit]\n"
                                   "After=db.service\n"
                                   "[Pod]\n"
                                   "Network=host\n"
                                   "[App one]\n"
                                   "Image=docker://busybox\n"
                                   "[App two]\n"
                                   "Image=/srv/two.aci\n"
                                   "[Service]\n"
                                   "Restart=always\n"
                                   "[Install]\n"
                                   "WantedBy=multi-user.target\n";
        _cleanup_(freep) char *unit = NULL;

        (void) state;
        assert_int_equal(translate(text, NULL, &unit, NULL), 0);
        assert_string_equal(
                unit,
                "# Made by rkt-generator from /etc/rkt/pods/web.pod; see rkt.pod(5).\n\n"
                "[Unit]\n"
                "Description=rkt pod web\n"
                "Documentation=man:rkt.pod(5)\n"
                "SourcePath=/etc/rkt/pods/web.pod\n"
                "Wants=network-online.target\n"
                "After=network-online.target dbus.socket systemd-machined.service\n"
                "After=db.service\n"
                "\n[Service]\n"
                "Type=notify\n"
                "KillMode=mixed\n"
                "TimeoutStartSec=infinity\n"
                "SuccessExitStatus=143\n"
                "SystemCallFilter=~@obsolete\n"
                "SystemCallErrorNumber=ENOSYS\n"
                "ExecStart=:/usr/bin/rkt run --net=host docker://busybox --name=one /srv/two.aci "
                "--name=two\n"
                "Restart=always\n"
                "\n[Install]\n"
                "WantedBy=multi-user.target\n");
}

static void makes_the_command_line(void **state) {
        (void) state;
        assert_command("[App]\nImage=a\n", "run a");
        assert_command("[App x]\nImage=a\nExec=/bin/sh -c 'echo \"$1\"; exit'\n",
                       "run a --name=x --exec=/bin/sh -- -c \"echo \\\"$1\\\"; exit\"");
        assert_command("[App]\nImage=a\nArguments=-v\nArguments=%i ;\n[App b]\nImage=b\nExec=/x\n",
                       "run a -- -v %i \";\" --- b --name=b --exec=/x");
        assert_command("[Pod]\nInsecureOptions=image,paths\nOverlay=no\nPrivateUsers=off\n"
                       "InheritEnvironment=1\n[App]\nImage=a\n",
                       "--insecure-options=image,paths run --inherit-env --no-overlay a");
        assert_command("[App]\nImage=a\nEnvironment=A=1 \"B=two words\"\nEnvironment=C=\n",
                       "run a --environment=A=1 \"--environment=B=two words\" --environment=C=");
        assert_command("[App]\nImage=a\nReadOnlyRootfs=yes\nNotify=yes\n"
                       "Property=After=b.service c.service\n",
                       "run a \"--property=After=b.service c.service\" --readonly-rootfs=true "
                       "--annotation=appc.io/executor/supports-systemd-notify=true");
        assert_command("[Pod]\nManifest=/srv/pod.json\nNetwork=host\n",
                       "run --net=host --pod-manifest=/srv/pod.json");
        assert_command("[Pod]\nGlobalArguments=--debug\nRunArguments=--new='a b'\n[App]\nImage=a\n",
                       "--debug run \"--new=a b\" a");
}

static void later_lines_hold_and_empty_ones_take_back(void **state) {
        (void) state;
        assert_command("[App]\nImage=a\nImage=b\n", "run b");
        assert_command("[Pod]\nVolume=a\nVolume=\nVolume=b\nVolume=c\n[App]\nImage=a\n",
                       "run --volume=b --volume=c a");
        assert_command("[App]\nImage=a\nUser=x\nUser=\n", "run a");
        assert_command("[App]\nImage=a\n[Pod]\nOrder=none\n[App]\nMemory=1G\n",
                       "run --order=none a --memory=1G");
        assert_command("[App]\nImage=a\nX-Whatever=1\n[X-Mine]\nkey=1\n", "run a");
}

static void reads_lines_as_systemd_does(void **state) {
        (void) state;
        assert_command("  [App]  \n\n Image = a \r\n; comment\n# comment\n", "run a");
        assert_command("[App]\nImage=a\nArguments=one \\\n# in between\n  two \\\n\n",
                       "run a -- one two");
        assert_command("[App]\nImage=a\nArguments=a=b\n", "run a -- a=b");
        assert_command("[App]\nImage=a\nArguments=last \\", "run a -- last");
}

static void refuses_with_file_and_line(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "Image=a\n", "web.pod:1: there is no heading before the first line" },
                { "[App]\nImage\n",
                  "web.pod:2: this is neither a heading nor KEY=VALUE: \"Image\"" },
                { "[App\n", "web.pod:1: a heading ends with ']'" },
                { "[]\n", "web.pod:1: this is no heading" },
                { "[App]\n=a\n", "web.pod:2: there is no key before '='" },
                { "[App]\nMemroy=1G\n", "web.pod:2: section [App] knows no key \"Memroy\"" },
                { "[Apps]\n", "web.pod:1: there is no section [Apps]" },
                { "[Pod web]\n", "web.pod:1: [Pod] takes no name" },
                { "[App]\n", "web.pod:1: this app has no Image=" },
                { "[Pod]\n", "/etc/rkt/pods/web.pod: there is no [App] section, and no Manifest=" },
                { "", "/etc/rkt/pods/web.pod: there is no [App] section, and no Manifest=" },
                { "[App]\nImage=--net\n", "web.pod:1: \"--net\" is no image" },
                { "[App]\nImage=a\nExec='a\n", "web.pod:3: Exec=: a quote is not closed" },
                { "[App]\nImage=a\nExec=\\q\n", "web.pod:3: Exec=: there is no escape \"\\q\"" },
                { "[App]\nImage=a\nEnvironment=A\n",
                  "web.pod:3: Environment=: it takes NAME=VALUE" },
                { "[Pod]\nOverlay=maybe\n[App]\nImage=a\n",
                  "web.pod:2: Overlay=: it takes yes or no" },
                { "[App]\nImage=a\n[Service]\nExecStart=/bin/sh\n",
                  "web.pod:4: ExecStart=: it is made from [Pod] and [App], and cannot be given" },
                { "[App]\nImage=a\n[Install]\nAlso=b.service\n",
                  "web.pod:4: Also=: a generated unit cannot have it" },
                { "[Pod]\nManifest=/a\nVolume=x\n",
                  "web.pod:3: Volume=: this is said in the pod manifest" },
                { "[Pod]\nManifest=/a\n[App]\nImage=b\n",
                  "web.pod:3: [App] cannot stand beside a pod manifest" },
                { "[Pod]\nManifest=a\n",
                  "/etc/rkt/pods/web.pod: Manifest= takes an absolute path" },
                { "[App]\nImage=\xff\n", "web.pod: it is not text in UTF-8" },
                { "[App]\nImage=a\nArguments=---\n[App b]\nImage=b\n",
                  "web.pod:1: \"---\" cannot be an argument: it ends them" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *unit = NULL;

                print_message("# %s\n", cases[i].text);
                assert_true(translate(cases[i].text, NULL, &unit, &e) < 0);
                assert_null(unit);
                assert_string_equal(error_cause(&e), cases[i].want);
        }
}

static void refuses_a_nul(void **state) {
        _cleanup_(podfile_done) Podfile podfile = PODFILE_NULL;

        (void) state;
        assert_int_equal(podfile_parse("[App]\0", 6, "f", &podfile, NULL), -EBADMSG);
}

static void what_is_quoted_is_split_into_the_same(void **state) {
        static const char *const words[] = { "",    "a",       "a b",  "\"",    "'",     "\\",
                                             "\\n", "a\nb\tc", "\x01", "$HOME", "ä € 𝄞", "%i" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(words); i++) {
                _cleanup_(freep) char *quoted = podfile_quote(words[i]);
                _cleanup_(strv_freep) Strv back = NULL;

                assert_non_null(quoted);
                assert_int_equal(podfile_split(quoted, &back, NULL), 0);
                assert_int_equal(strv_length(back), 1);
                assert_string_equal(back[0], words[i]);
        }
}

static void names_what_to_install(void **state) {
        static const char text[] = "[Install]\nWantedBy=a.target\nWantedBy=b.target c.target\n"
                                   "Alias=x.service\nAlias=\n";
        _cleanup_(podfile_done) Podfile podfile = PODFILE_NULL;
        _cleanup_(strv_freep) Strv wanted = NULL, aliases = NULL;

        (void) state;
        assert_int_equal(podfile_parse(text, strlen(text), "f", &podfile, NULL), 0);
        assert_int_equal(podfile_install(&podfile, "WantedBy", &wanted, NULL), 0);
        assert_int_equal(strv_length(wanted), 3);
        assert_string_equal(wanted[2], "c.target");
        assert_int_equal(podfile_install(&podfile, "Alias", &aliases, NULL), 0);
        assert_null(aliases);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(becomes_a_unit),
                cmocka_unit_test(makes_the_command_line),
                cmocka_unit_test(later_lines_hold_and_empty_ones_take_back),
                cmocka_unit_test(reads_lines_as_systemd_does),
                cmocka_unit_test(refuses_with_file_and_line),
                cmocka_unit_test(refuses_a_nul),
                cmocka_unit_test(what_is_quoted_is_split_into_the_same),
                cmocka_unit_test(names_what_to_install),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
