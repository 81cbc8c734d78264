/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Volumes and mounts, as JSON and as the command line spells them. Pure.
 * Source: appc-oci 2.6 to 2.8; inventory 1.6. */

#include "appc-app.h"

#define APPC_VOLUME_MODE_DEFAULT 0755

typedef enum AppcVolumeKind {
        APPC_VOLUME_HOST,
        APPC_VOLUME_EMPTY,
        _APPC_VOLUME_KIND_MAX,
        _APPC_VOLUME_KIND_INVALID = -EINVAL,
} AppcVolumeKind;

/* A bool that may be absent. */
typedef enum AppcTristate {
        APPC_UNSET = 0,
        APPC_FALSE,
        APPC_TRUE,
} AppcTristate;

typedef struct AppcVolume {
        char *name; /* ACName */
        AppcVolumeKind kind;
        char *source; /* absolute; host only */
        AppcTristate read_only, recursive;
        uint32_t mode; /* empty only: 0755 unless said */
        int64_t uid, gid;
} AppcVolume;

typedef struct AppcMount {
        char *volume; /* name */
        char *path;
        AppcVolume *app_volume; /* NULL where absent; holds instead of the pod's volume */
} AppcMount;

void appc_volume_done(AppcVolume *volume);
void appc_mount_done(AppcMount *mount);
int appc_volume_copy(const AppcVolume *volume, AppcVolume *ret);

int appc_volume_read(const Json *value, void *slot, Error *e); /* JsonReader into an AppcVolume */
int appc_mount_read(const Json *value, void *slot, Error *e);  /* JsonReader into an AppcMount */
void appc_volume_write(JsonWriter *w, const AppcVolume *volume);
void appc_mount_write(JsonWriter *w, const AppcMount *mount);

/* "NAME,kind=host,source=/abs,readOnly=true". Values are taken literally and must
 * be UTF-8. The words are the original's, for the caller to put
 * `invalid value in --volume flag "SPEC": ` in front of them.
 * Returns 0; -EINVAL; -ERANGE. */
int appc_volume_parse(const char *text, AppcVolume *ret, Error *e);

/* "volume=NAME,target=PATH", a URL query with commas: %XX and "+" are decoded. The path is cleaned
 * against "/". Returns 0; -EINVAL. */
int appc_mount_parse(const char *text, AppcMount *ret, Error *e);
