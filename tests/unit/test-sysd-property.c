/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-property.h"

#include <fcntl.h>

#include "test-bus.h"
#include "test.h"

static char word_a[] = "a", word_b[] = "b c", word_empty[] = "";
static char *const words[] = { word_a, word_b, word_empty, NULL };
static char *const no_words[] = { NULL };

/* What the properties are in a message. */
static char *written(const SysdProperties *p) {
        TestBus test;
        sd_bus_message *m = NULL;
        char *text = NULL;

        test_bus_open(&test);
        m = test_call_new(&test);
        assert_true(sysd_properties_append(p, m) >= 0);
        text = test_message_text(m);
        sd_bus_message_unref(m);
        test_bus_close(&test);
        return text;
}

static void expect(const SysdProperties *p, const char *want) {
        _cleanup_(freep) char *text = written(p);

        assert_string_equal(text, want);
}

static void nothing_is_an_empty_array(void **state) {
        const SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        expect(&p, "[]");
}

static void numbers_keep_their_type_and_value(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_bool(&p, "Yes", true), 0);
        assert_int_equal(sysd_set_bool(&p, "No", false), 0);
        assert_int_equal(sysd_set_i32(&p, "Low", INT32_MIN), 0);
        assert_int_equal(sysd_set_i32(&p, "High", INT32_MAX), 0);
        assert_int_equal(sysd_set_u32(&p, "U", UINT32_MAX), 0);
        assert_int_equal(sysd_set_u64(&p, "T", UINT64_MAX), 0);
        assert_int_equal(sysd_set_pid(&p, "PIDs", 4711), 0);
        expect(&p, "[('Yes',<b true>),('No',<b false>),('Low',<i -2147483648>),"
                   "('High',<i 2147483647>),('U',<u 4294967295>),('T',<t 18446744073709551615>),"
                   "('PIDs',<au [4711]>)]");
}

static void texts_pass_byte_for_byte(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_string(&p, "S", "a\nb%i $HOME \"\\ \xc3\xa4"), 0);
        assert_int_equal(sysd_set_string(&p, "Empty", ""), 0);
        assert_int_equal(sysd_set_optional(&p, "May", true, "u:r:t"), 0);
        assert_int_equal(sysd_set_optional(&p, "Must", false, "profile"), 0);
        expect(&p, "[('S',<s 'a\nb%i $HOME \"\\ \xc3\xa4'>),('Empty',<s ''>),"
                   "('May',<(bs) (true,'u:r:t')>),('Must',<(bs) (false,'profile')>)]");
}

static void lists_keep_their_order(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_strv(&p, "V", words), 0);
        assert_int_equal(sysd_set_strv(&p, "None", NULL), 0);
        assert_int_equal(sysd_set_calls(&p, "Allow", true, words), 0);
        assert_int_equal(sysd_set_calls(&p, "Refuse", false, no_words), 0);
        assert_int_equal(sysd_add_string(&p, "After", "x.service"), 0);
        assert_int_equal(sysd_add_string(&p, "After", "a.service"), 0);
        assert_int_equal(sysd_add_bytes(&p, "LogExtraFields", "A=1"), 0);
        assert_int_equal(sysd_add_bytes(&p, "LogExtraFields", ""), 0);
        expect(&p, "[('V',<as ['a','b c','']>),('None',<as []>),"
                   "('Allow',<(bas) (true,['a','b c',''])>),('Refuse',<(bas) (false,[])>),"
                   "('After',<as ['x.service','a.service']>),"
                   "('LogExtraFields',<aay [[65,61,49],[]]>)]");
}

static void structures_have_the_members_systemd_reads(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_add_exec(&p, "ExecStart", "/bin/a", words), 0);
        assert_int_equal(sysd_add_exec(&p, "ExecStart", "/bin/b", no_words), 0);
        assert_int_equal(sysd_add_pair(&p, "DeviceAllow", "/dev/fuse", "rw"), 0);
        assert_int_equal(sysd_add_limit(&p, "IOReadIOPSMax", "/", 7), 0);
        assert_int_equal(sysd_add_bind(&p, "BindPaths", "/s", "/t", true), 0);
        assert_int_equal(sysd_add_bind(&p, "BindPaths", "/u", "/v", false), 0);
        assert_int_equal(sysd_add_status(&p, "SuccessExitStatus", true, 9), 0);
        assert_int_equal(sysd_add_status(&p, "SuccessExitStatus", false, 3), 0);
        expect(&p, "[('ExecStart',<a(sasb) [('/bin/a',['a','b c',''],false),"
                   "('/bin/b',[],false)]>),"
                   "('DeviceAllow',<a(ss) [('/dev/fuse','rw')]>),"
                   "('IOReadIOPSMax',<a(st) [('/',7)]>),"
                   "('BindPaths',<a(ssbt) [('/s','/t',false,16384),('/u','/v',false,0)]>),"
                   "('SuccessExitStatus',<(aiai) ([3],[9])>)]");
}

static void arguments_are_not_taken_for_variables(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        char *const argv[] = { (char[]){ "$HOME" }, (char[]){ "a${B}$" }, (char[]){ "$$" },
                               (char[]){ "%h \\" }, NULL };

        (void) state;
        assert_int_equal(sysd_add_exec(&p, "ExecStart", "/bin/$a", argv), 0);
        expect(&p, "[('ExecStart',<a(sasb) [('/bin/$a',['$$HOME','a$${B}$$','$$$$','%h \\'],"
                   "false)]>)]");
}

