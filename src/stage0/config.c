/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"
#include "json-read.h"

#define FILE_MAX ((size_t) 1024 * 1024)

void config_done(Config *config) {
        free(config->data);
        free(config->stage1_images);
        free(config->stage1_name);
        free(config->stage1_version);
        free(config->stage1_location);
        *config = (Config){};
}

static void replace(char **slot, char **value) {
        if (!*value)
                return;
        free(*slot);
        *slot = ptr_take(value);
}

static int check_absolute(const char *path, const char *what, Error *e) {
        return path && *path != '/' ? error_new(e, -EINVAL, "%s must be an absolute path", what)
                                    : 0;
}

/* One tree may say each thing once; @tree collects what it has said. */
static int take_paths(const Json *document, Config *tree, Error *e) {
        static const JsonField fields[] = {
                { "data", json_read_string, offsetof(Config, data), 0 },
                { "stage1-images", json_read_string, offsetof(Config, stage1_images), 0 },
                {},
        };
        _cleanup_(config_done) Config file = {};
        int r = json_read_object(document, fields, &file, e);

        if (r >= 0)
                r = check_absolute(file.data, "data directory", e);
        if (r >= 0)
                r = check_absolute(file.stage1_images, "stage1 images directory", e);
        if (r < 0)
                return r;
        if (file.data && tree->data)
                return error_new(e, -EEXIST, "data directory is already specified");
        if (file.stage1_images && tree->stage1_images)
                return error_new(e, -EEXIST, "stage1 images directory is already specified");
        replace(&tree->data, &file.data);
        replace(&tree->stage1_images, &file.stage1_images);
        return 0;
}

static int check_location(const char *location, Error *e) {
        static const char *const schemes[] = { "/",      "file://", "docker://",
                                               "oci://", "http://", "https://" };

        for (size_t i = 0; i < N_ELEMENTS(schemes); i++)
                if (text_after(location, schemes[i]))
                        return 0;
        return error_new(
                e, -EINVAL,
                "default stage1 image location is neither an absolute path nor a URL with scheme "
                "file, docker, http or https: \"%s\"",
                location);
}

static int take_stage1(const Json *document, Config *tree, Error *e) {
        static const JsonField fields[] = {
                { "name", json_read_string, offsetof(Config, stage1_name), 0 },
                { "version", json_read_string, offsetof(Config, stage1_version), 0 },
                { "location", json_read_string, offsetof(Config, stage1_location), 0 },
                {},
        };
        _cleanup_(config_done) Config file = {};
        int r = json_read_object(document, fields, &file, e);

        if (r >= 0 && file.stage1_location)
                r = check_location(file.stage1_location, e);
        if (r < 0)
                return r;
        if (file.stage1_version && !file.stage1_name)
                return error_new(e, -EINVAL,
                                 "default stage1 image version specified, but name is missing");
        if (file.stage1_name && !file.stage1_version)
                return error_new(e, -EINVAL,
                                 "default stage1 image name specified, but version is missing");
        if (file.stage1_name && tree->stage1_name)
                return error_new(e, -EEXIST,
                                 "default stage1 image name and version are already specified");
        if (file.stage1_location && tree->stage1_location)
                return error_new(e, -EEXIST, "default stage1 image location is already specified");
        replace(&tree->stage1_name, &file.stage1_name);
        replace(&tree->stage1_version, &file.stage1_version);
        replace(&tree->stage1_location, &file.stage1_location);
        return 0;
}

static int read_limit(const Json *value, void *slot, Error *e) {
        int r = json_read_u64(value, slot, e);

        if (r >= 0 && *(uint64_t *) slot == 0)
                return error_new(e, -EINVAL, "a limit of 0 would let no image in");
        return r;
}

static const JsonField limit_fields[] = {
        { "expanded-bytes", read_limit, offsetof(StoreLimits, expanded_bytes), 0 },
        { "entries", read_limit, offsetof(StoreLimits, entries), 0 },
        { "ratio", read_limit, offsetof(StoreLimits, ratio), 0 },
        {},
};

/* What @limits says replaces what @slot said; fails where both may not speak. */
static int take_limits(StoreLimits *slot, const StoreLimits *limits, bool once, Error *e) {
        for (const JsonField *field = limit_fields; field->key; field++) {
                uint64_t *old = (uint64_t *) ((char *) slot + field->offset);
                const uint64_t *new = (const uint64_t *) ((const char *) limits + field->offset);

                if (*new == 0)
                        continue;
                if (*old != 0 && once)
                        return error_new(e, -EEXIST, "\"%s\" is already specified", field->key);
                *old = *new;
        }
        return 0;
}

static int take_images(const Json *document, Config *tree, Error *e) {
        StoreLimits limits = {};
        int r = json_read_object(document, limit_fields, &limits, e);

        return r < 0 ? r : take_limits(&tree->limits, &limits, true, e);
}

