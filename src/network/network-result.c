/* SPDX-License-Identifier: Apache-2.0 */
#include "network-result.h"

#include <arpa/inet.h>

#include "json-read.h"

#define ADDRESSES_MAX 256
#define DNS_WORDS_MAX 64
#define DNS_WORD_LENGTH 255

void network_dns_done(NetworkDns *dns) {
        strv_free(dns->nameservers);
        strv_free(dns->search);
        strv_free(dns->options);
        free(dns->domain);
        *dns = (NetworkDns){};
}

void network_result_done(NetworkResult *result) {
        free(result->ip4.ip);
        free(result->ip6.ip);
        network_dns_done(&result->dns);
        *result = (NetworkResult){};
}

bool network_dns_is_empty(const NetworkDns *dns) {
        return strv_length(dns->nameservers) == 0 && strv_length(dns->search) == 0 &&
               strv_length(dns->options) == 0 && text_is_empty(dns->domain);
}

bool network_word_is_valid(const char *word) {
        if (*word == '\0' || strlen(word) > DNS_WORD_LENGTH)
                return false;
        for (; *word; word++)
                if (*word <= ' ' || *word > '~')
                        return false;
        return true;
}

/* "ADDRESS/PREFIX" into the slot of its family, unless that has one already. */
static int take_address(const char *text, NetworkResult *result, Error *e) {
        _cleanup_(freep) char *copy = strdup(text);
        char normal[INET6_ADDRSTRLEN];
        uint8_t address[sizeof(struct in6_addr)];
        char *slash = copy ? strchr(copy, '/') : NULL;
        int family = strchr(text, ':') ? AF_INET6 : AF_INET;
        NetworkAddress *slot = family == AF_INET ? &result->ip4 : &result->ip6;
        uint64_t prefix = 0;

        if (!copy)
                return -ENOMEM;
        if (slash)
                *slash++ = '\0';
        if (!slash || inet_pton(family, copy, address) != 1 ||
            text_parse_u64(slash, family == AF_INET ? 32 : 128, &prefix) < 0)
                return error_new(e, -EINVAL, "\"%s\" is no address with a prefix length", text);
        if (slot->ip)
                return 0;
        slot->prefix = (unsigned) prefix;
        slot->ip = strdup(inet_ntop(family, address, normal, sizeof(normal)));
        return slot->ip ? 0 : -ENOMEM;
}

static int read_address(const Json *value, const char *key, NetworkResult *result, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = json_read_string(json_get(value, key), &text, e);

        if (r >= 0)
                r = take_address(text, result, e);
        return r < 0 ? error_prefix(e, r, "%s: ", key) : 0;
}

/* An address may belong to an interface on the host's side, which has no sandbox. */
static bool is_of_pod(const Json *ip, const Json *interfaces) {
        _cleanup_(freep) char *sandbox = NULL;
        const Json *index = json_get(ip, "interface"), *interface = NULL;
        uint64_t i = 0;

        if (!index || json_read_u64(index, &i, NULL) < 0 || i >= json_array_length(interfaces))
                return true;
        interface = json_array_get(interfaces, (size_t) i);
        return json_read_string(json_get(interface, "sandbox"), &sandbox, NULL) >= 0 && *sandbox;
}

/* Since 0.3.0 a list; before, one member a family. */
static int read_addresses(const Json *root, NetworkResult *result, Error *e) {
        const Json *ips = json_get(root, "ips"), *interfaces = json_get(root, "interfaces");
        static const char *const old[] = { "ip4", "ip6" };
        int r = 0;

        if (ips && json_kind(ips) != JSON_ARRAY)
                return error_new(e, -EINVAL, "ips: expected array, found %s",
                                 json_kind_name(json_kind(ips)));
        if (json_array_length(ips) > ADDRESSES_MAX)
                return error_new(e, -EINVAL, "ips: more than %d addresses", ADDRESSES_MAX);
        for (size_t i = 0; i < json_array_length(ips) && r >= 0; i++)
                if (is_of_pod(json_array_get(ips, i), interfaces)) {
                        r = read_address(json_array_get(ips, i), "address", result, e);
                        if (r < 0)
                                return error_prefix(e, r, "ips[%zu]: ", i);
                }
        for (size_t i = 0; i < N_ELEMENTS(old) && r >= 0; i++)
                if (json_get(root, old[i])) {
                        r = read_address(json_get(root, old[i]), "ip", result, e);
                        if (r < 0)
                                return error_prefix(e, r, "%s: ", old[i]);
                }
        return r;
}

