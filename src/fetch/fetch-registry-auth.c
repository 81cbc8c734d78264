/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-registry-auth.h"

#include <stdio.h>

#include "fetch-memory.h"
#include "fetch-refusal.h"
#include "fetch-token.h"
#include "fetch-url.h"

#define TOKEN_TIMEOUT_SEC 60
#define TOKEN_ATTEMPTS 3

static size_t host_length(const char *host) {
        const char *colon = strrchr(host, ':');

        return colon && !strchr(colon, ']') ? (size_t) (colon - host) : strlen(host);
}

bool fetch_realm_is_trusted(const char *registry, const char *host, const FetchRegistryRule *rule) {
        size_t n = host_length(host), n_registry = host_length(registry);
        const char *domain = memchr(registry, '.', n_registry);
        size_t n_domain = domain ? n_registry - (size_t) (domain + 1 - registry) : 0;

        if (rule && strv_contains(rule->token_hosts, host))
                return true;
        if (n == n_registry && strncmp(host, registry, n) == 0)
                return true;
        /* A top-level domain is nobody's own, and numbers are no domains at all. */
        if (!domain || !memchr(domain + 1, '.', n_domain) ||
            strspn(domain, "0123456789.") == n_domain + 1)
                return false;
        if (n == n_domain)
                return strncmp(host, domain + 1, n) == 0;
        return n > n_domain + 1 && strncmp(host + n - n_domain - 1, domain, n_domain + 1) == 0;
}

static int find_login(const FetchRegistryClient *client, FetchLogin *ret, Error *e) {
        *ret = FETCH_LOGIN_NULL;
        if (!client->context->logins)
                return 0;
        return fetch_logins_find(client->context->logins, client->host, client->repository, ret, e);
}

/* "KEY=VALUE", escaped, behind what is there. */
static void add_parameter(FILE *out, const char *separator, const char *key, const char *value) {
        _cleanup_(freep) char *escaped = fetch_url_escape(value);

        if (escaped)
                fprintf(out, "%s%s=%s", separator, key, escaped);
        else
                fputc('\0', out); /* makes the text unusable: out of memory */
}

/* The scope is what we are about to ask for, whatever the challenge says. */
static void add_parameters(FILE *out,
                           const FetchRegistryClient *client,
                           const FetchChallenge *challenge,
                           const char *separator) {
        const char *service = appc_pairs_get(&challenge->parameters, "service");
        _cleanup_(freep) char *scope = NULL;

        if (asprintf(&scope, "repository:%s:pull", client->repository) < 0)
                scope = NULL;
        add_parameter(out, separator, "scope", scope ?: "");
        if (service)
                add_parameter(out, "&", "service", service);
        add_parameter(out, "&", "client_id", "rkt");
}

static char *token_url(const FetchRegistryClient *client,
                       const FetchChallenge *challenge,
                       const char *realm,
                       const FetchLogin *login) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return NULL;
        fputs(realm, out);
        if (login->kind != FETCH_LOGIN_TOKEN)
                add_parameters(out, client, challenge, strchr(realm, '?') ? "&" : "?");
        if (login->kind == FETCH_LOGIN_PASSWORD)
                add_parameter(out, "&", "account", login->user);
        return fclose(out) == 0 && strlen(text) == n ? ptr_take(&text) : NULL;
}

/* An identity token is exchanged, by POST: it must not stand in a URL. */
static char *token_form(const FetchRegistryClient *client,
                        const FetchChallenge *challenge,
                        const FetchLogin *login) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return NULL;
        fputs("grant_type=refresh_token", out);
        add_parameter(out, "&", "refresh_token", login->secret);
        add_parameters(out, client, challenge, "&");
        return fclose(out) == 0 && strlen(text) == n ? ptr_take(&text) : NULL;
}

/* Fills in who we are, as far as the realm may know. */
static int identify(const FetchRegistryClient *client,
                    const FetchChallenge *challenge,
                    const char *realm_host,
                    const char *realm,
                    FetchRequest *request,
                    Error *e) {
        _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;
        int r = find_login(client, &login, e);

        if (r < 0)
                return r;
        if (login.kind != FETCH_LOGIN_NONE &&
            !fetch_realm_is_trusted(client->host, realm_host, client->rule))
                return error_new(
                        e, -EPROTO,
                        "registry \"%s\" wants its credentials sent to \"%s\"; if that is "
                        "right, name that host in \"tokenHosts\" of a configuration of kind "
                        "\"registry\"",
                        client->host, realm_host);
        if (login.kind == FETCH_LOGIN_PASSWORD)
                request->authorization = fetch_login_basic(&login);
        if (login.kind == FETCH_LOGIN_TOKEN)
                request->form = token_form(client, challenge, &login);
        request->url = token_url(client, challenge, realm, &login);
        if (!request->url || (login.kind == FETCH_LOGIN_PASSWORD && !request->authorization) ||
            (login.kind == FETCH_LOGIN_TOKEN && !request->form))
                return -ENOMEM;
        return 0;
}

