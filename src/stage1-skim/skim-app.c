/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-app.h"

#include <fcntl.h>

#include "app-environment.h"
#include "app-exec.h"
#include "app-isolation.h"
#include "app-restart.h"
#include "openat.h"
#include "pod-name.h"
#include "skim-launch.h"
#include "skim-libraries.h"
#include "skim-network.h"
#include "skim-volumes.h"
#include "sysd-names.h"
#include "sysd-property-parse.h"

#define PROPERTIES_ANNOTATION "rkt/unit-properties"

/* Each directory of the image's PATH by its place on the host, then the host's own: an app of this
 * flavor calls programs of both. */
static int path_on_host(const Stage1App *app, const char *search, char **ret) {
        _cleanup_(strv_freep) Strv places = NULL, mapped = NULL;
        int r = strv_split(search, ':', &places);

        for (char **place = places; r >= 0 && *place; place++)
                if (**place == '/')
                        r = strv_appendf(&mapped, "%s%s", app->root_path, *place);
        if (r >= 0)
                r = strv_append(&mapped, APP_DEFAULT_PATH);
        if (r < 0)
                return r;
        *ret = strv_join(mapped, ":");
        return *ret ? 0 : -ENOMEM;
}

static int
replace_default(const Stage1App *app, AppcPairs *variables, const char *name, const char *value) {
        return appc_pairs_get(&app->app->environment, name)
                       ? 0
                       : appc_pairs_set(variables, name, value);
}

/* Who is not root gets no defaults of root's, whose home on the host he could not even look into: his
 * own is the one in his tree. */
static int add_user(const Stage1App *app, const AppIdentity *who, AppcPairs *variables, Error *e) {
        _cleanup_(freep) char *name = NULL, *home = NULL, *on_host = NULL;
        int r = who->uid == 0 ? 0 : app_user_find(app->root_fd, who->uid, &name, &home, e);

        if (r < 0 || !name)
                return r;
        if (asprintf(&on_host, "%s%s", app->root_path, strcmp(home, "/") == 0 ? "" : home) < 0) {
                on_host = NULL;
                return -ENOMEM;
        }
        r = replace_default(app, variables, "USER", name);
        if (r >= 0)
                r = replace_default(app, variables, "LOGNAME", name);
        return r < 0 ? r : replace_default(app, variables, "HOME", on_host);
}

static int
set_environment(const Stage1App *app, const AppIdentity *who, SysdProperties *p, Error *e) {
        /* The manager passes its own locale on; an app's is its own affair. */
        static const char *const unwanted[] = { "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE",
                                                "LC_MESSAGES" };
        _cleanup_(appc_pairs_done) AppcPairs variables = APPC_PAIRS_NULL;
        _cleanup_(freep) char *path = NULL;
        int r = app_environment(app->app, app->runtime->name, NULL, &variables);

        if (r >= 0)
                r = add_user(app, who, &variables, e);
        if (r >= 0)
                r = path_on_host(app, appc_pairs_get(&variables, "PATH"), &path);
        if (r >= 0)
                r = appc_pairs_set(&variables, "PATH", path);
        for (size_t i = 0; i < variables.n && r >= 0; i++) {
                _cleanup_(freep) char *assignment = NULL;

                if (asprintf(&assignment, "%s=%s", variables.items[i].name,
                             variables.items[i].value) < 0) {
                        assignment = NULL;
                        return -ENOMEM;
                }
                r = skim_text_check("an environment variable", assignment, e);
                if (r >= 0)
                        r = sysd_add_string(p, "Environment", assignment);
        }
        for (size_t i = 0; i < N_ELEMENTS(unwanted) && r >= 0; i++)
                if (!appc_pairs_get(&variables, unwanted[i]))
                        r = sysd_add_string(p, "UnsetEnvironment", unwanted[i]);
        return r;
}

/* Where a directory must be there, systemd looks for a unit to mount at it and at each of its dozen
 * parents, for every app anew. It is there; and an app stops before its tree is unmounted. */
static int set_directory_quickly(const Stage1App *app, const char *directory, SysdProperties *p) {
        _cleanup_(freep) char *optional = NULL, *mount_unit = NULL;
        int r = sysd_mount_unit(app->root_path, &mount_unit);

        if (r == -ENAMETOOLONG)
                return sysd_set_string(p, "WorkingDirectory", directory);
        if (r < 0)
                return r;
        if (asprintf(&optional, "-%s", directory) < 0) {
                optional = NULL;
                return -ENOMEM;
        }
        r = sysd_add_string(p, "After", mount_unit);
        return r < 0 ? r : sysd_set_string(p, "WorkingDirectory", optional);
}

static int set_directory(const Stage1App *app, SysdProperties *p, Error *e) {
        const char *directory = app->app->working_directory;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *real = NULL;
        int r = 0;

        directory = text_is_empty(directory) ? "/" : directory;
        fd = open_in_root(app->root_fd, directory, O_PATH | O_DIRECTORY);
        if (fd < 0)
                return error_wrap(e, fd, "cannot use working directory \"%s\" of the image",
                                  directory);
        r = skim_host_path(app->root_fd, app->root_path, directory, &real);
        if (r < 0)
                return error_wrap(e, r, "cannot use working directory \"%s\" of the image",
                                  directory);
        r = skim_text_check("the working directory", real, e);
        return r < 0 ? r : set_directory_quickly(app, real, p);
}

static int add_log_field(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(freep) char *field = NULL;

        if (!value)
                return 0;
        if (asprintf(&field, "%s=%s", name, value) < 0) {
                field = NULL;
                return -ENOMEM;
        }
        return sysd_add_bytes(p, "LogExtraFields", field);
}

