/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Archives made member by member, byte by byte: what no tar program would write, too. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "render-header.h"
#include "render-tar.h"
#include "test.h"

typedef struct TestTar {
        uint8_t *bytes;
        size_t n, room;
} TestTar;

typedef enum TestDialect {
        TEST_USTAR,
        TEST_V7,
        TEST_GNU,
        TEST_STAR,
} TestDialect;

/* What is left out has a value that nobody objects to. */
typedef struct TestMember {
        char type;        /* NUL: '0' */
        const char *name; /* NULL: "f" */
        const char *link, *data;
        size_t n; /* of the data; 0: as long as its text */
        TestDialect dialect;
        const char *prefix;
        const char *mode, *uid, *gid, *size, *mtime, *major, *minor; /* the fields' own text */
        const char *long_name, *long_link;                           /* in members of GNU's own */
        const char *pax[8];                                          /* KEY=VALUE */
        const char *global[2];
        bool old_type; /* a NUL stands for the type */
} TestMember;

static inline void test_tar_put(TestTar *tar, const void *bytes, size_t n) {
        if (tar->n + n > tar->room) {
                tar->room = (tar->n + n) * 2;
                tar->bytes = realloc(tar->bytes, tar->room);
                assert_non_null(tar->bytes);
        }
        if (n > 0)
                memcpy(tar->bytes + tar->n, bytes, n);
        tar->n += n;
}

static inline void test_tar_pad(TestTar *tar) {
        static const uint8_t zeroes[RENDER_BLOCK];

        test_tar_put(tar, zeroes, (size_t) (-tar->n & (RENDER_BLOCK - 1)));
}

static inline void test_tar_end(TestTar *tar) {
        static const uint8_t zeroes[2 * RENDER_BLOCK];

        test_tar_put(tar, zeroes, sizeof(zeroes));
}

static inline void test_tar_done(TestTar *tar) {
        free(tar->bytes);
        *tar = (TestTar){};
}

static inline void test_block_seal(uint8_t block[static RENDER_BLOCK]) {
        char text[8];
        unsigned sum = 0;

        memset(block + 148, ' ', 8);
        for (size_t i = 0; i < RENDER_BLOCK; i++)
                sum += block[i];
        (void) snprintf(text, sizeof(text), "%06o", sum & 0777777);
        memcpy(block + 148, text, 7);
}

static inline void test_block_put(uint8_t *block, size_t at, size_t n, const char *text) {
        memcpy(block + at, text, strnlen(text, n));
}

static inline void test_block_octal(uint8_t *block, size_t at, size_t n, uint64_t value) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%0*" PRIo64, (int) n - 1, value);
        memcpy(block + at, text, n - 1);
}

static inline void test_block_make(const TestMember *m, uint8_t block[static RENDER_BLOCK]) {
        static const char *const magics[] = {
                [TEST_USTAR] = "ustar",
                [TEST_V7] = "",
                [TEST_GNU] = "ustar  ",
                [TEST_STAR] = "ustar",
        };
        bool versioned = m->dialect == TEST_USTAR || m->dialect == TEST_STAR;

        memset(block, 0, RENDER_BLOCK);
        test_block_put(block, 0, 100, m->name ? m->name : "f");
        test_block_put(block, 100, 8, m->mode ? m->mode : m->type == '5' ? "0000755" : "0000644");
        test_block_put(block, 108, 8, m->uid ? m->uid : "0000000");
        test_block_put(block, 116, 8, m->gid ? m->gid : "0000000");
        test_block_octal(block, 124, 12, m->n ? m->n : m->data ? strlen(m->data) : 0);
        if (m->size)
                memcpy(block + 124, m->size, 12); /* its caller gives all of them */
        test_block_put(block, 136, 12, m->mtime ? m->mtime : "00000001750");
        block[156] = (uint8_t) (m->old_type ? 0 : m->type ? m->type : '0');
        test_block_put(block, 157, 100, m->link ? m->link : "");
        test_block_put(block, 257, 8, magics[m->dialect]);
        if (versioned)
                memcpy(block + 263, "00", 2);
        test_block_put(block, 329, 8, m->major ? m->major : "");
        test_block_put(block, 337, 8, m->minor ? m->minor : "");
        test_block_put(block, 345, 155, m->prefix ? m->prefix : "");
        if (m->dialect == TEST_STAR)
                memcpy(block + 508, "tar", 4);
        test_block_seal(block);
}