static int
check_realm(const FetchRegistryClient *client, const char *realm, char **ret_host, Error *e) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
        int r = 0;

        if (!realm)
                return error_new(e, -EPROTO,
                                 "registry \"%s\" does not tell where it has tokens from",
                                 client->host);
        r = fetch_url_parse(realm, &url, e);
        if (r < 0)
                return error_prefix(e, -EPROTO, "registry \"%s\" has its tokens from a bad place: ",
                                    client->host);
        if (!url.secure && !client->plain)
                return error_new(e, -EPROTO,
                                 "registry \"%s\" has its tokens from \"%s\", without https",
                                 client->host, realm);
        *ret_host = fetch_url_authority(&url);
        return *ret_host ? 0 : -ENOMEM;
}

static int ask_for_token(const FetchRegistryClient *client,
                         FetchRequest *request,
                         const char *realm_host,
                         FetchToken *ret,
                         Error *e) {
        _cleanup_(fd_closep) int fd = fetch_memory_new();
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(freep) char *json = NULL;
        FetchTls tls = FETCH_TLS_NULL;
        size_t n = 0;
        int r = fd < 0 ? fd : 0;

        if (r >= 0 && client->context->tls)
                r = client->context->tls(realm_host, &tls, client->context->tls_userdata, e);
        if (r >= 0)
                r = fetch_session_run(client->context->session, request, fd, &tls, "token", &event,
                                      e);
        if (r < 0)
                return r;
        if (!fetch_event_has_all(&event)) {
                _cleanup_(freep) char *words = fetch_refusal_text(event.body);

                return error_new(e, event.status == 401 || event.status == 403 ? -EACCES : -EIO,
                                 "\"%s\" gives no token for \"%s\": status %u%s%s", realm_host,
                                 client->repository, (unsigned) event.status, words ? ": " : "",
                                 words ?: "");
        }
        r = fetch_memory_read(fd, FETCH_TOKEN_SIZE_MAX, &json, &n);
        return r < 0 ? r : fetch_token_parse(json, n, ret, e);
}

static int get_token(const FetchRegistryClient *client,
                     const FetchChallenge *challenge,
                     char **ret,
                     Error *e) {
        const char *realm = appc_pairs_get(&challenge->parameters, "realm");
        _cleanup_(fetch_request_done) FetchRequest request = FETCH_REQUEST_NULL;
        _cleanup_(fetch_token_done) FetchToken token = FETCH_TOKEN_NULL;
        _cleanup_(freep) char *host = NULL;
        int r = check_realm(client, realm, &host, e);

        if (r >= 0)
                r = identify(client, challenge, host, realm, &request, e);
        if (r < 0)
                return r;
        request.size_max = FETCH_TOKEN_SIZE_MAX;
        request.timeout_sec = TOKEN_TIMEOUT_SEC;
        request.attempts = TOKEN_ATTEMPTS;
        request.plain = client->plain;
        request.insecure_tls = client->insecure_tls;
        r = ask_for_token(client, &request, host, &token, e);
        if (r < 0)
                return error_wrap(e, r, "cannot get a token");
        return asprintf(ret, "Bearer %s", token.text) < 0 ? (*ret = NULL, -ENOMEM) : 0;
}

static int give_password(const FetchRegistryClient *client, char **ret, Error *e) {
        _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;
        int r = find_login(client, &login, e);

        if (r < 0)
                return r;
        if (login.kind != FETCH_LOGIN_PASSWORD)
                return error_new(e, -EACCES,
                                 "registry \"%s\" asks for a password, and there is none",
                                 client->host);
        *ret = fetch_login_basic(&login);
        return *ret ? 0 : -ENOMEM;
}

int fetch_registry_authorize(const FetchRegistryClient *client,
                             char *const *authenticate,
                             char **ret,
                             Error *e) {
        _cleanup_(fetch_challenges_done) FetchChallenges challenges = FETCH_CHALLENGES_NULL;
        const FetchChallenge *challenge = NULL;
        int r = fetch_challenges_parse(authenticate, &challenges, e);

        if (r < 0)
                return error_wrap(e, r == -ENOMEM ? r : -EPROTO,
                                  "registry \"%s\" asks in a bad way", client->host);
        challenge = fetch_challenges_find(&challenges, "bearer");
        if (challenge)
                return get_token(client, challenge, ret, e);
        if (fetch_challenges_find(&challenges, "basic"))
                return give_password(client, ret, e);
        return error_new(e, -EACCES, "registry \"%s\" asks for what cannot be given", client->host);
}
