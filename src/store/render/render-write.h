/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing tar archives (pax): the same tree gives the same bytes, with every version of this program
 * and of every library. */

#include "render-digest.h"
#include "render-tar.h"

typedef struct RenderWriter RenderWriter;

/* @fd: borrowed. Returns 0; -ENOMEM. */
int render_writer_new(int fd, RenderWriter **ret);
RenderWriter *render_writer_free(RenderWriter *writer);
DEFINE_CLEANUP(RenderWriter, render_writer_free);

/* Begins a member; entry->size bytes of data are to follow. Returns 0; a negative errno. */
int render_write_entry(RenderWriter *writer, const RenderEntry *entry);
int render_write_data(RenderWriter *writer, const void *bytes, size_t n);

/* Ends the archive and writes out what is left. */
int render_write_end(RenderWriter *writer);

uint64_t render_writer_bytes(const RenderWriter *writer);
char *render_writer_digest(RenderWriter *writer, RenderDigestKind kind); /* hex; NULL: no memory */
