/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-docker-config.h"

#include <strings.h>

#include "base64.h"
#include "json-read.h"
#include "oci-reference.h"
#include "text.h"

/* How docker names its own registry in these files, beside "docker.io". */
#define HUB_KEY "https://index.docker.io/v1/"

/* An identity token is kept as the password of this user. */
#define TOKEN_USER "<token>"

#define HELPER_NAME_MAX 64

void fetch_login_done(FetchLogin *login) {
        free(login->user);
        free(login->secret);
        free(login->helper);
        free(login->server);
        *login = FETCH_LOGIN_NULL;
}

int fetch_login_check(const char *user, const char *password, Error *e) {
        if (strchr(user, ':'))
                return error_new(e, -EINVAL, "a user name must not hold a ':'");
        for (const char *p = user; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7f)
                        return error_new(e, -EINVAL,
                                         "a user name must not hold control characters");
        for (const char *p = password; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7f)
                        return error_new(e, -EINVAL, "a password must not hold control characters");
        return 0;
}

/* "HOST[/PATH]" of a key, as these files have been written over the years. Allocated. */
static char *normalize(const char *key) {
        static const char *const schemes[] = { "https://", "http://" };
        static const char *const tails[] = { "/", "/v1", "/v2" };
        static const char *const hub[] = { "docker.io", "index.docker.io" };
        _cleanup_(freep) char *text = NULL;
        bool url = false;
        size_t n = 0;

        for (size_t i = 0; i < N_ELEMENTS(schemes) && !url; i++)
                if (text_after(key, schemes[i])) {
                        key = text_after(key, schemes[i]);
                        url = true;
                }
        text = strdup(key);
        for (size_t i = 0; text && url && i < N_ELEMENTS(tails); i++)
                if (text_ends_with(text, tails[i]))
                        text[strlen(text) - strlen(tails[i])] = '\0';
        for (size_t i = 0; text && i < N_ELEMENTS(hub); i++) {
                const char *rest = text_after(text, hub[i]);
                char *renamed = NULL;

                if (!rest || (*rest != '\0' && *rest != '/'))
                        continue;
                n = strlen(OCI_REGISTRY_DEFAULT);
                renamed = malloc(n + strlen(rest) + 1);
                if (renamed)
                        (void) stpcpy(stpcpy(renamed, OCI_REGISTRY_DEFAULT), rest);
                return renamed;
        }
        return ptr_take(&text);
}

/* Whether @key names @place or something it lies below; the longest such key is the best. */
typedef struct Match {
        const char *place;
        const Json *value;
        size_t length;
} Match;

static int match_key(const char *key, const Json *value, void *userdata, Error *e) {
        Match *match = userdata;
        _cleanup_(freep) char *name = normalize(key);
        const char *rest = NULL;

        (void) e;
        if (!name)
                return -ENOMEM;
        rest = text_after(match->place, name);
        if (*name == '\0' || !rest || (*rest != '\0' && *rest != '/') ||
            strlen(name) < match->length)
                return 0;
        /* What has no content (a login kept by a helper leaves "{}") hides nothing. */
        if (json_kind(value) == JSON_OBJECT && !json_get(value, "auth") &&
            !json_get(value, "username") && !json_get(value, "identitytoken"))
                return 0;
        match->value = value;
        match->length = strlen(name);
        return 0;
}

static int
find(const Json *root, const char *member, const char *place, const Json **ret, Error *e) {
        Match match = { .place = place };
        const Json *object = json_get(root, member);
        int r = 0;

        if (object && json_kind(object) != JSON_OBJECT)
                return error_new(e, -EINVAL, "\"%s\" is no object", member);
        if (object)
                r = json_each_member(object, match_key, &match, e);
        *ret = match.value;
        return r;
}

