/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-key.h"

#include <ctype.h>
#include <stdio.h>

/* Packet tags. */
#define TAG_SIGNATURE 2
#define TAG_SECRET_KEY 5
#define TAG_PUBLIC_KEY 6
#define TAG_SECRET_SUBKEY 7
#define TAG_TRUST 12
#define TAG_USER_ID 13
#define TAG_PUBLIC_SUBKEY 14
#define TAG_USER_ATTRIBUTE 17

#define IDENTITY_MAX 2048

typedef struct Packet {
        unsigned tag;
        const uint8_t *start; /* header included */
        const uint8_t *body;
        size_t n;
} Packet;

FetchKey *fetch_key_free(FetchKey *key) {
        if (key) {
                free(key->bytes);
                free(key->parts);
                strv_free(key->identities);
                free(key);
        }
        return NULL;
}

/* Big-endian; -1 when @n bytes are not there. */
static int64_t number(const uint8_t *p, const uint8_t *end, size_t n) {
        int64_t value = 0;

        if ((size_t) (end - p) < n)
                return -1;
        for (size_t i = 0; i < n; i++)
                value = value << 8 | p[i];
        return value;
}

/* The length of a new-format packet; advances behind it. A key has no reason to come in pieces. */
static int64_t take_new_length(const uint8_t **p, const uint8_t *end) {
        int64_t first = number(*p, end, 1), length = first;

        if (first < 0)
                return -1;
        (*p)++;
        if (first < 192)
                return first;
        if (first < 224) {
                length = number(*p, end, 1);
                (*p)++;
                return length < 0 ? -1 : ((first - 192) << 8) + length + 192;
        }
        if (first < 255)
                return -1;
        length = number(*p, end, 4);
        *p += 4;
        return length;
}

static int64_t take_old_length(const uint8_t **p, const uint8_t *end, unsigned kind) {
        static const size_t widths[] = { 1, 2, 4 };
        int64_t length = 0;

        if (kind >= N_ELEMENTS(widths)) /* "until the end of the file" */
                return -1;
        length = number(*p, end, widths[kind]);
        *p += widths[kind];
        return length;
}

static int take_packet(const uint8_t **p, const uint8_t *end, Packet *ret) {
        uint8_t head = **p;
        int64_t length = 0;

        ret->start = (*p)++;
        if (!(head & 0x80))
                return -EBADMSG;
        if (head & 0x40) {
                ret->tag = head & 0x3f;
                length = take_new_length(p, end);
        } else {
                ret->tag = head >> 2 & 0x0f;
                length = take_old_length(p, end, head & 3);
        }
        if (length < 0 || length > end - *p)
                return -EBADMSG;
        ret->body = *p;
        ret->n = (size_t) length;
        *p += length;
        return 0;
}

static int add_part(FetchKey *key, const Packet *packet, Error *e) {
        FetchKeyPart *grown = NULL;

        if (packet->n < 6 || packet->n > UINT16_MAX)
                return -EBADMSG;
        if (packet->body[0] != 4)
                return error_new(e, -EOPNOTSUPP,
                                 "it is a key of version %u; only version 4 can be "
                                 "used",
                                 packet->body[0]);
        if (key->n_parts > FETCH_KEY_SUBKEYS_MAX)
                return error_new(e, -ERANGE, "it has more than %d subkeys", FETCH_KEY_SUBKEYS_MAX);
        grown = reallocarray(key->parts, key->n_parts + 1, sizeof(FetchKeyPart));
        if (!grown)
                return -ENOMEM;
        key->parts = grown;
        grown[key->n_parts++] = (FetchKeyPart){
                .offset = key->n + (size_t) (packet->body - packet->start),
                .n = packet->n,
        };
        return 0;
}