static void a_descriptor_travels_open(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_fd(&p, "StandardOutputFileDescriptor", STDERR_FILENO), 0);
        expect(&p, "[('StandardOutputFileDescriptor',<h descriptor>)]");
}

static void what_cannot_travel_is_an_error(void **state) {
        static const char *const bad[] = { "\xff", "a\xc3", "\xed\xa0\x80" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
                TestBus test;
                sd_bus_message *m = NULL;

                test_bus_open(&test);
                m = test_call_new(&test);
                assert_int_equal(sysd_set_string(&p, "S", bad[i]), 0);
                assert_true(sysd_properties_append(&p, m) < 0);
                sd_bus_message_unref(m);
                test_bus_close(&test);
        }
}

static void a_later_value_replaces_an_earlier_one_of_any_kind(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_string(&p, "A", "x"), 0);
        assert_int_equal(sysd_set_string(&p, "B", "y"), 0);
        assert_int_equal(sysd_set_strv(&p, "A", words), 0);
        assert_int_equal(sysd_set_u64(&p, "A", 5), 0);
        assert_int_equal(sysd_add_limit(&p, "L", "/", 1), 0);
        assert_int_equal(sysd_set_bool(&p, "L", true), 0);
        expect(&p, "[('A',<t 5>),('B',<s 'y'>),('L',<b true>)]");
        assert_null(sysd_property_get(&p, "A")->list);
        assert_null(sysd_property_get(&p, "L")->items);
        assert_null(sysd_property_get(&p, "C"));
}

static void setting_copies(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        char text[] = "one", name[] = "Name";
        char *list[] = { text, NULL };

        (void) state;
        assert_int_equal(sysd_set_string(&p, name, text), 0);
        assert_int_equal(sysd_set_strv(&p, "List", list), 0);
        assert_int_equal(sysd_add_pair(&p, "Pair", text, text), 0);
        memset(text, 'x', 3);
        memset(name, 'x', 4);
        expect(&p, "[('Name',<s 'one'>),('List',<as ['one']>),('Pair',<a(ss) [('one','one')]>)]");
}

static void merging_joins_dependencies_and_replaces_the_rest(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties to = SYSD_PROPERTIES_NULL;
        _cleanup_(sysd_properties_done) SysdProperties from = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_add_string(&to, "After", "pod.scope"), 0);
        assert_int_equal(sysd_set_string(&to, "Slice", "pod.slice"), 0);
        assert_int_equal(sysd_add_string(&to, "Environment", "A=1"), 0);
        assert_int_equal(sysd_add_exec(&to, "ExecStart", "/old", no_words), 0);
        assert_int_equal(sysd_add_string(&from, "After", "network.target"), 0);
        assert_int_equal(sysd_set_string(&from, "Slice", "user.slice"), 0);
        assert_int_equal(sysd_add_string(&from, "Environment", "B=2"), 0);
        assert_int_equal(sysd_add_exec(&from, "ExecStart", "/new", words), 0);
        assert_int_equal(sysd_add_bind(&from, "BindPaths", "/s", "/t", true), 0);
        assert_int_equal(sysd_add_status(&from, "SuccessExitStatus", true, 9), 0);
        assert_int_equal(sysd_add_status(&from, "SuccessExitStatus", false, 3), 0);
        assert_int_equal(sysd_set_optional(&from, "AppArmorProfile", true, "c"), 0);
        assert_int_equal(sysd_set_calls(&from, "SystemCallFilter", true, words), 0);
        assert_int_equal(sysd_properties_merge(&to, &from), 0);
        sysd_properties_done(&from); /* nothing of it is shared */
        expect(&to, "[('After',<as ['pod.scope','network.target']>),('Slice',<s 'user.slice'>),"
                    "('Environment',<as ['B=2']>),"
                    "('ExecStart',<a(sasb) [('/new',['a','b c',''],false)]>),"
                    "('BindPaths',<a(ssbt) [('/s','/t',false,16384)]>),"
                    "('SuccessExitStatus',<(aiai) ([3],[9])>),"
                    "('AppArmorProfile',<(bs) (true,'c')>),"
                    "('SystemCallFilter',<(bas) (true,['a','b c',''])>)]");
}

static void merging_nothing_changes_nothing(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties to = SYSD_PROPERTIES_NULL;
        const SysdProperties from = SYSD_PROPERTIES_NULL;

        (void) state;
        assert_int_equal(sysd_set_u32(&to, "A", 1), 0);
        assert_int_equal(sysd_properties_merge(&to, &from), 0);
        expect(&to, "[('A',<u 1>)]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_is_an_empty_array),
                cmocka_unit_test(numbers_keep_their_type_and_value),
                cmocka_unit_test(texts_pass_byte_for_byte),
                cmocka_unit_test(lists_keep_their_order),
                cmocka_unit_test(structures_have_the_members_systemd_reads),
                cmocka_unit_test(arguments_are_not_taken_for_variables),
                cmocka_unit_test(a_descriptor_travels_open),
                cmocka_unit_test(what_cannot_travel_is_an_error),
                cmocka_unit_test(a_later_value_replaces_an_earlier_one_of_any_kind),
                cmocka_unit_test(setting_copies),
                cmocka_unit_test(merging_joins_dependencies_and_replaces_the_rest),
                cmocka_unit_test(merging_nothing_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
