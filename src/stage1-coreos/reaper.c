/* SPDX-License-Identifier: Apache-2.0 */

/* Runs inside the pod, as a command of its units:
 *   reaper ended APP    notes that an app ended well
 *   reaper failed APP   notes how it failed, and fails with the same status
 *   reaper noted APP    notes how it failed
 *                       both tell of mounts that could not be made; all three wait until journald
 *                       has taken in and shown what the app has said
 *   reaper unloaded APP tells that its unit is none, and fails
 *   reaper begin APP    forgets how it ended, for it starts again
 *   reaper again APP    the same, and counts its starts
 *   reaper release APP  waits until none of its processes is left, and tells systemd
 *   reaper boot ...     becomes systemd, as the pod's first process, once there is what apps see as /proc
 * systemd tells how the app ended in its environment. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "coreos-kernel.h"
#include "coreos-mounts.h"
#include "files.h"
#include "openat.h"
#include "text.h"

#define SYSTEMD "/usr/lib/systemd/systemd"
#define JOURNAL "/run/systemd/journal"
#define GROUPS "/sys/fs/cgroup/systemd"
#define AGENT "/run/systemd/cgroups-agent"
#define DRAIN_SECONDS 10
#define STATUS "/rkt/status"
#define RESTARTS "/rkt/restarts"
#define FAILURE 254
#define STATUS_UNKNOWN 255

/* As a shell tells it: a signal is 128 and its number. */
static int status_of_main(void) {
        const char *code = getenv("MONITOR_EXIT_CODE"), *status = getenv("MONITOR_EXIT_STATUS");
        uint64_t number = 0;

        if (!code || !status)
                return STATUS_UNKNOWN;
        if (strcmp(code, "exited") == 0)
                return text_parse_u64(status, UINT8_MAX, &number) >= 0 ? (int) number
                                                                       : STATUS_UNKNOWN;
        for (int i = 1; i < NSIG; i++)
                if (text_equal(sigabbrev_np(i), status))
                        return 128 + i;
        return STATUS_UNKNOWN;
}

/* Never 0: one that left before it was ready, or was started too often, may have gone well. */
static int status_from_environment(void) {
        int status = status_of_main();

        return status == 0 ? FAILURE : status;
}

static int
write_number(const char *directory, const char *app, uint64_t number, unsigned int flags) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, directory);
        char text[32];

        (void) snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
        return fd < 0 ? fd : file_write_at(fd, app, text, strlen(text), 0644, flags);
}

static int note(const char *app, int status) {
        return write_number(STATUS, app, (uint64_t) status, FILE_WRITE_SYNC);
}

static int read_restarts(const char *app, uint64_t *ret) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, RESTARTS);
        _cleanup_(freep) char *text = NULL;
        int r = fd < 0 ? fd : file_read_text_at(fd, app, &text);

        return r < 0 ? r : text_parse_u64(text, INT32_MAX, ret);
}

/* The first start is none. */
static int count(const char *app) {
        uint64_t n = 0;
        int r = read_restarts(app, &n);

        if (r < 0 && r != -ENOENT)
                return r;
        return write_number(RESTARTS, app, r == -ENOENT ? 0 : n + 1, 0);
}

/* The one that systemd refused was counted before it was. */
static void uncount(const char *app) {
        const char *result = getenv("MONITOR_SERVICE_RESULT");
        uint64_t n = 0;

        if (text_equal(result, "start-limit-hit") && read_restarts(app, &n) >= 0 && n > 0)
                (void) write_number(RESTARTS, app, n - 1, 0);
}

static int tell(const char *app) {
        printf("stage1: the pod's systemd cannot load app \"%s\" (see what it says with --debug)\n",
               app);
        return FAILURE;
}

/* To the journal, which shows it on the console too, as a message of its own protocol. */
static void log_error(const char *text) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL "/socket" };
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_(freep) char *message = NULL;

        if (fd < 0 ||
            asprintf(&message, "PRIORITY=3\nSYSLOG_IDENTIFIER=stage1\nMESSAGE=%s\n", text) < 0) {
                message = NULL;
                return;
        }
        (void) sendto(fd, message, strlen(message), 0, (const struct sockaddr *) &address,
                      sizeof(address));
}

