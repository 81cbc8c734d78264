/* SPDX-License-Identifier: Apache-2.0 */
#include "render-finish.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

/* Each is an open file. */
#define FILES_MAX 128
/* The thread is woken for more than one, or the two would go in step, and sleep and wake for each
 * file. */
#define WAKE_FILES 32

typedef struct Batch {
        RenderFile files[FILES_MAX];
        unsigned n;
} Batch;

struct RenderFinish {
        RenderLedger *ledger;
        pthread_t thread;
        bool started;

        pthread_mutex_t mutex;
        pthread_cond_t readable, idle;
        Batch *waiting, *working; /* the thread has the latter, without the mutex */
        bool thread_waits, urgent, ended;
        int r; /* the first failure */
        Error error;
};

int render_finish_new(RenderLedger *ledger, RenderFinish **ret) {
        _cleanup_(render_finish_freep) RenderFinish *finish = calloc(1, sizeof(*finish));

        if (!finish)
                return -ENOMEM;
        finish->ledger = ledger;
        (void) pthread_mutex_init(&finish->mutex, NULL);
        (void) pthread_cond_init(&finish->readable, NULL);
        (void) pthread_cond_init(&finish->idle, NULL);
        finish->waiting = calloc(1, sizeof(*finish->waiting));
        finish->working = calloc(1, sizeof(*finish->working));
        if (!finish->waiting || !finish->working)
                return -ENOMEM;
        *ret = ptr_take(&finish);
        return 0;
}

static void file_done(RenderFile *file) {
        fd_closep(&file->fd);
        free(file->path);
}

static void batch_done(Batch *batch) {
        for (unsigned i = 0; batch && i < batch->n; i++)
                file_done(&batch->files[i]);
        free(batch);
}

RenderFinish *render_finish_free(RenderFinish *finish) {
        if (!finish)
                return NULL;
        (void) pthread_mutex_lock(&finish->mutex);
        finish->ended = true;
        (void) pthread_cond_signal(&finish->readable);
        (void) pthread_mutex_unlock(&finish->mutex);
        if (finish->started)
                (void) pthread_join(finish->thread, NULL);
        batch_done(finish->waiting);
        batch_done(finish->working);
        error_done(&finish->error);
        (void) pthread_cond_destroy(&finish->readable);
        (void) pthread_cond_destroy(&finish->idle);
        (void) pthread_mutex_destroy(&finish->mutex);
        free(finish);
        return NULL;
}

int render_finish_own(int fd,
                      const struct stat *st,
                      uint32_t uid,
                      uint32_t gid,
                      uint32_t mode,
                      const char **ret_what) {
        bool chown = st->st_uid != uid || st->st_gid != gid;
        bool chmod = chown || (st->st_mode & 07777) != mode;

        *ret_what = "give an owner to";
        if (chown && fchown(fd, uid, gid) < 0)
                return -errno;
        *ret_what = "set the mode of";
        if (chmod && fchmod(fd, mode) < 0)
                return -errno;
        return chmod;
}

static int complete(const RenderFile *file, RenderRecord *record, const char **ret_what) {
        const struct timespec times[] = {
                { .tv_nsec = UTIME_OMIT },
                { .tv_sec = file->mtime, .tv_nsec = file->mtime_nsec },
        };
        struct stat st;
        int r = 0;

        *ret_what = "set the time of";
        if (futimens(file->fd, times) < 0)
                return -errno;
        *ret_what = "look at";
        if (fstat(file->fd, &st) < 0)
                return -errno;
        r = render_finish_own(file->fd, &st, file->uid, file->gid, file->mode, ret_what);
        if (r < 0)
                return r;
        *ret_what = "look at";
        if (r > 0 && fstat(file->fd, &st) < 0)
                return -errno;
        render_record_set_status(record, &st);
        return 0;
}

/* Noted before it is closed: then another file may have its number. */
static int finish_file(RenderLedger *ledger, RenderFile *file, Error *e) {
        RenderRecord record = { .flags = RENDER_RECORD_DIGEST | file->flags };
        const char *what = NULL;
        int r = complete(file, &record, &what);

        if (r >= 0) {
                memcpy(record.digest, file->digest, sizeof(record.digest));
                r = render_ledger_put(ledger, &record);
                what = "note";
        }
        if (r < 0)
                r = error_new(e, r, "cannot %s \"%s\": %s", what, file->path, strerror(-r));
        file_done(file);
        return r;
}

/* Returns whether to go on; then there is something in the working batch. */
static bool next_batch(RenderFinish *finish) {
        Batch *batch = NULL;

        (void) pthread_cond_broadcast(&finish->idle);
        finish->thread_waits = true;
        while (!finish->ended && finish->waiting->n < (finish->urgent ? 1 : WAKE_FILES))
                (void) pthread_cond_wait(&finish->readable, &finish->mutex);
        finish->thread_waits = false;
        batch = finish->waiting;
        if (finish->ended)
                return false;
        finish->waiting = finish->working;
        finish->working = batch;
        return true;
}

static void *run(void *userdata) {
        RenderFinish *finish = userdata;
        Batch *batch = NULL;

        (void) pthread_mutex_lock(&finish->mutex);
        while (next_batch(finish)) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = 0;

                batch = finish->working;
                (void) pthread_mutex_unlock(&finish->mutex);
                for (unsigned i = 0; i < batch->n; i++) {
                        if (r >= 0)
                                r = finish_file(finish->ledger, &batch->files[i], &e);
                        else
                                file_done(&batch->files[i]);
                }
                (void) pthread_mutex_lock(&finish->mutex);
                batch->n = 0;
                if (r < 0 && finish->r >= 0) {
                        finish->r = r;
                        finish->error = struct_take(&e);
                }
        }
        (void) pthread_mutex_unlock(&finish->mutex);
        return NULL;
}

/* To be called with the mutex. */
static int failure(const RenderFinish *finish, Error *e) {
        const char *cause = error_cause(&finish->error);

        if (finish->r >= 0)
                return 0;
        return cause ? error_new(e, finish->r, "%s", cause) : finish->r;
}

/* A tree without files needs no thread. */
static int start(RenderFinish *finish) {
        int r = finish->started ? 0 : -pthread_create(&finish->thread, NULL, run, finish);

        finish->started = finish->started || r >= 0;
        return r;
}

/* Who finds no room does the work itself: the other processor has enough to do. */
int render_finish_put(RenderFinish *finish, RenderFile *file, Error *e) {
        bool full = false;
        int r = start(finish);

        if (r < 0) {
                file_done(file);
                return r;
        }
        (void) pthread_mutex_lock(&finish->mutex);
        r = failure(finish, e);
        full = finish->waiting->n == FILES_MAX;
        if (r >= 0 && !full) {
                finish->waiting->files[finish->waiting->n++] = *file;
                if (finish->thread_waits && finish->waiting->n >= WAKE_FILES)
                        (void) pthread_cond_signal(&finish->readable);
        }
        (void) pthread_mutex_unlock(&finish->mutex);
        if (r >= 0 && full)
                return finish_file(finish->ledger, file, e);
        if (r < 0)
                file_done(file);
        return r;
}

int render_finish_wait(RenderFinish *finish, Error *e) {
        int r = 0;

        (void) pthread_mutex_lock(&finish->mutex);
        finish->urgent = true;
        (void) pthread_cond_signal(&finish->readable);
        while (finish->waiting->n > 0 || finish->working->n > 0)
                (void) pthread_cond_wait(&finish->idle, &finish->mutex);
        finish->urgent = false;
        r = failure(finish, e);
        (void) pthread_mutex_unlock(&finish->mutex);
        return r;
}
