/* SPDX-License-Identifier: Apache-2.0 */
#include "text-pool.h"

#define CHUNK_BYTES ((size_t) 64 * 1024)

struct TextPoolChunk {
        TextPoolChunk *before;
        size_t n, capacity;
        char text[];
};

char *text_pool_room(TextPool *pool, size_t n) {
        TextPoolChunk *chunk = pool->last;

        if (!chunk || chunk->capacity - chunk->n < n) {
                size_t capacity = n > CHUNK_BYTES ? n : CHUNK_BYTES;

                chunk = malloc(sizeof(*chunk) + capacity);
                if (!chunk)
                        return NULL;
                *chunk = (TextPoolChunk){ .before = pool->last, .capacity = capacity };
                pool->last = chunk;
        }
        chunk->n += n;
        return chunk->text + chunk->n - n;
}

void text_pool_done(TextPool *pool) {
        while (pool->last) {
                TextPoolChunk *before = pool->last->before;

                free(pool->last);
                pool->last = before;
        }
}
