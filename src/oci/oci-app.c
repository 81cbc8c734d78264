/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-app.h"

#include <strings.h>

#include "appc-name.h"

static int set_text(char **slot, const char *text) {
        *slot = strdup(text);
        return *slot ? 0 : -ENOMEM;
}

/* "", "user" or "user:group". */
static int set_user(const OciExecution *execution, AppcApp *app, Error *e) {
        const char *text = text_is_empty(execution->user) ? "0" : execution->user;
        const char *colon = strchr(text, ':'), *group = colon ? colon + 1 : text;

        if (colon == text || group[0] == '\0' || (colon && strchr(group, ':')))
                return error_new(e, -EINVAL, "User: \"%s\" is neither USER nor USER:GROUP", text);
        if (text[0] == '/' || group[0] == '/')
                return error_new(e, -EINVAL, "User: \"%s\" names a file, not a user", text);
        app->user = strndup(text, colon ? (size_t) (colon - text) : strlen(text));
        return app->user ? set_text(&app->group, group) : -ENOMEM;
}

static int set_exec(const OciExecution *execution, AppcApp *app) {
        char *const *const lists[] = { execution->entrypoint, execution->command };

        for (size_t i = 0; i < N_ELEMENTS(lists); i++)
                for (char *const *word = lists[i]; word && *word; word++) {
                        int r = strv_append(&app->exec, *word);
                        if (r < 0)
                                return r;
                }
        return 0;
}

