/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-curl.h"

#include <curl/curl.h>
#include <stdio.h>

#define CONNECT_TIMEOUT_MSEC 20000L

/* Fewer a second count as nothing. */
#define LOW_SPEED_BYTES 100L

#define FDS_MAX 64

struct TransportMulti {
        CURLM *multi;
};

struct TransportCall {
        TransportMulti *multi;
        TransportQuestion question;
        CURL *easy;
        struct curl_slist *headers;
        int failure; /* of a callback */
        char words[CURL_ERROR_SIZE];
};

int transport_multi_new(TransportMulti **ret) {
        TransportMulti *multi = calloc(1, sizeof(*multi));

        if (multi && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
                multi->multi = curl_multi_init();
        if (!multi || !multi->multi) {
                free(multi);
                return -ENOMEM;
        }
        *ret = multi;
        return 0;
}

TransportMulti *transport_multi_free(TransportMulti *multi) {
        if (multi) {
                (void) curl_multi_cleanup(multi->multi);
                free(multi);
        }
        return NULL;
}

TransportCall *transport_call_free(TransportCall *call) {
        if (call) {
                if (call->easy) {
                        (void) curl_multi_remove_handle(call->multi->multi, call->easy);
                        curl_easy_cleanup(call->easy);
                }
                curl_slist_free_all(call->headers);
                free(call);
        }
        return NULL;
}

void transport_call_resume(TransportCall *call) {
        (void) curl_easy_pause(call->easy, CURLPAUSE_CONT);
}

static size_t on_head(char *line, size_t size, size_t n, void *userdata) {
        TransportCall *call = userdata;

        call->failure = call->question.head(call->question.userdata, line, size * n);
        return call->failure < 0 ? 0 : size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *userdata) {
        TransportCall *call = userdata;
        int r = call->question.body(call->question.userdata, bytes, size * n);

        if (r == -EAGAIN)
                return CURL_WRITEFUNC_PAUSE;
        call->failure = r;
        return r < 0 ? 0 : size * n;
}

static int add_header(TransportCall *call, const char *name, const char *value) {
        _cleanup_(freep) char *line = NULL;
        struct curl_slist *grown = NULL;

        if (asprintf(&line, "%s%s", name, value) < 0) {
                line = NULL;
                return -ENOMEM;
        }
        grown = curl_slist_append(call->headers, line);
        if (!grown)
                return -ENOMEM;
        call->headers = grown;
        return 0;
}

static int add_headers(TransportCall *call) {
        const TransportQuestion *q = &call->question;
        int r = 0;

        for (char *const *header = q->headers; header && *header && r >= 0; header++)
                r = add_header(call, "", *header);
        if (r >= 0 && q->authorization)
                r = add_header(call, "Authorization: ", q->authorization);
        return r;
}

/* libcurl's setter takes anything behind the option: here each kind has its type. */
static void set_text(CURL *easy, CURLoption option, const char *text, int *r) {
        if (*r >= 0 && text && curl_easy_setopt(easy, option, text) != CURLE_OK)
                *r = -ENOMEM;
}

static void set_number(CURL *easy, CURLoption option, long number, int *r) {
        if (*r >= 0 && curl_easy_setopt(easy, option, number) != CURLE_OK)
                *r = -EOPNOTSUPP;
}

static void set_pem(CURL *easy, CURLoption option, const TransportPem *pem, int *r) {
        struct curl_blob blob = {};

        if (*r < 0 || !pem || !pem->bytes)
                return;
        blob = (struct curl_blob){ .data = pem->bytes, .len = pem->n, .flags = CURL_BLOB_NOCOPY };
        if (curl_easy_setopt(easy, option, &blob) != CURLE_OK)
                *r = -EOPNOTSUPP;
}

static int set_limits(CURL *easy, const TransportQuestion *q) {
        int r = 0;

        set_text(easy, CURLOPT_PROTOCOLS_STR, q->plain ? "http,https" : "https", &r);
        set_number(easy, CURLOPT_FOLLOWLOCATION, 0, &r);
        set_number(easy, CURLOPT_NOSIGNAL, 1, &r);
        set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MSEC, &r);
        set_number(easy, CURLOPT_TIMEOUT_MS,
                   q->timeout_msec < INT32_MAX ? (long) q->timeout_msec : (long) INT32_MAX, &r);
        set_number(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES, &r);
        set_number(easy, CURLOPT_LOW_SPEED_TIME, (long) q->stall_sec, &r);
        /* One connection for each download fills a long line better than streams in a single one. */
        set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1, &r);
        set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1, &r);
        set_number(easy, CURLOPT_BUFFERSIZE, 256L * 1024, &r);
        return r;
}