static int check_words(char *const *words, const char *what, Error *e) {
        if (strv_length(words) > DNS_WORDS_MAX)
                return error_new(e, -EINVAL, "dns: %s: more than %d words", what, DNS_WORDS_MAX);
        for (; words && *words; words++)
                if (!network_word_is_valid(*words))
                        return error_new(e, -EINVAL, "dns: %s: bad word \"%s\"", what, *words);
        return 0;
}

static int check_nameservers(char *const *words, Error *e) {
        uint8_t address[sizeof(struct in6_addr)];

        for (; words && *words; words++)
                if (inet_pton(AF_INET, *words, address) != 1 &&
                    inet_pton(AF_INET6, *words, address) != 1)
                        return error_new(e, -EINVAL, "dns: nameservers: \"%s\" is no address",
                                         *words);
        return 0;
}

static int read_dns(const Json *value, NetworkDns *dns, Error *e) {
        static const JsonField fields[] = {
                { "nameservers", json_read_strv, offsetof(NetworkDns, nameservers), JSON_NULL_OK },
                { "search", json_read_strv, offsetof(NetworkDns, search), JSON_NULL_OK },
                { "options", json_read_strv, offsetof(NetworkDns, options), JSON_NULL_OK },
                { "domain", json_read_string, offsetof(NetworkDns, domain), JSON_NULL_OK },
                {},
        };
        int r = json_read_object(value, fields, dns, e);

        if (r < 0)
                return error_prefix(e, r, "dns: ");
        r = check_words(dns->nameservers, "nameservers", e);
        if (r >= 0)
                r = check_nameservers(dns->nameservers, e);
        if (r >= 0)
                r = check_words(dns->search, "search", e);
        if (r >= 0)
                r = check_words(dns->options, "options", e);
        if (r >= 0 && !text_is_empty(dns->domain) && !network_word_is_valid(dns->domain))
                r = error_new(e, -EINVAL, "dns: domain: bad word \"%s\"", dns->domain);
        return r;
}

int network_result_parse(const char *text, size_t n, NetworkResult *ret, Error *e) {
        _cleanup_(network_result_done) NetworkResult result = {};
        _cleanup_(json_freep) Json *root = NULL;
        int r = n > NETWORK_RESULT_MAX ? error_new(e, -EMSGSIZE, "larger than 1 MiB")
                                       : json_parse(text, n, &root, e);

        if (r >= 0 && json_kind(root) != JSON_OBJECT)
                r = error_new(e, -EINVAL, "expected object, found %s",
                              json_kind_name(json_kind(root)));
        if (r >= 0)
                r = read_addresses(root, &result, e);
        if (r >= 0 && json_get(root, "dns"))
                r = read_dns(json_get(root, "dns"), &result.dns, e);
        if (r < 0)
                return r;
        *ret = struct_take(&result);
        return 0;
}

char *network_result_error(const char *text, size_t n) {
        _cleanup_(freep) char *message = NULL, *details = NULL;
        _cleanup_(json_freep) Json *root = NULL;
        char *whole = NULL;

        if (n > NETWORK_RESULT_MAX || json_parse(text, n, &root, NULL) < 0 ||
            json_read_string(json_get(root, "msg"), &message, NULL) < 0)
                return NULL;
        if (json_read_string(json_get(root, "details"), &details, NULL) < 0 || !*details)
                return ptr_take(&message);
        return asprintf(&whole, "%s; %s", message, details) < 0 ? NULL : whole;
}
