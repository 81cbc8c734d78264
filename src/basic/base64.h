/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Base64 with the standard alphabet. Source: RFC 4648, part 4. */

#include <stddef.h>
#include <stdint.h>

/* With padding, allocated; NULL when out of memory. */
char *base64_encode(const void *bytes, size_t n);

/**
 * base64_decode() - read base64 text
 * @text: @n characters, not terminated; white space between them is passed over
 * @ret: allocated, with a NUL behind its end that is not counted in @ret_n
 *
 * The padding may be missing, but not be wrong; nothing may follow it.
 *
 * Returns: 0; -EBADMSG; -ENOMEM.
 */
int base64_decode(const char *text, size_t n, uint8_t **ret, size_t *ret_n);
