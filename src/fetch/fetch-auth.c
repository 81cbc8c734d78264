/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-auth.h"

#include "fetch-discovery.h"
#include "fetch-docker-config.h"

#define AWS_REGION "us-east-1"
#define AWS_HOST "s3.amazonaws.com"

static const char *const kind_names[] = {
        [FETCH_AUTH_BASIC] = "basic",
        [FETCH_AUTH_OAUTH] = "oauth",
        [FETCH_AUTH_AWS] = "aws",
};

static void auth_done(FetchAuth *auth) {
        free(auth->domain);
        free(auth->user);
        free(auth->secret);
        free(auth->region);
        *auth = (FetchAuth){};
}

void fetch_auths_done(FetchAuths *auths) {
        for (size_t i = 0; i < auths->n; i++)
                auth_done(&auths->items[i]);
        free(auths->items);
        *auths = (FetchAuths){};
}

const FetchAuth *fetch_auths_find(const FetchAuths *auths, const char *domain) {
        for (size_t i = 0; i < auths->n; i++)
                if (text_equal(auths->items[i].domain, domain))
                        return &auths->items[i];
        return NULL;
}

const FetchAuth *fetch_auths_find_below(const FetchAuths *auths, const char *place) {
        const FetchAuth *best = NULL;

        for (size_t i = 0; i < auths->n; i++)
                if (fetch_prefix_matches(auths->items[i].domain, place) &&
                    (!best || strlen(auths->items[i].domain) > strlen(best->domain)))
                        best = &auths->items[i];
        return best;
}

/* Takes what @auth owns, in every case. */
static int push(FetchAuths *auths, FetchAuth *auth) {
        FetchAuth *grown = reallocarray(auths->items, auths->n + 1, sizeof(FetchAuth));

        if (!grown) {
                auth_done(auth);
                return -ENOMEM;
        }
        auths->items = grown;
        grown[auths->n++] = struct_take(auth);
        return 0;
}

int fetch_auths_override(FetchAuths *auths, FetchAuths *later) {
        int r = 0;

        for (size_t i = 0; i < later->n && r >= 0; i++) {
                FetchAuth *old = NULL;

                for (size_t k = 0; k < auths->n && !old; k++)
                        if (text_equal(auths->items[k].domain, later->items[i].domain))
                                old = &auths->items[k];
                if (!old) {
                        r = push(auths, &later->items[i]);
                        continue;
                }
                auth_done(old);
                *old = struct_take(&later->items[i]);
        }
        return r;
}

