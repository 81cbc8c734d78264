/* SPDX-License-Identifier: Apache-2.0 */
#include "render-ledger.h"

#include <pthread.h>
#include <string.h>

#define WINDOW_RECORDS UINT64_C(512)
#define TABLE_MIN ((size_t) 1024)

void render_record_set_status(RenderRecord *record, const struct stat *st) {
        record->flags |= RENDER_RECORD_STATUS;
        record->ino = st->st_ino;
        record->mtime = st->st_mtim.tv_sec;
        record->mtime_nsec = (uint32_t) st->st_mtim.tv_nsec;
        record->ctime = st->st_ctim.tv_sec;
        record->ctime_nsec = (uint32_t) st->st_ctim.tv_nsec;
        record->size = (uint64_t) st->st_size;
        record->blocks = (uint64_t) st->st_blocks;
        record->mode = st->st_mode;
        record->uid = st->st_uid;
        record->gid = st->st_gid;
}

void render_record_get_status(const RenderRecord *record, struct stat *ret) {
        *ret = (struct stat){
                .st_ino = (ino_t) record->ino,
                .st_mtim = { .tv_sec = record->mtime, .tv_nsec = record->mtime_nsec },
                .st_ctim = { .tv_sec = record->ctime, .tv_nsec = record->ctime_nsec },
                .st_size = (off_t) record->size,
                .st_blocks = (blkcnt_t) record->blocks,
                .st_mode = record->mode,
                .st_uid = record->uid,
                .st_gid = record->gid,
                .st_nlink = 1,
        };
}

/* Records in a row, of which the last ones are not yet in the file. */
typedef struct Window {
        RenderRecord records[WINDOW_RECORDS];
        uint64_t first, n;
} Window;

struct RenderLedger {
        pthread_mutex_t mutex;
        int fd;
        uint64_t *inodes;  /* open addressing by inode */
        uint32_t *numbers; /* of the record, plus one; 0 where the place is free */
        size_t capacity;   /* a power of two */
        size_t used;
        Window tail; /* what comes behind the file's end */
        Window seen; /* what was read last */
};

int render_ledger_new(int scratch_fd, RenderLedger **ret) {
        _cleanup_(render_ledger_freep) RenderLedger *ledger = calloc(1, sizeof(*ledger));

        if (!ledger)
                return -ENOMEM;
        (void) pthread_mutex_init(&ledger->mutex, NULL);
        ledger->fd = scratch_fd;
        ledger->capacity = TABLE_MIN;
        ledger->inodes = calloc(TABLE_MIN, sizeof(*ledger->inodes));
        ledger->numbers = calloc(TABLE_MIN, sizeof(*ledger->numbers));
        if (!ledger->inodes || !ledger->numbers)
                return -ENOMEM;
        *ret = ptr_take(&ledger);
        return 0;
}

RenderLedger *render_ledger_free(RenderLedger *ledger) {
        if (!ledger)
                return NULL;
        (void) pthread_mutex_destroy(&ledger->mutex);
        free(ledger->inodes);
        free(ledger->numbers);
        free(ledger);
        return NULL;
}

/* Inode numbers come in rows: a multiplication spreads them. */
static size_t place_of(const RenderLedger *ledger, uint64_t ino) {
        size_t at = (size_t) ((ino * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (ledger->capacity - 1);

        while (ledger->numbers[at] != 0 && ledger->inodes[at] != ino)
                at = (at + 1) & (ledger->capacity - 1);
        return at;
}

static int grow(RenderLedger *ledger) {
        uint64_t *old_inodes = ledger->inodes;
        uint32_t *old_numbers = ledger->numbers;
        size_t old_capacity = ledger->capacity, capacity = old_capacity * 2;
        uint64_t *inodes = calloc(capacity, sizeof(*inodes));
        uint32_t *numbers = calloc(capacity, sizeof(*numbers));

        if (!inodes || !numbers) {
                free(inodes);
                free(numbers);
                return -ENOMEM;
        }
        ledger->inodes = inodes;
        ledger->numbers = numbers;
        ledger->capacity = capacity;
        for (size_t i = 0; i < old_capacity; i++)
                if (old_numbers[i] != 0) {
                        size_t at = place_of(ledger, old_inodes[i]);

                        inodes[at] = old_inodes[i];
                        numbers[at] = old_numbers[i];
                }
        free(old_inodes);
        free(old_numbers);
        return 0;
}

static int flush(RenderLedger *ledger) {
        const char *bytes = (const char *) ledger->tail.records;
        size_t n = ledger->tail.n * sizeof(RenderRecord), done = 0;
        off_t at = (off_t) (ledger->tail.first * sizeof(RenderRecord));

        while (done < n) {
                ssize_t some = pwrite(ledger->fd, bytes + done, n - done, at + (off_t) done);

                if (some < 0 && errno == EINTR)
                        continue;
                if (some < 0)
                        return -errno;
                done += (size_t) some;
        }
        ledger->tail.first += ledger->tail.n;
        ledger->tail.n = 0;
        return 0;
}

static int put(RenderLedger *ledger, const RenderRecord *record) {
        Window *tail = &ledger->tail;
        size_t at = 0;
        int r = 0;

        if (tail->n == WINDOW_RECORDS) {
                r = flush(ledger);
                if (r < 0)
                        return r;
        }
        if (ledger->used >= ledger->capacity / 4 * 3) {
                r = grow(ledger);
                if (r < 0)
                        return r;
        }
        if (tail->first + tail->n >= UINT32_MAX - 1)
                return -E2BIG;
        at = place_of(ledger, record->ino);
        if (ledger->numbers[at] == 0)
                ledger->used++;
        ledger->inodes[at] = record->ino;
        ledger->numbers[at] = (uint32_t) (tail->first + tail->n + 1);
        tail->records[tail->n++] = *record;
        return 0;
}

int render_ledger_put(RenderLedger *ledger, const RenderRecord *record) {
        int r = 0;

        (void) pthread_mutex_lock(&ledger->mutex);
        r = put(ledger, record);
        (void) pthread_mutex_unlock(&ledger->mutex);
        return r;
}

static int load(RenderLedger *ledger, uint64_t number) {
        Window *seen = &ledger->seen;
        uint64_t first = number - number % WINDOW_RECORDS;
        ssize_t n = pread(ledger->fd, seen->records, sizeof(seen->records),
                          (off_t) (first * sizeof(RenderRecord)));

        seen->first = first;
        seen->n = n > 0 ? (uint64_t) n / sizeof(RenderRecord) : 0;
        if (n < 0)
                return -errno;
        return number - first < seen->n ? 0 : -EIO;
}

static int get(RenderLedger *ledger, uint64_t ino, RenderRecord *ret) {
        size_t at = place_of(ledger, ino);
        const Window *window = &ledger->tail;
        uint64_t number = 0;

        if (ledger->numbers[at] == 0)
                return 0;
        number = ledger->numbers[at] - 1;
        if (number < window->first) {
                window = &ledger->seen;
                if (number < window->first || number - window->first >= window->n) {
                        int r = load(ledger, number);

                        if (r < 0)
                                return r;
                }
        }
        *ret = window->records[number - window->first];
        return 1;
}

int render_ledger_get(RenderLedger *ledger, uint64_t ino, RenderRecord *ret) {
        int r = 0;

        (void) pthread_mutex_lock(&ledger->mutex);
        r = get(ledger, ino, ret);
        (void) pthread_mutex_unlock(&ledger->mutex);
        return r;
}
