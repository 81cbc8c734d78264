/* SPDX-License-Identifier: Apache-2.0 */
#include "network-dns.h"

static void write_words(FILE *out, const char *key, char *const *words) {
        if (strv_length(words) == 0)
                return;
        fputs(key, out);
        for (; *words; words++)
                fprintf(out, " %s", *words);
        fputc('\n', out);
}

char *network_dns_format(const char *heading, const NetworkDns *dns) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return NULL;
        fprintf(out, "# %s\n\n", heading);
        write_words(out, "search", dns->search);
        for (char **server = dns->nameservers; server && *server; server++)
                fprintf(out, "nameserver %s\n", *server);
        write_words(out, "options", dns->options);
        if (!text_is_empty(dns->domain))
                fprintf(out, "domain %s\n", dns->domain);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