static int copy_text(const char *text, char **ret) {
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

/* Adds @model once for each of @domains. */
static int
add_all(FetchAuths *auths, const FetchAuth *model, char *const *domains, bool docker, Error *e) {
        int r = 0;

        for (; domains && *domains && r >= 0; domains++) {
                FetchAuth auth = { .kind = model->kind };

                if (fetch_auths_find(auths, *domains))
                        return error_new(e, -EEXIST, "%s \"%s\" %s already specified",
                                         docker ? "credentials for docker registry"
                                                : "auth for domain",
                                         *domains, docker ? "are" : "is");
                r = copy_text(*domains, &auth.domain);
                if (r >= 0)
                        r = copy_text(model->user, &auth.user);
                if (r >= 0)
                        r = copy_text(model->secret, &auth.secret);
                if (r >= 0)
                        r = copy_text(model->region, &auth.region);
                if (r < 0)
                        auth_done(&auth);
                else
                        r = push(auths, &auth);
        }
        return r;
}

typedef struct Document {
        Strv domains;
        char *type;
        const Json *credentials; /* borrowed */
} Document;

static void document_done(Document *document) {
        strv_free(document->domains);
        free(document->type);
}

static int keep_value(const Json *value, void *slot, Error *e) {
        if (json_kind(value) != JSON_OBJECT)
                return error_new(e, -EINVAL, "it must be an object");
        *(const Json **) slot = value;
        return 0;
}

static int read_credentials(const Json *value, FetchAuth *ret, Error *e) {
        static const JsonField tables[][4] = {
                [FETCH_AUTH_BASIC] = {
                        { "user", json_read_string, offsetof(FetchAuth, user), 0 },
                        { "password", json_read_string, offsetof(FetchAuth, secret), 0 },
                },
                [FETCH_AUTH_OAUTH] = {
                        { "token", json_read_string, offsetof(FetchAuth, secret), 0 },
                },
                [FETCH_AUTH_AWS] = {
                        { "accessKeyID", json_read_string, offsetof(FetchAuth, user), 0 },
                        { "secretAccessKey", json_read_string, offsetof(FetchAuth, secret), 0 },
                        { "awsRegion", json_read_string, offsetof(FetchAuth, region), JSON_NULL_OK },
                },
        };
        int r = json_read_object(value, tables[ret->kind], ret, e);

        if (r < 0)
                return r;
        for (const JsonField *field = tables[ret->kind]; field->key; field++)
                if (!(field->flags & JSON_NULL_OK) &&
                    text_is_empty(*(char **) ((char *) ret + field->offset)))
                        return error_new(e, -EINVAL, "no %s specified", field->key);
        return fetch_login_check(ret->kind == FETCH_AUTH_BASIC ? ret->user : "", ret->secret, e);
}

int fetch_auths_read(const Json *document, FetchAuths *auths, Error *e) {
        static const JsonField fields[] = {
                { "domains", json_read_strv, offsetof(Document, domains), 0 },
                { "type", json_read_string, offsetof(Document, type), 0 },
                { "credentials", keep_value, offsetof(Document, credentials), 0 },
                {},
        };
        _cleanup_(document_done) Document read = {};
        _cleanup_(auth_done) FetchAuth model = { .kind = _FETCH_AUTH_KIND_INVALID };
        int r = json_read_object(document, fields, &read, e);

        if (r < 0)
                return r;
        if (strv_length(read.domains) == 0)
                return error_new(e, -EINVAL, "no domains specified");
        if (text_is_empty(read.type))
                return error_new(e, -EINVAL, "no auth type specified");
        for (size_t i = 0; i < N_ELEMENTS(kind_names); i++)
                if (text_equal(read.type, kind_names[i]))
                        model.kind = (FetchAuthKind) i;
        if (model.kind == _FETCH_AUTH_KIND_INVALID)
                return error_new(e, -EINVAL, "unknown auth type: \"%s\"", read.type);
        r = read_credentials(read.credentials, &model, e);
        if (r < 0)
                return r;
        return add_all(auths, &model, read.domains, false, e);
}

int fetch_docker_auths_read(const Json *document, FetchAuths *auths, Error *e) {
        static const JsonField fields[] = {
                { "registries", json_read_strv, offsetof(Document, domains), 0 },
                { "credentials", keep_value, offsetof(Document, credentials), 0 },
                {},
        };
        _cleanup_(document_done) Document read = {};
        _cleanup_(auth_done) FetchAuth model = { .kind = FETCH_AUTH_BASIC };
        int r = json_read_object(document, fields, &read, e);

        if (r < 0)
                return r;
        if (strv_length(read.domains) == 0)
                return error_new(e, -EINVAL, "no registries specified");
        r = read_credentials(read.credentials, &model, e);
        if (r < 0)
                return r;
        return add_all(auths, &model, read.domains, true, e);
}

static void write_head(JsonWriter *w, const char *kind) {
        json_write_member_string(w, "rktVersion", "v1");
        json_write_member_string(w, "rktKind", kind);
}

static void write_credentials(JsonWriter *w, const FetchAuth *auth) {
        json_write_key(w, "credentials");
        json_write_begin(w, '{');
        if (auth->kind == FETCH_AUTH_BASIC) {
                json_write_member_string(w, "user", auth->user);
                json_write_member_string(w, "password", auth->secret);
        } else if (auth->kind == FETCH_AUTH_OAUTH) {
                json_write_member_string(w, "token", auth->secret);
        } else {
                json_write_member_string(w, "accessKeyID", auth->user);
                json_write_member_string(w, "secretAccessKey", auth->secret);
                json_write_member_string(w, "awsRegion", auth->region ? auth->region : "");
        }
        json_write_end(w, '}');
}

static void write_list(JsonWriter *w, const char *key, const char *only) {
        json_write_key(w, key);
        json_write_begin(w, '[');
        json_write_string(w, only);
        json_write_end(w, ']');
}

void fetch_auths_write(JsonWriter *w, const FetchAuths *auths) {
        for (size_t i = 0; i < auths->n; i++) {
                json_write_begin(w, '{');
                write_head(w, "auth");
                write_list(w, "domains", auths->items[i].domain);
                json_write_member_string(w, "type", kind_names[auths->items[i].kind]);
                write_credentials(w, &auths->items[i]);
                json_write_end(w, '}');
        }
}

void fetch_docker_auths_write(JsonWriter *w, const FetchAuths *auths) {
        for (size_t i = 0; i < auths->n; i++) {
                json_write_begin(w, '{');
                write_head(w, "dockerAuth");
                write_list(w, "registries", auths->items[i].domain);
                write_credentials(w, &auths->items[i]);
                json_write_end(w, '}');
        }
}

/* Between "s3" and "amazonaws.com", as hosts are built there: "s3-REGION.amazonaws.com",
 * "BUCKET.s3.REGION.amazonaws.com". */
char *fetch_aws_region(const FetchAuth *auth, const char *host) {
        _cleanup_(strv_freep) Strv parts = NULL;
        size_t n = 0;
        const char *region = NULL;

        if (!text_is_empty(auth->region))
                return strdup(auth->region);
        if (text_ends_with(host, AWS_HOST) || strv_split(host, '.', &parts) < 0)
                return strdup(AWS_REGION);
        n = strv_length(parts);
        if (n >= 3 && text_equal(parts[n - 2], "amazonaws")) {
                region = text_after(parts[n - 3], "s3-");
                if (!region && n >= 4 && text_equal(parts[n - 4], "s3"))
                        region = parts[n - 3];
        }
        return strdup(text_is_empty(region) ? AWS_REGION : region);
}