/* What the journal says of each line beside the line. A guest writes none. */
static int
set_log_fields(const Pod *pod, const char *pod_name, const Stage1App *app, SysdProperties *p) {
        int r = add_log_field(p, "RKT_POD_UUID", pod->uuid.text);

        if (r >= 0)
                r = add_log_field(p, "RKT_POD_NAME", pod_name);
        if (r >= 0)
                r = add_log_field(p, "RKT_APP_NAME", app->runtime->name);
        return r < 0 ? r : add_log_field(p, "RKT_IMAGE_NAME", app->image->name);
}

static int set_identity(const Pod *pod, const Stage1App *app, bool is_guest, SysdProperties *p) {
        _cleanup_(freep) char *description = NULL, *pod_name = NULL;
        int r = pod_name_read(pod, &pod_name);

        if (r == -ENOMEM)
                return r;
        if (asprintf(&description, "Application=%s Image=%s%s%s", app->runtime->name,
                     app->image->name, pod_name ? " Pod=" : "", pod_name ? pod_name : "") < 0) {
                description = NULL;
                return -ENOMEM;
        }
        r = sysd_set_string(p, "Description", description);
        return r < 0 || is_guest ? r : set_log_fields(pod, pod_name, app, p);
}

/* What the user said with --property. Only the pod's own annotations are asked: an image must not
 * choose properties on the host. */
static int set_user_properties(const Stage1App *app, SysdProperties *p, Error *e) {
        const char *lines = appc_pairs_get(&app->runtime->annotations, PROPERTIES_ANNOTATION);
        _cleanup_(strv_freep) Strv list = NULL;
        int r = lines ? strv_split(lines, '\n', &list) : 0;

        for (char **line = list; r >= 0 && line && *line; line++)
                if (**line)
                        r = sysd_property_parse(*line, p, e);
        return r;
}

int skim_app_set_output(SysdProperties *p, int stream_fd) {
        int r = sysd_set_fd(p, "StandardOutputFileDescriptor", stream_fd);

        return r < 0 ? r : sysd_set_string(p, "StandardError", "inherit");
}

static int set_stream(SysdProperties *p, const Stage1Streams *s, size_t i, int log_fd) {
        static const struct {
                const char *property, *fd_property;
        } streams[STAGE1_STREAMS_MAX] = {
                { "StandardInput", "StandardInputFileDescriptor" },
                { "StandardOutput", "StandardOutputFileDescriptor" },
                { "StandardError", "StandardErrorFileDescriptor" },
        };
        bool log = s->modes[i] == STAGE1_STREAM_LOG ||
                   (s->modes[i] == STAGE1_STREAM_DEFAULT && i != STDIN_FILENO);

        if (log || s->modes[i] == STAGE1_STREAM_ATTACH)
                return sysd_set_fd(p, streams[i].fd_property, log ? log_fd : s->fds[i]);
        if (s->modes[i] != STAGE1_STREAM_TTY)
                return sysd_set_string(p, streams[i].property, "null");
        return sysd_set_string(p, streams[i].property, i == STDIN_FILENO ? "tty-force" : "tty");
}

int skim_app_set_streams(SysdProperties *p, const Stage1Streams *streams, int log_fd) {
        int r = streams->terminal ? sysd_set_string(p, "TTYPath", streams->terminal) : 0;

        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++)
                r = set_stream(p, streams, i, log_fd);
        return r;
}

int skim_app_properties(const AppcPod *pod_manifest,
                        const Pod *pod,
                        const char *pod_path,
                        const Stage1App *app,
                        const Stage1Args *args,
                        char *const *command,
                        SysdProperties *p,
                        Strv *ret_ignored,
                        Error *e) {
        _cleanup_(app_identity_done) AppIdentity who = APP_IDENTITY_NULL;
        AppIsolation how = {
                .any_capabilities = args->any_capabilities,
                .any_calls = args->any_calls,
                .any_paths = args->any_paths,
                .calls_by_default = APP_SECCOMP_REFUSE_KNOWN, /* a start is to cost little */
        };
        SkimLaunch launch = { app, &who };
        int r = stage1_app_identity(app, &who, e);

        if (r < 0)
                return r;
        how.is_root = who.uid == 0;
        r = set_identity(pod, app, command != NULL, p);
        if (r >= 0)
                r = sysd_set_string(p, "Type", stage1_app_speaks_notify(app) ? "notify" : "exec");
        if (r >= 0)
                r = app_isolation(&app->app->isolators, &how, p, ret_ignored, e);
        if (r >= 0)
                r = set_environment(app, &who, p, e);
        if (r >= 0)
                r = set_directory(app, p, e);
        if (r >= 0)
                r = command ? skim_launch_guest(&launch, command, p, e)
                            : skim_launch_app(&launch, p, e);
        if (r >= 0)
                r = skim_volumes_set(pod_manifest, pod, pod_path, app, p, e);
        if (r >= 0)
                r = skim_network_set(pod, pod_path, p, e);
        if (r >= 0 && args->ipc && strcmp(args->ipc, "private") == 0)
                r = sysd_set_bool(p, "PrivateIPC", true);
        if (r >= 0)
                r = app_restart(&app->runtime->annotations, p, p, e);
        if (r >= 0)
                r = set_user_properties(app, p, e);
        /* A guest comes once, and says nothing to systemd. */
        if (r >= 0 && command)
                r = sysd_set_string(p, "Restart", "no");
        if (r >= 0 && command)
                r = sysd_set_string(p, "Type", "exec");
        return r;
}
