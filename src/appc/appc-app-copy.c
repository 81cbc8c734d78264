/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-app.h"
#include "appc-read.h"

/* A copy of its own, member by member: an app under assembly need not be one that could be written
 * and read again. Each list's length grows with what was copied, so that a failure half-way leaves
 * an app that can be freed. */

/* An empty list stays one, where strv_copy() would make NULL of it: "exec" tells them apart. */
static int copy_exec(char *const *exec, Strv *ret) {
        if (exec && !*exec) {
                *ret = calloc(1, sizeof(char *));
                return *ret ? 0 : -ENOMEM;
        }
        return strv_copy(exec, ret);
}

static int copy_handlers(const AppcApp *from, AppcApp *to) {
        if (from->n_handlers == 0)
                return 0;
        to->handlers = calloc(from->n_handlers, sizeof(AppcEventHandler));
        if (!to->handlers)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_handlers; i++) {
                to->n_handlers++;
                if (appc_text_copy(from->handlers[i].name, &to->handlers[i].name) < 0 ||
                    copy_exec(from->handlers[i].exec, &to->handlers[i].exec) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int copy_gids(const AppcApp *from, AppcApp *to) {
        if (from->n_supplementary_gids == 0)
                return 0;
        to->supplementary_gids = calloc(from->n_supplementary_gids, sizeof(int64_t));
        if (!to->supplementary_gids)
                return -ENOMEM;
        memcpy(to->supplementary_gids, from->supplementary_gids,
               from->n_supplementary_gids * sizeof(int64_t));
        to->n_supplementary_gids = from->n_supplementary_gids;
        return 0;
}

static int copy_mount_points(const AppcApp *from, AppcApp *to) {
        if (from->n_mount_points == 0)
                return 0;
        to->mount_points = calloc(from->n_mount_points, sizeof(AppcMountPoint));
        if (!to->mount_points)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_mount_points; i++) {
                to->n_mount_points++;
                to->mount_points[i].read_only = from->mount_points[i].read_only;
                if (appc_text_copy(from->mount_points[i].name, &to->mount_points[i].name) < 0 ||
                    appc_text_copy(from->mount_points[i].path, &to->mount_points[i].path) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int appc_port_copy(const AppcPort *port, AppcPort *ret) {
        AppcPort copy = *port;

        copy.name = copy.protocol = NULL;
        if (appc_text_copy(port->name, &copy.name) < 0 ||
            appc_text_copy(port->protocol, &copy.protocol) < 0) {
                appc_port_done(&copy);
                return -ENOMEM;
        }
        *ret = copy;
        return 0;
}

static int copy_ports(const AppcApp *from, AppcApp *to) {
        if (from->n_ports == 0)
                return 0;
        to->ports = calloc(from->n_ports, sizeof(AppcPort));
        if (!to->ports)
                return -ENOMEM;
        for (; to->n_ports < from->n_ports; to->n_ports++)
                if (appc_port_copy(&from->ports[to->n_ports], &to->ports[to->n_ports]) < 0)
                        return -ENOMEM;
        return 0;
}

int appc_app_copy(const AppcApp *app, AppcApp **ret) {
        _cleanup_(appc_app_freep) AppcApp *copy = calloc(1, sizeof(AppcApp));

        if (!copy || copy_exec(app->exec, &copy->exec) < 0 || copy_handlers(app, copy) < 0 ||
            appc_text_copy(app->user, &copy->user) < 0 ||
            appc_text_copy(app->group, &copy->group) < 0 || copy_gids(app, copy) < 0 ||
            appc_text_copy(app->working_directory, &copy->working_directory) < 0 ||
            appc_pairs_copy(&app->environment, &copy->environment) < 0 ||
            copy_mount_points(app, copy) < 0 || copy_ports(app, copy) < 0 ||
            appc_isolators_copy(&app->isolators, &copy->isolators) < 0 ||
            appc_pairs_copy(&app->user_annotations, &copy->user_annotations) < 0 ||
            appc_pairs_copy(&app->user_labels, &copy->user_labels) < 0)
                return -ENOMEM;
        *ret = ptr_take(&copy);
        return 0;
}
