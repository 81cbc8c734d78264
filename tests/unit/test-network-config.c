/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "network-config.h"
#include "network-state.h"

static int parse(const char *text, NetworkConfig *ret) {
        return network_config_parse(text, strlen(text), ret, NULL);
}

static void reads_one_plugin_and_chains(void **state) {
        NetworkConfig config = {};

        (void) state;
        assert_int_equal(parse("{\"name\":\"n\",\"type\":\"ptp\",\"ipMasq\":true,"
                               "\"ipam\":{\"type\":\"host-local\"},\"any\":[1,{}]}",
                               &config),
                         0);
        assert_string_equal(config.name, "n");
        assert_string_equal(config.version, "0.1.0");
        assert_int_equal(config.n_plugins, 1);
        assert_string_equal(config.plugins[0].type, "ptp");
        assert_true(config.masquerades);
        assert_false(config.plugins[0].maps_ports);
        network_config_done(&config);

        assert_int_equal(
                parse("{\"name\":\"n\",\"cniVersion\":\"1.0.0\",\"disableCheck\":true,"
                      "\"plugins\":[{\"type\":\"bridge\",\"ipam\":{}},{\"type\":\"portmap\","
                      "\"capabilities\":{\"portMappings\":true}}]}",
                      &config),
                0);
        assert_int_equal(config.n_plugins, 2);
        assert_false(config.masquerades);
        assert_true(config.no_check);
        assert_true(config.plugins[1].maps_ports);
        network_config_done(&config);
}

static void refuses_what_is_no_network(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "{", -EBADMSG },
                { "null", -EINVAL },
                { "[]", -EINVAL },
                { "{}", -EINVAL },
                { "{\"name\":\"n\"}", -EINVAL },
                { "{\"type\":\"t\"}", -EINVAL },
                { "{\"name\":7,\"type\":\"t\"}", -EINVAL },
                { "{\"name\":\"n\",\"name\":\"n\",\"type\":\"t\"}", -EBADMSG },
                { "{\"name\":\"\",\"type\":\"t\"}", -EINVAL },
                { "{\"name\":\"../n\",\"type\":\"t\"}", -EINVAL },
                { "{\"name\":\"n/m\",\"type\":\"t\"}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"\"}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"../../bin/sh\"}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"/bin/sh\"}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"t\",\"ipam\":{\"type\":\"../sh\"}}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"t\",\"ipam\":\"host-local\"}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"t\",\"ipam\":{\"type\":{}}}", -EINVAL },
                { "{\"name\":\"n\",\"type\":\"t\",\"cniVersion\":\"0.5.0\"}", -EOPNOTSUPP },
                { "{\"name\":\"n\",\"type\":\"t\",\"cniVersion\":\"1.0\"}", -EOPNOTSUPP },
                { "{\"name\":\"n\",\"type\":\"t\",\"cniVersion\":1}", -EINVAL },
                { "{\"name\":\"n\",\"plugins\":[]}", -EINVAL },
                { "{\"name\":\"n\",\"plugins\":{}}", -EINVAL },
                { "{\"name\":\"n\",\"plugins\":[7]}", -EINVAL },
                { "{\"name\":\"n\",\"plugins\":[{\"type\":\"a\"},{}]}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                NetworkConfig config = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(parse(cases[i].text, &config), cases[i].want);
                assert_null(config.name); /* untouched on failure */
        }
}

static void remembers_a_member_and_adds_what_maps_its_ports(void **state) {
        _cleanup_(network_member_done) NetworkMember member = {}, again = {};
        _cleanup_(network_config_done) NetworkConfig config = {};
        _cleanup_(freep) char *text = NULL, *text_again = NULL;

        (void) state;
        assert_int_equal(
                parse("{\"name\":\"n\",\"cniVersion\":\"0.4.0\",\"type\":\"ptp\",\"mtu\":1.5}",
                      &config),
                0);
        assert_int_equal(network_member_new(&config, "10-n.conf", "eth3", "IP=1.2.3.4",
                                            "[{\"hostPort\":80}]", &member),
                         0);
        assert_int_equal(member.config.n_plugins, 2);
        assert_string_equal(member.config.plugins[1].type, "portmap");
        assert_true(member.config.plugins[1].maps_ports);
        assert_null(member.result);
        member.result = strdup("{\"ips\":[]}");

        text = network_state_format(&member);
        assert_non_null(text);
        assert_int_equal(network_state_parse(text, strlen(text), &again, NULL), 0);
        assert_string_equal(again.interface, "eth3");
        assert_string_equal(again.file, "10-n.conf");
        assert_string_equal(again.args, "IP=1.2.3.4");
        assert_string_equal(again.ports, "[{\"hostPort\":80}]");
        assert_string_equal(again.result, "{\"ips\":[]}");
        assert_int_equal(again.config.n_plugins, 2);
        text_again = network_state_format(&again);
        assert_string_equal(text, text_again);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_one_plugin_and_chains),
                cmocka_unit_test(refuses_what_is_no_network),
                cmocka_unit_test(remembers_a_member_and_adds_what_maps_its_ports),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
