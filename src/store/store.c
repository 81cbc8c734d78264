/* SPDX-License-Identifier: Apache-2.0 */
#include "store-base.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "lock.h"
#include "openat.h"
#include "store-index.h"
#include "text.h"

/* Members of the group that owns the data directory may add images; trees are for root alone, since
 * they hold setuid files (security C08). */
#define CAS_MODE 02770
#define TREE_MODE 02700
#define INDEX_MODE 0660
#define LOCKS_MODE 02750

#define LOCK_RETRIES_MAX 1000

static int make_directory(int dir_fd, const char *name, mode_t mode, bool read_only) {
        int fd = dir_open_at(dir_fd, name);

        if (fd != -ENOENT || read_only)
                return fd;
        return mkdir_beneath(dir_fd, name, mode);
}

static int open_directories(Store *store, const char *data_dir, Error *e) {
        const struct {
                const char *name;
                mode_t mode;
                int *fd;
                int spared; /* with this failure one does without */
        } directories[] = {
                { "blobs", CAS_MODE, &store->blobs_fd, 0 },
                { "tmp", CAS_MODE, &store->tmp_fd, 0 },
                { "locks", CAS_MODE, &store->locks_fd, 0 },
                { "used", CAS_MODE, &store->used_fd, -ENOENT },  /* to read an older store */
                { "tree", TREE_MODE, &store->tree_fd, -EACCES }, /* a member of the group */
        };

        store->data_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (store->data_fd < 0)
                return error_new(e, -errno, "cannot open data directory \"%s\": %s", data_dir,
                                 strerror(errno));
        store->cas_fd = make_directory(store->data_fd, "cas", CAS_MODE, store->read_only);
        if (store->cas_fd < 0)
                return error_new(e, store->cas_fd, "cannot open the image store in \"%s\": %s",
                                 data_dir, strerror(-store->cas_fd));
        for (size_t i = 0; i < N_ELEMENTS(directories); i++) {
                int fd = make_directory(store->cas_fd, directories[i].name, directories[i].mode,
                                        store->read_only);

                if (fd < 0 && fd != directories[i].spared)
                        return error_new(e, fd, "cannot open \"%s/%s\": %s", store->path,
                                         directories[i].name, strerror(-fd));
                *directories[i].fd = fd;
        }
        return 0;
}

