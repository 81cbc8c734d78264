/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Many short strings that are freed together. They lie side by side: a list of ten thousand images is
 * as fast as the few pages of fresh memory it touches. */

#include "cleanup.h"

typedef struct TextPoolChunk TextPoolChunk;

typedef struct TextPool {
        TextPoolChunk *last;
} TextPool;

/* Room for @n bytes, which stays where it is; NULL when out of memory. */
char *text_pool_room(TextPool *pool, size_t n);
void text_pool_done(TextPool *pool);
