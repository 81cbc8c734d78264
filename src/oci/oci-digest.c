/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-digest.h"

#include <assert.h>

#include "text.h"

static const struct {
        const char *name;
        size_t bytes;
} algorithms[_OCI_ALGORITHM_MAX] = {
        [OCI_SHA256] = { "sha256", 32 },
        [OCI_SHA512] = { "sha512", 64 },
};

const char *oci_algorithm_name(OciAlgorithm algorithm) {
        return algorithms[algorithm].name;
}

OciAlgorithm oci_algorithm_from_name(const char *name) {
        for (size_t i = 0; i < N_ELEMENTS(algorithms); i++)
                if (text_equal(algorithms[i].name, name))
                        return (OciAlgorithm) i;
        return _OCI_ALGORITHM_INVALID;
}

size_t oci_algorithm_bytes(OciAlgorithm algorithm) {
        return algorithms[algorithm].bytes;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

/* [a-z0-9]+ joined by single separators; the grammar of algorithms that others may know. */
static bool algorithm_is_well_formed(const char *name) {
        for (;;) {
                size_t n = strspn(name, LOWER DIGIT);

                if (n == 0)
                        return false;
                name += n;
                if (*name == '\0')
                        return true;
                if (!strchr("+._-", *name))
                        return false;
                name++;
        }
}

int oci_digest_parse(const char *text, OciDigest *ret, Error *e) {
        _cleanup_(freep) char *name = NULL;
        const char *colon = strchr(text, ':'), *hex = NULL;
        OciAlgorithm algorithm = _OCI_ALGORITHM_INVALID;

        if (!colon)
                return error_new(e, -EINVAL, "\"%s\" is no digest: it has no algorithm", text);
        hex = colon + 1;
        name = strndup(text, (size_t) (colon - text));
        if (!name)
                return -ENOMEM;

        algorithm = oci_algorithm_from_name(name);
        if (algorithm == _OCI_ALGORITHM_INVALID) {
                if (!algorithm_is_well_formed(name) || hex[0] == '\0' ||
                    hex[strspn(hex, LOWER UPPER DIGIT "=_-")] != '\0')
                        return error_new(e, -EINVAL, "\"%s\" is no digest", text);
                return error_new(e, -EOPNOTSUPP, "digest algorithm \"%s\" is not supported", name);
        }
        if (strlen(hex) != 2 * algorithms[algorithm].bytes ||
            strspn(hex, DIGIT "abcdef") != strlen(hex))
                return error_new(e, -EINVAL,
                                 "\"%s\" is no digest: %s takes %zu lower-case hexadecimal digits",
                                 text, name, 2 * algorithms[algorithm].bytes);

        *ret = (OciDigest){ .algorithm = algorithm };
        memcpy(ret->text, text, strlen(text)); /* fits: the length was just compared */
        return 0;
}

void oci_digest_from_bytes(OciAlgorithm algorithm, const uint8_t *bytes, OciDigest *ret) {
        static const char digits[] = "0123456789abcdef";
        size_t n = (size_t) snprintf(ret->text, sizeof(ret->text),
                                     "%s:", oci_algorithm_name(algorithm));

        for (size_t i = 0; i < oci_algorithm_bytes(algorithm); i++) {
                ret->text[n++] = digits[bytes[i] >> 4];
                ret->text[n++] = digits[bytes[i] & 15];
        }
        ret->text[n] = '\0';
        ret->algorithm = algorithm;
}

bool oci_digest_equal(const OciDigest *a, const OciDigest *b) {
        return text_equal(a->text, b->text);
}

const char *oci_digest_hex(const OciDigest *digest) {
        assert(oci_digest_is_set(digest));
        return strchr(digest->text, ':') + 1;
}

char *oci_digest_path(const OciDigest *digest) {
        char *path = NULL;

        if (asprintf(&path, "blobs/%s/%s", oci_algorithm_name(digest->algorithm),
                     oci_digest_hex(digest)) < 0)
                return NULL;
        return path;
}

int oci_digest_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = json_read_string(value, &text, e);

        return r < 0 ? r : oci_digest_parse(text, slot, e);
}
