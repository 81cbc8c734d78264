/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who an app runs as. Users and groups are the image's own: read from its files, beneath its root,
 * and never from the host's. */

#include <sys/types.h>

#include "appc-app.h"

typedef struct AppIdentity {
        uid_t uid;
        gid_t gid;
        gid_t *gids; /* supplementary, without @gid */
        size_t n_gids;
} AppIdentity;

#define APP_IDENTITY_NULL ((AppIdentity){})

/**
 * app_identity_resolve() - find an app's user and groups
 * @root_fd:   the app's root
 * @app:       its user and group: "root", a number, the absolute path of a file whose owner is
 *             meant, or a name
 * @converted: the image came from Docker or OCI, whose bare "USER x" names no group: then a group
 *             of that name is preferred, and the user's own group taken where there is none
 *
 * Returns: 0; -ENOENT not in the image; -EINVAL, -ERANGE; -EBADMSG when passwd or group is no
 *          regular file or too large; any errno of reading them.
 * Source: inventory 5.1.11.
 */
int app_identity_resolve(
        int root_fd, const AppcApp *app, bool converted, AppIdentity *ret, Error *e);
void app_identity_done(AppIdentity *identity);

/**
 * app_user_find() - what the image's passwd file calls a user, and where he is at home
 * @ret_name: allocated; the number where nobody has it
 * @ret_home: allocated, a path in the image; "/" where nobody has the number
 *
 * Returns: 0; -EBADMSG when passwd is no regular file or too large; any errno of reading it.
 */
int app_user_find(int root_fd, uid_t uid, char **ret_name, char **ret_home, Error *e);
