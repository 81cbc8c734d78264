/* SPDX-License-Identifier: Apache-2.0 */
#include "network-info.h"

#include <arpa/inet.h>

/* Written as an address, as the original did. */
static void write_mask(JsonWriter *w, const char *key, int family, unsigned prefix) {
        uint8_t mask[sizeof(struct in6_addr)] = {};
        char text[INET6_ADDRSTRLEN];

        for (unsigned i = 0; i < prefix; i++)
                mask[i / 8] |= (uint8_t) (0x80 >> i % 8);
        json_write_member_string(w, key, inet_ntop(family, mask, text, sizeof(text)));
}

static void write_one(JsonWriter *w, const NetworkInfo *info) {
        const NetworkAddress *ip4 = &info->result->ip4, *ip6 = &info->result->ip6;
        const NetworkMember *member = info->member;

        json_write_begin(w, '{');
        json_write_member_string(w, "netName", member->config.name);
        json_write_member_string(w, "netConf", member->file);
        json_write_member_string(w, "pluginPath", info->plugin);
        json_write_member_string(w, "ifName", member->interface);
        json_write_member_string(w, "ip", ip4->ip ? ip4->ip : "");
        json_write_member_string(w, "args", member->args ? member->args : "");
        if (ip4->ip)
                write_mask(w, "mask", AF_INET, ip4->prefix);
        else
                json_write_member_string(w, "mask", "");
        if (ip6->ip) {
                json_write_member_string(w, "ip6", ip6->ip);
                write_mask(w, "mask6", AF_INET6, ip6->prefix);
        }
        json_write_end(w, '}');
}

char *network_info_format(const NetworkInfo *infos, size_t n) {
        JsonText out;
        JsonWriter *w = &out.w;

        if (json_text_begin(&out) < 0)
                return NULL;
        if (n == 0)
                json_write_null(w);
        else {
                json_write_begin(w, '[');
                for (size_t i = 0; i < n; i++)
                        write_one(w, &infos[i]);
                json_write_end(w, ']');
        }
        return json_text_end(&out);
}
