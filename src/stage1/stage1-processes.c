/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "files.h"
#include "text.h"

#define ROUNDS_MAX 1000
#define ENDS_MSEC 10000
#define STAT_MAX ((size_t) 64 * 1024)

/* The tree's own file system and inode: they are nobody else's while the pod is there. */
static bool has_root(int proc_fd, const char *pid, const struct stat *root) {
        _cleanup_(freep) char *path = NULL;
        struct stat st;

        if (asprintf(&path, "%s/root", pid) < 0) {
                path = NULL;
                return false;
        }
        return fstatat(proc_fd, path, &st, 0) == 0 && st.st_dev == root->st_dev &&
               st.st_ino == root->st_ino;
}

/* The descriptor comes first, the look at the process second: so it is the one that was seen. */
static int open_if_ours(int proc_fd, const char *name, const struct stat *root) {
        _cleanup_(fd_closep) int fd = -EBADF;
        uint64_t pid = 0;

        if (text_parse_u64(name, INT32_MAX, &pid) < 0)
                return -ENOENT;
        fd = pidfd_open((pid_t) pid, 0);
        if (fd < 0)
                return -errno;
        return has_root(proc_fd, name, root) ? fd_take(&fd) : -ENOENT;
}

/* Returns how many there were. */
static int kill_once(const struct stat *root, Error *e) {
        _cleanup_(fd_closep) int proc_fd = dir_open_at(AT_FDCWD, "/proc");
        _cleanup_(strv_freep) Strv names = NULL;
        int r = proc_fd < 0 ? proc_fd : dir_list(proc_fd, &names), n = 0;

        if (r < 0)
                return error_wrap(e, r, "cannot list processes");
        for (char **name = names; name && *name; name++) {
                _cleanup_(fd_closep) int fd = open_if_ours(proc_fd, *name, root);
                struct pollfd end = { .fd = fd, .events = POLLIN };

                if (fd < 0)
                        continue;
                n++;
                if (pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
                        return error_wrap(e, -errno, "cannot kill process %s", *name);
                if (poll(&end, 1, ENDS_MSEC) == 0)
                        return error_new(e, -ETIMEDOUT, "process %s does not end", *name);
        }
        return n;
}

int stage1_processes_kill(int root_fd, Error *e) {
        struct stat root;
        int r = fstat(root_fd, &root) < 0 ? -errno : 1;

        for (unsigned i = 0; r > 0 && i < ROUNDS_MAX; i++)
                r = kill_once(&root, e);
        return r > 0 ? error_new(e, -EBUSY,
                                 "processes of the pod start faster than they are killed")
                     : r;
}

/* The parent of a process, from the second field behind the parenthesis its name ends with. */
static pid_t parent_of(int proc_fd, const char *pid) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        const char *end = NULL;
        size_t n = 0;

        if (asprintf(&path, "%s/stat", pid) < 0) {
                path = NULL;
                return -1;
        }
        if (file_read_at(proc_fd, path, STAT_MAX, &text, &n) < 0)
                return -1;
        end = strrchr(text, ')');
        return end && strlen(end) > 4 ? (pid_t) strtol(end + 4, NULL, 10) : -1;
}

int stage1_processes_find(int root_fd, pid_t supervisor, int *ret_fd, pid_t *ret_pid, Error *e) {
        _cleanup_(fd_closep) int proc_fd = dir_open_at(AT_FDCWD, "/proc");
        _cleanup_(strv_freep) Strv names = NULL;
        struct stat root;
        int r = proc_fd < 0 ? proc_fd : dir_list(proc_fd, &names);

        if (r >= 0 && fstat(root_fd, &root) < 0)
                r = -errno;
        if (r < 0)
                return error_wrap(e, r, "cannot list processes");
        for (char **name = names; name && *name; name++) {
                int fd = parent_of(proc_fd, *name) == supervisor
                                 ? open_if_ours(proc_fd, *name, &root)
                                 : -ENOENT;

                if (fd < 0)
                        continue;
                *ret_fd = fd;
                if (ret_pid)
                        *ret_pid = (pid_t) strtol(*name, NULL, 10);
                return 0;
        }
        return error_new(e, -ESRCH, "the app does not run");
}

int stage1_processes_enter(int fd, int flags, int root_fd, Error *e) {
        struct stat want, got;

        /* Those inside must not look into this process while it has more rights than they. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_wrap(e, -errno, "cannot hide from the app");
        if (fstat(root_fd, &want) < 0 || setns(fd, flags) < 0 || stat("/", &got) < 0)
                return error_wrap(e, -errno, "cannot enter the app's namespaces");
        if (want.st_dev != got.st_dev || want.st_ino != got.st_ino)
                return error_new(e, -ESRCH, "the app does not run");
        return 0;
}
