/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OpenPGP's armor: from text to the bytes in it. Pure. Source: RFC 9580, part 6. */

#include <stddef.h>
#include <stdint.h>

#include "errors.h"

#define FETCH_ARMOR_SIZE_MAX ((size_t) 1024 * 1024)

/**
 * fetch_armor_decode() - the bytes of an armored public key
 * @bytes: not NUL-terminated; borrowed. Bytes that begin as a packet does come back as they are
 * @ret: allocated
 *
 * A checksum must be right where there is one. Text may stand around the block, but no second block.
 *
 * Returns: 0; -EMSGSIZE; -EBADMSG no armored public key, or a damaged one; -EINVAL a block of another
 *          kind; -ENOMEM.
 */
int fetch_armor_decode(const char *bytes, size_t n, uint8_t **ret, size_t *ret_n, Error *e);

/* The same bytes as text. Allocated; NULL when out of memory. */
char *fetch_armor_encode(const uint8_t *bytes, size_t n);