/* An app may end with that status by itself, and then there is nothing to be found. */
static void explain_mounts(const char *app) {
        _cleanup_(fd_closep) int root_fd = dir_open_at(AT_FDCWD, "/");
        _cleanup_(freep) char *where = NULL, *shown = NULL, *text = NULL;
        int r = root_fd < 0 ? 0 : coreos_mounts_check(root_fd, app, &where);

        if (r >= 0 || !where || !(shown = text_escape(where)))
                return;
        if (asprintf(&text, "cannot start app \"%s\": cannot mount on its %s: %s", app, shown,
                     strerror(-r)) < 0) {
                text = NULL;
                return;
        }
        log_error(text);
}

static int forget(const char *app) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, STATUS);

        if (fd < 0)
                return fd;
        return unlinkat(fd, app, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* What an app has said last is on its way to journald when it has ended, and no line may be lost when the pod does.
 * journald answers when it has read what was there (varlink: a JSON object and a NUL). One that hangs does not keep
 * the pod. */
static void drain(void) {
        static const char request[] =
                "{\"method\":\"io.systemd.Journal.Synchronize\",\"parameters\":{}}";
        const struct sockaddr_un address = { .sun_family = AF_UNIX,
                                             .sun_path = JOURNAL "/io.systemd.journal" };
        const struct timeval limit = { .tv_sec = DRAIN_SECONDS };
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char answer = 0;

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
            connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return;
        if (fd_write_all(fd, request, sizeof(request)) >= 0)
                (void) !read(fd, &answer, 1);
}

static int make_file(const char *path, mode_t mode) {
        int fd = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);

        if (fd < 0)
                return -errno;
        (void) close(fd);
        return 0;
}

/* With this flag journald writes to the pod's disk, where the journal outlives the pod, from the first line on: no
 * process has to tell it that the disk is there. */
static int mark_flushed(void) {
        static const char *const directories[] = { "/run/systemd", JOURNAL };

        for (size_t i = 0; i < N_ELEMENTS(directories); i++)
                if (mkdir(directories[i], 0755) < 0 && errno != EEXIST)
                        return -errno;
        return make_file(JOURNAL "/flushed", 0644);
}

static void wait_for(pid_t process) {
        _cleanup_(fd_closep) int fd = pidfd_open(process, 0);
        struct pollfd end = { .fd = fd, .events = POLLIN };

        while (fd >= 0 && poll(&end, 1, -1) < 0 && errno == EINTR)
                ;
}

/* One of those in the group, or 0. They may start others meanwhile. */
static pid_t first_in_group(const char *path) {
        _cleanup_(freep) char *text = NULL;
        uint64_t process = 0;

        if (file_read_text_at(AT_FDCWD, path, &text) < 0)
                return 0;
        text[strcspn(text, "\n")] = '\0';
        return text_parse_u64(text, INT32_MAX, &process) < 0 ? 0 : (pid_t) process;
}

/* As systemd-cgroups-agent does, which the kernel would start outside. systemd looks for itself. */
static int release(const char *app) {
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_un agent = { .sun_family = AF_UNIX, .sun_path = AGENT };
        _cleanup_(freep) char *path = NULL;
        const char *group = NULL;
        pid_t process = 0;

        if (fd < 0 || asprintf(&path, GROUPS "/system.slice/%s.service/cgroup.procs", app) < 0) {
                path = NULL;
                return fd < 0 ? -errno : -ENOMEM;
        }
        while ((process = first_in_group(path)) > 0)
                wait_for(process);
        *strrchr(path, '/') = '\0';
        group = path + strlen(GROUPS);
        return sendto(fd, group, strlen(group), 0, (const struct sockaddr *) &agent,
                      sizeof(agent)) < 0
                       ? -errno
                       : 0;
}

#define KERNEL_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static int cover(const char *what, const char *where) {
        if (mount(what, where, NULL, MS_BIND, NULL) < 0)
                return errno == ENOENT ? 0 : -errno; /* another kernel's, or already covered */
        return mount(NULL, where, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | KERNEL_FLAGS, NULL) < 0
                       ? -errno
                       : 0;
}

