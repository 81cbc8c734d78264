/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-login.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "base64.h"
#include "clock.h"
#include "fetch-memory.h"
#include "process.h"

#define HELPER_PREFIX "docker-credential-"
#define HELPER_DIRS "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
#define HELPER_TIMEOUT_SEC 30
#define HELPER_OUTPUT_MAX ((size_t) 64 * 1024)

static int copy_login(const FetchAuth *auth, FetchLogin *ret) {
        _cleanup_(fetch_login_done) FetchLogin login = { .kind = FETCH_LOGIN_PASSWORD };

        login.user = strdup(auth->user);
        login.secret = strdup(auth->secret);
        if (!login.user || !login.secret)
                return -ENOMEM;
        *ret = struct_take(&login);
        return 0;
}

static int find_program(const char *dirs, const char *name, char **ret, Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        int r = strv_split(dirs, ':', &list);

        for (char **dir = list; r >= 0 && *dir; dir++) {
                char *path = NULL;

                if (**dir != '/')
                        continue;
                if (asprintf(&path, "%s/" HELPER_PREFIX "%s", *dir, name) < 0)
                        return -ENOMEM;
                if (access(path, X_OK) == 0) {
                        *ret = path;
                        return 0;
                }
                free(path);
        }
        return r < 0 ? r
                     : error_new(e, -ENOENT, "there is no program \"" HELPER_PREFIX "%s\" in %s",
                                 name, dirs);
}

/* Up to its end, or to HELPER_OUTPUT_MAX. */
static int read_output(int fd, char **ret, size_t *ret_n) {
        uint64_t deadline = clock_msec() + UINT64_C(1000) * HELPER_TIMEOUT_SEC;
        _cleanup_(freep) char *bytes = malloc(HELPER_OUTPUT_MAX + 1);
        size_t n = 0;

        if (!bytes)
                return -ENOMEM;
        for (;;) {
                struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
                int64_t left = (int64_t) (deadline - clock_msec());
                ssize_t k = 0;

                if (left <= 0)
                        return -ETIMEDOUT;
                if (poll(&poll_fd, 1, (int) left) <= 0)
                        continue;
                k = read(fd, bytes + n, HELPER_OUTPUT_MAX + 1 - n);
                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k == 0)
                        break;
                n += k > 0 ? (size_t) k : 0;
                if (n > HELPER_OUTPUT_MAX)
                        return -EFBIG;
        }
        *ret = ptr_take(&bytes);
        *ret_n = n;
        return 0;
}

/* Its status, and what it prints when it is asked for @login->server. */
static int run_program(const FetchLogins *logins,
                       const FetchLogin *login,
                       const char *path,
                       char **ret,
                       size_t *ret_n) {
        char get[] = "get", *argv[] = { (char *) (uintptr_t) path, get, NULL };
        _cleanup_(fd_closep) int in = fetch_memory_from(login->server, strlen(login->server));
        _cleanup_(fd_closep) int out = -EBADF, theirs = -EBADF;
        int ends[2], r = in < 0 ? in : 0, status = 0;
        pid_t pid = -1;

        if (r >= 0 && pipe2(ends, O_CLOEXEC) < 0)
                r = -errno;
        if (r < 0)
                return r;
        out = ends[0];
        theirs = ends[1];
        r = process_start(&(ProcessSpec){ .path = path,
                                          .argv = argv,
                                          .envp = logins->environment,
                                          .fds = { in, theirs, -1 },
                                          .n_fds = 3,
                                          .die_with_parent = true },
                          &pid);
        if (r < 0)
                return r;
        fd_drop(&theirs);
        r = read_output(out, ret, ret_n);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        status = process_wait(pid);
        return r < 0 ? r : status;
}

static int ask_helper(const FetchLogins *logins, FetchLogin *login, Error *e) {
        _cleanup_(fetch_login_done) FetchLogin answer = FETCH_LOGIN_NULL;
        _cleanup_(freep) char *path = NULL, *output = NULL;
        size_t n = 0;
        int r = find_program(logins->helper_dirs ?: HELPER_DIRS, login->helper, &path, e);

        if (r < 0)
                return r;
        r = run_program(logins, login, path, &output, &n);
        if (r < 0)
                return error_new(e, r, "\"%s\": %s", path, strerror(-r));
        /* By its status it says that it has nothing for us. */
        if (r == 0) {
                r = fetch_docker_helper_parse(output, n, &answer, e);
                if (r < 0)
                        return error_prefix(e, -EPROTO, "\"%s\": ", path);
        }
        fetch_login_done(login);
        *login = struct_take(&answer);
        return 0;
}

static int find_in_files(const FetchLogins *logins,
                         const char *registry,
                         const char *repository,
                         FetchLogin *ret,
                         Error *e) {
        for (size_t i = 0; i < logins->n_files; i++) {
                const FetchLoginFile *file = &logins->files[i];
                _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;
                int r = fetch_docker_config_find(file->bytes, file->n, registry, repository, &login,
                                                 e);

                if (r < 0)
                        return error_prefix(e, r, "\"%s\": ", file->path);
                if (login.kind == FETCH_LOGIN_HELPER)
                        r = ask_helper(logins, &login, e);
                if (r < 0)
                        return r;
                if (login.kind != FETCH_LOGIN_NONE) {
                        *ret = struct_take(&login);
                        return 0;
                }
        }
        return 0;
}

int fetch_logins_find(const FetchLogins *logins,
                      const char *registry,
                      const char *repository,
                      FetchLogin *ret,
                      Error *e) {
        _cleanup_(freep) char *place = NULL;
        const FetchAuth *auth = NULL;
        int r = 0;

        if (asprintf(&place, "%s/%s", registry, repository) < 0) {
                place = NULL;
                return -ENOMEM;
        }
        if (logins->docker_auths)
                auth = fetch_auths_find_below(logins->docker_auths, place);
        *ret = FETCH_LOGIN_NULL;
        if (auth)
                return copy_login(auth, ret);
        r = find_in_files(logins, registry, repository, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot find credentials for \"%s\"", registry) : 0;
}

char *fetch_login_basic(const FetchLogin *login) {
        _cleanup_(freep) char *pair = NULL, *encoded = NULL;
        char *header = NULL;

        if (asprintf(&pair, "%s:%s", login->user, login->secret) < 0) {
                pair = NULL;
                return NULL;
        }
        encoded = base64_encode(pair, strlen(pair));
        return encoded && asprintf(&header, "Basic %s", encoded) >= 0 ? header : NULL;
}
