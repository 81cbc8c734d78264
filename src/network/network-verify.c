/* SPDX-License-Identifier: Apache-2.0 */
#include "network-verify.h"

#include "network-call.h"
#include "network-list.h"

void network_verdicts_done(NetworkVerdicts *verdicts) {
        for (size_t i = 0; i < verdicts->n; i++) {
                free(verdicts->items[i].network);
                free(verdicts->items[i].interface);
                free(verdicts->items[i].reason);
        }
        free(verdicts->items);
        *verdicts = (NetworkVerdicts){};
}

static int judge(const NetworkPlace *place, const NetworkMember *member, NetworkVerdict *ret) {
        _cleanup_(error_done) Error why = ERROR_NULL;

        ret->result = network_check(place, member, &why);
        ret->network = strdup(member->config.name);
        ret->interface = strdup(member->interface);
        if (ret->result < 0)
                ret->reason = error_format(&why, ret->result, false);
        return ret->network && ret->interface && (ret->result >= 0 || ret->reason) ? 0 : -ENOMEM;
}

static int
verify(const NetworkPlace *place, const char *interface, NetworkVerdicts *verdicts, Error *e) {
        _cleanup_(network_member_done) NetworkMember member = {};
        int r = network_state_read(place->pod, interface, &member, e);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return judge(place, &member, &verdicts->items[verdicts->n++]);
}

int network_verify(const Pod *pod, const char *local_config, NetworkVerdicts *ret, Error *e) {
        _cleanup_(network_verdicts_done) NetworkVerdicts verdicts = {
                .items = calloc(NETWORK_MAX, sizeof(NetworkVerdict)),
        };
        _cleanup_(network_place_done) NetworkPlace place = {};
        int r = verdicts.items ? network_place_init(pod, local_config, &place) : -ENOMEM;

        for (unsigned i = 0; i < NETWORK_MAX && r >= 0; i++) {
                char interface[NETWORK_INTERFACE_SIZE];

                network_interface_name(i, interface);
                r = verify(&place, interface, &verdicts, e);
        }
        if (r < 0)
                return r;
        *ret = struct_take(&verdicts);
        return 0;
}
