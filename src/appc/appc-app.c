/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-app.h"

#include "appc-read.h"

static void handler_done(void *item) {
        AppcEventHandler *handler = item;

        free(handler->name);
        strv_free(handler->exec);
        *handler = (AppcEventHandler){};
}

static void mount_point_done(void *item) {
        AppcMountPoint *mount_point = item;

        free(mount_point->name);
        free(mount_point->path);
        *mount_point = (AppcMountPoint){};
}

static void port_done(void *item) {
        appc_port_done(item);
}

static void gid_done(void *item) {
        (void) item;
}

AppcApp *appc_app_free(AppcApp *app) {
        if (!app)
                return NULL;
        strv_free(app->exec);
        for (size_t i = 0; i < app->n_handlers; i++)
                handler_done(&app->handlers[i]);
        free(app->handlers);
        free(app->user);
        free(app->group);
        free(app->supplementary_gids);
        free(app->working_directory);
        appc_pairs_done(&app->environment);
        for (size_t i = 0; i < app->n_mount_points; i++)
                mount_point_done(&app->mount_points[i]);
        free(app->mount_points);
        for (size_t i = 0; i < app->n_ports; i++)
                appc_port_done(&app->ports[i]);
        free(app->ports);
        appc_isolators_done(&app->isolators);
        appc_pairs_done(&app->user_annotations);
        appc_pairs_done(&app->user_labels);
        free(app);
        return NULL;
}

/* Unlike an empty list, null leaves nothing: the two are written again as they came. */
static int exec_read(const Json *value, void *slot, Error *e) {
        return value ? json_read_strv(value, slot, e) : 0;
}

static int handler_name_read(const Json *value, void *slot, Error *e) {
        char **name = slot;
        int r = json_read_string(value, name, e);

        if (r < 0)
                return r;
        if (!text_equal(*name, "pre-start") && !text_equal(*name, "post-stop"))
                return error_new(e, -EINVAL, "bad eventHandler name \"%s\"", *name);
        return 0;
}

static int handler_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", handler_name_read, offsetof(AppcEventHandler, name), JSON_REQUIRED },
                { "exec", exec_read, offsetof(AppcEventHandler, exec), 0 },
                {},
        };

        return json_read_object(value, fields, slot, e);
}

/* No path is refused here: the original took any, and what is wrong with one shows where it is
 * mounted. */
static int mount_point_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_name_read, offsetof(AppcMountPoint, name), JSON_REQUIRED },
                { "path", json_read_string, offsetof(AppcMountPoint, path), JSON_NULL_OK },
                { "readOnly", json_read_bool, offsetof(AppcMountPoint, read_only), JSON_NULL_OK },
                {},
        };
        AppcMountPoint *mount_point = slot;
        int r = json_read_object(value, fields, mount_point, e);

        return r < 0 || mount_point->path ? r : appc_text_copy("", &mount_point->path);
}

/* The lists. Their slot is the whole app, since each also has a length. */

static int handlers_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcEventHandler), APPC_APP_HANDLERS_MAX,
                                           handler_read, handler_done };
        AppcApp *app = slot;
        const char *name = NULL;
        int r = appc_list_read(value, &type, &app->handlers, &app->n_handlers, e);

        if (r < 0)
                return r;
        r = appc_find_double(app->handlers, app->n_handlers, sizeof(AppcEventHandler), &name);
        return r > 0 ? error_new(e, -EINVAL, "Only one eventHandler of name \"%s\" allowed", name)
                     : r;
}

static int gids_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(int64_t), APPC_APP_GIDS_MAX, json_read_i64,
                                           gid_done };
        AppcApp *app = slot;

        return appc_list_read(value, &type, &app->supplementary_gids, &app->n_supplementary_gids,
                              e);
}

static int mount_points_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcMountPoint), APPC_APP_MOUNT_POINTS_MAX,
                                           mount_point_read, mount_point_done };
        AppcApp *app = slot;

        return appc_list_read(value, &type, &app->mount_points, &app->n_mount_points, e);
}

static int ports_read(const Json *value, void *slot, Error *e) {
        static const AppcListType type = { sizeof(AppcPort), APPC_APP_PORTS_MAX, appc_port_read,
                                           port_done };
        AppcApp *app = slot;

        return appc_list_read(value, &type, &app->ports, &app->n_ports, e);
}

static const JsonField app_fields[] = {
        { "exec", exec_read, offsetof(AppcApp, exec), 0 },
        { "eventHandlers", handlers_read, 0, 0 },
        { "user", json_read_string, offsetof(AppcApp, user), JSON_NULL_OK },
        { "group", json_read_string, offsetof(AppcApp, group), JSON_NULL_OK },
        { "supplementaryGIDs", gids_read, 0, 0 },
        { "workingDirectory", json_read_string, offsetof(AppcApp, working_directory),
          JSON_NULL_OK },
        { "environment", appc_environment_read, offsetof(AppcApp, environment), 0 },
        { "mountPoints", mount_points_read, 0, 0 },
        { "ports", ports_read, 0, 0 },
        { "isolators", appc_app_isolators_read, offsetof(AppcApp, isolators), 0 },
        { "userAnnotations", appc_user_map_read, offsetof(AppcApp, user_annotations), 0 },
        { "userLabels", appc_user_map_read, offsetof(AppcApp, user_labels), 0 },
        {},
};

