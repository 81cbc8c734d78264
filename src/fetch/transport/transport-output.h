/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the bytes of an answer go: a file, in which a lost piece is written again, or a pipe, in which
 * nothing can be taken back. Neither ever makes the program wait. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errors.h"

typedef struct TransportOutput {
        int fd;           /* owned */
        bool is_file;     /* regular: it is written at positions, and can be cut */
        uint64_t written; /* bytes that are there, those from earlier tries among them */
        uint64_t max;     /* as many may be written */
        uint64_t skip;    /* of what comes next, so many bytes are there already */
} TransportOutput;

#define TRANSPORT_OUTPUT_NULL ((TransportOutput){ .fd = -EBADF })

/* @fd: taken in every case. @written: bytes in it that count. Returns 0; a negative errno. */
int transport_output_init(
        TransportOutput *output, int fd, uint64_t written, uint64_t max, Error *e);
void transport_output_done(TransportOutput *output);

/* An answer begins, with its byte number @first. What is there of it already is passed over, or cut off
 * where that is possible and @first is 0. Returns 0; -EBADMSG there would be a hole. */
int transport_output_begin(TransportOutput *output, uint64_t first, Error *e);

/* Takes all of @bytes, or none. Returns 0; -EAGAIN not now: the same piece, or a longer one, has to come
 * again; -EFBIG more than the maximum; -EPIPE nobody reads it; another negative errno. */
int transport_output_write(TransportOutput *output, const char *bytes, size_t n, Error *e);
