/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-info.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"
#include "human.h"
#include "pod-name.h"

#define NET_INFO_MAX ((size_t) 1024 * 1024)

static void app_info_done(PodAppInfo *app) {
        free(app->name);
        free(app->image_id);
        free(app->image_name);
        for (size_t i = 0; i < app->n_mounts; i++) {
                free(app->mounts[i].volume);
                free(app->mounts[i].path);
                free(app->mounts[i].source);
        }
        free(app->mounts);
        appc_pairs_done(&app->user_annotations);
        appc_pairs_done(&app->user_labels);
}

void pod_info_done(PodInfo *info) {
        for (size_t i = 0; i < info->n_apps; i++)
                app_info_done(&info->apps[i]);
        free(info->apps);
        free(info->name);
        free(info->networks);
        json_free(info->net_info);
        appc_pairs_done(&info->user_annotations);
        appc_pairs_done(&info->user_labels);
        *info = (PodInfo){};
}

static int add_problem(Strv *problems, const Error *e, int r) {
        _cleanup_(freep) char *text = error_format(e, r, false);

        return text ? strv_append(problems, text) : -ENOMEM;
}

/* "NAME:VERSION", as the original shows images. */
static int image_name(const char *name, const AppcPairs *labels, char **ret) {
        const char *version = appc_pairs_get(labels, "version");

        if (asprintf(ret, "%s%s%s", name, version ? ":" : "", version ? version : "") < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

/* The app's own volume, or the pod's of that name; NULL for neither. */
static const AppcVolume *volume_of(const AppcPod *manifest, const AppcMount *mount) {
        if (mount->app_volume)
                return mount->app_volume;
        for (size_t i = 0; i < manifest->n_volumes; i++)
                if (strcmp(manifest->volumes[i].name, mount->volume) == 0)
                        return &manifest->volumes[i];
        return NULL;
}

static int read_mounts(const AppcPod *manifest, const AppcRuntimeApp *runtime, PodAppInfo *app) {
        app->mounts = calloc(runtime->n_mounts + 1, sizeof(PodMountInfo));
        if (!app->mounts)
                return -ENOMEM;
        for (size_t i = 0; i < runtime->n_mounts; i++) {
                const AppcMount *mount = &runtime->mounts[i];
                const AppcVolume *volume = volume_of(manifest, mount);
                PodMountInfo *info = &app->mounts[app->n_mounts++];

                info->volume = strdup(mount->volume);
                info->path = strdup(mount->path);
                if (!info->volume || !info->path)
                        return -ENOMEM;
                if (!volume)
                        continue;
                info->read_only = volume->read_only == APPC_TRUE;
                info->source = volume->source ? strdup(volume->source) : NULL;
                if (volume->source && !info->source)
                        return -ENOMEM;
        }
        return 0;
}

static int copy_user_pairs(const AppcApp *from, PodAppInfo *app) {
        int r = from ? appc_pairs_copy(&from->user_annotations, &app->user_annotations) : 0;

        return r < 0 || !from ? r : appc_pairs_copy(&from->user_labels, &app->user_labels);
}

static int read_app(const Pod *pod,
                    const AppcPod *manifest,
                    const AppcRuntimeApp *runtime,
                    PodAppInfo *app,
                    Strv *problems) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        PodAppEnd end;
        int r = 0;

        app->name = strdup(runtime->name);
        app->image_id = strdup(runtime->image_id);
        if (!app->name || !app->image_id)
                return -ENOMEM;
        r = read_mounts(manifest, runtime, app);
        if (r < 0)
                return r;
        (void) pod_read_app_end(pod, runtime->name, &end);
        app->exit_status = end.exit_status;
        app->restarts = end.restarts;
        /* Pods of ours say it all in their own manifest; others need not. */
        if (runtime->image_name && runtime->app) {
                r = image_name(runtime->image_name, &runtime->image_labels, &app->image_name);
                return r < 0 ? r : copy_user_pairs(runtime->app, app);
        }
        r = pod_read_app_image(pod, runtime->name, &image, &e);
        if (r < 0)
                return add_problem(problems, &e, r);
        r = image_name(image->name, &image->labels, &app->image_name);
        return r < 0 ? r : copy_user_pairs(runtime->app ? runtime->app : image->app, app);
}

/* Returns how many it wrote: a network may have no address of that family. */
static size_t
write_address(FILE *out, size_t n_before, const char *name, const char *key, const Json *value) {
        _cleanup_(freep) char *ip = NULL;

        if (json_read_string(value, &ip, NULL) < 0 || *ip == '\0')
                return 0;
        fprintf(out, "%s%s:%s=%s", n_before > 0 ? ", " : "", name, key, ip);
        return 1;
}

/* The file is ours or a stage1's: a list of objects with "netName", "ip" and ours with "ip6". */
static int read_networks(const Pod *pod, Json **ret_root, char **ret) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *text = NULL, *buffer = NULL;
        size_t n = 0, size = 0, n_written = 0;
        FILE *out = NULL;

        if (file_read_at(pod->fd, "net-info.json", NET_INFO_MAX, &text, &n) >= 0)
                (void) json_parse(text, n, &root, NULL);
        out = open_memstream(&buffer, &size);
        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < json_array_length(root); i++) {
                _cleanup_(freep) char *name = NULL;
                const Json *net = json_array_get(root, i);

                if (json_read_string(json_get(net, "netName"), &name, NULL) < 0)
                        continue;
                n_written += write_address(out, n_written, name, "ip4", json_get(net, "ip"));
                n_written += write_address(out, n_written, name, "ip6", json_get(net, "ip6"));
        }
        if (fclose(out) != 0)
                return -ENOMEM;
        *ret = ptr_take(&buffer);
        *ret_root = ptr_take(&root);
        return 0;
}

