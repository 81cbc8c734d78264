/* SPDX-License-Identifier: Apache-2.0 */

/* What plugins answer: the resolv.conf made of it has no line but ours. */

#include "fuzz.h"
#include "network-dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(network_result_done) NetworkResult result = {};
        _cleanup_(freep) char *text = NULL, *message = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        size_t n_lines = 2;
        int r = network_result_parse((const char *) data, size, &result, &e);

        message = network_result_error((const char *) data, size);
        must(r <= 0);
        if (r < 0)
                return 0;
        text = network_dns_format("heading", &result.dns);
        n_lines += strv_length(result.dns.nameservers) + !text_is_empty(result.dns.domain);
        n_lines += (strv_length(result.dns.search) > 0) + (strv_length(result.dns.options) > 0);
        for (const char *c = text; *c; c++)
                n_lines -= *c == '\n';
        must(n_lines == 0);
        return 0;
}
