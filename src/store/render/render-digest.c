/* SPDX-License-Identifier: Apache-2.0 */
#include "render-digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "text.h"

struct RenderDigest {
        EVP_MD_CTX *context;
        const EVP_MD *algorithm;
        EVP_MAC_CTX *keyed; /* instead of the two above */
        uint8_t key[RENDER_POLY1305_KEY];
};

static const char *const kind_names[] = {
        [RENDER_SHA256] = "sha256",
        [RENDER_SHA512] = "sha512",
};

const char *render_digest_kind_name(RenderDigestKind kind) {
        return kind_names[kind];
}

void render_digest_prepare(void) {
        _cleanup_(render_digest_freep) RenderDigest *digest = NULL;

        /* Tables of all names, which nobody asks for here, take half of the time it needs. */
        (void) OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                                           OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                                   NULL);
        if (render_digest_new(RENDER_SHA512, &digest) >= 0)
                render_digest_add(digest, "", 0);
}

int render_digest_new(RenderDigestKind kind, RenderDigest **ret) {
        RenderDigest *digest = calloc(1, sizeof(*digest));

        if (!digest)
                return -ENOMEM;
        digest->algorithm = kind == RENDER_SHA512 ? EVP_sha512() : EVP_sha256();
        digest->context = EVP_MD_CTX_new();
        if (!digest->context || EVP_DigestInit_ex(digest->context, digest->algorithm, NULL) != 1) {
                render_digest_free(digest);
                return -ENOMEM;
        }
        *ret = digest;
        return 0;
}

int render_digest_new_poly1305(const uint8_t key[static RENDER_POLY1305_KEY], RenderDigest **ret) {
        _cleanup_(render_digest_freep) RenderDigest *digest = calloc(1, sizeof(*digest));
        EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "POLY1305", NULL);

        if (!algorithm)
                return -EOPNOTSUPP;
        if (digest)
                digest->keyed = EVP_MAC_CTX_new(algorithm);
        EVP_MAC_free(algorithm); /* the context holds on to it */
        if (!digest || !digest->keyed)
                return -ENOMEM;
        memcpy(digest->key, key, sizeof(digest->key));
        render_digest_reset(digest);
        *ret = ptr_take(&digest);
        return 0;
}

RenderDigest *render_digest_free(RenderDigest *digest) {
        if (!digest)
                return NULL;
        EVP_MD_CTX_free(digest->context);
        EVP_MAC_CTX_free(digest->keyed);
        OPENSSL_cleanse(digest->key, sizeof(digest->key));
        free(digest);
        return NULL;
}

/* libcrypto's own implementations of these algorithms fail on misuse only, so that is how a failure
 * is treated. A NULL algorithm keeps the one set before and spares looking it up again. */
static void must(int result) {
        if (result != 1)
                abort();
}

void render_digest_reset(RenderDigest *digest) {
        if (digest->keyed)
                must(EVP_MAC_init(digest->keyed, digest->key, sizeof(digest->key), NULL));
        else
                must(EVP_DigestInit_ex(digest->context, NULL, NULL));
}

void render_digest_add(RenderDigest *digest, const void *bytes, size_t n) {
        if (digest->keyed)
                must(EVP_MAC_update(digest->keyed, bytes, n));
        else
                must(EVP_DigestUpdate(digest->context, bytes, n));
}

void render_digest_get(RenderDigest *digest, uint8_t ret[static RENDER_DIGEST_MAX]) {
        if (digest->keyed)
                must(EVP_MAC_final(digest->keyed, ret, NULL, RENDER_DIGEST_MAX));
        else
                must(EVP_DigestFinal_ex(digest->context, ret, NULL));
}

char *render_digest_hex(RenderDigest *digest) {
        uint8_t bytes[RENDER_DIGEST_MAX];

        render_digest_get(digest, bytes);
        return text_hex(bytes, (size_t) EVP_MD_get_size(digest->algorithm));
}
