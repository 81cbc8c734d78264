/* SPDX-License-Identifier: Apache-2.0 */
#include "run-dns.h"

#include <arpa/inet.h>
#include <fcntl.h>

#include "files.h"
#include "network-dns.h"
#include "network-list.h"
#include "openat.h"
#include "pod-etc.h"
#include "pod-files.h"

#define ETC POD_STAGE1_ROOTFS "/etc"
#define HOSTS_FALLBACK_MAX ((size_t) 64 * 1024)
#define HOSTNAME_MAX 64

static bool is_ip(const char *text) {
        uint8_t address[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Letters, digits, '-', '_' and single dots, neither of these at an end: what can stand in /etc/hosts
 * and be the kernel's host name. */
static bool is_host_name(const char *name) {
        char before = '.';

        for (; *name; before = *name++)
                if (*name == '.' || *name == '-') {
                        if (before == '.' || (*name == '.' && before == '-'))
                                return false;
                } else if (
                        !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
                                *name))
                        return false;
        return before != '.' && before != '-';
}

/* Every piece between commas of every value. */
static int split_all(char *const *values, Strv *ret) {
        int r = 0;

        for (; values && *values && r >= 0; values++) {
                _cleanup_(strv_freep) Strv pieces = NULL;

                r = strv_split(*values, ',', &pieces);
                for (char **piece = pieces; r >= 0 && *piece; piece++)
                        r = strv_append(ret, *piece);
        }
        return r;
}

static int check_servers(const RunSettings *s, Error *e) {
        _cleanup_(strv_freep) Strv servers = NULL;
        bool alone = !s->dns_search && !s->dns_opt && text_is_empty(s->dns_domain);
        int r = split_all(s->dns, &servers);

        for (char **server = servers; r >= 0 && server && *server; server++) {
                if (strcmp(*server, "host") == 0 || strcmp(*server, "none") == 0) {
                        if (!alone || strv_length(servers) != 1)
                                return error_new(e, -EINVAL,
                                                 "no other --dns options allowed when --dns=%s is "
                                                 "passed",
                                                 *server);
                } else if (!is_ip(*server))
                        return error_new(e, -EINVAL, "Invalid IP passed to --dns: %s", *server);
        }
        return r;
}

static int check_words(const char *flag, char *const *words, Error *e) {
        for (; words && *words; words++)
                if (!network_word_is_valid(*words))
                        return error_new(e, -EINVAL, "invalid value for --%s: \"%s\"", flag,
                                         *words);
        return 0;
}

/* "IP=NAME", split in place. */
static int split_entry(char *entry, char **ret_name, Error *e) {
        char *name = strchr(entry, '=');

        if (!name || strchr(name + 1, '=') || !is_host_name(name + 1))
                return error_new(e, -EINVAL, "Did not understand --hosts-entry %s", entry);
        *name = '\0';
        *ret_name = name + 1;
        return is_ip(entry)
                       ? 0
                       : error_new(e, -EINVAL, "Invalid IP passed to --hosts-entry: %s", entry);
}

static bool takes_host_hosts(const RunSettings *s) {
        return strv_contains(s->hosts_entries, "host");
}

static int check_hosts(const RunSettings *s, Error *e) {
        _cleanup_(strv_freep) Strv entries = NULL;
        int r = split_all(s->hosts_entries, &entries);

        if (r >= 0 && strv_contains(entries, "host"))
                return strv_length(entries) == 1
                               ? 0
                               : error_new(e, -EINVAL,
                                           "cannot pass --hosts-entry=host with multiple "
                                           "hosts-entries");
        for (char **entry = entries; r >= 0 && entry && *entry; entry++) {
                char *name = NULL;

                r = split_entry(*entry, &name, e);
        }
        return r;
}

static int check_networks(const RunSettings *s, Error *e) {
        _cleanup_(network_list_done) NetworkList list = {};
        _cleanup_(freep) char *text = s->nets ? strv_join(s->nets, ",") : NULL;

        if (!s->nets)
                return 0;
        return text ? network_list_parse(text, &list, e) : -ENOMEM;
}

int run_dns_check(const RunSettings *s, Error *e) {
        char *domain[] = { s->dns_domain, NULL };
        int r = check_networks(s, e);

        if (r >= 0 && !text_is_empty(s->hostname) &&
            (!is_host_name(s->hostname) || strlen(s->hostname) > HOSTNAME_MAX))
                r = error_new(e, -EINVAL, "invalid value for --hostname: \"%s\"", s->hostname);
        if (r >= 0)
                r = check_servers(s, e);
        if (r >= 0)
                r = check_words("dns-search", s->dns_search, e);
        if (r >= 0)
                r = check_words("dns-opt", s->dns_opt, e);
        if (r >= 0 && !text_is_empty(s->dns_domain))
                r = check_words("dns-domain", domain, e);
        return r < 0 ? r : check_hosts(s, e);
}

static char *format_hosts(const Pod *pod, char *const *entries) {
        _cleanup_(freep) char *fallback = NULL;
        _cleanup_(fd_closep) int etc_fd = open_beneath(pod->fd, ETC, O_RDONLY | O_DIRECTORY);
        char *text = NULL;
        size_t n = 0, n_fallback = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return NULL;
        if (file_read_at(etc_fd, "hosts-fallback", HOSTS_FALLBACK_MAX, &fallback, &n_fallback) >= 0)
                fwrite(fallback, 1, n_fallback, out);
        else
                fputs("#created by rkt stage0\n127.0.0.1 localhost localhost.localdomain\n"
                      "::1 localhost localhost.localdomain\n",
                      out);
        fputs("\n# Added by rkt run --hosts-entry\n", out);
        for (size_t i = 0; entries[i]; i++) {
                const char *name = strchr(entries[i], '=');

                fprintf(out, "%.*s %s\n", (int) (name - entries[i]), entries[i], name + 1);
        }
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static const char *resolv_mode(const RunSettings *s) {
        if (strv_contains(s->dns, "host"))
                return "host";
        if (strv_contains(s->dns, "none"))
                return "none";
        return s->dns || s->dns_search || s->dns_opt || !text_is_empty(s->dns_domain) ? "stage0"
                                                                                      : "default";
}

static int write_resolv(const Pod *pod, const RunSettings *s, Error *e) {
        NetworkDns dns = { .search = s->dns_search, .options = s->dns_opt };
        _cleanup_(strv_freep) Strv servers = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = split_all(s->dns, &servers);

        dns.nameservers = servers;
        dns.domain = s->dns_domain;
        text = r < 0 ? NULL : network_dns_format("Generated by rkt run", &dns);
        return text ? pod_etc_write(pod, "rkt-resolv.conf", text, e) : -ENOMEM;
}

static int write_hosts(const Pod *pod, const RunSettings *s, Error *e) {
        _cleanup_(strv_freep) Strv entries = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = split_all(s->hosts_entries, &entries);

        text = r < 0 ? NULL : format_hosts(pod, entries);
        return text ? pod_etc_write(pod, "rkt-hosts", text, e) : -ENOMEM;
}

int run_dns_write(const Pod *pod, const RunSettings *s, char **ret_modes, Error *e) {
        const char *resolv = resolv_mode(s);
        const char *hosts = takes_host_hosts(s) ? "host" : s->hosts_entries ? "stage0" : "default";
        int r = 0;

        *ret_modes = NULL;
        if (strcmp(resolv, "default") == 0 && strcmp(hosts, "default") == 0)
                return 0;
        if (strcmp(resolv, "stage0") == 0)
                r = write_resolv(pod, s, e);
        if (r >= 0 && strcmp(hosts, "stage0") == 0)
                r = write_hosts(pod, s, e);
        if (r < 0)
                return r;
        if (asprintf(ret_modes, "resolv=%s,hosts=%s", resolv, hosts) < 0) {
                *ret_modes = NULL;
                return -ENOMEM;
        }
        return 0;
}
