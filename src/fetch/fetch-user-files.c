/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-user-files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fetch-memory.h"
#include "files.h"

#define PEM_SIZE_MAX ((size_t) 1024 * 1024)
#define HOST_LENGTH_MAX 300

/* What was found out about a host. */
typedef struct Host {
        char *name;
        FetchTls tls; /* owned here */
} Host;

struct FetchUserFiles {
        FetchLoginFile *logins;
        size_t n_logins;
        Strv certs_d; /* directories in which there is one for each host */
        Host *hosts;
        size_t n_hosts;
};

FetchUserFiles *fetch_user_files_free(FetchUserFiles *files) {
        for (size_t i = 0; files && i < files->n_logins; i++) {
                free((void *) (uintptr_t) files->logins[i].path); /* const to others */
                free((void *) (uintptr_t) files->logins[i].bytes);
        }
        for (size_t i = 0; files && i < files->n_hosts; i++) {
                free(files->hosts[i].name);
                fd_drop(&files->hosts[i].tls.authorities_fd);
                fd_drop(&files->hosts[i].tls.certificate_fd);
                fd_drop(&files->hosts[i].tls.key_fd);
        }
        if (files) {
                free(files->logins);
                free(files->hosts);
                strv_free(files->certs_d);
                free(files);
        }
        return NULL;
}

static const char *variable(char *const *environment, const char *name) {
        for (; environment && *environment; environment++) {
                const char *rest = text_after(*environment, name);

                if (rest && rest[0] == '=' && rest[1] != '\0')
                        return rest + 1;
        }
        return NULL;
}

/* Whoever set these up may well have used symlinks. */
static int read_regular(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_n) {
        _cleanup_(fd_closep) int fd =
                openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st = {};

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? fd_read_all(fd, max, ret, ret_n) : -EBADMSG;
}

/* Absolute ones only: in whatever directory we are, nobody has put a login for us. */
static int read_absolute(const char *path, size_t max, char **ret, size_t *ret_n) {
        return path[0] == '/' ? read_regular(AT_FDCWD, path, max, ret, ret_n) : -ENOENT;
}

/* Takes @path in every case; NULL is out of memory. */
static int add_login(FetchUserFiles *files, char *path, Error *e) {
        _cleanup_(freep) char *owned = path, *bytes = NULL;
        FetchLoginFile *grown = NULL;
        size_t n = 0;
        int r = path ? read_absolute(path, FETCH_DOCKER_CONFIG_SIZE_MAX, &bytes, &n) : -ENOMEM;

        if (r == -EFBIG)
                return error_new(e, r, "\"%s\" has more than %zu bytes", path,
                                 FETCH_DOCKER_CONFIG_SIZE_MAX);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        grown = reallocarray(files->logins, files->n_logins + 1, sizeof(FetchLoginFile));
        if (!grown)
                return -ENOMEM;
        files->logins = grown;
        grown[files->n_logins++] =
                (FetchLoginFile){ .path = ptr_take(&owned), .bytes = ptr_take(&bytes), .n = n };
        return 0;
}

static char *join(const char *directory, const char *name) {
        char *path = NULL;

        return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static int find_logins(FetchUserFiles *files, char *const *environment, Error *e) {
        const struct {
                const char *variable, *file;
        } places[] = {
                { "REGISTRY_AUTH_FILE", NULL },
                { "XDG_RUNTIME_DIR", "containers/auth.json" },
                { "XDG_CONFIG_HOME", "containers/auth.json" },
                { "HOME", ".config/containers/auth.json" },
                { "DOCKER_CONFIG", "config.json" },
                { "HOME", ".docker/config.json" },
        };
        _cleanup_(freep) char *runtime = NULL;
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(places) && r >= 0; i++) {
                const char *value = variable(environment, places[i].variable);

                if (value)
                        r = add_login(files,
                                      places[i].file ? join(value, places[i].file) : strdup(value),
                                      e);
        }
        if (r >= 0 && asprintf(&runtime, "/run/containers/%u/auth.json", geteuid()) < 0) {
                runtime = NULL;
                r = -ENOMEM;
        }
        return r < 0 ? r : add_login(files, ptr_take(&runtime), e);
}

static int find_certs_d(FetchUserFiles *files, char *const *environment) {
        const char *home = variable(environment, "HOME");
        int r = 0;

        if (home && home[0] == '/')
                r = strv_push(&files->certs_d, join(home, ".config/containers/certs.d"));
        if (r >= 0)
                r = strv_append(&files->certs_d, "/etc/containers/certs.d");
        return r < 0 ? r : strv_append(&files->certs_d, "/etc/docker/certs.d");
}

