/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Compression, for archives that come so. */

#include <archive.h>
#include <archive_entry.h>

#include "render-inflate.h"
#include "test-tar.h"

static inline la_ssize_t
test_compress_put(struct archive *archive, void *userdata, const void *bytes, size_t n) {
        (void) archive;
        test_tar_put(userdata, bytes, n);
        return (la_ssize_t) n;
}

/* Appends one stream to @out. */
static inline void
test_compress(RenderCompression kind, const void *bytes, size_t n, TestTar *out) {
        static int (*const filters[])(struct archive *) = {
                [RENDER_PLAIN] = archive_write_add_filter_none,
                [RENDER_GZIP] = archive_write_add_filter_gzip,
                [RENDER_BZIP2] = archive_write_add_filter_bzip2,
                [RENDER_XZ] = archive_write_add_filter_xz,
                [RENDER_ZSTD] = archive_write_add_filter_zstd,
        };
        struct archive *archive = archive_write_new();
        struct archive_entry *entry = archive_entry_new();

        assert_int_equal(filters[kind](archive), ARCHIVE_OK);
        assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
        assert_int_equal(archive_write_set_bytes_per_block(archive, 0), ARCHIVE_OK);
        assert_int_equal(archive_write_open(archive, out, NULL, test_compress_put, NULL),
                         ARCHIVE_OK);
        archive_entry_set_pathname(entry, "data");
        archive_entry_set_filetype(entry, AE_IFREG);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, bytes, n), (la_ssize_t) n);
        assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
        archive_entry_free(entry);
        archive_write_free(archive);
}

/* Zeroes, in a row of streams of @unit bytes: as small as it gets. */
static inline void
test_compress_bomb(RenderCompression kind, size_t unit, unsigned n_streams, TestTar *out) {
        uint8_t *zeroes = calloc(unit, 1);
        TestTar stream = {};

        assert_non_null(zeroes);
        test_compress(kind, zeroes, unit, &stream);
        for (unsigned i = 0; i < n_streams; i++)
                test_tar_put(out, stream.bytes, stream.n);
        test_tar_done(&stream);
        free(zeroes);
}
