/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A volume as it was written, before it is known to be one: what JSON and the command line have in
 * common. Private to this room. Pure. */

#include "appc-volume.h"

typedef struct AppcVolumeDraft {
        char *name, *kind, *source, *mode; /* NULL where absent */
        AppcTristate read_only, recursive;
        bool uid, gid; /* whether they were said */
        int64_t uid_number, gid_number;
} AppcVolumeDraft;

/* Checks @draft, which has a name, and takes what it needs from it. Returns 0; -EINVAL; -ERANGE. */
int appc_volume_finish(AppcVolumeDraft *draft, AppcVolume *ret, Error *e);
void appc_volume_draft_done(AppcVolumeDraft *draft);
