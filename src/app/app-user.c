/* SPDX-License-Identifier: Apache-2.0 */
#include "app-user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"

#define DATABASE_MAX ((size_t) 4 * 1024 * 1024)
#define GROUPS_MAX 1024

/* (uid_t) -1 means "unchanged" to the system calls that take one. */
#define ID_MAX ((uint64_t) UINT32_MAX - 1)

static int read_database(int root_fd, const char *path, char **ret, Error *e) {
        _cleanup_(fd_closep) int fd = open_regular(root_fd, path);
        size_t n = 0;
        int r = fd < 0 ? fd : fd_read_all(fd, DATABASE_MAX, ret, &n);

        if (r == -EBADMSG)
                return error_new(e, r, "the image's %s is not a regular file", path);
        if (r == -EFBIG)
                return error_new(e, -EBADMSG, "the image's %s is too large", path);
        if (r < 0)
                return error_wrap(e, r, "cannot read the image's %s", path);
        if (strlen(*ret) != n)
                return error_new(e, -EBADMSG, "the image's %s is not text", path);
        return 0;
}

/* The colon-separated fields of the line whose field @key is @wanted, split in place. Lines with fewer
 * than @n fields are passed over. Returns 0; -ENOENT. */
static int find_line_by(char *database, size_t key, const char *wanted, size_t n, char **fields) {
        for (char *state = NULL, *line = strtok_r(database, "\n", &state); line;
             line = strtok_r(NULL, "\n", &state)) {
                size_t found = 0;

                for (char *field = line; field && found < n; found++) {
                        fields[found] = strsep(&field, ":");
                        if (!field && found + 1 < n)
                                break;
                }
                if (found == n && strcmp(fields[key], wanted) == 0)
                        return 0;
        }
        return -ENOENT;
}

static int find_line(char *database, const char *name, size_t n, char **fields) {
        return find_line_by(database, 0, name, n, fields);
}

static int parse_id(const char *text, uint32_t *ret) {
        uint64_t id = 0;
        int r = text_parse_u64(text, ID_MAX, &id);

        if (r >= 0)
                *ret = (uint32_t) id;
        return r;
}

/* The owner, or owning group, of a file in the image. */
static int id_of_file(int root_fd, const char *path, bool group, uint32_t *ret, Error *e) {
        _cleanup_(fd_closep) int fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0) {
                int r = fd < 0 ? fd : -errno;

                return error_new(e, r, "cannot look at \"%s\" in the image: %s", path,
                                 strerror(-r));
        }
        *ret = group ? st.st_gid : st.st_uid;
        return 0;
}

/* @ret_primary: the user's own group where a passwd line told it, otherwise the group of the same
 * number. */
static int
resolve_user(int root_fd, const char *user, uint32_t *ret, uint32_t *ret_primary, Error *e) {
        _cleanup_(freep) char *database = NULL;
        char *fields[4];
        int r = 0;

        if (text_is_empty(user))
                return error_new(e, -EINVAL, "no user given");
        if (strcmp(user, "root") == 0)
                r = parse_id("0", ret);
        else if (user[0] == '/')
                r = id_of_file(root_fd, user, false, ret, e);
        else
                r = parse_id(user, ret);
        if (r == -ERANGE)
                return error_new(e, r, "invalid user \"%s\"", user);
        if (r != -EINVAL) {
                *ret_primary = *ret;
                return r;
        }

        r = read_database(root_fd, "/etc/passwd", &database, e);
        if (r < 0)
                return r;
        if (find_line(database, user, N_ELEMENTS(fields), fields) < 0)
                return error_new(e, -ENOENT, "invalid user \"%s\": not in /etc/passwd", user);
        if (parse_id(fields[2], ret) < 0 || parse_id(fields[3], ret_primary) < 0)
                return error_new(e, -EINVAL, "invalid user \"%s\": bad line in /etc/passwd", user);
        return 0;
}

static int resolve_group(int root_fd, const char *group, uint32_t *ret, Error *e) {
        _cleanup_(freep) char *database = NULL;
        char *fields[3];
        int r = 0;

        if (text_is_empty(group))
                return error_new(e, -EINVAL, "no group given");
        if (strcmp(group, "root") == 0)
                return parse_id("0", ret);
        if (group[0] == '/')
                return id_of_file(root_fd, group, true, ret, e);
        r = parse_id(group, ret);
        if (r == -ERANGE)
                return error_new(e, r, "invalid group \"%s\"", group);
        if (r >= 0)
                return 0;

        r = read_database(root_fd, "/etc/group", &database, e);
        if (r < 0)
                return r;
        if (find_line(database, group, N_ELEMENTS(fields), fields) < 0)
                return error_new(e, -ENOENT, "invalid group \"%s\": not in /etc/group", group);
        if (parse_id(fields[2], ret) < 0)
                return error_new(e, -EINVAL, "invalid group \"%s\": bad line in /etc/group", group);
        return 0;
}

static int copy_groups(const AppcApp *app, AppIdentity *identity, Error *e) {
        if (app->n_supplementary_gids > GROUPS_MAX)
                return error_new(e, -E2BIG, "more than %d supplementary groups", GROUPS_MAX);
        identity->gids = calloc(app->n_supplementary_gids + 1, sizeof(gid_t));
        if (!identity->gids)
                return -ENOMEM;
        for (size_t i = 0; i < app->n_supplementary_gids; i++) {
                int64_t gid = app->supplementary_gids[i];

                if (gid < 0 || (uint64_t) gid > ID_MAX)
                        return error_new(e, -ERANGE, "supplementary group out of range");
                identity->gids[identity->n_gids++] = (gid_t) gid;
        }
        return 0;
}

int app_identity_resolve(
        int root_fd, const AppcApp *app, bool converted, AppIdentity *ret, Error *e) {
        _cleanup_(app_identity_done) AppIdentity identity = APP_IDENTITY_NULL;
        uint32_t primary = 0;
        int r = resolve_user(root_fd, app->user, &identity.uid, &primary, e);

        if (r < 0)
                return error_wrap(e, r, "unable to determine app's uid and gid");
        r = resolve_group(root_fd, app->group, &identity.gid, e);
        if (r < 0 && converted && text_equal(app->user, app->group)) {
                error_done(e);
                identity.gid = primary;
                r = 0;
        }
        if (r < 0)
                return error_wrap(e, r, "unable to determine app's uid and gid");
        r = copy_groups(app, &identity, e);
        if (r < 0)
                return r;
        *ret = identity;
        identity = APP_IDENTITY_NULL;
        return 0;
}

void app_identity_done(AppIdentity *identity) {
        free(identity->gids);
        *identity = APP_IDENTITY_NULL;
}

int app_user_find(int root_fd, uid_t uid, char **ret_name, char **ret_home, Error *e) {
        _cleanup_(freep) char *database = NULL, *name = NULL, *home = NULL;
        char number[16], *fields[6] = {};
        int r = read_database(root_fd, "/etc/passwd", &database, e);
        bool found = false;

        if (r < 0 && r != -ENOENT)
                return r;
        if (r < 0 && e)
                error_done(e);
        (void) snprintf(number, sizeof(number), "%u", uid);
        found = r >= 0 && find_line_by(database, 2, number, N_ELEMENTS(fields), fields) >= 0;
        name = strdup(found ? fields[0] : number);
        home = strdup(found && fields[5][0] == '/' ? fields[5] : "/");
        if (!name || !home)
                return -ENOMEM;
        *ret_name = ptr_take(&name);
        *ret_home = ptr_take(&home);
        return 0;
}
