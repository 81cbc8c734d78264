/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-property-parse.h"

#include <fcntl.h>

#include "test-bus.h"
#include "test.h"

/* What the assignments are in a message. */
static char *parsed(const char *const *assignments) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        sd_bus_message *m = NULL;
        char *text = NULL;
        TestBus test;

        for (; *assignments; assignments++)
                assert_int_equal(sysd_property_parse(*assignments, &p, NULL), 0);
        test_bus_open(&test);
        m = test_call_new(&test);
        assert_true(sysd_properties_append(&p, m) >= 0);
        text = test_message_text(m);
        sd_bus_message_unref(m);
        test_bus_close(&test);
        return text;
}

static void reads_what_unit_files_say(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "NoNewPrivileges=yes", "('NoNewPrivileges',<b true>)" },
                { "PrivateTmp=1", "('PrivateTmp',<b true>)" },
                { "PrivateTmp=On", "('PrivateTmp',<b true>)" },
                { "Delegate=t", "('Delegate',<b true>)" },
                { "SendSIGHUP=off", "('SendSIGHUP',<b false>)" },
                { "SendSIGHUP=0", "('SendSIGHUP',<b false>)" },
                { "Restart=on-failure", "('Restart',<s 'on-failure'>)" },
                { "Description=", "('Description',<s ''>)" },
                { "Description=a=b %i $x", "('Description',<s 'a=b %i $x'>)" },
                { "After=a.service b.target", "('After',<as ['a.service','b.target']>)" },
                { "After=  a.service\tb.target ", "('After',<as ['a.service','b.target']>)" },
                { "Environment=A=1 B=2", "('Environment',<as ['A=1 B=2']>)" },
                { "MemoryMax=123", "('MemoryMax',<t 123>)" },
                { "MemoryMax=123B", "('MemoryMax',<t 123>)" },
                { "MemoryMax=1K", "('MemoryMax',<t 1024>)" },
                { "MemoryMax=16M", "('MemoryMax',<t 16777216>)" },
                { "MemoryMax=15E", "('MemoryMax',<t 17293822569102704640>)" },
                { "MemoryMax=infinity", "('MemoryMax',<t 18446744073709551615>)" },
                { "TasksMax=50", "('TasksMax',<t 50>)" },
                { "TasksMax=infinity", "('TasksMax',<t 18446744073709551615>)" },
                { "LimitNOFILE=1024:4096",
                  "('LimitNOFILE',<t 4096>),('LimitNOFILESoft',<t 1024>)" },
                { "LimitNOFILE=9", "('LimitNOFILE',<t 9>),('LimitNOFILESoft',<t 9>)" },
                { "LimitCORE=1K:infinity",
                  "('LimitCORE',<t 18446744073709551615>),('LimitCORESoft',<t 1024>)" },
                { "CPUWeight=100", "('CPUWeight',<t 100>)" },
                { "StartLimitBurst=3", "('StartLimitBurst',<u 3>)" },
                { "UMask=0077", "('UMask',<u 63>)" },
                { "UMask=7777", "('UMask',<u 4095>)" },
                { "Nice=-20", "('Nice',<i -20>)" },
                { "OOMScoreAdjust=1000", "('OOMScoreAdjust',<i 1000>)" },
                { "CPUSchedulingPolicy=idle", "('CPUSchedulingPolicy',<i 5>)" },
                { "CPUSchedulingPolicy=other", "('CPUSchedulingPolicy',<i 0>)" },
                { "KillSignal=SIGTERM", "('KillSignal',<i 15>)" },
                { "KillSignal=QUIT", "('KillSignal',<i 3>)" },
                { "KillSignal=2", "('KillSignal',<i 2>)" },
                { "KillSignal=SIGRTMIN+3", "('KillSignal',<i 37>)" },
                { "KillSignal=RTMIN", "('KillSignal',<i 34>)" },
                { "KillSignal=RTMAX-1", "('KillSignal',<i 63>)" },
                { "SuccessExitStatus=3 SIGKILL 250",
                  "('SuccessExitStatus',<(aiai) ([3,250],[9])>)" },
                { "RestartPreventExitStatus=0", "('RestartPreventExitStatus',<(aiai) ([0],[])>)" },
                { "TimeoutStopSec=5", "('TimeoutStopUSec',<t 5000000>)" },
                { "TimeoutStopSec=1min30s", "('TimeoutStopUSec',<t 90000000>)" },
                { "TimeoutStopSec= 1min 30sec 5ms 7us ", "('TimeoutStopUSec',<t 90005007>)" },
                { "RuntimeMaxSec=1d", "('RuntimeMaxUSec',<t 86400000000>)" },
                { "WatchdogSec=2h", "('WatchdogUSec',<t 7200000000>)" },
                { "RestartSec=infinity", "('RestartUSec',<t 18446744073709551615>)" },
                { "TimeoutSec=3",
                  "('TimeoutStartUSec',<t 3000000>),('TimeoutStopUSec',<t 3000000>)" },
                { "CPUQuota=150%", "('CPUQuotaPerSecUSec',<t 1500000>)" },
                { "CPUQuota=1%", "('CPUQuotaPerSecUSec',<t 10000>)" },
                { "SystemCallFilter=@system-service mount",
                  "('SystemCallFilter',<(bas) (true,['@system-service','mount'])>)" },
                { "SystemCallFilter=~reboot", "('SystemCallFilter',<(bas) (false,['reboot'])>)" },
                { "RestrictNamespaces=yes", "('RestrictNamespaces',<t 0>)" },
                { "RestrictNamespaces=no", "('RestrictNamespaces',<t 2114060288>)" },
                { "RestrictNamespaces=mnt uts", "('RestrictNamespaces',<t 67239936>)" },
                { "RestrictNamespaces=~user  net", "('RestrictNamespaces',<t 771883008>)" },
                { "SystemCallFilter=", "('SystemCallFilter',<(bas) (true,[])>)" },
                { "DeviceAllow=/dev/fuse rw", "('DeviceAllow',<a(ss) [('/dev/fuse','rw')]>)" },
                { "DeviceAllow=char-pts", "('DeviceAllow',<a(ss) [('char-pts','rwm')]>)" },
                { "IOReadBandwidthMax=/dev/vda 5M",
                  "('IOReadBandwidthMax',<a(st) [('/dev/vda',5000000)]>)" },
                { "IODeviceWeight=/dev/vda 200", "('IODeviceWeight',<a(st) [('/dev/vda',200)]>)" },
                { "IODeviceLatencyTargetSec=/dev/vda 20ms",
                  "('IODeviceLatencyTargetUSec',<a(st) [('/dev/vda',20000)]>)" },
                { "BindPaths=/a", "('BindPaths',<a(ssbt) [('/a','/a',false,16384)]>)" },
                { "BindPaths=/a:/b", "('BindPaths',<a(ssbt) [('/a','/b',false,16384)]>)" },
                { "BindReadOnlyPaths=/a:/b:norbind",
                  "('BindReadOnlyPaths',<a(ssbt) [('/a','/b',false,0)]>)" },
                { "BindPaths=/a:/b:rbind", "('BindPaths',<a(ssbt) [('/a','/b',false,16384)]>)" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const char *const one[] = { cases[i].text, NULL };
                _cleanup_(freep) char *text = parsed(one), *want = NULL;

                print_message("# %s\n", cases[i].text);
                assert_true(asprintf(&want, "[%s]", cases[i].want) > 0);
                assert_string_equal(text, want);
        }
}

