/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* gzip, by zlib: libarchive's own filter does not look at the sums behind the data. The one place that
 * knows zlib. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "errors.h"

typedef struct RenderGunzip RenderGunzip;

/* Returns 0; -ENOMEM. */
int render_gunzip_new(RenderGunzip **ret);
RenderGunzip *render_gunzip_free(RenderGunzip *gunzip);
DEFINE_CLEANUP(RenderGunzip, render_gunzip_free);

/**
 * render_gunzip() - decompress until the input is used up, @to is full, or a member ends
 * @bytes: what comes next, advanced by what was used; at a member's begin if the last one has ended
 * @to:    room for @n_to bytes
 *
 * The sum and length behind each member are verified.
 *
 * Returns: bytes made; -EBADMSG bad data; -ENOMEM.
 */
ssize_t render_gunzip(
        RenderGunzip *gunzip, const uint8_t **bytes, size_t *n, uint8_t *to, size_t n_to, Error *e);

/* A member has ended, and none has begun behind it. */
bool render_gunzip_has_ended(const RenderGunzip *gunzip);
