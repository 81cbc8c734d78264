/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "files.h"

#define VERSION "v1"
#define AUTH_DIR "auth.d"
#define FILE_SUFFIX ".json"

typedef struct Head {
        char *kind, *version;
} Head;

static void head_done(Head *head) {
        free(head->kind);
        free(head->version);
}

void fetch_config_done(FetchConfig *config) {
        fetch_auths_done(&config->auths);
        fetch_auths_done(&config->docker_auths);
        fetch_registry_rules_done(&config->rules);
}

/* "a", "b": for people. */
static char *list_kinds(const FetchConfigKind *kinds) {
        _cleanup_(strv_freep) Strv list = NULL;

        for (; kinds->name; kinds++)
                if (strv_appendf(&list, "\"%s\"", kinds->name) < 0)
                        return NULL;
        return strv_join(list, ", ");
}

static int unexpected(const FetchConfigKind *kinds,
                      const char *directory,
                      const char *file,
                      const char *kind,
                      Error *e) {
        _cleanup_(freep) char *list = list_kinds(kinds);

        return error_new(
                e, -EINVAL,
                "the configuration directory \"%s\" expects to have configuration files of "
                "kinds %s, but \"%s\" has kind of \"%s\"",
                directory, list ?: "", file, kind);
}

static int read_document(const Json *root,
                         const FetchConfigKind *kinds,
                         const char *directory,
                         const char *file,
                         void *target,
                         Error *e) {
        static const JsonField fields[] = {
                { "rktKind", json_read_string, offsetof(Head, kind), JSON_NULL_OK },
                { "rktVersion", json_read_string, offsetof(Head, version), JSON_NULL_OK },
                {},
        };
        _cleanup_(head_done) Head head = {};
        const FetchConfigKind *kind = kinds;
        int r = json_read_object(root, fields, &head, e);

        if (r < 0)
                return error_prefix(e, r, "failed to parse \"%s\": ", file);
        if (text_is_empty(head.kind))
                return error_new(e, -EINVAL, "no rktKind specified in \"%s\"", file);
        if (text_is_empty(head.version))
                return error_new(e, -EINVAL, "no rktVersion specified in \"%s\"", file);
        while (kind->name && !text_equal(kind->name, head.kind))
                kind++;
        if (!kind->name)
                return unexpected(kinds, directory, file, head.kind, e);
        if (!text_equal(head.version, VERSION))
                return error_new(e, -EINVAL,
                                 "no parser available for configuration of kind \"%s\" and version "
                                 "\"%s\"",
                                 head.kind, head.version);
        r = kind->read(root, target, e);
        return r < 0 ? error_prefix(e, r, "failed to parse \"%s\": ", file) : 0;
}

static int read_file(int dir_fd,
                     const char *name,
                     const FetchConfigKind *kinds,
                     const char *directory,
                     void *target,
                     Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *path = NULL, *text = NULL;
        size_t n = 0;
        int r = 0;

        if (asprintf(&path, "%s/%s", directory, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read_at(dir_fd, name, FETCH_CONFIG_SIZE_MAX, &text, &n);
        if (r >= 0)
                r = json_parse(text, n, &root, e);
        if (r >= 0 && json_kind(root) != JSON_OBJECT)
                r = error_new(e, -EINVAL, "it is no JSON object");
        if (r < 0)
                return error_prefix(e, r, "failed to parse \"%s\": ", path);
        return read_document(root, kinds, directory, path, target, e);
}

static bool is_ours(int dir_fd, const char *name) {
        struct stat st = {};

        return text_ends_with(name, FILE_SUFFIX) &&
               fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

int fetch_config_directory(const char *path, const FetchConfigKind *kinds, void *target, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(strv_freep) Strv names = NULL;
        int r = fd < 0 ? -errno : 0;

        if (r == -ENOENT)
                return 0;
        if (r == -ENOTDIR)
                return error_new(e, r, "expected \"%s\" to be a directory", path);
        if (r >= 0)
                r = dir_list(fd, &names);
        if (r < 0)
                return error_wrap(e, r, "cannot read \"%s\"", path);
        for (char **name = names; r >= 0 && name && *name; name++)
                if (is_ours(fd, *name))
                        r = read_file(fd, *name, kinds, path, target, e);
        return r;
}

static int read_auth(const Json *document, void *target, Error *e) {
        return fetch_auths_read(document, &((FetchConfig *) target)->auths, e);
}

static int read_docker_auth(const Json *document, void *target, Error *e) {
        return fetch_docker_auths_read(document, &((FetchConfig *) target)->docker_auths, e);
}

static int read_registry(const Json *document, void *target, Error *e) {
        return fetch_registry_rules_read(document, &((FetchConfig *) target)->rules, e);
}

static int read_tree(const char *directory, FetchConfig *config, Error *e) {
        static const FetchConfigKind kinds[] = {
                { "auth", read_auth },
                { "dockerAuth", read_docker_auth },
                { "registry", read_registry },
                {},
        };
        _cleanup_(fetch_config_done) FetchConfig later = {};
        _cleanup_(freep) char *path = NULL;
        int r = 0;

        if (asprintf(&path, "%s/" AUTH_DIR, directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = fetch_config_directory(path, kinds, &later, e);
        /* Credentials are for members of another group than may fetch: who cannot read them has none. */
        if (r == -EACCES) {
                if (e)
                        error_done(e);
                return 0;
        }
        if (r >= 0)
                r = fetch_auths_override(&config->auths, &later.auths);
        if (r >= 0)
                r = fetch_auths_override(&config->docker_auths, &later.docker_auths);
        return r < 0 ? r : fetch_registry_rules_override(&config->rules, &later.rules);
}

int fetch_config_read(char *const *directories, FetchConfig *ret, Error *e) {
        _cleanup_(fetch_config_done) FetchConfig config = {};
        int r = 0;

        for (; directories && *directories && r >= 0; directories++)
                r = read_tree(*directories, &config, e);
        if (r >= 0)
                *ret = struct_take(&config);
        return r;
}