static void refuses_what_is_no_value(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "NoNewPrivileges=", -EINVAL },
                { "RestrictNamespaces=", -EINVAL },
                { "RestrictNamespaces=~", -EINVAL },
                { "RestrictNamespaces=mnt,net", -EINVAL },
                { "RestrictNamespaces=use", -EINVAL },
                { "NoNewPrivileges=maybe", -EINVAL },
                { "NoNewPrivileges=yes ", -EINVAL },
                { "NoNewPrivileges=2", -EINVAL },
                { "MemoryMax=", -EINVAL },
                { "MemoryMax=-1", -EINVAL },
                { "MemoryMax=+1", -EINVAL },
                { "MemoryMax= 1", -EINVAL },
                { "MemoryMax=1 K", -EINVAL },
                { "MemoryMax=1KK", -EINVAL },
                { "MemoryMax=1k", -EINVAL },
                { "MemoryMax=1.5G", -EINVAL },
                { "MemoryMax=50%", -EINVAL },
                { "MemoryMax=0x10", -EINVAL },
                { "MemoryMax=16E", -ERANGE },
                { "MemoryMax=18446744073709551616", -ERANGE },
                { "MemoryMax=Infinity", -EINVAL },
                { "TasksMax=1K", -EINVAL },
                { "TasksMax=10%", -EINVAL },
                { "LimitNOFILE=1K", -EINVAL },
                { "LimitNOFILE=", -EINVAL },
                { "LimitNOFILE=1:", -EINVAL },
                { "LimitNOFILE=:1", -EINVAL },
                { "LimitNOFILE=2:1", -EINVAL },
                { "LimitNOFILE=1:2:3", -EINVAL },
                { "LimitCPU=1M", -EINVAL },
                { "CPUWeight=-1", -EINVAL },
                { "CPUWeight=18446744073709551616", -ERANGE },
                { "StartLimitBurst=4294967296", -ERANGE },
                { "UMask=", -EINVAL },
                { "UMask=8", -EINVAL },
                { "UMask= 22", -EINVAL },
                { "UMask=+22", -EINVAL },
                { "UMask=-1", -EINVAL },
                { "UMask=10000", -EINVAL },
                { "UMask=777777777777777777777777", -EINVAL },
                { "Nice=", -EINVAL },
                { "Nice=-", -EINVAL },
                { "Nice=--1", -EINVAL },
                { "Nice=2147483648", -ERANGE },
                { "CPUSchedulingPolicy=3", -EINVAL },
                { "CPUSchedulingPolicy=", -EINVAL },
                { "KillSignal=", -EINVAL },
                { "KillSignal=0", -EINVAL },
                { "KillSignal=-9", -EINVAL },
                { "KillSignal=65", -EINVAL },
                { "KillSignal=SIG", -EINVAL },
                { "KillSignal=SIGFOO", -EINVAL },
                { "KillSignal=sigterm", -EINVAL },
                { "KillSignal=SIGRTMIN+31", -EINVAL },
                { "KillSignal=SIGRTMIN-1", -EINVAL },
                { "KillSignal=RTMAX+1", -EINVAL },
                { "SuccessExitStatus=", -EINVAL },
                { "SuccessExitStatus=256", -EINVAL },
                { "SuccessExitStatus=1 FOO", -EINVAL },
                { "TimeoutStopSec=", -EINVAL },
                { "TimeoutStopSec= ", -EINVAL },
                { "TimeoutStopSec=-1", -EINVAL },
                { "TimeoutStopSec=1 -2", -EINVAL },
                { "TimeoutStopSec=5x", -EINVAL },
                { "TimeoutStopSec=s", -EINVAL },
                { "TimeoutStopSec=1.5s", -EINVAL },
                { "TimeoutStopSec=18446744073709551616us", -ERANGE },
                { "TimeoutStopSec=99999999999999999999", -ERANGE },
                { "TimeoutStopSec=18446744073709551615s", -ERANGE },
                { "TimeoutStopSec=18446744073709551615us 1us", -ERANGE },
                { "TimeoutSec=x", -EINVAL },
                { "CPUQuota=", -EINVAL },
                { "CPUQuota=%", -EINVAL },
                { "CPUQuota=50", -EINVAL },
                { "CPUQuota=-5%", -EINVAL },
                { "CPUQuota=1.5%", -EINVAL },
                { "CPUQuota=99999999999999999999%", -ERANGE },
                { "CPUQuota=18446744073710%", -ERANGE },
                { "Environment=", -EINVAL },
                { "Environment=A", -EINVAL },
                { "IOReadBandwidthMax=", -EINVAL },
                { "IOReadBandwidthMax=/dev/vda", -EINVAL },
                { "IOReadBandwidthMax=vda 5", -EINVAL },
                { "IOReadBandwidthMax=/dev/vda x", -EINVAL },
                { "IODeviceWeight=/dev/vda 1K", -EINVAL },
                { "IODeviceLatencyTargetSec=/dev/vda", -EINVAL },
                { "BindPaths=", -EINVAL },
                { "BindPaths=a", -EINVAL },
                { "BindPaths=/a:b", -EINVAL },
                { "BindPaths=/a:", -EINVAL },
                { "BindPaths=/a:/b:c", -EINVAL },
                { "BindPaths=/a:/b:rbind:", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *words = NULL;
                const char *equals = strchr(cases[i].text, '=');

                print_message("# %s\n", cases[i].text);
                assert_int_equal(sysd_property_parse(cases[i].text, &p, &e), cases[i].want);
                assert_true(asprintf(&words, "invalid value \"%s\" for property %.*s", equals + 1,
                                     (int) (equals - cases[i].text), cases[i].text) > 0);
                assert_string_equal(error_cause(&e), words);
        }
}

