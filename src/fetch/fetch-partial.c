/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-partial.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "fetch-wait.h"
#include "files.h"
#include "json-read.h"
#include "lock.h"
#include "text.h"

#define NOTE_SUFFIX ".json"
#define NOTE_SIZE_MAX ((size_t) 64 * 1024)
#define RETRIES_MAX 100

struct FetchPartial {
        int dir_fd, fd;
        char *url;
        char *name, *note; /* of the files */
        uint64_t offset;
        char *validator;
        bool keep;
};

typedef struct Note {
        char *url, *validator;
} Note;

FetchPartial *fetch_partial_free(FetchPartial *partial) {
        if (partial) {
                if (partial->fd >= 0 && !partial->keep) {
                        (void) unlinkat(partial->dir_fd, partial->note, 0);
                        (void) unlinkat(partial->dir_fd, partial->name, 0);
                }
                fd_drop(&partial->fd);
                free(partial->url);
                free(partial->name);
                free(partial->note);
                free(partial->validator);
                free(partial);
        }
        return NULL;
}

int fetch_partial_fd(const FetchPartial *partial) {
        return partial->fd;
}

uint64_t fetch_partial_offset(const FetchPartial *partial) {
        return partial->offset;
}

const char *fetch_partial_validator(const FetchPartial *partial) {
        return partial->validator;
}

/* FNV-1a. Two URLs with the same one only cost each other what is there: the note has the whole URL. */
static uint64_t hash(const char *text) {
        uint64_t value = UINT64_C(0xcbf29ce484222325);

        for (; *text; text++)
                value = (value ^ (unsigned char) *text) * UINT64_C(0x100000001b3);
        return value;
}

static int try_lock(void *userdata) {
        const int *fd = userdata;

        return lock_try(*fd, true);
}

/* Opens and locks the file, which may be removed by whoever had it before. */
static int open_locked(FetchPartial *partial, void (*waiting)(void *userdata), void *userdata) {
        for (unsigned i = 0; i < RETRIES_MAX; i++) {
                _cleanup_(fd_closep) int fd =
                        openat(partial->dir_fd, partial->name,
                               O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
                struct stat st = {};
                const FetchWait wait = { .try = try_lock,
                                         .userdata = &fd,
                                         .waiting = waiting,
                                         .waiting_userdata = userdata };
                int r = fd < 0 ? -errno : fetch_wait(&wait);

                if (r >= 0 && fstat(fd, &st) < 0)
                        r = -errno;
                if (r < 0)
                        return r;
                if (st.st_nlink == 0)
                        continue;
                if (!S_ISREG(st.st_mode))
                        return -EBADMSG;
                partial->offset = (uint64_t) st.st_size;
                partial->fd = fd_take(&fd);
                return 0;
        }
        return -EBUSY;
}

/* What is there counts only with a note that says so. */
static int read_note(FetchPartial *partial) {
        static const JsonField fields[] = {
                { "url", json_read_string, offsetof(Note, url), JSON_REQUIRED },
                { "validator", json_read_string, offsetof(Note, validator), JSON_REQUIRED },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *text = NULL;
        Note note = {};
        size_t n = 0;

        if (partial->offset > 0 &&
            file_read_at(partial->dir_fd, partial->note, NOTE_SIZE_MAX, &text, &n) >= 0 &&
            json_parse(text, n, &root, NULL) >= 0 &&
            json_read_object(root, fields, &note, NULL) >= 0 && text_equal(note.url, partial->url))
                partial->validator = ptr_take(&note.validator);
        free(note.url);
        free(note.validator);
        if (partial->validator) {
                partial->keep = true;
                return 0;
        }
        partial->offset = 0;
        return ftruncate(partial->fd, 0) < 0 ? -errno : 0;
}

int fetch_partial_open(int dir_fd,
                       const char *url,
                       void (*waiting)(void *userdata),
                       void *userdata,
                       FetchPartial **ret,
                       Error *e) {
        _cleanup_(fetch_partial_freep) FetchPartial *partial = calloc(1, sizeof(*partial));
        unsigned long long key = hash(url);
        int r = 0;

        if (!partial)
                return -ENOMEM;
        partial->dir_fd = dir_fd;
        partial->fd = -EBADF;
        partial->url = strdup(url);
        if (asprintf(&partial->name, "%016llx", key) < 0)
                partial->name = NULL;
        if (asprintf(&partial->note, "%016llx" NOTE_SUFFIX, key) < 0)
                partial->note = NULL;
        if (!partial->url || !partial->name || !partial->note)
                return -ENOMEM;
        r = open_locked(partial, waiting, userdata);
        if (r >= 0)
                r = read_note(partial);
        if (r < 0)
                return error_wrap(e, r, "cannot make a file for \"%s\"", url);
        *ret = ptr_take(&partial);
        return 0;
}

int fetch_partial_note(FetchPartial *partial, const char *validator) {
        _cleanup_(freep) char *text = NULL;
        JsonText out;

        partial->keep = false;
        if (!validator) {
                (void) unlinkat(partial->dir_fd, partial->note, 0);
                return 0;
        }
        if (json_text_begin(&out) < 0)
                return -ENOMEM;
        json_write_begin(&out.w, '{');
        json_write_member_string(&out.w, "url", partial->url);
        json_write_member_string(&out.w, "validator", validator);
        json_write_end(&out.w, '}');
        text = json_text_end(&out);
        if (!text)
                return -ENOMEM;
        partial->keep = true;
        return file_write_at(partial->dir_fd, partial->note, text, strlen(text), 0600, 0);
}

int fetch_partial_finish(FetchPartial *partial, int *ret_fd) {
        int fd = -EBADF;

        if (lseek(partial->fd, 0, SEEK_SET) < 0)
                return -errno;
        fd = fcntl(partial->fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;
        partial->keep = false;
        *ret_fd = fd;
        return 0;
}

/* One of ours, or a blob's part: "sha256-" and so on. */
static bool is_partial(const char *name) {
        static const char digits[] = "0123456789abcdef";
        const char *dash = strchr(name, '-');

        if (!dash)
                return strspn(name, digits) == 16 && name[16] == '\0';
        return dash[1] != '\0' && dash[1 + strspn(dash + 1, digits)] == '\0';
}

static void sweep_one(int dir_fd, const char *name, int64_t before_sec) {
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *note = NULL;
        struct stat st = {};

        if (!is_partial(name))
                return;
        fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0 || st.st_mtim.tv_sec >= before_sec ||
            lock_try(fd, true) < 0)
                return;
        if (asprintf(&note, "%s" NOTE_SUFFIX, name) < 0) {
                note = NULL;
                return;
        }
        (void) unlinkat(dir_fd, note, 0);
        (void) unlinkat(dir_fd, name, 0);
}

int fetch_partial_sweep(int dir_fd, int64_t age_sec) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(dir_fd, &names);

        for (char **name = names; r >= 0 && name && *name; name++)
                sweep_one(dir_fd, *name, time(NULL) - age_sec);
        return r;
}
