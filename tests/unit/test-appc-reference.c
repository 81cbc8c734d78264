/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "appc-reference.h"
#include "text.h"

static void reads_names_versions_and_labels(void **state) {
        static const struct {
                const char *text, *want; /* with the labels sorted */
        } cases[] = {
                { "example.com/app", "example.com/app" },
                { "example.com/app:1.0", "example.com/app,version=1.0" },
                { "example.com/app:", "example.com/app,version=" },
                { "example.com:8080/a", "example.com,version=8080/a" }, /* no port of a host */
                { "a,version=2", "a,version=2" },
                { "a:1,os=linux,arch=amd64", "a,arch=amd64,os=linux,version=1" },
                { "a,v=a=b", "a,v=a=b" },
                { "a,v=", "a,v=" },
                { "a,v=!*'();@&+$/?#[]", "a,v=!*'();@&+$/?#[]" },
                { "a,v=%41 b+c", "a,v=%41 b+c" },
                { "a,os=vax", "a,os=vax" }, /* who looks for an image may ask for anything */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_reference_done) AppcReference reference = {};
                _cleanup_(appc_reference_done) AppcReference again = {};
                _cleanup_(freep) char *text = NULL, *same = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_reference_parse(cases[i].text, &reference, NULL), 0);
                text = appc_reference_format(&reference);
                assert_string_equal(text, cases[i].want);
                assert_int_equal(appc_reference_parse(text, &again, NULL), 0);
                same = appc_reference_format(&again);
                assert_string_equal(text, same);
        }
}

static void refuses_what_names_no_image(void **state) {
        static const struct {
                const char *text, *says;
        } cases[] = {
                { "", "ACIdentifier cannot be empty" },
                { ":1.0", "ACIdentifier cannot be empty" },
                { ",a=b", "ACIdentifier cannot be empty" },
                { "A", "ACIdentifier must contain only lower case" },
                { "a b", "ACIdentifier must contain only lower case" },
                { "/a", "ACIdentifier must start and end" },
                { "a/", "ACIdentifier must start and end" },
                { "a\x1b[31m", "ACIdentifier must contain only lower case" },
                { "a:1:2", "malformed app string - colon may appear at most once" },
                { "a::", "malformed app string - colon may appear at most once" },
                { "a,v=1:2",
                  "malformed app string - colon may appear only right after the app name" },
                { "a,b:1",
                  "malformed app string - colon may appear only right after the app name" },
                { "a,b", "malformed string \"a,b\" - has a label without a value: b" },
                { "a,", "malformed string \"a,\" - has a label without a value: " },
                { "a,,b=c", "has a label without a value: " },
                { "a,=b", "ACIdentifier cannot be empty" },
                { "a,B=c", "ACIdentifier must contain only lower case" },
                { "a,%61=c", "ACIdentifier must contain only lower case" },
                { "a:1,version=2", "label version with multiple values [\"1\" \"2\"]" },
                { "a,b=1,b=1", "label b with multiple values [\"1\" \"1\"]" },
                { "a,name=b", "label name with multiple values [\"a\" \"b\"]" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcReference reference = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_reference_parse(cases[i].text, &reference, &e), -EINVAL);
                assert_null(reference.name);
                assert_non_null(strstr(error_cause(&e), cases[i].says));
        }
}

static void bounds_the_labels(void **state) {
        _cleanup_(freep) char *text = calloc(1, 16 * (APPC_REFERENCE_LABELS_MAX + 2));
        _cleanup_(appc_reference_done) AppcReference reference = {};
        char *end = stpcpy(text, "a");

        (void) state;
        for (int i = 0; i < APPC_REFERENCE_LABELS_MAX; i++)
                end += sprintf(end, ",l%d=x", i);
        assert_int_equal(appc_reference_parse(text, &reference, NULL), 0);
        appc_reference_done(&reference);
        (void) stpcpy(end, ",more=x");
        assert_int_equal(appc_reference_parse(text, &reference, NULL), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_names_versions_and_labels),
                cmocka_unit_test(refuses_what_names_no_image),
                cmocka_unit_test(bounds_the_labels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
