/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-volume.h"

#include "appc-read.h"
#include "appc-volume-check.h"

static const char *const kind_names[_APPC_VOLUME_KIND_MAX] = {
        [APPC_VOLUME_HOST] = "host",
        [APPC_VOLUME_EMPTY] = "empty",
};

void appc_volume_done(AppcVolume *volume) {
        free(volume->name);
        free(volume->source);
        *volume = (AppcVolume){};
}

void appc_mount_done(AppcMount *mount) {
        free(mount->volume);
        free(mount->path);
        if (mount->app_volume)
                appc_volume_done(mount->app_volume);
        free(mount->app_volume);
        *mount = (AppcMount){};
}

int appc_volume_copy(const AppcVolume *volume, AppcVolume *ret) {
        _cleanup_(appc_volume_done) AppcVolume copy = *volume;

        copy.name = copy.source = NULL;
        if (appc_text_copy(volume->name, &copy.name) < 0 ||
            appc_text_copy(volume->source, &copy.source) < 0)
                return -ENOMEM;
        *ret = struct_take(&copy);
        return 0;
}

void appc_volume_draft_done(AppcVolumeDraft *draft) {
        free(draft->name);
        free(draft->kind);
        free(draft->source);
        free(draft->mode);
        *draft = (AppcVolumeDraft){};
}

static int host_check(const AppcVolumeDraft *draft, Error *e) {
        const char *unwanted = draft->mode  ? "mode"
                               : draft->uid ? "uid"
                               : draft->gid ? "gid"
                                            : NULL;

        if (text_is_empty(draft->source))
                return error_new(e, -EINVAL, "source for host volume cannot be empty");
        if (unwanted)
                return error_new(e, -EINVAL, "%s for host volume cannot be set", unwanted);
        if (draft->source[0] != '/')
                return error_new(e, -EINVAL, "source for host volume must be absolute path");
        return 0;
}

/* Octal, as chmod(2) takes it. The original looked at it only when it made the directory. */
static int parse_mode(const char *text, uint32_t *ret, Error *e) {
        uint32_t mode = 0;
        size_t n = strlen(text);

        if (n == 0 || strspn(text, "01234567") != n)
                return error_new(e, -EINVAL, "mode \"%s\" is no octal number", text);
        for (; *text; text++) {
                mode = mode * 8 + (uint32_t) (*text - '0');
                if (mode > 07777)
                        return error_new(e, -ERANGE, "mode is beyond 7777");
        }
        *ret = mode;
        return 0;
}

static int finish_empty(AppcVolumeDraft *draft, AppcVolume *volume, Error *e) {
        if (!text_is_empty(draft->source))
                return error_new(e, -EINVAL, "source for empty volume must be empty");
        volume->uid = draft->uid ? draft->uid_number : 0;
        volume->gid = draft->gid ? draft->gid_number : 0;
        volume->mode = APPC_VOLUME_MODE_DEFAULT;
        return draft->mode ? parse_mode(draft->mode, &volume->mode, e) : 0;
}

int appc_volume_finish(AppcVolumeDraft *draft, AppcVolume *ret, Error *e) {
        AppcVolume volume = { .read_only = draft->read_only, .recursive = draft->recursive };
        int r = 0;

        if (text_equal(draft->kind, kind_names[APPC_VOLUME_HOST])) {
                volume.kind = APPC_VOLUME_HOST;
                r = host_check(draft, e);
        } else if (text_equal(draft->kind, kind_names[APPC_VOLUME_EMPTY])) {
                volume.kind = APPC_VOLUME_EMPTY;
                r = finish_empty(draft, &volume, e);
        } else
                r = error_new(e, -EINVAL,
                              "unrecognized volume kind: should be one of \"empty\", \"host\"");
        if (r < 0)
                return r;
        volume.name = ptr_take(&draft->name);
        if (volume.kind == APPC_VOLUME_HOST)
                volume.source = ptr_take(&draft->source);
        *ret = volume;
        return 0;
}

static int tristate_read(const Json *value, void *slot, Error *e) {
        bool flag = false;
        int r = json_read_bool(value, &flag, e);

        if (r >= 0)
                *(AppcTristate *) slot = flag ? APPC_TRUE : APPC_FALSE;
        return r;
}

