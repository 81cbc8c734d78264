/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What lies where in an archive that holds images: an image layout in a tar, or what "docker save"
 * writes. */

#include "render-tar.h"

#define RENDER_MEMBERS_MAX 8192

typedef struct RenderMember {
        char *name; /* cleaned, UTF-8 */
        char *link; /* where a symlink or hard link leads, cleaned; NULL for a file */
        uint64_t position, size;
} RenderMember;

typedef struct RenderMembers {
        RenderMember *items;
        size_t n;
} RenderMembers;

void render_members_done(RenderMembers *members);

/* Directories, what is sparse, and names that are not UTF-8 are left out: no image has those there.
 * Reads to the archive's end. Returns 0; -E2BIG; as render_tar_next(). */
int render_list(const RenderSource *source, RenderMembers *ret, Error *e);

/* A source that reads a file where it stands, and skips without reading. */
typedef struct RenderFile {
        int fd;
        uint64_t at, end;
        size_t n, used; /* of the buffer */
        uint8_t buffer[16384];
} RenderFile;

RenderSource render_file_source(RenderFile *file);
