/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-simple-signing.h"

#include <stdio.h>

#include "text.h"

/* The default registry, as statements and lookasides name it. */
#define DOCKER_DOMAIN "docker.io"

typedef struct Statement {
        char *type, *digest, *reference;
} Statement;

static void statement_done(Statement *statement) {
        free(statement->type);
        free(statement->digest);
        free(statement->reference);
}

/* Refuses members that are not in the table: "critical" means that they must be understood. */
static int check_member(const char *key, const Json *value, void *userdata, Error *e) {
        (void) value;
        for (const JsonField *field = userdata; field->key; field++)
                if (text_equal(field->key, key))
                        return 0;
        return error_new(e, -EINVAL, "member \"%s\" is not known", key);
}

static int read_all(const Json *object, const JsonField *fields, void *target, Error *e) {
        int r = json_read_object(object, fields, target, e);

        /* The walker does not change them; its argument has no const. */
        return r < 0 ? r : json_each_member(object, check_member, (void *) (uintptr_t) fields, e);
}

static int read_image(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "docker-manifest-digest", json_read_string, 0, JSON_REQUIRED }, {}
        };

        return read_all(value, fields, slot, e);
}

static int read_identity(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "docker-reference", json_read_string, 0, JSON_REQUIRED }, {}
        };

        return read_all(value, fields, slot, e);
}

static int read_critical(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "type", json_read_string, offsetof(Statement, type), JSON_REQUIRED },
                { "image", read_image, offsetof(Statement, digest), JSON_REQUIRED },
                { "identity", read_identity, offsetof(Statement, reference), JSON_REQUIRED },
                {},
        };

        return read_all(value, fields, slot, e);
}

static int ignore(const Json *value, void *slot, Error *e) {
        (void) value;
        (void) slot;
        (void) e;
        return 0;
}

static int check_digest(const Statement *statement, const OciDigest *digests, size_t n, Error *e) {
        OciDigest digest = OCI_DIGEST_NULL;
        int r = oci_digest_parse(statement->digest, &digest, e);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (oci_digest_equal(&digest, &digests[i]))
                        return 0;
        return error_new(e, -EKEYREJECTED, "the signature is for manifest %s, not for %s",
                         digest.text, n > 0 ? digests[0].text : "this one");
}

static int check_reference(const Statement *statement, const OciReference *wanted, Error *e) {
        _cleanup_(oci_reference_done) OciReference signed_for = OCI_REFERENCE_NULL;
        int r = oci_reference_parse(statement->reference, &signed_for, e);

        if (r < 0)
                return r;
        if (!text_equal(signed_for.registry, wanted->registry) ||
            !text_equal(signed_for.repository, wanted->repository) ||
            (wanted->tag && !text_equal(signed_for.tag, wanted->tag)))
                return error_new(e, -EKEYREJECTED, "the signature is for \"%s\"",
                                 statement->reference);
        return 0;
}

int fetch_simple_signing_check(const char *json,
                               size_t n,
                               const OciReference *wanted,
                               const OciDigest *digests,
                               size_t n_digests,
                               Error *e) {
        static const JsonField fields[] = {
                { "critical", read_critical, 0, JSON_REQUIRED },
                { "optional", ignore, 0, JSON_NULL_OK },
                {},
        };
        _cleanup_(statement_done) Statement statement = {};
        _cleanup_(json_freep) Json *root = NULL;
        int r = 0;

        if (n > FETCH_SIMPLE_SIGNING_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "the signed statement is too long");
        r = json_parse(json, n, &root, e);
        if (r >= 0)
                r = read_all(root, fields, &statement, e);
        if (r < 0)
                return error_wrap(e, r, "cannot read the signed statement");
        if (!text_equal(statement.type, FETCH_SIMPLE_SIGNING_TYPE))
                return error_new(e, -EINVAL, "the signed statement is of type \"%s\"",
                                 statement.type);
        r = check_digest(&statement, digests, n_digests, e);
        return r < 0 ? r : check_reference(&statement, wanted, e);
}

char *fetch_simple_signing_url(const char *base,
                               const OciReference *reference,
                               const OciDigest *digest,
                               unsigned i) {
        const char *registry = text_equal(reference->registry, OCI_REGISTRY_DEFAULT)
                                       ? DOCKER_DOMAIN
                                       : reference->registry;
        char *url = NULL;

        if (asprintf(&url, "%s/%s/%s@%s=%s/signature-%u", base, registry, reference->repository,
                     oci_algorithm_name(digest->algorithm), oci_digest_hex(digest), i) < 0)
                return NULL;
        return url;
}