/* An owner that is 0 differs from one that is not there: their slot is the whole draft. */
static int uid_read(const Json *value, void *slot, Error *e) {
        AppcVolumeDraft *draft = slot;
        int r = json_read_i64(value, &draft->uid_number, e);

        draft->uid = r >= 0;
        return r;
}

static int gid_read(const Json *value, void *slot, Error *e) {
        AppcVolumeDraft *draft = slot;
        int r = json_read_i64(value, &draft->gid_number, e);

        draft->gid = r >= 0;
        return r;
}

int appc_volume_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_name_read, offsetof(AppcVolumeDraft, name), JSON_REQUIRED },
                { "kind", json_read_string, offsetof(AppcVolumeDraft, kind), JSON_NULL_OK },
                { "source", json_read_string, offsetof(AppcVolumeDraft, source), JSON_NULL_OK },
                { "readOnly", tristate_read, offsetof(AppcVolumeDraft, read_only), JSON_NULL_OK },
                { "recursive", tristate_read, offsetof(AppcVolumeDraft, recursive), JSON_NULL_OK },
                { "mode", json_read_string, offsetof(AppcVolumeDraft, mode), JSON_NULL_OK },
                { "uid", uid_read, 0, JSON_NULL_OK },
                { "gid", gid_read, 0, JSON_NULL_OK },
                {},
        };
        _cleanup_(appc_volume_draft_done) AppcVolumeDraft draft = {};
        AppcVolume volume = {}, *target = slot;
        int r = json_read_object(value, fields, &draft, e);

        if (r >= 0)
                r = appc_volume_finish(&draft, &volume, e);
        if (r < 0)
                return r;
        appc_volume_done(target);
        *target = volume;
        return 0;
}

static int app_volume_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) AppcVolume *volume = calloc(1, sizeof(AppcVolume));
        AppcVolume **target = slot;
        int r = volume ? appc_volume_read(value, volume, e) : -ENOMEM;

        if (r >= 0)
                *target = ptr_take(&volume);
        return r;
}

/* As with mount points, no path is refused. */
int appc_mount_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "volume", appc_name_read, offsetof(AppcMount, volume), JSON_REQUIRED },
                { "path", json_read_string, offsetof(AppcMount, path), JSON_NULL_OK },
                { "appVolume", app_volume_read, offsetof(AppcMount, app_volume), JSON_NULL_OK },
                {},
        };
        _cleanup_(appc_mount_done) AppcMount mount = {};
        AppcMount *target = slot;
        int r = json_read_object(value, fields, &mount, e);

        if (r >= 0 && !mount.path)
                r = appc_text_copy("", &mount.path);
        if (r < 0)
                return r;
        appc_mount_done(target);
        *target = struct_take(&mount);
        return 0;
}

static void write_tristate(JsonWriter *w, const char *key, AppcTristate value) {
        if (value != APPC_UNSET)
                json_write_member_bool(w, key, value == APPC_TRUE);
}

static void write_mode(JsonWriter *w, uint32_t mode) {
        char text[sizeof("07777")];

        (void) snprintf(text, sizeof(text), "%#o", mode & 07777);
        json_write_member_string(w, "mode", text);
}

void appc_volume_write(JsonWriter *w, const AppcVolume *volume) {
        json_write_begin(w, '{');
        json_write_member_string(w, "name", volume->name);
        json_write_member_string(w, "kind", kind_names[volume->kind]);
        if (volume->kind == APPC_VOLUME_HOST)
                json_write_member_string(w, "source", volume->source);
        write_tristate(w, "readOnly", volume->read_only);
        write_tristate(w, "recursive", volume->recursive);
        if (volume->kind == APPC_VOLUME_EMPTY) {
                write_mode(w, volume->mode);
                json_write_member_i64(w, "uid", volume->uid);
                json_write_member_i64(w, "gid", volume->gid);
        }
        json_write_end(w, '}');
}

void appc_mount_write(JsonWriter *w, const AppcMount *mount) {
        json_write_begin(w, '{');
        json_write_member_string(w, "volume", mount->volume);
        json_write_member_string(w, "path", mount->path);
        if (mount->app_volume) {
                json_write_key(w, "appVolume");
                appc_volume_write(w, mount->app_volume);
        }
        json_write_end(w, '}');
}
