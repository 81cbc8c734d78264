/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A checksum stops nearly all that a fuzzer changes in a header: so archives are tried with their
 * checksums made right, too. */

#include "fuzz.h"
#include "render-header.h"

static inline void fuzz_tar_seal(uint8_t block[static RENDER_BLOCK]) {
        char text[8];
        unsigned sum = 0;

        memset(block + 148, ' ', 8);
        for (size_t i = 0; i < RENDER_BLOCK; i++)
                sum += block[i];
        (void) snprintf(text, sizeof(text), "%06o", sum & 0777777);
        memcpy(block + 148, text, 7);
}

/* A copy of @data in which each block that looks like a header has a right checksum. */
static inline uint8_t *fuzz_tar_mend(const uint8_t *data, size_t size) {
        uint8_t *copy = malloc(size > 0 ? size : 1);

        must(copy != NULL);
        if (size > 0)
                memcpy(copy, data, size);
        for (size_t at = 0; size - at >= RENDER_BLOCK; at += RENDER_BLOCK)
                if (memcmp(copy + at + 257, "ustar", 5) == 0)
                        fuzz_tar_seal(copy + at);
        return copy;
}