int fetch_user_files_new(char *const *environment, FetchUserFiles **ret, Error *e) {
        _cleanup_(fetch_user_files_freep) FetchUserFiles *files = calloc(1, sizeof(*files));
        int r = files ? find_logins(files, environment, e) : -ENOMEM;

        if (r >= 0)
                r = find_certs_d(files, environment);
        if (r >= 0)
                *ret = ptr_take(&files);
        return r;
}

const FetchLoginFile *fetch_user_files_logins(const FetchUserFiles *files, size_t *ret_n) {
        *ret_n = files->n_logins;
        return files->logins;
}

/* Appends @name's content; the files of a private registry are few and small. */
static int add_pem(int dir_fd, const char *name, FILE *out) {
        _cleanup_(freep) char *bytes = NULL;
        size_t n = 0;
        int r = read_regular(dir_fd, name, PEM_SIZE_MAX, &bytes, &n);

        if (r < 0)
                return r;
        fwrite(bytes, 1, n, out);
        fputc('\n', out);
        return 0;
}

/* One file in memory of all those whose names end in @suffix; @only: of this one. */
static int
collect(int dir_fd, char *const *names, const char *suffix, const char *only, int *ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(file_closep) FILE *out = NULL;
        size_t n = 0;
        int r = 0;

        out = open_memstream(&text, &n);
        if (!out)
                return -ENOMEM;
        for (; names && *names && r >= 0; names++)
                if (only ? text_equal(*names, only) : text_ends_with(*names, suffix)) {
                        r = add_pem(dir_fd, *names, out);
                        if (r < 0)
                                return error_wrap(e, r, "cannot read \"%s\"", *names);
                }
        if (fclose(ptr_take(&out)) != 0)
                return -ENOMEM;
        if (n == 0)
                return 0;
        *ret = fetch_memory_from(text, n);
        return *ret < 0 ? *ret : 1;
}

/* The first NAME.cert, and NAME.key. */
static int collect_pair(int dir_fd, char *const *names, FetchTls *tls, Error *e) {
        _cleanup_(freep) char *key = NULL;
        char *const *name = names;
        int r = 0;

        while (name && *name && !text_ends_with(*name, ".cert"))
                name++;
        if (!name || !*name)
                return 0;
        if (asprintf(&key, "%.*s.key", (int) (strlen(*name) - strlen(".cert")), *name) < 0) {
                key = NULL;
                return -ENOMEM;
        }
        r = collect(dir_fd, names, NULL, *name, &tls->certificate_fd, e);
        if (r >= 0)
                r = collect(dir_fd, names, NULL, key, &tls->key_fd, e);
        return r == 0 ? error_new(e, -EINVAL, "there is no \"%s\" for \"%s\"", key, *name) : r;
}

static int read_host(const FetchUserFiles *files, const char *host, FetchTls *ret, Error *e) {
        for (char **top = files->certs_d; top && *top; top++) {
                _cleanup_(strv_freep) Strv names = NULL;
                _cleanup_(freep) char *path = join(*top, host);
                _cleanup_(fd_closep) int fd = -EBADF;
                int r = 0;

                if (!path)
                        return -ENOMEM;
                fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0)
                        continue;
                r = dir_list(fd, &names);
                if (r >= 0)
                        r = collect(fd, names, ".crt", NULL, &ret->authorities_fd, e);
                if (r >= 0)
                        r = collect_pair(fd, names, ret, e);
                return r < 0 ? error_prefix(e, r, "\"%s\": ", path) : 0;
        }
        return 0;
}

/* Names that could lead out of their directory are no hosts. */
static bool host_is_plain(const char *host) {
        return strlen(host) <= HOST_LENGTH_MAX && *host != '\0' && *host != '.' &&
               strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") == strlen(host);
}

int fetch_user_files_tls(const char *host, FetchTls *ret, void *userdata, Error *e) {
        FetchUserFiles *files = userdata;
        Host *grown = NULL, found = { .tls = FETCH_TLS_NULL };
        int r = 0;

        *ret = FETCH_TLS_NULL;
        if (!host_is_plain(host))
                return 0;
        for (size_t i = 0; i < files->n_hosts; i++)
                if (text_equal(files->hosts[i].name, host)) {
                        *ret = files->hosts[i].tls;
                        return 0;
                }
        grown = reallocarray(files->hosts, files->n_hosts + 1, sizeof(Host));
        if (!grown)
                return -ENOMEM;
        files->hosts = grown;
        found.name = strdup(host);
        r = found.name ? read_host(files, host, &found.tls, e) : -ENOMEM;
        grown[files->n_hosts++] = found; /* released with the others, whatever came out */
        if (r < 0) {
                free(ptr_take(&grown[files->n_hosts - 1].name));
                return r;
        }
        *ret = found.tls;
        return 0;
}
