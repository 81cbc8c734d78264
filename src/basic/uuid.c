/* SPDX-License-Identifier: Apache-2.0 */
#include "uuid.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static bool is_dash_place(size_t i) {
        return i == 8 || i == 13 || i == 18 || i == 23;
}

static uint8_t hex_value(char c) {
        return (uint8_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

int uuid_new(Uuid *ret) {
        uint8_t b[16];

        if (getrandom(b, sizeof(b), 0) != (ssize_t) sizeof(b))
                return -errno;
        b[6] = (uint8_t) ((b[6] & 0x0f) | 0x40); /* version 4 */
        b[8] = (uint8_t) ((b[8] & 0x3f) | 0x80); /* the RFC's variant */
        (void) snprintf(ret->text, sizeof(ret->text),
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                        b[12], b[13], b[14], b[15]);
        return 0;
}

int uuid_parse(const char *text, Uuid *ret) {
        Uuid uuid = {};

        if (!text || strlen(text) != UUID_TEXT_LENGTH)
                return -EINVAL;
        for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
                if (is_dash_place(i) ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
                        return -EINVAL;
                uuid.text[i] = (char) tolower((unsigned char) text[i]);
        }
        *ret = uuid;
        return 0;
}

bool uuid_is_valid(const char *text) {
        Uuid ignored;

        return uuid_parse(text, &ignored) >= 0;
}

void uuid_plain(const Uuid *uuid, char ret[static 33]) {
        size_t n = 0;

        for (size_t i = 0; i < UUID_TEXT_LENGTH; i++)
                if (!is_dash_place(i))
                        ret[n++] = uuid->text[i];
        ret[n] = '\0';
}

void uuid_bytes(const Uuid *uuid, uint8_t ret[static 16]) {
        char plain[33];

        uuid_plain(uuid, plain);
        for (size_t i = 0; i < 16; i++)
                ret[i] = (uint8_t) (hex_value(plain[2 * i]) << 4 | hex_value(plain[2 * i + 1]));
}
