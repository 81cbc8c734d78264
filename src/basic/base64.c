/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <string.h>

#include "cleanup.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t n) {
        const uint8_t *in = bytes;
        char *text = n > (SIZE_MAX - 1) / 4 * 3 - 3 ? NULL : malloc((n + 2) / 3 * 4 + 1);
        char *out = text;

        if (!text)
                return NULL;
        for (size_t i = 0; i < n; i += 3) {
                uint32_t group = (uint32_t) in[i] << 16;

                if (i + 1 < n)
                        group |= (uint32_t) in[i + 1] << 8;
                if (i + 2 < n)
                        group |= in[i + 2];
                *out++ = alphabet[group >> 18];
                *out++ = alphabet[group >> 12 & 63];
                *out++ = i + 1 < n ? alphabet[group >> 6 & 63] : '=';
                *out++ = i + 2 < n ? alphabet[group & 63] : '=';
        }
        *out = '\0';
        return text;
}

static int value_of(char c) {
        const char *found = c ? strchr(alphabet, c) : NULL;

        return found ? (int) (found - alphabet) : -1;
}

int base64_decode(const char *text, size_t n, uint8_t **ret, size_t *ret_n) {
        _cleanup_(freep) uint8_t *bytes = malloc(n / 4 * 3 + 4);
        size_t n_bytes = 0, n_digits = 0, n_padding = 0;
        uint32_t group = 0;

        if (!bytes)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int value = value_of(text[i]);

                if (text[i] != '\0' && strchr(" \t\r\n", text[i]))
                        continue;
                if (text[i] == '=' && ++n_padding <= 2)
                        continue;
                if (value < 0 || n_padding > 0)
                        return -EBADMSG;
                group = group << 6 | (uint32_t) value;
                if (++n_digits % 4 == 0) {
                        bytes[n_bytes++] = (uint8_t) (group >> 16);
                        bytes[n_bytes++] = (uint8_t) (group >> 8);
                        bytes[n_bytes++] = (uint8_t) group;
                }
        }
        if (n_digits % 4 == 1 || (n_padding > 0 && (n_digits + n_padding) % 4 != 0))
                return -EBADMSG;
        if (n_digits % 4 >= 2)
                bytes[n_bytes++] = (uint8_t) (group >> (n_digits % 4 == 2 ? 4 : 10));
        if (n_digits % 4 == 3)
                bytes[n_bytes++] = (uint8_t) (group >> 2);
        bytes[n_bytes] = '\0';
        *ret = ptr_take(&bytes);
        *ret_n = n_bytes;
        return 0;
}
