/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-web.h"

#include "fetch-memory.h"

#define TIMEOUT_SEC 120
#define ATTEMPTS 4

void fetch_web_done(FetchWeb *web) {
        fetch_request_done(&web->request);
}

static int add_credentials(FetchRequest *request, const FetchAuth *auth, const char *host) {
        FetchLogin login = { .user = auth->user, .secret = auth->secret };

        switch (auth->kind) {
        case FETCH_AUTH_BASIC:
                request->authorization = fetch_login_basic(&login);
                return request->authorization ? 0 : -ENOMEM;
        case FETCH_AUTH_OAUTH:
                if (asprintf(&request->authorization, "Bearer %s", auth->secret) < 0)
                        request->authorization = NULL;
                return request->authorization ? 0 : -ENOMEM;
        default:
                request->aws_key = strdup(auth->user);
                request->aws_secret = strdup(auth->secret);
                request->aws_region = fetch_aws_region(auth, host);
                return request->aws_key && request->aws_secret && request->aws_region ? 0 : -ENOMEM;
        }
}

static int identify(const FetchContext *context,
                    const FetchUrl *url,
                    const char *authority,
                    FetchRequest *request) {
        const FetchAuth *auth =
                context->auths && url->secure ? fetch_auths_find(context->auths, authority) : NULL;

        return auth ? add_credentials(request, auth, url->host) : 0;
}

int fetch_web_init(const FetchContext *context,
                   const char *url,
                   bool plain,
                   bool with_auth,
                   FetchWeb *ret,
                   Error *e) {
        _cleanup_(fetch_web_done)
                FetchWeb web = { .request = FETCH_REQUEST_NULL, .tls = FETCH_TLS_NULL };
        _cleanup_(fetch_url_done) FetchUrl parsed = FETCH_URL_NULL;
        _cleanup_(freep) char *authority = NULL;
        int r = fetch_url_parse(url, &parsed, e);

        if (r < 0)
                return r;
        if (!parsed.secure && !plain)
                return error_new(e, -EPROTONOSUPPORT, "\"%s\" is not https", url);
        authority = fetch_url_authority(&parsed);
        web.request.url = fetch_url_format(&parsed);
        if (!authority || !web.request.url)
                return -ENOMEM;
        if (with_auth)
                r = identify(context, &parsed, authority, &web.request);
        if (r >= 0 && context->tls)
                r = context->tls(authority, &web.tls, context->tls_userdata, e);
        if (r < 0)
                return r;
        web.request.timeout_sec = TIMEOUT_SEC;
        web.request.attempts = ATTEMPTS;
        web.request.plain = plain;
        web.request.insecure_tls = context->insecure & FETCH_INSECURE_TLS;
        *ret = web;
        web.request = FETCH_REQUEST_NULL;
        return 0;
}

int fetch_web_small(const FetchContext *context,
                    FetchWeb *web,
                    size_t max,
                    const char *label,
                    int *ret_fd,
                    FetchEvent *ret,
                    Error *e) {
        _cleanup_(fd_closep) int fd = fetch_memory_new();
        int r = fd < 0 ? fd : 0;

        web->request.size_max = max;
        if (r >= 0)
                r = fetch_session_run(context->session, &web->request, fd, &web->tls, label, ret,
                                      e);
        if (r >= 0)
                *ret_fd = fd_take(&fd);
        return r;
}

int fetch_web_refused(const FetchEvent *event, const char *url, Error *e) {
        int r = event->status == 404 || event->status == 410   ? -ENOENT
                : event->status == 401 || event->status == 403 ? -EACCES
                                                               : -EIO;

        return error_new(e, r, "bad HTTP status code: %u for \"%s\"", (unsigned) event->status,
                         url);
}
