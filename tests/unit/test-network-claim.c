/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "network-claim.h"

#define PORT(protocol, port) "{\"protocol\":\"" protocol "\",\"hostPort\":" port "}"
#define PORT_AT(protocol, ip, port) \
        "{\"protocol\":\"" protocol "\",\"hostIP\":\"" ip "\",\"hostPort\":" port "}"

static void finds_what_overlaps(void **state) {
        static const struct {
                const char *wanted, *held;
                int want;
        } cases[] = {
                { "[]", "[]", 0 },
                { "[" PORT("tcp", "80") "]", "[]", 0 },
                { "[" PORT("tcp", "80") "]", "[" PORT("tcp", "80") "]", -EADDRINUSE },
                { "[" PORT("tcp", "80") "]", "[" PORT("udp", "80") "]", 0 },
                { "[" PORT("tcp", "80") "]", "[" PORT("tcp", "81") "]", 0 },
                { "[" PORT("tcp", "80") "]", "[" PORT_AT("tcp", "192.0.2.1", "80") "]",
                  -EADDRINUSE },
                { "[" PORT_AT("tcp", "192.0.2.2", "80") "]",
                  "[" PORT_AT("tcp", "192.0.2.1", "80") "]", 0 },
                { "[" PORT_AT("tcp", "0.0.0.0", "80") "]",
                  "[" PORT_AT("tcp", "192.0.2.1", "80") "]", -EADDRINUSE },
                { "[" PORT_AT("tcp", "::1", "80") "]", "[" PORT_AT("tcp", "::", "80") "]",
                  -EADDRINUSE },
                { "[" PORT_AT("tcp", "::1", "80") "]", "[" PORT_AT("tcp", "0.0.0.0", "80") "]", 0 },
                { "[" PORT_AT("tcp", "::", "80") "]", "[" PORT_AT("tcp", "0.0.0.0", "80") "]", 0 },
                { "[" PORT("tcp", "1") "," PORT("udp", "53") "]",
                  "[" PORT("tcp", "53") "," PORT("udp", "53") "]", -EADDRINUSE },
                { "{}", "[]", -EINVAL },
                { "[]", "[7]", -EINVAL },
                { "[]", "[", -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s %s\n", cases[i].wanted, cases[i].held);
                assert_int_equal(
                        network_claims_check(cases[i].wanted, cases[i].held, "other", NULL),
                        cases[i].want);
        }
}

static void names_port_and_holder(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(network_claims_check("[" PORT("udp", "53") "]",
                                              "[" PORT_AT("udp", "::1", "53") "]", "other", &e),
                         -EADDRINUSE);
        assert_string_equal(error_cause(&e),
                            "port udp-0.0.0.0:53 is already mapped by pod \"other\"");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_what_overlaps),
                cmocka_unit_test(names_port_and_holder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
