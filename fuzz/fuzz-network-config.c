/* SPDX-License-Identifier: Apache-2.0 */

/* Network configurations, and what a pod remembers of one: that reads back the same. */

#include "fuzz.h"
#include "network-list.h"
#include "network-state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(network_config_done) NetworkConfig config = {};
        _cleanup_(network_member_done) NetworkMember member = {}, again = {};
        _cleanup_(freep) char *text = NULL, *text_again = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = network_config_parse((const char *) data, size, &config, &e);

        must(r == 0 ? !!config.name : r < 0 && !config.name);
        if (r < 0)
                return 0;
        must(network_name_is_valid(config.name) && config.n_plugins > 0);
        for (size_t i = 0; i < config.n_plugins; i++)
                must(network_name_is_valid(config.plugins[i].type));
        if (network_member_new(&config, "f", "eth0", "K=v", "[]", &member) < 0)
                return 0;
        text = network_state_format(&member);
        must(network_state_parse(text, strlen(text), &again, NULL) == 0);
        text_again = network_state_format(&again);
        must(strcmp(text, text_again) == 0);
        return 0;
}
