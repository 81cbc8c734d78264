/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-name.h"
#include "appc-query.h"
#include "appc-read.h"
#include "appc-volume-check.h"

/* Volumes and mounts as the command line spells them. */

typedef int (*ParameterReader)(const char *value, void *slot, Error *e);

typedef struct Parameter {
        const char *key;
        ParameterReader read;
        size_t offset;
} Parameter;

static int read_text(const char *value, void *slot, Error *e) {
        (void) e;
        return appc_text_copy(value, slot);
}

static int read_name(const char *value, void *slot, Error *e) {
        int r = appc_name_check(value, e);

        return r < 0 ? r : appc_text_copy(value, slot);
}

static int read_tristate(const char *value, void *slot, Error *e) {
        bool flag = false;
        int r = appc_query_read_bool(value, &flag, e);

        if (r >= 0)
                *(AppcTristate *) slot = flag ? APPC_TRUE : APPC_FALSE;
        return r;
}

static int read_uid(const char *value, void *slot, Error *e) {
        AppcVolumeDraft *draft = slot;

        draft->uid = true;
        return appc_query_read_int(value, &draft->uid_number, e);
}

static int read_gid(const char *value, void *slot, Error *e) {
        AppcVolumeDraft *draft = slot;

        draft->gid = true;
        return appc_query_read_int(value, &draft->gid_number, e);
}

/* Sends each pair to the reader of its key. @what says whose parameters they are. */
static int read_parameters(
        const AppcPairs *pairs, const Parameter *table, const char *what, void *target, Error *e) {
        for (size_t i = 0; i < pairs->n; i++) {
                const Parameter *parameter = table;
                int r = 0;

                while (parameter->key && !text_equal(parameter->key, pairs->items[i].name))
                        parameter++;
                if (!parameter->key)
                        return error_new(e, -EINVAL, "unknown %s parameter \"%s\"", what,
                                         pairs->items[i].name);
                r = parameter->read(pairs->items[i].value, (char *) target + parameter->offset, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static const Parameter volume_parameters[] = {
        { "name", read_name, offsetof(AppcVolumeDraft, name) },
        { "kind", read_text, offsetof(AppcVolumeDraft, kind) },
        { "source", read_text, offsetof(AppcVolumeDraft, source) },
        { "readOnly", read_tristate, offsetof(AppcVolumeDraft, read_only) },
        { "recursive", read_tristate, offsetof(AppcVolumeDraft, recursive) },
        { "mode", read_text, offsetof(AppcVolumeDraft, mode) },
        { "uid", read_uid, 0 },
        { "gid", read_gid, 0 },
        {},
};

int appc_volume_parse(const char *text, AppcVolume *ret, Error *e) {
        _cleanup_(appc_volume_draft_done) AppcVolumeDraft draft = {};
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(freep) char *query = NULL;
        int r = 0;

        if (asprintf(&query, "name=%s", text) < 0) {
                query = NULL;
                return -ENOMEM;
        }
        r = appc_query_parse(query, APPC_QUERY_LITERAL, &pairs, e);
        if (r < 0)
                return r;
        r = read_parameters(&pairs, volume_parameters, "volume", &draft, e);
        return r < 0 ? r : appc_volume_finish(&draft, ret, e);
}

/* Absolute, without empty, "." and ".." components; ".." stays inside "/". */
static int clean_path(const char *path, char **ret) {
        _cleanup_(freep) char *clean = malloc(strlen(path) + 2);
        size_t n = 0;

        if (!clean)
                return -ENOMEM;
        while (*path) {
                size_t length = strcspn(path, "/");

                if (length == 2 && memcmp(path, "..", 2) == 0) {
                        while (n > 0 && clean[--n] != '/')
                                ;
                } else if (length > 0 && !(length == 1 && *path == '.')) {
                        clean[n++] = '/';
                        memcpy(clean + n, path, length);
                        n += length;
                }
                path += length;
                path += strspn(path, "/");
        }
        if (n == 0)
                clean[n++] = '/';
        clean[n] = '\0';
        *ret = ptr_take(&clean);
        return 0;
}

static const Parameter mount_parameters[] = {
        { "volume", read_text, offsetof(AppcMount, volume) },
        { "target", read_text, offsetof(AppcMount, path) },
        {},
};

int appc_mount_parse(const char *text, AppcMount *ret, Error *e) {
        _cleanup_(appc_mount_done) AppcMount mount = {};
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(freep) char *path = NULL;
        int r = appc_query_parse(text, 0, &pairs, e);

        if (r >= 0)
                r = read_parameters(&pairs, mount_parameters, "mount", &mount, e);
        if (r < 0)
                return r;
        if (!mount.volume)
                return error_new(e, -EINVAL, "volume must be set");
        r = appc_name_check(mount.volume, e);
        if (r < 0)
                return error_prefix(e, r, "invalid volume name \"%s\" in --mount flag \"%s\": ",
                                    mount.volume, text);
        if (text_is_empty(mount.path))
                return error_new(e, -EINVAL, "path must be set");
        r = clean_path(mount.path, &path);
        if (r < 0)
                return r;
        free(mount.path);
        mount.path = ptr_take(&path);
        *ret = struct_take(&mount);
        return 0;
}