int appc_app_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_app_freep) AppcApp *app = NULL;
        AppcApp **target = slot;
        int r = 0;

        if (!value)
                return 0;
        app = calloc(1, sizeof(AppcApp));
        if (!app)
                return -ENOMEM;
        r = json_read_object(value, app_fields, app, e);
        if (r < 0)
                return r;
        r = appc_app_check(app, e);
        if (r < 0)
                return r;
        if (text_is_empty(app->working_directory)) {
                free(app->working_directory);
                app->working_directory = NULL;
        }
        appc_app_free(*target);
        *target = ptr_take(&app);
        return 0;
}

/* What is not UTF-8 would be written as something else. */
static int check_text(const char *text, const char *what, Error *e) {
        if (!text || text_is_utf8(text, strlen(text)))
                return 0;
        return error_new(e, -EINVAL, "%s: \"%s\" is not UTF-8", what, text);
}

static int check_list(char *const *list, const char *what, Error *e) {
        for (; list && *list; list++)
                if (check_text(*list, what, e) < 0)
                        return -EINVAL;
        return 0;
}

static int check_pairs(const AppcPairs *pairs, const char *what, Error *e) {
        for (size_t i = 0; i < pairs->n; i++) {
                int r = check_text(pairs->items[i].name, what, e);

                if (r >= 0)
                        r = check_text(pairs->items[i].value, what, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_texts(const AppcApp *app, Error *e) {
        int r = check_list(app->exec, "exec", e);

        if (r >= 0)
                r = check_text(app->user, "user", e);
        if (r >= 0)
                r = check_text(app->group, "group", e);
        if (r >= 0)
                r = check_text(app->working_directory, "workingDirectory", e);
        if (r >= 0)
                r = check_pairs(&app->environment, "environment", e);
        if (r >= 0)
                r = check_pairs(&app->user_annotations, "userAnnotations", e);
        return r < 0 ? r : check_pairs(&app->user_labels, "userLabels", e);
}

int appc_app_check(const AppcApp *app, Error *e) {
        if (text_is_empty(app->user))
                return error_new(e, -EINVAL, "user is required");
        if (text_is_empty(app->group))
                return error_new(e, -EINVAL, "group is required");
        if (!text_is_empty(app->working_directory) && app->working_directory[0] != '/')
                return error_new(e, -EINVAL, "workingDirectory must be an absolute path");
        for (size_t i = 0; i < app->environment.n; i++)
                if (!appc_environment_name_is_valid(app->environment.items[i].name))
                        return error_new(
                                e, -EINVAL,
                                "environment variable does not have valid identifier \"%s\"",
                                app->environment.items[i].name);
        return check_texts(app, e);
}

static void write_exec(JsonWriter *w, char *const *exec) {
        json_write_key(w, "exec");
        if (exec)
                json_write_strv(w, exec);
        else
                json_write_null(w);
}

static void write_handlers(JsonWriter *w, const AppcApp *app) {
        if (app->n_handlers == 0)
                return;
        json_write_key(w, "eventHandlers");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_handlers; i++) {
                json_write_begin(w, '{');
                json_write_member_string(w, "name", app->handlers[i].name);
                write_exec(w, app->handlers[i].exec);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

static void write_gids(JsonWriter *w, const AppcApp *app) {
        if (app->n_supplementary_gids == 0)
                return;
        json_write_key(w, "supplementaryGIDs");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_supplementary_gids; i++)
                json_write_i64(w, app->supplementary_gids[i]);
        json_write_end(w, ']');
}

static void write_mount_points(JsonWriter *w, const AppcApp *app) {
        if (app->n_mount_points == 0)
                return;
        json_write_key(w, "mountPoints");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_mount_points; i++) {
                json_write_begin(w, '{');
                json_write_member_string(w, "name", app->mount_points[i].name);
                json_write_member_string(w, "path", app->mount_points[i].path);
                if (app->mount_points[i].read_only)
                        json_write_member_bool(w, "readOnly", true);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

static void write_ports(JsonWriter *w, const AppcApp *app) {
        if (app->n_ports == 0)
                return;
        json_write_key(w, "ports");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_ports; i++)
                appc_port_write(w, &app->ports[i]);
        json_write_end(w, ']');
}

void appc_app_write(JsonWriter *w, const AppcApp *app) {
        json_write_begin(w, '{');
        write_exec(w, app->exec);
        write_handlers(w, app);
        json_write_member_string(w, "user", app->user);
        json_write_member_string(w, "group", app->group);
        write_gids(w, app);
        if (!text_is_empty(app->working_directory))
                json_write_member_string(w, "workingDirectory", app->working_directory);
        if (app->environment.n > 0) {
                json_write_key(w, "environment");
                appc_pairs_write(w, &app->environment);
        }
        write_mount_points(w, app);
        write_ports(w, app);
        if (app->isolators.n > 0) {
                json_write_key(w, "isolators");
                appc_isolators_write(w, &app->isolators);
        }
        appc_user_maps_write(w, &app->user_annotations, &app->user_labels);
        json_write_end(w, '}');
}