/* What is put on what apps may not see. */
static int make_nothing(void) {
        int r = make_file(COREOS_NO_FILE, 0);

        if (r < 0)
                return r;
        if (mkdir(COREOS_NO_DIRECTORY, 0) < 0 && errno != EEXIST)
                return -errno;
        return cover(COREOS_NO_DIRECTORY, COREOS_NO_DIRECTORY);
}

/* For who has a user namespace, a /proc of which something is covered can be had again only as it is. */
static int mount_proc(void) {
        if (mkdir(COREOS_PROC, 0555) < 0 && errno != EEXIST)
                return -errno;
        if (mount("proc", COREOS_PROC, "proc", KERNEL_FLAGS, NULL) == 0)
                return 0;
        if (errno != EPERM)
                return -errno;
        return mount("/proc", COREOS_PROC, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

/* Once for all apps: systemd would make each of these mounts at each start, and read the list of all mounts thrice for
 * each. Source: inventory 5.1.14. */
static int prepare_kernel(void) {
        static const char *const read_only[] = {
                "bus",
                "sys/kernel/core_pattern",
                "sys/kernel/modprobe",
                "sys/vm/panic_on_oom",
                "sysrq-trigger",
        };
        static const char *const hidden[] = { "config.gz", "kallsyms", "sched_debug",
                                              "kcore",     "kmem",     "mem" };
        char path[PATH_MAX];
        int r = 0;

        if (mkdir(COREOS_KERNEL, 0755) < 0 && errno != EEXIST)
                return -errno;
        r = make_nothing();
        if (r >= 0)
                r = make_file(COREOS_HOSTNAME, 0444);
        if (r >= 0)
                r = cover("/proc/sys/kernel/hostname", COREOS_HOSTNAME);
        if (r >= 0)
                r = mount_proc();
        for (size_t i = 0; i < N_ELEMENTS(read_only) + N_ELEMENTS(hidden) && r >= 0; i++) {
                bool hide = i >= N_ELEMENTS(read_only);

                (void) snprintf(path, sizeof(path), COREOS_PROC "/%s",
                                hide ? hidden[i - N_ELEMENTS(read_only)] : read_only[i]);
                r = cover(hide ? COREOS_NO_FILE : path, path);
        }
        return r;
}

/* Some versions of systemd-nspawn (257) leave inheritable capabilities to what they start, and systemd
 * leaves them to the apps. */
static int boot(char **words) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

        if (syscall(SYS_capget, &header, data) < 0)
                return STATUS_UNKNOWN;
        for (size_t i = 0; i < N_ELEMENTS(data); i++)
                data[i].inheritable = 0;
        if (syscall(SYS_capset, &header, data) < 0)
                return STATUS_UNKNOWN;
        if (mark_flushed() < 0 || prepare_kernel() < 0)
                return STATUS_UNKNOWN;
        words[0] = (char[]){ SYSTEMD };
        (void) execv(SYSTEMD, words);
        return STATUS_UNKNOWN;
}

int main(int argc, char **argv) {
        const char *what = argc > 1 ? argv[1] : "", *app = argc > 2 ? argv[2] : "";
        int status = 0, r = 0;

        if (strcmp(what, "boot") == 0)
                return boot(argv + 1);
        if (*app == '\0' || strchr(app, '/'))
                return STATUS_UNKNOWN;
        if (strcmp(what, "release") == 0)
                return release(app) < 0;
        if (strcmp(what, "begin") == 0)
                return forget(app) < 0 ? STATUS_UNKNOWN : 0;
        if (strcmp(what, "again") == 0)
                return count(app) < 0 || forget(app) < 0 ? STATUS_UNKNOWN : 0;
        if (strcmp(what, "unloaded") == 0)
                return tell(app);
        if (strcmp(what, "failed") == 0 || strcmp(what, "noted") == 0) {
                status = status_from_environment();
                uncount(app);
        }
        if (status == COREOS_MOUNTS_STATUS)
                explain_mounts(app);
        r = note(app, status);
        drain();
        if (r < 0)
                return STATUS_UNKNOWN;
        return strcmp(what, "failed") == 0 ? status : 0;
}