static int add_identity(FetchKey *key, const Packet *packet, Error *e) {
        if (packet->n > IDENTITY_MAX || strv_length(key->identities) == FETCH_KEY_IDENTITIES_MAX)
                return error_new(e, -ERANGE, "its identities are too many or too long");
        if (memchr(packet->body, 0, packet->n) ||
            !text_is_utf8((const char *) packet->body, packet->n))
                return error_new(e, -EINVAL, "an identity in it is no text");
        return strv_appendf(&key->identities, "%.*s", (int) packet->n, (const char *) packet->body);
}

static int take(FetchKey *key, const Packet *packet, Error *e) {
        bool first = key->n_parts == 0;
        int r = 0;

        if (packet->tag == TAG_SECRET_KEY || packet->tag == TAG_SECRET_SUBKEY)
                return error_new(e, -EINVAL, "it holds a secret key");
        if (first != (packet->tag == TAG_PUBLIC_KEY))
                return error_new(e, -EINVAL,
                                 first ? "it does not begin with a public key"
                                       : "it holds more than one public key");
        switch (packet->tag) {
        case TAG_PUBLIC_KEY:
        case TAG_PUBLIC_SUBKEY:
                r = add_part(key, packet, e);
                break;
        case TAG_USER_ID:
                r = add_identity(key, packet, e);
                break;
        case TAG_SIGNATURE:
        case TAG_USER_ATTRIBUTE:
                break;
        case TAG_TRUST: /* a note of somebody's key ring to itself */
                return 0;
        default:
                return error_new(e, -EINVAL, "it holds a packet of type %u", packet->tag);
        }
        if (r >= 0) {
                size_t n = (size_t) (packet->body - packet->start) + packet->n;

                memcpy(key->bytes + key->n, packet->start, n);
                key->n += n;
        }
        return r;
}

int fetch_key_parse(const char *bytes, size_t n, FetchKey **ret, Error *e) {
        _cleanup_(fetch_key_freep) FetchKey *key = calloc(1, sizeof(FetchKey));
        _cleanup_(freep) uint8_t *packets = NULL;
        const uint8_t *p = NULL, *end = NULL;
        size_t n_packets = 0;
        int r = key ? 0 : -ENOMEM;

        if (r >= 0)
                r = fetch_armor_decode(bytes, n, &packets, &n_packets, e);
        if (r < 0)
                return r;
        key->bytes = malloc(n_packets + 1);
        if (!key->bytes)
                return -ENOMEM;
        for (p = packets, end = packets + n_packets; r >= 0 && p < end;) {
                Packet packet;

                r = take_packet(&p, end, &packet);
                if (r >= 0)
                        r = take(key, &packet, e);
                if (r == -EBADMSG)
                        return error_new(e, r, "the public key is damaged");
        }
        if (r >= 0 && key->n_parts == 0)
                r = error_new(e, -EINVAL, "there is no public key in it");
        if (r < 0)
                return r;
        *ret = ptr_take(&key);
        return 0;
}

uint8_t *fetch_key_material(const FetchKey *key, size_t part, size_t *ret_n) {
        const FetchKeyPart *p = &key->parts[part];
        uint8_t *material = malloc(3 + p->n);

        if (!material)
                return NULL;
        material[0] = 0x99;
        material[1] = (uint8_t) (p->n >> 8);
        material[2] = (uint8_t) p->n;
        memcpy(material + 3, key->bytes + p->offset, p->n);
        *ret_n = 3 + p->n;
        return material;
}

bool fetch_fingerprint_is_valid(const char *text) {
        return strlen(text) == FETCH_KEY_FINGERPRINT &&
               strspn(text, "0123456789abcdef") == FETCH_KEY_FINGERPRINT;
}

char *fetch_fingerprint_format(const char *fingerprint) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        for (size_t i = 0; fingerprint[i]; i++) {
                if (i > 0 && i % 4 == 0)
                        fputs(i == FETCH_KEY_FINGERPRINT / 2 ? "  " : " ", out);
                fputc(toupper((unsigned char) fingerprint[i]), out);
        }
        return fclose(out) == 0 ? ptr_take(&text) : NULL;
}
