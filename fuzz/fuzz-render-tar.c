/* SPDX-License-Identifier: Apache-2.0 */

/* The tar reader: bytes become checked entries, the same ones however the bytes arrive. */

#include "fuzz-tar.h"
#include "render-path.h"
#include "render-tar.h"

/* At most @chunk bytes at once; each stretch is a copy that ends with the next call. */
typedef struct Source {
        const uint8_t *bytes;
        size_t n, at, chunk;
        uint8_t *lent;
} Source;

static int peek(void *userdata, const uint8_t **ret, size_t *ret_n) {
        Source *source = userdata;
        size_t left = source->n - source->at, n = left < source->chunk ? left : source->chunk;

        free(source->lent);
        source->lent = NULL;
        if (n == 0)
                return 0;
        source->lent = malloc(n);
        must(source->lent != NULL);
        memcpy(source->lent, source->bytes + source->at, n);
        *ret = source->lent;
        *ret_n = n;
        return 1;
}

static void consume(void *userdata, size_t n) {
        Source *source = userdata;

        must(n <= source->n - source->at);
        source->at += n;
}

/* One number for all that was read. */
static uint64_t mix(uint64_t sum, const void *bytes, size_t n) {
        for (size_t i = 0; i < n; i++)
                sum = (sum ^ ((const uint8_t *) bytes)[i]) * UINT64_C(0x100000001b3);
        return sum;
}

static int read_data(RenderTar *tar, const RenderEntry *entry, uint64_t *sum) {
        uint64_t end = 0, total = 0;
        int r = 0;

        for (;;) {
                const uint8_t *bytes = NULL;
                uint64_t offset = 0;
                size_t n = 0;

                r = render_tar_read(tar, &bytes, &n, &offset, NULL);
                if (r <= 0)
                        break;
                must(n > 0 && offset >= end && offset <= entry->size && n <= entry->size - offset);
                must(entry->sparse || offset == end);
                *sum = mix(*sum, bytes, n);
                end = offset + n;
                total += n;
        }
        must(r < 0 || entry->sparse || total == entry->size);
        return r;
}

static void check(const RenderEntry *entry) {
        RenderPath path;

        must(entry->path[0] != '\0' && strlen(entry->path) <= RENDER_RAW_NAME_MAX);
        must(strlen(entry->link) <= RENDER_RAW_NAME_MAX);
        must((entry->mode & ~07777U) == 0 && entry->mtime_nsec < 1000000000);
        must(entry->uid != UINT32_MAX && entry->gid != UINT32_MAX && entry->size <= INT64_MAX);
        must(entry->type == RENDER_REGULAR || entry->size == 0);
        if (entry->type == RENDER_HARDLINK || entry->type == RENDER_SYMLINK)
                must(entry->link[0] != '\0');
        if (render_path_clean(entry->path, 0, &path, NULL) == 0) {
                char framed[RENDER_PATH_MAX + 3];

                must(path.n == strlen(path.text) && path.n <= RENDER_PATH_MAX);
                (void) snprintf(framed, sizeof(framed), "/%s/", path.text);
                must(path.n == 0 || !strstr(framed, "//"));
                must(!strstr(framed, "/./") && !strstr(framed, "/../"));
                must(render_path_depth(&path) <= RENDER_DEPTH_MAX);
                if (render_path_mark(&path, NULL) == RENDER_MARK_WHITEOUT)
                        must(render_path_name(&path)[0] != '\0');
        }
}

static int read_all(const uint8_t *data, size_t size, size_t chunk, bool with_data, uint64_t *sum) {
        Source memory = { .bytes = data, .n = size, .chunk = chunk };
        const RenderSource source = { .peek = peek, .consume = consume, .userdata = &memory };
        _cleanup_(render_tar_freep) RenderTar *tar = NULL;
        const RenderEntry *entry = NULL;
        int r = 0;

        must(render_tar_new(&source, &tar) == 0);
        while ((r = render_tar_next(tar, &entry, NULL)) > 0) {
                check(entry);
                *sum = mix(*sum, entry->path, strlen(entry->path));
                *sum = mix(*sum, entry->link, strlen(entry->link));
                *sum = mix(*sum, &entry->size, sizeof(entry->size));
                *sum = mix(*sum, &entry->mtime, sizeof(entry->mtime));
                if (with_data && entry->type == RENDER_REGULAR)
                        r = read_data(tar, entry, sum);
                if (r < 0)
                        break;
        }
        free(memory.lent);
        return r;
}

static void try(const uint8_t *data, size_t size) {
        uint64_t whole = 0, pieces = 0, skipped = 0;
        int r = read_all(data, size, SIZE_MAX / 2, true, &whole);

        must(read_all(data, size, 500, true, &pieces) == r && pieces == whole);
        must(read_all(data, size, 512, false, &skipped) == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) uint8_t *mended = fuzz_tar_mend(data, size);

        try(data, size);
        try(mended, size);
        return 0;
}