static int set_security(CURL *easy, const TransportQuestion *q) {
        int r = 0;

        set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2, &r);
        set_number(easy, CURLOPT_SSL_VERIFYPEER, q->insecure_tls ? 0 : 1, &r);
        set_number(easy, CURLOPT_SSL_VERIFYHOST, q->insecure_tls ? 0 : 2, &r);
        set_pem(easy, CURLOPT_CAINFO_BLOB, q->authorities, &r);
        set_pem(easy, CURLOPT_SSLCERT_BLOB, q->certificate, &r);
        set_pem(easy, CURLOPT_SSLKEY_BLOB, q->key, &r);
        if (q->aws_key) {
                _cleanup_(freep) char *provider = NULL;

                if (asprintf(&provider, "aws:amz:%s:s3", q->aws_region) < 0)
                        return -ENOMEM;
                set_text(easy, CURLOPT_AWS_SIGV4, provider, &r);
                set_text(easy, CURLOPT_USERNAME, q->aws_key, &r);
                set_text(easy, CURLOPT_PASSWORD, q->aws_secret, &r);
        }
        return r;
}

static int set_up(TransportCall *call) {
        const TransportQuestion *q = &call->question;
        CURL *easy = call->easy;
        int r = add_headers(call);

        if (r >= 0)
                r = set_limits(easy, q);
        if (r >= 0)
                r = set_security(easy, q);
        set_text(easy, CURLOPT_URL, q->url, &r);
        set_text(easy, CURLOPT_USERAGENT, "rkt/" RKT_VERSION, &r);
        set_text(easy, CURLOPT_COPYPOSTFIELDS, q->form, &r);
        if (r < 0)
                return r;
        (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
        (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->words);
        (void) curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
        (void) curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
        (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
        (void) curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
        return 0;
}

int transport_call_start(TransportMulti *multi,
                         const TransportQuestion *question,
                         TransportCall **ret,
                         Error *e) {
        TransportCall *call = calloc(1, sizeof(*call));
        int r = call ? 0 : -ENOMEM;

        if (r >= 0) {
                call->multi = multi;
                call->question = *question;
                call->easy = curl_easy_init();
                r = call->easy ? set_up(call) : -ENOMEM;
        }
        if (r >= 0 && curl_multi_add_handle(multi->multi, call->easy) != CURLM_OK)
                r = -ENOMEM;
        if (r < 0) {
                (void) transport_call_free(call);
                return error_wrap(e, r, "cannot set up the transfer");
        }
        *ret = call;
        return 0;
}

static int errno_of(CURLcode code) {
        static const struct {
                CURLcode code;
                int r;
        } table[] = {
                { CURLE_OK, 0 },
                { CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH },
                { CURLE_COULDNT_RESOLVE_PROXY, -EHOSTUNREACH },
                { CURLE_COULDNT_CONNECT, -ECONNREFUSED },
                { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT },
                { CURLE_PARTIAL_FILE, -ECONNRESET },
                { CURLE_GOT_NOTHING, -ECONNRESET },
                { CURLE_RECV_ERROR, -ECONNRESET },
                { CURLE_SEND_ERROR, -ECONNRESET },
                { CURLE_PEER_FAILED_VERIFICATION, -EKEYREJECTED },
                { CURLE_SSL_CONNECT_ERROR, -EPROTO },
                { CURLE_UNSUPPORTED_PROTOCOL, -EPROTONOSUPPORT },
                { CURLE_WEIRD_SERVER_REPLY, -EPROTO },
                { CURLE_OUT_OF_MEMORY, -ENOMEM },
        };

        for (size_t i = 0; i < N_ELEMENTS(table); i++)
                if (table[i].code == code)
                        return table[i].r;
        return -EIO;
}

static void finish(CURL *easy, CURLcode code) {
        TransportCall *call = NULL;
        char *location = NULL;
        int r = errno_of(code);

        (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
        (void) curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
        if (call->failure < 0)
                r = call->failure;
        if (call->words[0] == '\0')
                (void) snprintf(call->words, sizeof(call->words), "%s", curl_easy_strerror(code));
        call->question.done(call->question.userdata, r, call->words, location);
}

int transport_multi_wait(TransportMulti *multi,
                         struct pollfd *fds,
                         size_t n_fds,
                         int timeout_msec) {
        struct curl_waitfd extra[FDS_MAX];
        CURLMsg *message = NULL;
        int n = 0;

        if (n_fds > FDS_MAX)
                n_fds = FDS_MAX;
        for (size_t i = 0; i < n_fds; i++)
                extra[i] = (struct curl_waitfd){
                        .fd = fds[i].fd,
                        .events = fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN,
                };
        if (curl_multi_poll(multi->multi, extra, (unsigned) n_fds, timeout_msec, NULL) !=
                    CURLM_OK ||
            curl_multi_perform(multi->multi, &n) != CURLM_OK)
                return -EIO;
        for (size_t i = 0; i < n_fds; i++)
                fds[i].revents = extra[i].revents;
        while ((message = curl_multi_info_read(multi->multi, &n)))
                if (message->msg == CURLMSG_DONE)
                        finish(message->easy_handle, message->data.result);
        return 0;
}