static bool helper_is_valid(const char *name) {
        return strlen(name) <= HELPER_NAME_MAX && *name != '\0' &&
               strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static int set_helper(const Json *value, const char *registry, FetchLogin *ret, Error *e) {
        _cleanup_(fetch_login_done) FetchLogin login = { .kind = FETCH_LOGIN_HELPER };
        int r = json_read_string(value, &login.helper, e);

        if (r < 0)
                return r;
        if (!helper_is_valid(login.helper))
                return error_new(e, -EINVAL, "\"%s\" is no name of a credential helper",
                                 login.helper);
        login.server = strdup(text_equal(registry, OCI_REGISTRY_DEFAULT) ? HUB_KEY : registry);
        if (!login.server)
                return -ENOMEM;
        *ret = struct_take(&login);
        return 0;
}

typedef struct Entry {
        char *auth, *user, *password, *token;
} Entry;

static void entry_done(Entry *entry) {
        free(entry->auth);
        free(entry->user);
        free(entry->password);
        free(entry->token);
}

/* "USER:PASSWORD" in base64. Some tools left NULs behind the password. */
static int decode_auth(Entry *entry, Error *e) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        char *text = NULL, *colon = NULL;
        size_t n = 0;
        int r = base64_decode(entry->auth, strlen(entry->auth), &bytes, &n);

        while (r >= 0 && n > 0 && bytes[n - 1] == '\0')
                n--;
        text = (char *) bytes;
        if (r >= 0 && strlen(text) != n)
                r = -EBADMSG;
        colon = r >= 0 ? strchr(text, ':') : NULL;
        if (r == -ENOMEM)
                return r;
        if (!colon)
                return error_new(e, -EINVAL, "\"auth\" is not \"USER:PASSWORD\" in base64");
        *colon = '\0';
        free(entry->user);
        free(entry->password);
        entry->user = strdup(text);
        entry->password = strdup(colon + 1);
        return entry->user && entry->password ? 0 : -ENOMEM;
}

static int set_login(Entry *entry, FetchLogin *ret, Error *e) {
        bool token = !text_is_empty(entry->token);
        int r = 0;

        if (!token && (text_is_empty(entry->user) || !entry->password))
                return error_new(e, -EINVAL, "a login has no user or no password");
        r = fetch_login_check(entry->user ? entry->user : "",
                              token ? entry->token : entry->password, e);
        if (r < 0)
                return r;
        *ret = (FetchLogin){
                .kind = token ? FETCH_LOGIN_TOKEN : FETCH_LOGIN_PASSWORD,
                .user = ptr_take(&entry->user),
                .secret = token ? ptr_take(&entry->token) : ptr_take(&entry->password),
        };
        return 0;
}

static int set_entry(const Json *value, FetchLogin *ret, Error *e) {
        static const JsonField fields[] = {
                { "auth", json_read_string, offsetof(Entry, auth), JSON_NULL_OK },
                { "username", json_read_string, offsetof(Entry, user), JSON_NULL_OK },
                { "password", json_read_string, offsetof(Entry, password), JSON_NULL_OK },
                { "identitytoken", json_read_string, offsetof(Entry, token), JSON_NULL_OK },
                {},
        };
        _cleanup_(entry_done) Entry entry = {};
        int r = json_read_object(value, fields, &entry, e);

        if (r >= 0 && !text_is_empty(entry.auth))
                r = decode_auth(&entry, e);
        return r < 0 ? r : set_login(&entry, ret, e);
}

int fetch_docker_config_find(const char *json,
                             size_t n,
                             const char *registry,
                             const char *repository,
                             FetchLogin *ret,
                             Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *place = NULL;
        const Json *value = NULL;
        int r = 0;

        if (n > FETCH_DOCKER_CONFIG_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "the file has more than %zu bytes",
                                 FETCH_DOCKER_CONFIG_SIZE_MAX);
        r = json_parse(json, n, &root, e);
        if (r < 0)
                return r;
        if (json_kind(root) != JSON_OBJECT)
                return error_new(e, -EINVAL, "the file is no JSON object");
        if (asprintf(&place, "%s%s%s", registry, repository ? "/" : "",
                     repository ? repository : "") < 0) {
                place = NULL;
                return -ENOMEM;
        }
        r = find(root, "credHelpers", place, &value, e);
        if (r >= 0 && value)
                return set_helper(value, registry, ret, e);
        if (r >= 0)
                r = find(root, "auths", place, &value, e);
        if (r >= 0 && value)
                return set_entry(value, ret, e);
        value = json_get(root, "credsStore");
        if (r >= 0 && value)
                return set_helper(value, registry, ret, e);
        if (r >= 0)
                *ret = FETCH_LOGIN_NULL;
        return r;
}

int fetch_docker_helper_parse(const char *json, size_t n, FetchLogin *ret, Error *e) {
        static const JsonField fields[] = {
                { "Username", json_read_string, offsetof(Entry, user), JSON_REQUIRED },
                { "Secret", json_read_string, offsetof(Entry, password), JSON_REQUIRED },
                {},
        };
        _cleanup_(entry_done) Entry entry = {};
        _cleanup_(json_freep) Json *root = NULL;
        int r = json_parse(json, n, &root, e);

        if (r >= 0)
                r = json_read_object(root, fields, &entry, e);
        if (r < 0)
                return r;
        if (text_equal(entry.user, TOKEN_USER)) {
                entry.token = ptr_take(&entry.password);
                free(ptr_take(&entry.user));
        }
        return set_login(&entry, ret, e);
}
