/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "network-dns.h"

static int parse(const char *text, NetworkResult *ret) {
        return network_result_parse(text, strlen(text), ret, NULL);
}

static void reads_addresses_of_every_version(void **state) {
        static const struct {
                const char *text, *ip4, *ip6;
                unsigned prefix4, prefix6;
        } cases[] = {
                { "{}", NULL, NULL, 0, 0 },
                { "{\"ip4\":{\"ip\":\"10.1.2.3/24\"},\"ip6\":{\"ip\":\"FD00::0:1/64\"}}",
                  "10.1.2.3", "fd00::1", 24, 64 },
                { "{\"ips\":[{\"version\":\"4\",\"address\":\"10.1.2.3/8\"}]}", "10.1.2.3", NULL, 8,
                  0 },
                { "{\"ips\":[{\"address\":\"fd00::2/128\"},{\"address\":\"10.0.0.1/32\"},"
                  "{\"address\":\"10.0.0.2/32\"}]}",
                  "10.0.0.1", "fd00::2", 32, 128 },
                /* what is the host's is not the pod's */
                { "{\"interfaces\":[{\"name\":\"veth0\"},{\"name\":\"eth0\",\"sandbox\":\"/n\"}],"
                  "\"ips\":[{\"interface\":0,\"address\":\"10.0.0.1/24\"},"
                  "{\"interface\":1,\"address\":\"10.0.0.2/24\"}]}",
                  "10.0.0.2", NULL, 24, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(network_result_done) NetworkResult result = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(parse(cases[i].text, &result), 0);
                assert_true(text_equal(result.ip4.ip, cases[i].ip4));
                assert_true(text_equal(result.ip6.ip, cases[i].ip6));
                assert_int_equal(result.ip4.prefix, cases[i].prefix4);
                assert_int_equal(result.ip6.prefix, cases[i].prefix6);
        }
}

static void refuses_what_is_no_result(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "rubbish", -EBADMSG },
                { "{} {}", -EBADMSG },
                { "[]", -EINVAL },
                { "null", -EINVAL },
                { "{\"ips\":{}}", -EINVAL },
                { "{\"ips\":[{}]}", -EINVAL },
                { "{\"ips\":[{\"address\":7}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"10.0.0.1\"}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"10.0.0.1/33\"}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"10.0.0.1/-1\"}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"10.0.0.1.5/24\"}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"fd00::1/129\"}]}", -EINVAL },
                { "{\"ips\":[{\"address\":\"; reboot/24\"}]}", -EINVAL },
                { "{\"ip4\":{\"ip\":\"fd00:::1/64\"}}", -EINVAL },
                { "{\"ip6\":{}}", -EINVAL },
                { "{\"dns\":7}", -EINVAL },
                { "{\"dns\":{\"nameservers\":\"1.2.3.4\"}}", -EINVAL },
                { "{\"dns\":{\"nameservers\":[\"example.com\"]}}", -EINVAL },
                { "{\"dns\":{\"nameservers\":[\"1.2.3.4\\nnameserver 6.6.6.6\"]}}", -EINVAL },
                { "{\"dns\":{\"search\":[\"a b\"]}}", -EINVAL },
                { "{\"dns\":{\"options\":[\"a\\nb\"]}}", -EINVAL },
                { "{\"dns\":{\"domain\":\"a\\tb\"}}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                NetworkResult result = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(parse(cases[i].text, &result), cases[i].want);
                assert_null(result.ip4.ip); /* untouched on failure */
                assert_null(result.dns.nameservers);
        }
}

static void reads_name_servers_and_writes_them(void **state) {
        _cleanup_(network_result_done) NetworkResult result = {};
        _cleanup_(freep) char *text = NULL;

        (void) state;
        assert_int_equal(
                parse("{\"dns\":{\"nameservers\":[\"1.2.3.4\",\"fd00::1\"],\"search\":[\"a\","
                      "\"b.c\"],\"options\":[\"ndots:2\"],\"domain\":\"d\"}}",
                      &result),
                0);
        assert_false(network_dns_is_empty(&result.dns));
        text = network_dns_format("heading", &result.dns);
        assert_string_equal(text, "# heading\n\nsearch a b.c\nnameserver 1.2.3.4\nnameserver "
                                  "fd00::1\noptions ndots:2\ndomain d\n");
}

static void finds_the_words_of_an_error(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "{\"code\":7,\"msg\":\"no room\",\"details\":\"at all\"}", "no room; at all" },
                { "{\"code\":7,\"msg\":\"no room\",\"details\":\"\"}", "no room" },
                { "{\"code\":7,\"msg\":\"no room\"}", "no room" },
                { "{\"code\":7}", NULL },
                { "{\"msg\":7}", NULL },
                { "[]", NULL },
                { "rubbish", NULL },
                { "", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *got =
                        network_result_error(cases[i].text, strlen(cases[i].text));

                assert_true(text_equal(got, cases[i].want));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_addresses_of_every_version),
                cmocka_unit_test(refuses_what_is_no_result),
                cmocka_unit_test(reads_name_servers_and_writes_them),
                cmocka_unit_test(finds_the_words_of_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
