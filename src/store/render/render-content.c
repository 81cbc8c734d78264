/* SPDX-License-Identifier: Apache-2.0 */
#include "render-content.h"

#include <string.h>
#include <sys/random.h>

struct RenderContent {
        StoreSealManner manner;
        RenderDigest *sum; /* SHA-256 */
        RenderDigest *tag; /* Poly1305; NULL in version 1 */
        uint8_t tag_key[RENDER_SHA256_BYTES];
};

_Static_assert(STORE_SEAL_DIGEST == RENDER_SHA256_BYTES, "a seal has SHA-256 of each file");

static int new_manner(StoreSealManner *ret) {
        ret->version = STORE_SEAL_KEYED;
        if (getrandom(ret->key, sizeof(ret->key), 0) != (ssize_t) sizeof(ret->key))
                return -EIO;
        return 0;
}

/* A key for one use alone. Both names and the key have a fixed length. */
static void derive(RenderContent *content, const char name[static 8], uint8_t *ret) {
        uint8_t sum[RENDER_DIGEST_MAX];

        render_digest_reset(content->sum);
        render_digest_add(content->sum, name, 8);
        render_digest_add(content->sum, content->manner.key, sizeof(content->manner.key));
        render_digest_get(content->sum, sum);
        memcpy(ret, sum, RENDER_SHA256_BYTES);
}

static int prepare(RenderContent *content, Error *e) {
        uint8_t content_key[RENDER_SHA256_BYTES];
        int r = 0;

        derive(content, "content\0", content_key);
        derive(content, "tag\0\0\0\0\0", content->tag_key);
        r = render_digest_new_poly1305(content_key, &content->tag);
        return r == -EOPNOTSUPP ? error_new(e, r, "libcrypto lacks Poly1305") : r;
}

int render_content_new(const StoreSealManner *manner, RenderContent **ret, Error *e) {
        _cleanup_(render_content_freep) RenderContent *content = calloc(1, sizeof(*content));
        int r = content ? 0 : -ENOMEM;

        if (r >= 0 && manner)
                content->manner = *manner;
        else if (r >= 0)
                r = new_manner(&content->manner);
        if (r >= 0)
                r = render_digest_new(RENDER_SHA256, &content->sum);
        if (r >= 0 && content->manner.version == STORE_SEAL_KEYED)
                r = prepare(content, e);
        if (r < 0)
                return r;
        render_content_reset(content);
        *ret = ptr_take(&content);
        return 0;
}

RenderContent *render_content_free(RenderContent *content) {
        if (!content)
                return NULL;
        render_digest_free(content->sum);
        render_digest_free(content->tag);
        explicit_bzero(content, sizeof(*content));
        free(content);
        return NULL;
}

const StoreSealManner *render_content_manner(const RenderContent *content) {
        return &content->manner;
}

void render_content_reset(RenderContent *content) {
        render_digest_reset(content->tag ?: content->sum);
}

void render_content_add(RenderContent *content, const void *bytes, size_t n) {
        render_digest_add(content->tag ?: content->sum, bytes, n);
}

void render_content_get(RenderContent *content, uint8_t ret[static STORE_SEAL_DIGEST]) {
        uint8_t sum[RENDER_DIGEST_MAX];

        if (content->tag) {
                render_digest_get(content->tag, sum);
                render_digest_reset(content->sum);
                render_digest_add(content->sum, content->tag_key, sizeof(content->tag_key));
                render_digest_add(content->sum, sum, RENDER_POLY1305_BYTES);
        }
        render_digest_get(content->sum, sum);
        memcpy(ret, sum, STORE_SEAL_DIGEST);
}
