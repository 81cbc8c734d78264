/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "text.h"

/* Characters that some readers take for an end or a beginning. */
#define FORBIDDEN "\"<>\\^`{|}"

static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

void fetch_url_done(FetchUrl *url) {
        free(url->host);
        free(url->path);
        *url = FETCH_URL_NULL;
}

static bool is_clean(const char *text) {
        for (; *text; text++)
                if (*text <= ' ' || *text > '~' || strchr(FORBIDDEN, *text))
                        return false;
        return true;
}

/* Names and IPv4 addresses by their letters; whether they exist is found out elsewhere. */
static bool host_is_valid(char *host) {
        struct in6_addr address;
        size_t n = strlen(host);
        bool valid = false;

        if (host[0] != '[')
                return n > 0 && n < 254 && isalnum(host[0]) && isalnum(host[n - 1]) &&
                       !strstr(host, "..") &&
                       strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-._") == n;
        if (n < 2 || host[n - 1] != ']')
                return false;
        host[n - 1] = '\0';
        valid = inet_pton(AF_INET6, host + 1, &address) == 1;
        host[n - 1] = ']';
        return valid;
}

/* @text is "HOST" or "HOST:PORT". */
static int take_authority(const char *text, size_t n, FetchUrl *url) {
        _cleanup_(freep) char *host = strndup(text, n);
        char *colon = host ? strrchr(host, ':') : NULL;
        uint64_t port = 0;

        if (!host)
                return -ENOMEM;
        if (colon && !strchr(colon, ']')) {
                if (text_parse_u64(colon + 1, UINT16_MAX, &port) < 0 || port == 0)
                        return -EINVAL;
                *colon = '\0';
        }
        if (!host_is_valid(host))
                return -EINVAL;
        for (char *p = host; *p; p++)
                *p = (char) tolower(*p);
        url->port = (uint16_t) port;
        url->host = ptr_take(&host);
        return 0;
}

static const char *take_scheme(const char *text, bool *ret_secure) {
        static const struct {
                const char *prefix;
                bool secure;
        } schemes[] = { { "https://", true }, { "http://", false } };

        for (size_t i = 0; i < N_ELEMENTS(schemes); i++)
                if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
                        *ret_secure = schemes[i].secure;
                        return text + strlen(schemes[i].prefix);
                }
        return NULL;
}

int fetch_url_parse(const char *text, FetchUrl *ret, Error *e) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
        const char *rest = NULL, *path = NULL, *end = NULL;
        int r = 0;

        if (strlen(text) > FETCH_URL_LENGTH_MAX)
                return error_new(e, -EINVAL, "the URL has more than %d characters",
                                 FETCH_URL_LENGTH_MAX);
        if (!is_clean(text))
                return error_new(e, -EINVAL, "URL \"%s\" has characters that no URL may have",
                                 text);
        rest = take_scheme(text, &url.secure);
        if (!rest)
                return error_new(e, -EINVAL, "URL \"%s\" is neither http nor https", text);
        path = rest + strcspn(rest, "/?#");
        end = path + strcspn(path, "#");
        r = take_authority(rest, (size_t) (path - rest), &url);
        if (r == -EINVAL)
                return error_new(e, r, "URL \"%s\" names no host that can be used", text);
        if (r >= 0 &&
            asprintf(&url.path, "%s%.*s", *path == '/' ? "" : "/", (int) (end - path), path) < 0) {
                url.path = NULL;
                r = -ENOMEM;
        }
        if (r < 0)
                return r;
        *ret = struct_take(&url);
        return 0;
}

char *fetch_url_authority(const FetchUrl *url) {
        char *text = NULL;
        int n = url->port ? asprintf(&text, "%s:%u", url->host, url->port)
                          : asprintf(&text, "%s", url->host);

        return n < 0 ? NULL : text;
}

char *fetch_url_format(const FetchUrl *url) {
        _cleanup_(freep) char *authority = fetch_url_authority(url);
        char *text = NULL;

        if (!authority ||
            asprintf(&text, "http%s://%s%s", url->secure ? "s" : "", authority, url->path) < 0)
                return NULL;
        return text;
}

static size_t path_length(const char *url) {
        return strcspn(url, "?#");
}

char *fetch_url_signature(const char *url) {
        size_t n = path_length(url);
        char *text = NULL;

        return asprintf(&text, "%.*s.asc%s", (int) n, url, url + n) < 0 ? NULL : text;
}

bool fetch_url_path_ends_with(const char *url, const char *suffix) {
        size_t n = path_length(url), n_suffix = strlen(suffix);

        return n >= n_suffix && strncmp(url + n - n_suffix, suffix, n_suffix) == 0;
}

char *fetch_url_escape(const char *text) {
        static const char digits[] = "0123456789ABCDEF";
        char *escaped = malloc(3 * strlen(text) + 1), *out = escaped;

        if (!escaped)
                return NULL;
        for (; *text; text++) {
                if (strchr(unreserved, *text)) {
                        *out++ = *text;
                        continue;
                }
                *out++ = '%';
                *out++ = digits[(unsigned char) *text >> 4];
                *out++ = digits[(unsigned char) *text & 15];
        }
        *out = '\0';
        return escaped;
}
