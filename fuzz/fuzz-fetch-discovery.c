/* SPDX-License-Identifier: Apache-2.0 */

/* Discovery pages, for a name with labels; and what is found there taken as URLs. */

#include "fetch-discovery.h"
#include "fetch-url.h"
#include "fuzz.h"

static void use_url(const char *text) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL, again = FETCH_URL_NULL;
        _cleanup_(freep) char *formatted = NULL, *signature = NULL, *escaped = NULL;

        escaped = fetch_url_escape(text);
        must(escaped && strspn(escaped, "%-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz") == strlen(escaped));
        if (fetch_url_parse(text, &url, NULL) < 0)
                return;
        must(strchr(url.host, '@') == NULL && strchr(url.host, '/') == NULL);
        formatted = fetch_url_format(&url);
        must(fetch_url_parse(formatted, &again, NULL) == 0);
        must(text_equal(url.host, again.host) && text_equal(url.path, again.path) &&
             url.port == again.port && url.secure == again.secure);
        signature = fetch_url_signature(formatted);
        must(signature && fetch_url_path_ends_with(signature, ".asc"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;
        _cleanup_(freep) char *text = fuzz_text(data, size);

        if (text)
                use_url(text);
        must(appc_reference_parse("example.com/app:1.0,os=linux", &reference, NULL) == 0);
        if (fetch_discovery_parse((const char *) data, size, &reference, &found, NULL) < 0)
                return 0;
        must(strv_length(found.images) == strv_length(found.signatures));
        for (char **url = found.images; url && *url; url++)
                use_url(*url);
        for (char **url = found.keys; url && *url; url++)
                must(**url != '\0');
        return 0;
}
