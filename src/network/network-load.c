/* SPDX-License-Identifier: Apache-2.0 */
#include "network-load.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"

#define FILES_MAX 1024

/* The original's, word for word. */
static const struct {
        const char *file, *text;
} built_in[] = {
        { "99-default-restricted.conf",
          "{\"cniVersion\":\"0.1.0\",\"name\":\"default-restricted\",\"type\":\"ptp\","
          "\"ipMasq\":false,\"ipam\":{\"type\":\"host-local\",\"subnet\":\"172.31.0.0/16\"}}" },
        { "99-default.conf",
          "{\"cniVersion\":\"0.1.0\",\"name\":\"default\",\"type\":\"ptp\",\"ipMasq\":true,"
          "\"ipam\":{\"type\":\"host-local\",\"subnet\":\"172.16.28.0/24\","
          "\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}" },
};

static void file_done(NetworkFile *file) {
        free(file->file);
        network_config_done(&file->config);
}

void network_files_done(NetworkFiles *files) {
        for (size_t i = 0; i < files->n; i++)
                file_done(&files->items[i]);
        free(files->items);
        *files = (NetworkFiles){};
}

static const NetworkFile *find(const NetworkFiles *files, const char *name) {
        for (size_t i = 0; i < files->n; i++)
                if (strcmp(files->items[i].config.name, name) == 0)
                        return &files->items[i];
        return NULL;
}

/* Takes the configuration in every case. */
static int add(NetworkFiles *files, const char *name, NetworkConfig *config) {
        NetworkFile *grown = reallocarray(files->items, files->n + 1, sizeof(NetworkFile));

        if (!grown) {
                network_config_done(config);
                return -ENOMEM;
        }
        files->items = grown;
        files->items[files->n] = (NetworkFile){ strdup(name), struct_take(config) };
        return files->items[files->n++].file ? 0 : -ENOMEM;
}

static int read_file(int dir_fd, const char *name, NetworkConfig *ret, Error *e) {
        _cleanup_(fd_closep) int fd =
                openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        _cleanup_(freep) char *text = NULL;
        struct stat st;
        size_t n = 0;
        int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

        if (r >= 0 && !S_ISREG(st.st_mode))
                r = error_new(e, -EINVAL, "it is no regular file");
        if (r >= 0)
                r = fd_read_all(fd, NETWORK_CONFIG_MAX, &text, &n);
        return r < 0 ? r : network_config_parse(text, n, ret, e);
}

static bool is_config(const char *name) {
        return text_ends_with(name, ".conf") || text_ends_with(name, ".conflist");
}

static int add_local(NetworkFiles *files, int dir_fd, const char *name, Strv *notes, Error *e) {
        _cleanup_(network_config_done) NetworkConfig config = {};
        int r = read_file(dir_fd, name, &config, e);

        if (r < 0)
                return r;
        if (find(files, config.name))
                return strv_appendf(notes, "\"%s\" network already defined, ignoring %s",
                                    config.name, name);
        return add(files, name, &config);
}

static int load_local(const char *local_config, NetworkFiles *files, Strv *notes, Error *e) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(strv_freep) Strv names = NULL;
        int r = 0;

        if (asprintf(&path, "%s/net.d", local_config) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = dir_open_at(AT_FDCWD, path);
        if (fd == -ENOENT)
                return 0;
        r = fd < 0 ? fd : dir_list(fd, &names);
        if (r >= 0 && strv_length(names) > FILES_MAX)
                r = error_new(e, -E2BIG, "more than %d files", FILES_MAX);
        if (r < 0)
                return error_wrap(e, r, "cannot read directory %s", path);
        for (char **name = names; name && *name; name++) {
                r = is_config(*name) ? add_local(files, fd, *name, notes, e) : 0;
                if (r < 0)
                        return error_wrap(e, r, "error loading network configuration %s/%s", path,
                                          *name);
        }
        return 0;
}

static int add_built_in(NetworkFiles *files, size_t i, const char *local_config, Strv *notes) {
        _cleanup_(network_config_done) NetworkConfig config = {};
        int r = network_config_parse(built_in[i].text, strlen(built_in[i].text), &config, NULL);

        if (r < 0)
                return r;
        if (find(files, config.name))
                return strv_appendf(notes, "overriding \"%s\" network with one from %s/net.d",
                                    config.name, local_config);
        return add(files, built_in[i].file, &config);
}

static int compare(const void *a, const void *b) {
        return strcmp(((const NetworkFile *) a)->file, ((const NetworkFile *) b)->file);
}

int network_load(const char *local_config, NetworkFiles *ret, Strv *ret_notes, Error *e) {
        _cleanup_(network_files_done) NetworkFiles files = {};
        _cleanup_(strv_freep) Strv notes = NULL;
        int r = load_local(local_config, &files, &notes, e);

        for (size_t i = 0; i < N_ELEMENTS(built_in) && r >= 0; i++)
                r = add_built_in(&files, i, local_config, &notes);
        if (r < 0)
                return r;
        qsort(files.items, files.n, sizeof(NetworkFile), compare);
        *ret = struct_take(&files);
        *ret_notes = ptr_take(&notes);
        return 0;
}

static bool is_wanted(const NetworkList *wanted, const char *name) {
        bool yes = wanted->all;

        for (size_t i = 0; i < wanted->n && !yes; i++)
                yes = strcmp(wanted->items[i].name, name) == 0;
        return yes;
}

static int refuse_missing(const NetworkFiles *files, const NetworkList *wanted, Error *e) {
        _cleanup_(strv_freep) Strv missing = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = 0;

        for (size_t i = 0; i < wanted->n && r >= 0; i++)
                if (!find(files, wanted->items[i].name) &&
                    strcmp(wanted->items[i].name, "all") != 0)
                        r = strv_append(&missing, wanted->items[i].name);
        if (r < 0 || !missing)
                return r;
        text = strv_join(missing, ", ");
        return text ? error_new(e, -ENOENT, "networks not found: %s", text) : -ENOMEM;
}

int network_files_select(NetworkFiles *files, const NetworkList *wanted, Error *e) {
        int r = refuse_missing(files, wanted, e);
        size_t n = 0;

        if (r < 0)
                return r;
        for (size_t i = 0; i < files->n; i++) {
                NetworkFile file = files->items[i];

                if (is_wanted(wanted, file.config.name))
                        files->items[n++] = file;
                else
                        file_done(&file);
        }
        files->n = n;
        return n > NETWORK_MAX ? error_new(e, -E2BIG, "a pod cannot join more than %d networks",
                                           NETWORK_MAX)
                               : 0;
}