static int read_apps(const Pod *pod, PodInfo *info, Strv *problems) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = pod_read_manifest(pod, &manifest, &e);

        if (r == -ENOENT)
                return 0; /* it is being made */
        if (r < 0)
                return add_problem(problems, &e, r);
        info->apps = calloc(manifest->n_apps + 1, sizeof(PodAppInfo));
        if (!info->apps)
                return -ENOMEM;
        for (; info->n_apps < manifest->n_apps && r >= 0; info->n_apps++)
                r = read_app(pod, manifest, &manifest->apps[info->n_apps],
                             &info->apps[info->n_apps], problems);
        if (r >= 0)
                r = appc_pairs_copy(&manifest->user_annotations, &info->user_annotations);
        if (r >= 0)
                r = appc_pairs_copy(&manifest->user_labels, &info->user_labels);
        return r;
}

bool pod_state_is_after_run(PodState state) {
        return state == POD_EXITED || state == POD_EXITED_DELETING || state == POD_EXITED_GARBAGE;
}

/* Source: inventory 1.12, the rules for pods whose apps do not change. */
static const char *app_state(const PodInfo *info, const PodAppInfo *app) {
        if (app->exit_status >= 0)
                return "exited";
        switch (info->state) {
        case POD_RUNNING:
                return "running";
        case POD_PREPARED:
                return "created";
        case POD_EXITED:
        case POD_EXITED_DELETING:
        case POD_EXITED_GARBAGE:
        case POD_DELETING:
        case POD_GARBAGE:
                return "exited";
        default:
                return "unknown";
        }
}

int pod_info_read(const Pod *pod, PodInfo *ret, Strv *problems) {
        _cleanup_(pod_info_done) PodInfo info = {
                .uuid = pod->uuid,
                .state = pod->state,
                .created = pod_created(pod),
                .started = pod_started(pod),
                .marked = pod_marked(pod),
        };
        int r = read_networks(pod, &info.net_info, &info.networks);

        if (pod_name_read(pod, &info.name) == -ENOMEM)
                return -ENOMEM;
        if (r >= 0)
                r = read_apps(pod, &info, problems);
        if (r < 0)
                return r;
        for (size_t i = 0; i < info.n_apps; i++) {
                info.apps[i].state = app_state(&info, &info.apps[i]);
                info.apps[i].created = info.created;
                info.apps[i].started = info.started;
                info.apps[i].finished = info.marked;
        }
        *ret = info;
        info = (PodInfo){};
        return 0;
}

