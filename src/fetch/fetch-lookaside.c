/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-lookaside.h"

#include <fcntl.h>
#include <stdio.h>

#include "appc-name.h"
#include "fetch-memory.h"
#include "fetch-simple-signing.h"
#include "fetch-url.h"
#include "fetch-verify.h"

#define SIGNATURES_MAX 32
#define TIMEOUT_SEC 120
#define ATTEMPTS 3
#define FILE_SCHEME "file://"

/* Returns a descriptor; -ENOENT there is no such signature; others. */
static int fetch(const FetchContext *context, const char *url, Error *e) {
        _cleanup_(fetch_url_done) FetchUrl parsed = FETCH_URL_NULL;
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(freep) char *host = NULL, *copy = strdup(url);
        _cleanup_(fd_closep) int fd = fetch_memory_new();
        FetchRequest request = FETCH_REQUEST_NULL;
        FetchTls tls = FETCH_TLS_NULL;
        int r = fd < 0 ? fd : fetch_url_parse(url, &parsed, e);

        if (r < 0)
                return r;
        host = fetch_url_authority(&parsed);
        if (!host || !copy)
                return -ENOMEM;
        if (context->tls)
                r = context->tls(host, &tls, context->tls_userdata, e);
        if (r < 0)
                return r;
        request.url = copy;
        request.size_max = FETCH_SIGNATURE_SIZE_MAX;
        request.timeout_sec = TIMEOUT_SEC;
        request.attempts = ATTEMPTS;
        request.plain = !parsed.secure; /* the configuration says so; signatures need no secrecy */
        request.insecure_tls = context->insecure & FETCH_INSECURE_TLS;
        r = fetch_session_run(context->session, &request, fd, &tls, "signature", &event, e);
        if (r < 0)
                return r;
        if (event.status == 404)
                return -ENOENT;
        if (!fetch_event_has_all(&event))
                return error_new(e, -EIO, "\"%s\" answers with status %u", url,
                                 (unsigned) event.status);
        return fd_take(&fd);
}

static int open_signature(const FetchContext *context, const char *url, Error *e) {
        const char *path = text_after(url, FILE_SCHEME);
        int fd = -EBADF;

        if (!path)
                return fetch(context, url, e);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

/* What a signature has to be about, and who may have made it. */
typedef struct Search {
        const FetchContext *context;
        const char *lookaside;
        const char *name; /* that keys are for */
        const OciReference *reference;
        const OciDigest *digests;
        size_t n_digests;
} Search;

static int check(const Search *search, int fd, Error *e) {
        _cleanup_(freep) char *statement = NULL;
        size_t n = 0;
        int r = fetch_verify_message(search->context->keystore, search->name, fd,
                                     FETCH_SIMPLE_SIGNING_SIZE_MAX, &statement, &n, e);

        return r < 0 ? r
                     : fetch_simple_signing_check(statement, n, search->reference, search->digests,
                                                  search->n_digests, e);
}

/* All signatures of one digest. Returns 1 one is good; 0 none is, and @e has the last reason. */
static int look(const Search *search, const OciDigest *digest, Error *e) {
        for (unsigned i = 1; i <= SIGNATURES_MAX; i++) {
                _cleanup_(freep) char *url = NULL;
                _cleanup_(fd_closep) int fd = -EBADF;
                int r = 0;

                url = fetch_simple_signing_url(search->lookaside, search->reference, digest, i);
                if (!url)
                        return -ENOMEM;
                fd = open_signature(search->context, url, e);
                if (fd == -ENOENT)
                        return 0;
                if (fd < 0)
                        return error_wrap(e, fd, "cannot look for signature \"%s\"", url);
                r = check(search, fd, e);
                if (r >= 0)
                        return 1;
                if (r == -ENOMEM)
                        return r;
        }
        return 0;
}

int fetch_lookaside_verify(const FetchContext *context,
                           const OciReference *reference,
                           const OciDigest *digests,
                           size_t n_digests,
                           Error *e) {
        _cleanup_(freep) char *place = NULL, *name = NULL;
        _cleanup_(error_done) Error why = ERROR_NULL;
        const FetchRegistryRule *rule = NULL;
        Search search = { .context = context, .reference = reference, .digests = digests };
        const char *cause = NULL;
        int r = 0;

        if (asprintf(&place, "%s/%s", reference->registry, reference->repository) < 0) {
                place = NULL;
                return -ENOMEM;
        }
        rule = context->rules ? fetch_registry_rules_find(context->rules, place) : NULL;
        if (!rule || !rule->lookaside || !context->keystore)
                return error_new(e, -EKEYREJECTED,
                                 "no signatures are known for images of \"%s\": either name a "
                                 "\"lookaside\" in a configuration of kind \"registry\", or try "
                                 "--insecure-options=image",
                                 place);
        r = appc_identifier_sanitize(place, &name);
        search.n_digests = n_digests;
        search.lookaside = rule->lookaside;
        search.name = name;
        for (size_t i = 0; r == 0 && i < n_digests; i++)
                r = look(&search, &digests[i], &why);
        if (r > 0)
                return 0;
        cause = error_cause(&why);
        return error_new(e, r < 0 ? r : -EKEYREJECTED, "no good signature for \"%s\"%s%s", place,
                         cause ? ": " : "", cause ?: "");
}
