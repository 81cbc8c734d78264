/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-armor.h"

#include <stdio.h>

#include "base64.h"
#include "text.h"

#define BEGIN "-----BEGIN PGP "
#define KEY_BLOCK "PUBLIC KEY BLOCK-----"
#define LINE_LENGTH 64
#define END "-----END PGP " KEY_BLOCK

static uint32_t checksum(const uint8_t *bytes, size_t n) {
        uint32_t crc = 0xb704ce;

        for (size_t i = 0; i < n; i++) {
                crc ^= (uint32_t) bytes[i] << 16;
                for (unsigned bit = 0; bit < 8; bit++)
                        crc = crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0);
        }
        return crc & 0xffffff;
}

static int check_checksum(const char *line, const uint8_t *bytes, size_t n) {
        _cleanup_(freep) uint8_t *crc = NULL;
        size_t n_crc = 0;
        int r = base64_decode(line, strlen(line), &crc, &n_crc);

        if (r < 0)
                return r;
        if (n_crc != 3 ||
            ((uint32_t) crc[0] << 16 | (uint32_t) crc[1] << 8 | crc[2]) != checksum(bytes, n))
                return -EBADMSG;
        return 0;
}

/* The line at @next without its end; advances. NULL behind the last one. */
static char *take_line(char **next) {
        char *line = *next;
        size_t n = strcspn(line, "\n");

        if (*line == '\0')
                return NULL;
        *next = line + n + (line[n] == '\n');
        line[n] = '\0';
        return text_trim(line);
}

/* Lines of base64 from @next on, up to the end of the block. */
static int take_body(char **next, uint8_t **ret, size_t *ret_n) {
        _cleanup_(freep) char *body = calloc(1, strlen(*next) + 1);
        _cleanup_(freep) uint8_t *bytes = NULL;
        const char *crc = NULL, *line = NULL;
        size_t n = 0;
        char *end = body;
        int r = 0;

        if (!body)
                return -ENOMEM;
        for (line = take_line(next); line && !text_equal(line, END); line = take_line(next)) {
                if (crc)
                        return -EBADMSG;
                if (*line == '=')
                        crc = line + 1;
                else
                        end = stpcpy(end, line);
        }
        if (!line)
                return -EBADMSG;
        r = base64_decode(body, (size_t) (end - body), &bytes, &n);
        if (r >= 0 && crc)
                r = check_checksum(crc, bytes, n);
        if (r < 0)
                return r;
        *ret = ptr_take(&bytes);
        *ret_n = n;
        return 0;
}

static int take_block(char *text, uint8_t **ret, size_t *ret_n, Error *e) {
        char *next = text;
        const char *line = take_line(&next), *kind = NULL;
        int r = 0;

        while (line && !text_after(line, BEGIN))
                line = take_line(&next);
        if (!line)
                return error_new(e, -EBADMSG, "there is no armored public key in it");
        kind = text_after(line, BEGIN);
        if (!text_equal(kind, KEY_BLOCK))
                return error_new(e, -EINVAL,
                                 "it holds a PGP block of another kind than a public key");
        /* Headers, and the empty line that ends them. */
        do
                line = take_line(&next);
        while (line && *line != '\0');
        r = take_body(&next, ret, ret_n);
        if (r == -EBADMSG)
                return error_new(e, r, "the armored public key is damaged");
        if (r < 0)
                return r;
        for (line = take_line(&next); line; line = take_line(&next))
                if (text_after(line, BEGIN)) {
                        free(ptr_take(ret));
                        return error_new(e, -EBADMSG, "there is more than one PGP block in it");
                }
        return 0;
}

int fetch_armor_decode(const char *bytes, size_t n, uint8_t **ret, size_t *ret_n, Error *e) {
        _cleanup_(freep) char *copy = NULL;

        if (n > FETCH_ARMOR_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "it has more than %zu bytes", FETCH_ARMOR_SIZE_MAX);
        copy = malloc(n + 1);
        if (!copy)
                return -ENOMEM;
        if (n > 0)
                memcpy(copy, bytes, n);
        copy[n] = '\0';
        if (n > 0 && ((uint8_t) copy[0] & 0x80)) {
                *ret = (uint8_t *) ptr_take(&copy);
                *ret_n = n;
                return 0;
        }
        return take_block(copy, ret, ret_n, e);
}

char *fetch_armor_encode(const uint8_t *bytes, size_t n) {
        uint32_t crc = checksum(bytes, n);
        const uint8_t crc_bytes[] = { (uint8_t) (crc >> 16), (uint8_t) (crc >> 8), (uint8_t) crc };
        _cleanup_(freep) char *body = base64_encode(bytes, n), *sum = base64_encode(crc_bytes, 3);
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = body && sum ? open_memstream(&text, &size) : NULL;

        if (!out)
                return NULL;
        fputs(BEGIN KEY_BLOCK "\n\n", out);
        for (const char *line = body; *line; line += strnlen(line, LINE_LENGTH))
                fprintf(out, "%.*s\n", LINE_LENGTH, line);
        fprintf(out, "=%s\n" END "\n", sum);
        return fclose(out) == 0 ? ptr_take(&text) : NULL;
}