static int64_t modified(int dir_fd, const char *name, const char *suffix) {
        char path[512];
        struct stat st;

        if (snprintf(path, sizeof(path), "%s%s", name, suffix) >= (int) sizeof(path) ||
            fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        return st.st_mtim.tv_sec * NSEC_PER_SEC + st.st_mtim.tv_nsec;
}

static void look_at_app(const PodInfo *info, int status_fd, PodAppInfo *app) {
        int exit_status = app->exit_status;

        app->exit_status = -1;
        app->state = "unknown";
        app->started = app->finished = 0;
        app->created = modified(status_fd, app->name, "-created");
        if (app->created > 0) {
                app->state = "created";
                app->started = modified(status_fd, app->name, "-started");
        }
        if (app->started > 0) {
                app->state = "running";
                app->finished = modified(status_fd, app->name, "");
        }
        if (app->finished > 0) {
                app->state = "exited";
                app->exit_status =
                        exit_status >= 0 ? exit_status : 1; /* unreadable is no success */
        } else if (pod_state_is_after_run(info->state)) {
                app->state = "exited"; /* the pod was killed */
                app->finished = info->marked;
        }
}

void pod_info_look_at_apps(const Pod *pod, PodInfo *info) {
        _cleanup_(fd_closep) int fd = pod_open_in_stage1(pod, "rkt/status", O_RDONLY | O_DIRECTORY);

        for (size_t i = 0; i < info->n_apps; i++)
                look_at_app(info, fd, &info->apps[i]);
}

static void write_map(JsonWriter *w, const char *key, const AppcPairs *pairs) {
        if (pairs->n == 0)
                return;
        json_write_key(w, key);
        appc_user_map_write(w, pairs);
}

static void write_time(JsonWriter *w, const char *key, int64_t time) {
        if (time > 0)
                json_write_member_i64(w, key, time);
}

static void write_mounts(JsonWriter *w, const PodAppInfo *app) {
        if (app->n_mounts == 0)
                return;
        json_write_key(w, "mounts");
        json_write_begin(w, '[');
        for (size_t i = 0; i < app->n_mounts; i++) {
                const PodMountInfo *mount = &app->mounts[i];

                json_write_begin(w, '{');
                json_write_member_string(w, "name", mount->volume);
                json_write_member_string(w, "container_path", mount->path);
                json_write_member_string(w, "host_path", mount->source ? mount->source : "");
                json_write_member_bool(w, "read_only", mount->read_only);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

void pod_info_write_app(JsonWriter *w, const PodAppInfo *app) {
        json_write_begin(w, '{');
        json_write_member_string(w, "name", app->name);
        json_write_member_string(w, "state", app->state);
        write_time(w, "created_at", app->created);
        write_time(w, "started_at", app->started);
        write_time(w, "finished_at", app->finished);
        if (app->exit_status >= 0)
                json_write_member_i64(w, "exit_code", app->exit_status);
        if (app->restarts > 0)
                json_write_member_i64(w, "restarts", app->restarts);
        json_write_member_string(w, "image_id", app->image_id);
        write_mounts(w, app);
        write_map(w, "user_annotations", &app->user_annotations);
        write_map(w, "user_labels", &app->user_labels);
        json_write_end(w, '}');
}

const char *pod_info_check_name(const NetworkVerdict *verdict) {
        if (verdict->result == -EOPNOTSUPP)
                return "unsupported";
        return verdict->result < 0 ? "failed" : "ok";
}

static void write_checks(JsonWriter *w, const NetworkVerdicts *checks) {
        json_write_key(w, "network_checks");
        json_write_begin(w, '[');
        for (size_t i = 0; i < checks->n; i++) {
                const NetworkVerdict *verdict = &checks->items[i];

                json_write_begin(w, '{');
                json_write_member_string(w, "netName", verdict->network);
                json_write_member_string(w, "ifName", verdict->interface);
                json_write_member_string(w, "result", pod_info_check_name(verdict));
                if (verdict->reason)
                        json_write_member_string(w, "reason", verdict->reason);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

int pod_info_write(JsonWriter *w, const PodInfo *info, Error *e) {
        if (info->created <= 0)
                return error_new(e, -EINVAL, "invalid creation time of pod \"%s\"",
                                 info->uuid.text);
        json_write_begin(w, '{');
        json_write_member_string(w, "name", info->uuid.text);
        json_write_member_string(w, "state", pod_state_name(info->state));
        if (json_array_length(info->net_info) > 0) {
                json_write_key(w, "networks");
                json_write_value(w, info->net_info);
        }
        if (info->checks)
                write_checks(w, info->checks);
        if (info->n_apps > 0) {
                json_write_key(w, "app_names");
                json_write_begin(w, '[');
                for (size_t i = 0; i < info->n_apps; i++)
                        json_write_string(w, info->apps[i].name);
                json_write_end(w, ']');
                json_write_key(w, "apps");
                json_write_begin(w, '[');
                for (size_t i = 0; i < info->n_apps; i++)
                        pod_info_write_app(w, &info->apps[i]);
                json_write_end(w, ']');
        }
        json_write_member_i64(w, "created_at", info->created / NSEC_PER_SEC);
        write_time(w, "started_at", info->started / NSEC_PER_SEC);
        write_map(w, "user_annotations", &info->user_annotations);
        write_map(w, "user_labels", &info->user_labels);
        if (info->name)
                json_write_member_string(w, "pod_name", info->name);
        json_write_end(w, '}');
        return 0;
}