/* A member as it is told, and its data. */
static inline void test_tar_raw(TestTar *tar, const TestMember *m) {
        uint8_t block[RENDER_BLOCK];

        test_block_make(m, block);
        test_tar_put(tar, block, sizeof(block));
        test_tar_put(tar, m->data, m->n ? m->n : m->data ? strlen(m->data) : 0);
        test_tar_pad(tar);
}

/* "LENGTH KEY=VALUE\n"; the length counts its own digits. */
static inline void test_pax_put(TestTar *text, const char *key, const void *value, size_t n) {
        size_t rest = strlen(key) + n + 3, length = rest + 1;
        char number[24];

        while ((size_t) snprintf(number, sizeof(number), "%zu", length) + rest != length)
                length = rest + strlen(number);
        test_tar_put(text, number, strlen(number));
        test_tar_put(text, " ", 1);
        test_tar_put(text, key, strlen(key));
        test_tar_put(text, "=", 1);
        test_tar_put(text, value, n);
        test_tar_put(text, "\n", 1);
}

static inline void test_pax_put_text(TestTar *text, const char *record) {
        const char *equal = strchr(record, '=');
        char *key = strndup(record, (size_t) (equal - record));

        test_pax_put(text, key, equal + 1, strlen(equal + 1));
        free(key);
}

static inline void test_tar_pax(TestTar *tar, char type, const char *const *records, size_t n_max) {
        TestTar text = {};

        for (size_t i = 0; i < n_max && records[i]; i++)
                test_pax_put_text(&text, records[i]);
        if (text.n > 0)
                test_tar_raw(tar, &(TestMember){ .type = type,
                                                 .name = "PaxHeaders",
                                                 .data = (const char *) text.bytes,
                                                 .n = text.n });
        test_tar_done(&text);
}

static inline void test_tar_long(TestTar *tar, char type, const char *name) {
        if (name)
                test_tar_raw(tar, &(TestMember){ .type = type,
                                                 .name = "././@LongLink",
                                                 .dialect = TEST_GNU,
                                                 .data = name,
                                                 .n = strlen(name) + 1 });
}

/* A member, and all that goes in front of it. */
static inline void test_tar_add(TestTar *tar, const TestMember *m) {
        test_tar_pax(tar, 'g', m->global, N_ELEMENTS(m->global));
        test_tar_pax(tar, 'x', m->pax, N_ELEMENTS(m->pax));
        test_tar_long(tar, 'L', m->long_name);
        test_tar_long(tar, 'K', m->long_link);
        test_tar_raw(tar, m);
}

static inline bool test_member_is_set(const TestMember *m) {
        return m->type || m->name || m->data || m->old_type || m->size || m->long_name ||
               m->long_link || m->pax[0] || m->global[0];
}

/* Up to the first member about which nothing is said. */
static inline void test_tar_add_all(TestTar *tar, const TestMember *members, size_t n_max) {
        for (size_t i = 0; i < n_max && test_member_is_set(&members[i]); i++)
                test_tar_add(tar, &members[i]);
}

/* Bytes in memory as a source that lends at most @chunk of them at once. Each lent stretch is a copy
 * of its own that ends with the next call, so that the sanitizers see who looks too late. */
typedef struct TestSource {
        const uint8_t *bytes;
        size_t n, at, chunk;
        uint8_t *lent;
        int end; /* what comes at the end: 0 or a negative errno */
} TestSource;

static inline int test_source_peek(void *userdata, const uint8_t **ret, size_t *ret_n) {
        TestSource *source = userdata;
        size_t left = source->n - source->at, n = left < source->chunk ? left : source->chunk;

        free(source->lent);
        source->lent = NULL;
        if (n == 0)
                return source->end;
        source->lent = malloc(n);
        assert_non_null(source->lent);
        memcpy(source->lent, source->bytes + source->at, n);
        *ret = source->lent;
        *ret_n = n;
        return 1;
}

static inline void test_source_consume(void *userdata, size_t n) {
        TestSource *source = userdata;

        assert_true(n <= source->n - source->at);
        source->at += n;
}

static inline void test_source_done(TestSource *source) {
        free(source->lent);
}

static inline RenderSource test_source(TestSource *source) {
        if (source->chunk == 0)
                source->chunk = SIZE_MAX;
        return (RenderSource){ .peek = test_source_peek,
                               .consume = test_source_consume,
                               .userdata = source };
}
