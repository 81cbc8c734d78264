/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-discover.h"

#include "fetch-aci.h"
#include "fetch-html.h"
#include "fetch-memory.h"
#include "fetch-web.h"

/* Which part of a page is looked for. */
typedef bool (*Wanted)(const FetchDiscovered *found);

static bool has_images(const FetchDiscovered *found) {
        return strv_length(found->images) > 0;
}

static bool has_keys(const FetchDiscovered *found) {
        return strv_length(found->keys) > 0;
}

static int ask(const FetchContext *context,
               const char *url,
               bool plain,
               const AppcReference *reference,
               FetchDiscovered *ret,
               Error *e) {
        _cleanup_(fetch_web_done) FetchWeb web = {};
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *html = NULL;
        size_t n = 0;
        int r = fetch_web_init(context, url, plain, true, &web, e);

        if (r < 0)
                return r;
        web.request.attempts = 2; /* most prefixes have no page: nobody waits long for them */
        r = fetch_web_small(context, &web, FETCH_HTML_SIZE_MAX, "discovery", &fd, &event, e);
        if (r >= 0 && !fetch_event_has_all(&event))
                r = fetch_web_refused(&event, url, e);
        if (r >= 0)
                r = fetch_memory_read(fd, FETCH_HTML_SIZE_MAX, &html, &n);
        return r < 0 ? r : fetch_discovery_parse(html, n, reference, ret, e);
}

/* https, and http where that was allowed and https brought nothing. */
static int look(const FetchContext *context,
                const char *prefix,
                bool plain,
                const AppcReference *reference,
                FetchDiscovered *ret,
                Error *e) {
        int r = 0;

        for (int secure = 1; secure >= (plain ? 0 : 1); secure--) {
                _cleanup_(freep) char *url = fetch_discovery_url(prefix, secure);

                if (!url)
                        return -ENOMEM;
                if (e)
                        error_done(e);
                r = ask(context, url, plain, reference, ret, e);
                if (r >= 0 || r == -ENOMEM)
                        return r;
        }
        return r;
}

static int walk(const FetchContext *context,
                const AppcReference *reference,
                bool plain,
                Wanted wanted,
                FetchDiscovered *ret,
                Error *e) {
        _cleanup_(strv_freep) Strv prefixes = NULL;
        _cleanup_(error_done) Error first = ERROR_NULL;
        const char *cause = NULL;
        int r = fetch_discovery_prefixes(reference->name, &prefixes, e);

        for (char **prefix = prefixes; r >= 0 && prefix && *prefix; prefix++) {
                _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;
                _cleanup_(error_done) Error why = ERROR_NULL;
                int one = look(context, *prefix, plain, reference, &found, &why);

                if (one == -ENOMEM || one == -EPIPE)
                        return one;
                if (one >= 0 && wanted(&found)) {
                        *ret = struct_take(&found);
                        return 0;
                }
                /* The last prefix is the host: what went wrong there tells most. */
                if (one < 0) {
                        error_done(&first);
                        first = why;
                        why = ERROR_NULL;
                }
        }
        cause = error_cause(&first);
        return r < 0 ? r : error_new(e, -ENODATA, "%s", cause ?: "no endpoints discovered");
}

int fetch_discover_images(const FetchContext *context,
                          const AppcReference *reference,
                          FetchDiscovered *ret,
                          Error *e) {
        return walk(context, reference, context->insecure & FETCH_INSECURE_HTTP, has_images, ret,
                    e);
}

int fetch_discover_keys(const FetchContext *context, const char *prefix, Strv *ret, Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;
        bool plain = (context->insecure & FETCH_INSECURE_HTTP) &&
                     (context->insecure & FETCH_INSECURE_PUBKEY);
        int r = appc_reference_parse(prefix, &reference, e);

        if (r >= 0)
                r = walk(context, &reference, plain, has_keys, &found, e);
        if (r >= 0)
                *ret = ptr_take(&found.keys);
        return r < 0 ? error_wrap(e, r, "cannot discover keys for \"%s\"", prefix) : 0;
}

int fetch_key_url(const FetchContext *context, const char *url, FetchKey **ret, Error *e) {
        _cleanup_(fetch_web_done) FetchWeb web = {};
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *bytes = NULL;
        size_t n = 0;
        int r = fetch_web_init(context, url, context->insecure & FETCH_INSECURE_PUBKEY, false, &web,
                               e);

        if (r >= 0)
                r = fetch_web_small(context, &web, FETCH_ARMOR_SIZE_MAX, "key", &fd, &event, e);
        if (r >= 0 && !fetch_event_has_all(&event))
                r = fetch_web_refused(&event, url, e);
        if (r >= 0)
                r = fetch_memory_read(fd, FETCH_ARMOR_SIZE_MAX, &bytes, &n);
        if (r >= 0)
                r = fetch_key_parse(bytes, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot fetch the key \"%s\"", url) : 0;
}
