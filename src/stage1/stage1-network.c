/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-network.h"

#include "network.h"

static void tell(char *const *notes) {
        for (; notes && *notes; notes++) {
                fputs("networking: ", stderr);
                text_write_escaped(stderr, *notes);
                fputc('\n', stderr);
        }
}

static bool takes_dns(const Stage1Args *args) {
        return !args->dns_conf_mode || strstr(args->dns_conf_mode, "resolv=default") ||
               !strstr(args->dns_conf_mode, "resolv=");
}

int stage1_network_join(const Pod *pod, const AppcPod *manifest, const Stage1Args *args, Error *e) {
        _cleanup_(strv_freep) Strv notes = NULL;
        const NetworkSetup setup = {
                .pod = pod,
                .manifest = manifest,
                .wanted = args->net,
                .local_config = args->local_config ? args->local_config : STAGE1_LOCAL_CONFIG,
                .takes_dns = takes_dns(args),
        };
        int r = network_setup(&setup, &notes, e);

        tell(notes);
        return r;
}

void stage1_network_tell_none(void) {
        char note[] = NETWORK_NONE_NOTE;

        tell((char *const[]){ note, NULL });
}

int stage1_network_leave(const Pod *pod, const char *local_config, Error *e) {
        _cleanup_(strv_freep) Strv notes = NULL;
        int r = network_teardown(pod, local_config ? local_config : STAGE1_LOCAL_CONFIG, &notes, e);

        tell(notes);
        return r;
}