static const struct {
        const char *directory, *kind;
        int (*take)(const Json *document, Config *tree, Error *e);
} kinds[] = {
        { "images.d", "images", take_images },
        { "paths.d", "paths", take_paths },
        { "stage1.d", "stage1", take_stage1 },
};

typedef struct Header {
        char *kind, *version;
} Header;

static void header_done(Header *header) {
        free(header->kind);
        free(header->version);
}

static int read_header(const Json *document, const char *path, Header *ret, Error *e) {
        static const JsonField fields[] = {
                { "rktKind", json_read_string, offsetof(Header, kind), 0 },
                { "rktVersion", json_read_string, offsetof(Header, version), 0 },
                {},
        };
        int r = json_read_object(document, fields, ret, e);

        if (r < 0)
                return r;
        if (text_is_empty(ret->kind))
                return error_new(e, -EINVAL, "no rktKind specified in \"%s\"", path);
        if (text_is_empty(ret->version))
                return error_new(e, -EINVAL, "no rktVersion specified in \"%s\"", path);
        return 0;
}

static int
take_file(int dir_fd, const char *name, const char *path, size_t kind, Config *tree, Error *e) {
        _cleanup_(header_done) Header header = {};
        _cleanup_(json_freep) Json *document = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = file_read_at(dir_fd, name, FILE_MAX, &text, &n);

        if (r >= 0)
                r = json_parse(text, n, &document, e);
        if (r >= 0)
                r = read_header(document, path, &header, e);
        if (r < 0)
                return error_prefix(e, r, "failed to parse \"%s\": ", path);
        if (strcmp(header.kind, kinds[kind].kind) != 0)
                return error_new(
                        e, -EINVAL,
                        "the configuration directory \"%s\" expects to have configuration files "
                        "of kinds \"%s\", but \"%s\" has kind of \"%s\"",
                        kinds[kind].directory, kinds[kind].kind, path, header.kind);
        if (strcmp(header.version, "v1") != 0)
                return error_new(
                        e, -EINVAL,
                        "no parser available for configuration of kind \"%s\" and version \"%s\"",
                        header.kind, header.version);
        r = kinds[kind].take(document, tree, e);
        return r < 0 ? error_prefix(e, r, "failed to parse \"%s\": ", path) : 0;
}

/* Regular files whose names end in ".json", in lexical order; all else is passed over. */
static int take_directory(const char *root, size_t kind, Config *tree, Error *e) {
        _cleanup_(freep) char *directory = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(strv_freep) Strv names = NULL;
        int r = 0;

        if (asprintf(&directory, "%s/%s", root, kinds[kind].directory) < 0) {
                directory = NULL;
                return -ENOMEM;
        }
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0 && errno == ENOTDIR)
                return error_new(e, -ENOTDIR, "expected \"%s\" to be a directory", directory);
        r = fd < 0 ? -errno : dir_list(fd, &names);
        if (r < 0)
                return error_wrap(e, r, "cannot read directory \"%s\"", directory);
        for (char **name = names; *name && r >= 0; name++) {
                _cleanup_(freep) char *path = NULL;
                struct stat st;

                if (!text_ends_with(*name, ".json") ||
                    fstatat(fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                        continue;
                if (asprintf(&path, "%s/%s", directory, *name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = take_file(fd, *name, path, kind, tree, e);
        }
        return r;
}

/* What a later tree says replaces what an earlier one said, field by field; name and version are
 * one field. */
static void override(Config *config, Config *tree) {
        replace(&config->data, &tree->data);
        replace(&config->stage1_images, &tree->stage1_images);
        replace(&config->stage1_name, &tree->stage1_name);
        replace(&config->stage1_version, &tree->stage1_version);
        replace(&config->stage1_location, &tree->stage1_location);
        (void) take_limits(&config->limits, &tree->limits, false, NULL);
}

static int set_default(char **slot, const char *value) {
        if (!*slot)
                *slot = strdup(value);
        return *slot ? 0 : -ENOMEM;
}

int config_load(const Rkt *rkt, Config *ret, Error *e) {
        const char *const roots[] = { rkt->system_config, rkt->local_config, rkt->user_config };
        _cleanup_(config_done) Config config = {};
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(roots) && r >= 0; i++) {
                _cleanup_(config_done) Config tree = {};

                for (size_t kind = 0; roots[i] && kind < N_ELEMENTS(kinds) && r >= 0; kind++)
                        r = take_directory(roots[i], kind, &tree, e);
                override(&config, &tree);
        }
        if (r >= 0 && rkt->data) {
                free(config.data);
                config.data = NULL;
                r = set_default(&config.data, rkt->data);
        }
        if (r >= 0)
                r = set_default(&config.data, CONFIG_DATA_DEFAULT);
        if (r >= 0)
                r = set_default(&config.stage1_images, RKT_STAGE1_IMAGES);
        if (r < 0)
                return error_wrap(e, r, "cannot get configuration");
        *ret = config;
        config = (Config){};
        return 0;
}
