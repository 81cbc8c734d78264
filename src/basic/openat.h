/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Opening what foreign paths name, only ever below a directory descriptor. */

#include <stdint.h>
#include <sys/types.h>

/**
 * open_in_root() - open what a program inside @root_fd would mean by @path
 * @path:  absolute or relative; symlinks and ".." stay inside as with chroot(2)
 * @flags: of open(2); O_CLOEXEC is added
 *
 * For paths that an app or image means. Magic links (/proc/PID/fd) are not followed.
 *
 * Returns: a descriptor, owned by the caller; a negative errno.
 */
int open_in_root(int root_fd, const char *path, int flags);

/**
 * open_beneath() - open @path, refusing to leave @dir_fd by any means
 *
 * For paths whose leaving is an attack: the store, pods, archives. No symlink is followed, not even
 * inside. With O_CREAT, files are made with mode 0600.
 *
 * Returns: a descriptor, owned by the caller; -EXDEV when it would leave; -ELOOP on a symlink; any
 *          other negative errno.
 */
int open_beneath(int dir_fd, const char *path, int flags);

/* The same, and refusing to enter anything that is mounted below @dir_fd: -EXDEV. A bind mount of
 * the same file system, which its device number does not give away, is seen as well. */
int open_beneath_unmounted(int dir_fd, const char *path, int flags);

/**
 * open_regular() - open a foreign regular file for reading
 * @path: below @dir_fd as open_in_root() means it
 *
 * Never blocks on a fifo and never opens a device for good.
 *
 * Returns: a descriptor; -EBADMSG when it is no regular file; any other negative errno.
 */
int open_regular(int root_fd, const char *path);

/**
 * mkdir_beneath() - make a directory and its missing parents, and open it
 * @path: relative to @dir_fd; components "." and ".." are refused with -EINVAL
 * @mode: of each directory made here, exact (the umask has no say); existing ones are left alone
 *
 * Returns: a descriptor of the last one, opened with O_DIRECTORY; a negative errno (-ENOTDIR and
 *          -ELOOP when something else is in the way).
 */
int mkdir_beneath(int dir_fd, const char *path, mode_t mode);

/* The path of an open descriptor as this process may reopen it ("/proc/self/fd/N"). */
#define FD_PATH_MAX sizeof("/proc/self/fd/-2147483648")
const char *fd_path(int fd, char buffer[static FD_PATH_MAX]);
