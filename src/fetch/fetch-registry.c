/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-registry.h"

#include <stdio.h>

#include "fetch-memory.h"
#include "fetch-refusal.h"
#include "fetch-registry-auth.h"
#include "oci-document.h"

#define DOCUMENT_TIMEOUT_SEC 300
#define BLOB_TIMEOUT_SEC (UINT64_C(24) * 3600)
#define ATTEMPTS 5

struct FetchRegistry {
        FetchRegistryClient client;
        const FetchSink *sink;
        FetchTls tls;
        bool speaks_http;    /* found out at the first question */
        bool spoke;          /* there was an answer */
        char *authorization; /* NULL until it was asked for */
        unsigned generation; /* of @authorization */
};

int fetch_registry_new(const FetchContext *context,
                       const FetchSink *sink,
                       const char *host,
                       const char *repository,
                       const FetchRegistryRule *rule,
                       FetchRegistry **ret) {
        FetchRegistry *registry = calloc(1, sizeof(*registry));
        bool insecure = rule && rule->insecure;

        if (!registry)
                return -ENOMEM;
        registry->client = (FetchRegistryClient){
                .context = context,
                .host = host,
                .repository = repository,
                .rule = rule,
                .plain = insecure || (context->insecure & FETCH_INSECURE_HTTP),
                .insecure_tls = insecure || (context->insecure & FETCH_INSECURE_TLS),
        };
        registry->sink = sink;
        registry->tls = FETCH_TLS_NULL;
        *ret = registry;
        return 0;
}

FetchRegistry *fetch_registry_free(FetchRegistry *registry) {
        if (registry) {
                free(registry->authorization);
                free(registry);
        }
        return NULL;
}

FetchSession *fetch_registry_session(const FetchRegistry *registry) {
        return registry->client.context->session;
}

/* @request borrows all but its url. */
static int
make_request(FetchRegistry *registry, const char *path, FetchRequest *request, Error *e) {
        static char accept[] = "Accept: " OCI_MEDIA_ACCEPT;
        static char *headers[] = { accept, NULL };
        const FetchRegistryClient *client = &registry->client;
        int r = 0;

        if (client->context->tls)
                r = client->context->tls(client->host, &registry->tls,
                                         client->context->tls_userdata, e);
        if (r < 0)
                return r;
        request->headers = headers;
        request->authorization = registry->authorization;
        request->timeout_sec = DOCUMENT_TIMEOUT_SEC;
        /* Where http may be tried next, nobody waits for https. */
        request->attempts = client->plain && !registry->spoke ? 1 : ATTEMPTS;
        request->plain = client->plain;
        request->insecure_tls = client->insecure_tls;
        if (asprintf(&request->url, "http%s://%s/v2/%s/%s", registry->speaks_http ? "" : "s",
                     client->host, client->repository, path) < 0) {
                request->url = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int identify(FetchRegistry *registry, const FetchEvent *event, Error *e) {
        free(ptr_take(&registry->authorization));
        registry->generation++;
        return fetch_registry_authorize(&registry->client, event->authenticate,
                                        &registry->authorization, e);
}

static int refused(const FetchRegistry *registry, const FetchEvent *event, Error *e) {
        static const struct {
                unsigned status;
                int r;
        } table[] = { { 401, -EACCES }, { 403, -EACCES }, { 404, -ENOENT }, { 429, -EBUSY } };
        _cleanup_(freep) char *words = fetch_refusal_text(event->body);
        int r = -EIO;

        for (size_t i = 0; i < N_ELEMENTS(table); i++)
                if (table[i].status == event->status)
                        r = table[i].r;
        return error_new(e, r, "registry \"%s\" answers with status %u for \"%s\"%s%s",
                         registry->client.host, (unsigned) event->status,
                         registry->client.repository, words ? ": " : "", words ?: "");
}

int fetch_registry_refused(FetchRegistry *registry,
                           const FetchEvent *event,
                           FetchRegistryTry *try,
                           Error *e) {
        int r = 0;

        if (event->status != 401 || !event->authenticate)
                return refused(registry, event, e);
        /* Meanwhile another question found out. */
        if (try->generation != registry->generation && !try->stale) {
                try->stale = true;
                return 1;
        }
        if (try->identified)
                return refused(registry, event, e);
        try->identified = true;
        r = identify(registry, event, e);
        return r < 0 ? r : 1;
}

/* Whether it makes sense to try http: https brought no answer at all. */
static bool may_be_plain(const FetchRegistry *registry, int r) {
        return registry->client.plain && !registry->spoke && !registry->speaks_http &&
               (r == -EPROTO || r == -ECONNREFUSED || r == -ECONNRESET || r == -EIO ||
                r == -ETIMEDOUT);
}

/* Asks once, as we know the server now. Returns 0 for a wanted answer; 1: ask again. */
static int ask_once(FetchRegistry *registry,
                    const char *path,
                    int64_t size,
                    int fd,
                    FetchRegistryTry *try,
                    FetchEvent *ret,
                    Error *e) {
        FetchRequest request = FETCH_REQUEST_NULL;
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        int r = make_request(registry, path, &request, e);

        if (r < 0)
                return r;
        try->generation = registry->generation;
        request.size = size;
        request.size_max = OCI_DOCUMENT_SIZE_MAX;
        r = fetch_session_run(registry->client.context->session, &request, fd, &registry->tls, path,
                              &event, e);
        free(request.url);
        if (r < 0 && may_be_plain(registry, r)) {
                registry->speaks_http = true;
                return 1;
        }
        if (r < 0)
                return r;
        registry->spoke = true;
        if (!fetch_event_has_all(&event))
                return fetch_registry_refused(registry, &event, try, e);
        *ret = event;
        event = FETCH_EVENT_NULL;
        return 0;
}

int fetch_registry_document(FetchRegistry *registry,
                            const char *path,
                            const OciDigest *expected,
                            int64_t size,
                            FetchDocument *ret,
                            char **ret_type,
                            Error *e) {
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = fetch_memory_new();
        FetchRegistryTry try = {};
        int r = fd < 0 ? fd : 1;

        while (r > 0)
                r = ask_once(registry, path, size, fd, &try, &event, e);
        if (r >= 0)
                r = registry->sink->document(registry->sink->userdata, fd, expected,
                                             OCI_DOCUMENT_SIZE_MAX, ret, e);
        if (r >= 0 && ret_type)
                *ret_type = ptr_take(&event.type);
        return r;
}

int fetch_registry_blob(FetchRegistry *registry,
                        const OciDescriptor *descriptor,
                        int fd,
                        uint64_t there,
                        FetchRegistryTry *try,
                        uint64_t *ret_id,
                        Error *e) {
        FetchRequest request = FETCH_REQUEST_NULL;
        char path[sizeof("blobs/") + OCI_DIGEST_LENGTH_MAX];
        int r = 0;

        (void) snprintf(path, sizeof(path), "blobs/%s", descriptor->digest.text);
        r = make_request(registry, path, &request, e);
        if (r < 0)
                return r;
        try->generation = registry->generation;
        request.size = descriptor->size;
        request.size_max = (uint64_t) descriptor->size;
        request.offset = there;
        request.timeout_sec = BLOB_TIMEOUT_SEC;
        r = fetch_session_ask(registry->client.context->session, &request, fd, &registry->tls,
                              descriptor->digest.text, e);
        *ret_id = request.id;
        free(request.url);
        return r;
}
