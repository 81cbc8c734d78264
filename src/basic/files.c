/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "openat.h"
#include "text.h"

#define SMALL_FILE_MAX ((size_t) 64 * 1024)
#define REMOVE_DEPTH_MAX 64

static DIR *dir_close(DIR *dir) {
        if (dir)
                (void) closedir(dir);
        return NULL;
}

DEFINE_CLEANUP(DIR, dir_close);

/* @expected: bytes behind which no more are looked for; 0 where nobody knows. */
static int read_all(int fd, size_t expected, size_t max, char **ret, size_t *ret_n) {
        _cleanup_(freep) char *buffer = NULL;
        size_t n = 0, capacity = 0;

        for (;;) {
                ssize_t got = 0;

                if (n == capacity) {
                        char *grown = NULL;

                        capacity = capacity ? capacity * 2 : 4096;
                        grown = realloc(buffer, capacity + 1);
                        if (!grown)
                                return -ENOMEM;
                        buffer = grown;
                }
                got = read(fd, buffer + n, capacity - n);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                if (got == 0)
                        break;
                n += (size_t) got;
                if (n > max)
                        return -EFBIG;
                if (n == expected)
                        break;
        }
        buffer[n] = '\0';
        *ret = ptr_take(&buffer);
        *ret_n = n;
        return 0;
}

int fd_read_all(int fd, size_t max, char **ret, size_t *ret_n) {
        return read_all(fd, 0, max, ret, ret_n);
}

int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_n) {
        _cleanup_(fd_closep) int fd = -EBADF;
        struct stat st;

        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        return read_all(fd, (size_t) st.st_size, max, ret, ret_n);
}

int file_read_text_at(int dir_fd, const char *path, char **ret) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = file_read_at(dir_fd, path, SMALL_FILE_MAX, &text, &n);

        if (r < 0)
                return r;
        if (strlen(text) != n)
                return -EBADMSG;
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' ' || text[n - 1] == '\r'))
                text[--n] = '\0';
        *ret = ptr_take(&text);
        return 0;
}

int fd_write_all(int fd, const void *bytes, size_t n) {
        const char *p = bytes;

        while (n > 0) {
                ssize_t put = write(fd, p, n);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put < 0)
                        return -errno;
                p += put;
                n -= (size_t) put;
        }
        return 0;
}

char *random_hex(size_t n) {
        uint8_t bytes[64];

        if (n > sizeof(bytes) || getrandom(bytes, n, 0) != (ssize_t) n)
                return NULL;
        return text_hex(bytes, n);
}

static int write_temporary(int fd, const void *bytes, size_t n, mode_t mode) {
        int r = fd_write_all(fd, bytes, n);

        if (r < 0)
                return r;
        return fchmod(fd, mode) < 0 ? -errno : 0;
}

int file_write_at(int dir_fd,
                  const char *name,
                  const void *bytes,
                  size_t n,
                  mode_t mode,
                  FileWriteFlags flags) {
        _cleanup_(freep) char *random = random_hex(6), *temporary = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (!random || asprintf(&temporary, ".%s.%s", name, random) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        r = write_temporary(fd, bytes, n, mode);
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(dir_fd, temporary, 0);
                return r;
        }
        /* One fsync, after the rename: ext4, xfs and btrfs write the new name of a fresh inode
         * together with it. */
        if ((flags & FILE_WRITE_SYNC) && fsync(fd) < 0)
                return -errno;
        if (flags & FILE_WRITE_EARLY)
                (void) sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* a hint */
        return 0;
}

int dir_open_at(int dir_fd, const char *path) {
        int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

        return fd < 0 ? -errno : fd;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Reads all entries into @names: directories may be large. */
static int read_names(DIR *dir, Strv *names, size_t *n_names) {
        for (;;) {
                struct dirent *entry = NULL;
                int r = 0;

                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        return -errno;
                if (!text_is_dots(entry->d_name))
                        r = strv_append_counted(names, n_names, entry->d_name);
                if (r < 0)
                        return r;
        }
}

int dir_list(int dir_fd, char ***ret) {
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(dir_closep) DIR *dir = NULL;
        _cleanup_(fd_closep) int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t n_names = 0;
        int r = 0;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        (void) fd_take(&fd);

        r = read_names(dir, &names, &n_names);
        if (r < 0)
                return r;
        if (names)
                qsort(names, n_names, sizeof(char *), compare_names);
        else
                names = calloc(1, sizeof(char *));
        if (!names)
                return -ENOMEM;
        *ret = ptr_take(&names);
        return 0;
}

/* A tree may be nested deeper than we may hold descriptors open. What lies too deep is renamed to
 * the top of the tree being removed, and goes in the next round. */
typedef struct Removal {
        int top_fd;
        bool lifted; /* in this round */
} Removal;

static int remove_children(Removal *removal, int fd, unsigned depth);

static int lift_to_top(Removal *removal, int parent_fd, const char *name) {
        _cleanup_(freep) char *lifted = random_hex(16);

        if (!lifted)
                return -ENOMEM;
        if (renameat(parent_fd, name, removal->top_fd, lifted) < 0)
                return -errno;
        removal->lifted = true;
        return 0;
}

/* What is mounted here is not ours to remove, also where it is a part of the same file system. */
static int open_to_remove(int parent_fd, const char *name) {
        int fd = open_beneath_unmounted(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

        return fd == -EXDEV ? -EBUSY : fd;
}

static int remove_directory(Removal *removal, int parent_fd, const char *name, unsigned depth) {
        _cleanup_(fd_closep) int fd = open_to_remove(parent_fd, name);
        int r = 0;

        if (fd < 0)
                return fd;
        if (depth >= REMOVE_DEPTH_MAX)
                return lift_to_top(removal, parent_fd, name);

        r = remove_children(removal, fd, depth + 1);
        if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && r >= 0)
                r = errno == ENOENT ? 0 : -errno;
        return r;
}

static int remove_entry(Removal *removal, int parent_fd, const char *name, unsigned depth) {
        if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
                return 0;
        return errno == EISDIR ? remove_directory(removal, parent_fd, name, depth) : -errno;
}

/* Removes all it can and returns the first failure. */
static int remove_children(Removal *removal, int fd, unsigned depth) {
        _cleanup_(strv_freep) Strv names = NULL;
        int first = dir_list(fd, &names);

        for (char **name = names; name && *name; name++) {
                int r = remove_entry(removal, fd, *name, depth);

                if (r < 0 && first >= 0)
                        first = r;
        }
        return first;
}

int tree_remove_at(int dir_fd, const char *name) {
        _cleanup_(fd_closep) int top_fd = -EBADF;
        Removal removal = { .lifted = true };
        int r = 0;

        if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR)
                return -errno;
        top_fd = open_to_remove(dir_fd, name);
        if (top_fd < 0)
                return top_fd;

        removal.top_fd = top_fd;
        while (removal.lifted) {
                removal.lifted = false;
                r = remove_children(&removal, top_fd, 0);
        }
        if (r < 0)
                return r;
        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}