static int set_environment(const OciExecution *execution, AppcApp *app, Error *e) {
        for (char **entry = execution->environment; entry && *entry; entry++) {
                _cleanup_(freep) char *name = NULL;
                const char *equals = strchr(*entry, '=');
                int r = 0;

                if (!equals)
                        continue;
                name = strndup(*entry, (size_t) (equals - *entry));
                if (!name)
                        return -ENOMEM;
                if (!appc_environment_name_is_valid(name))
                        return error_new(e, -EINVAL, "Env: \"%s\" is no name of a variable", name);
                r = appc_pairs_set(&app->environment, name, equals + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int set_working_directory(const OciExecution *execution, AppcApp *app, Error *e) {
        if (text_is_empty(execution->working_directory))
                return 0;
        if (execution->working_directory[0] != '/')
                return error_new(e, -EINVAL, "WorkingDir: \"%s\" is not absolute",
                                 execution->working_directory);
        return set_text(&app->working_directory, execution->working_directory);
}

/* Without "//", "." and ".."; of an absolute path. "" for the root. */
static char *clean_path(const char *path) {
        char *clean = calloc(strlen(path) + 1, 1);
        size_t end = 0;

        if (!clean)
                return NULL;
        while (*path) {
                size_t n = strcspn(path, "/");

                if (n == 2 && strncmp(path, "..", 2) == 0) {
                        while (end > 0 && clean[--end] != '/')
                                ;
                } else if (n > 0 && !(n == 1 && path[0] == '.')) {
                        clean[end++] = '/';
                        memcpy(clean + end, path, n);
                        end += n;
                }
                path += n;
                path += strspn(path, "/");
        }
        clean[end] = '\0';
        return clean;
}

static const AppcMountPoint *
find_mount_point(const AppcApp *app, const char *name, const char *path) {
        for (size_t i = 0; i < app->n_mount_points; i++)
                if (text_equal(app->mount_points[i].name, name) ||
                    text_equal(app->mount_points[i].path, path))
                        return &app->mount_points[i];
        return NULL;
}

/* "/var/lib/x" is "volume-var-lib-x"; if that is taken, "volume-var-lib-x-1" and so on. The paths
 * come sorted, so that an image gets the same names each time. */
static int name_volume(const AppcApp *app, const char *path, char **ret) {
        _cleanup_(freep) char *raw = NULL, *base = NULL, *name = NULL;
        int r = 0;

        if (asprintf(&raw, "volume%s", path) < 0)
                return -ENOMEM;
        r = appc_name_sanitize(raw, &base);
        if (r < 0)
                return r;
        r = set_text(&name, base);
        for (unsigned i = 1; r >= 0 && find_mount_point(app, name, NULL); i++) {
                free(ptr_take(&name));
                if (asprintf(&name, "%s-%u", base, i) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
        }
        if (r >= 0)
                *ret = ptr_take(&name);
        return r;
}

static int add_volume(const char *volume, AppcApp *app, Error *e) {
        _cleanup_(freep) char *path = NULL;
        AppcMountPoint *point = &app->mount_points[app->n_mount_points];
        int r = 0;

        if (volume[0] != '/')
                return error_new(e, -EINVAL, "Volumes: \"%s\" is not absolute", volume);
        path = clean_path(volume);
        if (!path)
                return -ENOMEM;
        if (path[0] == '\0')
                return error_new(e, -EINVAL, "Volumes: \"%s\" is the root", volume);
        if (find_mount_point(app, NULL, path))
                return 0; /* "/data" and "/data/" */
        r = name_volume(app, path, &point->name);
        if (r < 0)
                return r;
        point->path = ptr_take(&path);
        app->n_mount_points++;
        return 0;
}

static int compare_mount_points(const void *a, const void *b) {
        const AppcMountPoint *x = a, *y = b;

        return strcmp(x->name, y->name);
}

static int set_volumes(const OciExecution *execution, AppcApp *app, Error *e) {
        size_t n = strv_length(execution->volumes);

        if (n > OCI_VOLUMES_MAX)
                return error_new(e, -ERANGE, "Volumes: more than %d entries", OCI_VOLUMES_MAX);
        app->mount_points = calloc(n + 1, sizeof(AppcMountPoint));
        if (!app->mount_points)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = add_volume(execution->volumes[i], app, e);
                if (r < 0)
                        return r;
        }
        qsort(app->mount_points, app->n_mount_points, sizeof(AppcMountPoint), compare_mount_points);
        return 0;
}

/* "80", "80/tcp" or "80-90/udp". */
static int read_port(const char *text, AppcPort *port, Error *e) {
        static const char *const protocols[] = { "tcp", "udp", "sctp" };
        _cleanup_(freep) char *first = strdup(text);
        char *slash = NULL, *dash = NULL;
        uint64_t low = 0, high = 0;

        if (!first)
                return -ENOMEM;
        slash = strchr(first, '/');
        if (slash)
                *slash = '\0';
        dash = strchr(first, '-');
        if (dash)
                *dash = '\0';
        if (text_parse_u64(first, UINT16_MAX, &low) < 0 || low == 0 ||
            text_parse_u64(dash ? dash + 1 : first, UINT16_MAX, &high) < 0 || high < low)
                return error_new(e, -EINVAL, "ExposedPorts: \"%s\" is no port", text);
        for (size_t i = 0; i < N_ELEMENTS(protocols); i++) {
                if (strcasecmp(protocols[i], slash ? slash + 1 : "tcp") != 0)
                        continue;
                port->port = (uint16_t) low;
                port->count = (uint32_t) (high - low + 1);
                return set_text(&port->protocol, protocols[i]);
        }
        return error_new(e, -EINVAL, "ExposedPorts: \"%s\" has an unknown protocol", text);
}

static int compare_port_names(const void *a, const void *b) {
        const AppcPort *x = a, *y = b;

        return strcmp(x->name, y->name);
}

static int compare_port_numbers(const void *a, const void *b) {
        const AppcPort *x = a, *y = b;
        int r = strcmp(x->protocol, y->protocol);

        return r != 0 ? r : (int) x->port - (int) y->port;
}

/* Ports from @first on that follow each other without a gap, sorted by number. */
static size_t count_row(const AppcApp *app, size_t first, uint32_t *ret_end) {
        const AppcPort *ports = app->ports;
        size_t i = first + 1;
        uint32_t end = ports[first].port + ports[first].count;

        for (; i < app->n_ports && ports[i].port <= end &&
               text_equal(ports[i].protocol, ports[first].protocol);
             i++)
                if (ports[i].port + ports[i].count > end)
                        end = ports[i].port + ports[i].count;
        *ret_end = end;
        return i - first;
}

/* A range in a build file is written out port by port into the config, which for a telephone
 * exchange is some ten thousand of them. Long rows become the range again. */
static int merge_rows(AppcApp *app) {
        size_t n = 0, n_row = 0;

        for (size_t i = 0; i < app->n_ports; i += n_row) {
                AppcPort *first = &app->ports[i];
                uint32_t end = 0;

                n_row = count_row(app, i, &end);
                if (n_row > OCI_PORT_ROW_MAX) {
                        free(ptr_take(&first->name));
                        if (asprintf(&first->name, "%u-%u-%s", first->port, end - 1,
                                     first->protocol) < 0) {
                                first->name = NULL;
                                return -ENOMEM;
                        }
                        first->count = end - first->port;
                        for (size_t k = i + 1; k < i + n_row; k++)
                                appc_port_done(&app->ports[k]);
                        app->ports[n++] = struct_take(first);
                } else
                        for (size_t k = i; k < i + n_row; k++)
                                app->ports[n++] = struct_take(&app->ports[k]);
        }
        app->n_ports = n;
        return 0;
}

/* Equal names are equal ports: "80/tcp" and "80/TCP". */
static void drop_doubles(AppcApp *app) {
        size_t n = 0;

        for (size_t i = 0; i < app->n_ports; i++) {
                if (n > 0 && text_equal(app->ports[n - 1].name, app->ports[i].name))
                        appc_port_done(&app->ports[i]);
                else
                        app->ports[n++] = struct_take(&app->ports[i]);
        }
        app->n_ports = n;
}

static int set_ports(const OciExecution *execution, AppcApp *app, Error *e) {
        size_t n = strv_length(execution->ports);
        int r = 0;

        app->ports = calloc(n + 1, sizeof(AppcPort));
        if (!app->ports)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                AppcPort *port = &app->ports[app->n_ports++];

                r = read_port(execution->ports[i], port, e);
                if (r >= 0)
                        r = appc_name_sanitize(execution->ports[i], &port->name);
        }
        if (r < 0)
                return r;
        qsort(app->ports, app->n_ports, sizeof(AppcPort), compare_port_numbers);
        r = merge_rows(app);
        if (r < 0)
                return r;
        qsort(app->ports, app->n_ports, sizeof(AppcPort), compare_port_names);
        drop_doubles(app);
        if (app->n_ports > APPC_APP_PORTS_MAX)
                return error_new(e, -ERANGE, "ExposedPorts: more than %d entries",
                                 APPC_APP_PORTS_MAX);
        return 0;
}

static int set_user_data(const OciExecution *execution, AppcApp *app) {
        int r = appc_pairs_copy(&execution->labels, &app->user_labels);

        if (r < 0 || text_is_empty(execution->stop_signal))
                return r;
        return appc_pairs_set(&app->user_annotations, OCI_STOP_SIGNAL_ANNOTATION,
                              execution->stop_signal);
}

int oci_app_translate(const OciExecution *execution, AppcApp **ret, Error *e) {
        _cleanup_(appc_app_freep) AppcApp *app = calloc(1, sizeof(*app));
        int r = 0;

        if (!app)
                return -ENOMEM;
        r = set_user(execution, app, e);
        if (r >= 0)
                r = set_exec(execution, app);
        if (r >= 0)
                r = set_environment(execution, app, e);
        if (r >= 0)
                r = set_working_directory(execution, app, e);
        if (r >= 0)
                r = set_volumes(execution, app, e);
        if (r >= 0)
                r = set_ports(execution, app, e);
        if (r >= 0)
                r = set_user_data(execution, app);
        if (r < 0)
                return r;
        *ret = ptr_take(&app);
        return 0;
}
