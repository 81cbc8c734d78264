/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole files and trees below a directory descriptor: read, replace, remove. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * fd_read_all() - read from a descriptor to its end
 * @max: bytes allowed; one more is -EFBIG
 * @ret: allocated, with a NUL behind its end that is not counted in @ret_n
 *
 * Returns: 0; -EFBIG; a negative errno.
 */
int fd_read_all(int fd, size_t max, char **ret, size_t *ret_n);

/* The same for a regular file of ours at @path below @dir_fd; no symlink is followed. */
int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_n);

/* The text of a small file of ours without trailing white space. -EBADMSG when it holds a NUL. */
int file_read_text_at(int dir_fd, const char *path, char **ret);

int fd_write_all(int fd, const void *bytes, size_t n);

typedef enum FileWriteFlags {
        FILE_WRITE_SYNC = 1 << 0, /* on disk, name included, when this returns */
        FILE_WRITE_EARLY =
                1 << 1, /* on its way there, so that a later fsync(2) finds little to do */
} FileWriteFlags;

/**
 * file_write_at() - put a file in place whole or not at all
 * @name: below @dir_fd, one component; an older file of that name is replaced
 * @mode: exact, the umask has no say
 *
 * A crash leaves at most a file called ".NAME.XXXXXX" (hexadecimal), which nobody reads.
 *
 * Returns: 0; a negative errno, and then nothing was changed.
 */
int file_write_at(int dir_fd,
                  const char *name,
                  const void *bytes,
                  size_t n,
                  mode_t mode,
                  FileWriteFlags flags);

/**
 * tree_remove_at() - remove a file or tree
 * @name: one component below @dir_fd; missing is fine
 *
 * Follows no symlink and enters no mount, not even a bind mount of the same file system: where
 * something is mounted, that directory stays and the call fails with -EBUSY after it has removed
 * what it could. Holds at most 70 descriptors open, however deep the tree is.
 */
int tree_remove_at(int dir_fd, const char *name);

/* Opens a directory of ours for reading; no symlink as last component. */
int dir_open_at(int dir_fd, const char *path);

/* Names of the entries of a directory, sorted bytewise, without "." and "..". */
int dir_list(int dir_fd, char ***ret);

/* Bytes for names of temporary files: @n random bytes as hexadecimal, allocated. */
char *random_hex(size_t n);