/* The group's members write to it as well; sqlite gives its other files the same owner and mode. */
static int open_index(Store *store, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *path = NULL;
        int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (store->read_only ? 0 : O_CREAT), r = 0;
        StoreSqlOptions options = { .prepare = store_index_prepare, .read_only = store->read_only };
        struct stat st;

        if (asprintf(&path, "%s/index.db", store->path) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = openat(store->cas_fd, "index.db", flags, INDEX_MODE);
        if (fd < 0 && (errno == EACCES || errno == EROFS))
                options.read_only = true;
        else if (fd < 0)
                return error_new(e, -errno, "cannot open \"%s\": %s", path, strerror(errno));
        else if (fstat(fd, &st) == 0 && (st.st_mode & 0777) != INDEX_MODE)
                (void) fchmod(fd,
                              INDEX_MODE); /* the umask had a say, and maybe we are not its owner */
        fd_drop(&fd);
        options.path = path;
        r = store_answers_open(store->cas_fd, store->boot_id, &options.answers);
        return r < 0 ? r : store_sql_open(&options, &store->sql, e);
}

static int read_boot_id(char **ret) {
        return file_read_text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", ret);
}

int store_open(const StoreOptions *options, Store **ret, Error *e) {
        _cleanup_(store_freep) Store *store = calloc(1, sizeof(*store));
        int r = 0;

        if (!store)
                return -ENOMEM;
        *store = (Store){
                .read_only = options->flags & STORE_READ_ONLY,
                .limits = options->limits,
                .data_fd = -EBADF,
                .cas_fd = -EBADF,
                .blobs_fd = -EBADF,
                .tree_fd = -EBADF,
                .tmp_fd = -EBADF,
                .locks_fd = -EBADF,
                .used_fd = -EBADF,
        };
        store->helper = strdup(options->helper ? options->helper : STORE_HELPER);
        if (!store->helper || asprintf(&store->path, "%s/cas", options->data_dir) < 0)
                return -ENOMEM;
        r = open_directories(store, options->data_dir, e);
        if (r < 0)
                return r;
        r = lock_take(store->cas_fd, false);
        if (r < 0)
                return error_new(e, r, "cannot lock the image store");
        r = read_boot_id(&store->boot_id);
        if (r < 0)
                return error_new(e, r, "cannot read the id of this boot");
        r = open_index(store, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&store);
        return 0;
}

Store *store_free(Store *store) {
        if (!store)
                return NULL;
        store_sql_free(store->sql);
        fd_drop(&store->used_fd);
        fd_drop(&store->locks_fd);
        fd_drop(&store->tmp_fd);
        fd_drop(&store->tree_fd);
        fd_drop(&store->blobs_fd);
        fd_drop(&store->cas_fd);
        fd_drop(&store->data_fd);
        free(store->boot_id);
        free(store->helper);
        free(store->path);
        free(store);
        return NULL;
}

int store_lock_trees(Store *store, bool exclusive, int *ret_fd, Error *e) {
        _cleanup_(fd_closep) int directory =
                make_directory(store->data_fd, "locks", LOCKS_MODE, false);
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (directory < 0)
                return error_new(e, directory, "cannot open the directory of locks");
        fd = openat(directory, "prepareLock", O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0)
                return error_new(e, -errno, "cannot open prepareLock: %s", strerror(errno));
        r = lock_take(fd, exclusive);
        if (r < 0)
                return error_new(e, r, "cannot take prepareLock");
        *ret_fd = fd_take(&fd);
        return 0;
}

/* gc removes the files of locks that nobody holds; so a lock counts only if its file is still the one
 * of that name. */
static int lock_file(int dir_fd, const char *name, bool wait) {
        for (unsigned i = 0; i < LOCK_RETRIES_MAX; i++) {
                _cleanup_(fd_closep) int fd =
                        openat(dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
                struct stat held, named;
                int r = fd < 0 ? -errno : wait ? lock_take(fd, true) : lock_try(fd, true);

                if (r < 0)
                        return r;
                if (fstat(fd, &held) == 0 &&
                    fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                    held.st_ino == named.st_ino)
                        return fd_take(&fd);
        }
        return -EAGAIN;
}

int store_lock_tree(const Store *store, const char *key, bool wait) {
        return lock_file(store->locks_fd, key, wait);
}

int store_lock_work(const Store *store, bool exclusive, bool wait) {
        _cleanup_(fd_closep) int fd = dir_open_at(store->cas_fd, "blobs");
        int r = fd < 0 ? fd : wait ? lock_take(fd, exclusive) : lock_try(fd, exclusive);

        return r < 0 ? r : fd_take(&fd);
}

int store_stage_open_locked(const Store *store, int taken_fd, StoreStage *ret, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF, lock_fd = taken_fd;
        _cleanup_(freep) char *name = random_hex(8);

        if (!name)
                return -ENOMEM;
        /* Members of the group see their own work, and nobody sees root's trees. */
        fd = mkdir_beneath(store->tmp_fd, name, 02700);
        if (fd < 0)
                return error_new(e, fd, "cannot make a directory in \"%s/tmp\": %s", store->path,
                                 strerror(-fd));
        *ret = (StoreStage){ .store = store,
                             .name = ptr_take(&name),
                             .fd = fd_take(&fd),
                             .lock_fd = fd_take(&lock_fd) };
        return 0;
}

int store_stage_open(const Store *store, StoreStage *ret, Error *e) {
        int lock_fd = store_lock_work(store, false, true);

        if (lock_fd < 0)
                return error_new(e, lock_fd, "cannot lock \"%s/blobs\"", store->path);
        return store_stage_open_locked(store, lock_fd, ret, e);
}

void store_stage_done(StoreStage *stage) {
        if (stage->name)
                (void) tree_remove_at(stage->store->tmp_fd, stage->name); /* or gc does it */
        fd_drop(&stage->fd);
        fd_drop(&stage->lock_fd);
        free(stage->name);
        *stage = STORE_STAGE_NULL;
}

int store_stage_file(const StoreStage *stage, const char *name, int flags, Error *e) {
        int fd = openat(stage->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | flags,
                        0600);

        if (fd < 0 && errno == EINVAL && (flags & O_DIRECT)) /* not on every file system */
                fd = openat(stage->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return error_new(e, -errno, "cannot make a file in \"%s/tmp\": %s",
                                 stage->store->path, strerror(errno));
        return fd;
}

char *store_blob_path(const OciDigest *digest) {
        const char *hex = oci_digest_hex(digest);
        char *path = NULL;

        if (asprintf(&path, "blobs/%s/%.2s/%s", oci_algorithm_name(digest->algorithm), hex, hex) <
            0)
                return NULL;
        return path;
}

bool store_key_is_valid(const char *key) {
        size_t n = strlen(key);

        return n > 0 && n <= 255 && key[0] != '-' &&
               strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

int64_t store_nanoseconds(const struct timespec *ts) {
        return (int64_t) ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

int64_t store_now(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return store_nanoseconds(&now);
}
