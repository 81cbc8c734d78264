/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* UUIDs (RFC 9562) as text: 36 lower-case characters with dashes. */

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT_LENGTH 36

typedef struct Uuid {
        char text[UUID_TEXT_LENGTH + 1];
} Uuid;

/* A new random one (version 4). Returns 0; a negative errno. */
int uuid_new(Uuid *ret);

/* Reads exactly the canonical form, in either case. Returns 0; -EINVAL. */
int uuid_parse(const char *text, Uuid *ret);
bool uuid_is_valid(const char *text);

/* The 16 bytes in network order, as D-Bus and the metadata service carry them. */
void uuid_bytes(const Uuid *uuid, uint8_t ret[static 16]);

/* The 32 hexadecimal digits without dashes and a NUL. */
void uuid_plain(const Uuid *uuid, char ret[static 33]);
