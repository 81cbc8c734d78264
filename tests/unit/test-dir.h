/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of the test's own, and small deeds below a descriptor that must not fail. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "test.h"

typedef struct TestDir {
        char *path;
        int fd, parent_fd;
} TestDir;

static inline void test_dir_open(TestDir *dir) {
        const char *parent = getenv("TMPDIR");

        assert_true(asprintf(&dir->path, "%s/rkt-test-XXXXXX", parent ? parent : "/tmp") > 0);
        assert_non_null(mkdtemp(dir->path));
        dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir->fd >= 0);
        *strrchr(dir->path, '/') = '\0';
        dir->parent_fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir->parent_fd >= 0);
        dir->path[strlen(dir->path)] = '/';
}

static inline void test_dir_done(TestDir *dir) {
        assert_int_equal(tree_remove_at(dir->parent_fd, strrchr(dir->path, '/') + 1), 0);
        close(dir->fd);
        close(dir->parent_fd);
        free(dir->path);
}

static inline void make_dir(int dir_fd, const char *path) {
        assert_int_equal(mkdirat(dir_fd, path, 0700), 0);
}

static inline void make_link(int dir_fd, const char *path, const char *target) {
        assert_int_equal(symlinkat(target, dir_fd, path), 0);
}

static inline void make_file(int dir_fd, const char *path, const char *text) {
        int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
}

static inline bool exists(int dir_fd, const char *path) {
        struct stat st;

        return fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The file at @path must hold exactly @want. */
static inline void expect_file(int dir_fd, const char *path, const char *want) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        assert_int_equal(file_read_at(dir_fd, path, 4096, &text, &n), 0);
        assert_string_equal(text, want);
}

static inline mode_t mode_of(int dir_fd, const char *path) {
        struct stat st;

        assert_int_equal(fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
        return st.st_mode & 07777;
}