static void refuses_what_is_no_assignment(void **state) {
        static const struct {
                const char *text;
                int want;
                const char *words;
        } cases[] = {
                { "", -EINVAL, "property \"\" must be given as NAME=VALUE" },
                { "NoNewPrivileges", -EINVAL,
                  "property \"NoNewPrivileges\" must be given as NAME=VALUE" },
                { "=yes", -EINVAL, "property \"=yes\" must be given as NAME=VALUE" },
                { "Foo=1", -ENOKEY, "unknown unit property \"Foo\"" },
                { "MemoryMa=1", -ENOKEY, "unknown unit property \"MemoryMa\"" },
                { "emoryMax=1", -ENOKEY, "unknown unit property \"emoryMax\"" },
                { "memorymax=1", -ENOKEY, "unknown unit property \"memorymax\"" },
                { "MemoryMax =1", -ENOKEY, "unknown unit property \"MemoryMax \"" },
                { " =1", -ENOKEY, "unknown unit property \" \"" },
                { "After Before=x", -ENOKEY, "unknown unit property \"After Before\"" },
                { "TimeoutStopUSec=1", -ENOKEY, "unknown unit property \"TimeoutStopUSec\"" },
                { "ExecStart=/bin/sh", -ENOKEY, "unknown unit property \"ExecStart\"" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(sysd_property_parse(cases[i].text, &p, &e), cases[i].want);
                assert_string_equal(error_cause(&e), cases[i].words);
                assert_int_equal(p.n, 0);
                assert_int_equal(sysd_property_parse(cases[i].text, &p, NULL), cases[i].want);
        }
}

static void a_list_grows_until_it_is_emptied(void **state) {
        static const char *const grown[] = { "After=a.service", "After=b.service c.service", NULL };
        static const char *const emptied[] = { "ReadOnlyPaths=/a",
                                               "ReadOnlyPaths=", "ReadOnlyPaths=/b", NULL };
        static const char *const blank[] = { "After= ", NULL };
        _cleanup_(freep) char *a = parsed(grown), *b = parsed(emptied), *c = parsed(blank);

        (void) state;
        assert_string_equal(a, "[('After',<as ['a.service','b.service','c.service']>)]");
        assert_string_equal(b, "[('ReadOnlyPaths',<as ['/b']>)]");
        assert_string_equal(c, "[('After',<as []>)]");
}

static void the_last_value_holds(void **state) {
        static const char *const twice[] = { "MemoryMax=1",   "Nice=1",          "MemoryMax=2",
                                             "LimitNOFILE=1", "LimitNOFILE=2:3", NULL };
        _cleanup_(freep) char *text = parsed(twice);

        (void) state;
        assert_string_equal(text, "[('MemoryMax',<t 2>),('Nice',<i 1>),('LimitNOFILE',<t 3>),"
                                  "('LimitNOFILESoft',<t 2>)]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_unit_files_say),
                cmocka_unit_test(refuses_what_is_no_value),
                cmocka_unit_test(refuses_what_is_no_assignment),
                cmocka_unit_test(a_list_grows_until_it_is_emptied),
                cmocka_unit_test(the_last_value_holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
