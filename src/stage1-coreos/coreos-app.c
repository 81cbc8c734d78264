/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-app.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "app-capabilities.h"
#include "app-environment.h"
#include "app-exec.h"
#include "app-isolation.h"
#include "app-mounts.h"
#include "app-restart.h"
#include "coreos-kernel.h"
#include "coreos-mounts.h"
#include "coreos-sockets.h"
#include "coreos-streams.h"
#include "coreos-volumes.h"
#include "files.h"
#include "openat.h"
#include "stage1-files.h"
#include "sysd-unit-file.h"

void coreos_needs_done(CoreosNeeds *needs) {
        free(needs->network);
        strv_free(needs->files);
        free(needs->hosts);
        strv_free(needs->sockets);
        strv_free(needs->socket_units);
        coreos_binds_done(&needs->binds);
        strv_free(needs->users);
        strv_free(needs->groups);
        *needs = (CoreosNeeds){};
}

/* Allocated; NULL when out of memory. */
static char *__attribute__((format(printf, 1, 2))) format(const char *format_text, ...) {
        char *text = NULL;
        va_list list;
        int n = 0;

        va_start(list, format_text);
        n = vasprintf(&text, format_text, list);
        va_end(list);
        return n < 0 ? NULL : text;
}

/* What an app does when the pod ends, and what happens when the app does. The pod of one that can be started
 * again goes on. */
static int add_dependencies(const Stage1App *app, bool is_mutable, SysdProperties *p) {
        static const char *const ends[] = { "exit.target", "halt.target", "poweroff.target",
                                            "reboot.target" };
        const char *name = app->runtime->name;
        _cleanup_(freep) char *begin = format("rkt-begin@%s.service", name);
        _cleanup_(freep) char *loaded = format("rkt-loaded@%s.target", name);
        const char *const needs[] = { is_mutable ? begin : "rkt-needed.service", loaded,
                                      "systemd-journald.socket" };
        _cleanup_(freep) char *description =
                format("Application=%s Image=%s", name, app->image->name);
        _cleanup_(freep) char *ended = format("rkt-ended@%s.service", name);
        _cleanup_(freep) char *failed =
                format(is_mutable ? "rkt-noted@%s.service" : "rkt-failed@%s.service", name);
        _cleanup_(freep) char *release = format("rkt-release@%s.service", name);
        int r = begin && loaded && description && ended && failed && release ? 0 : -ENOMEM;

        if (r < 0)
                return r;
        r = sysd_set_string(p, "Description", description);
        if (r >= 0)
                r = sysd_set_bool(p, "DefaultDependencies", false);
        for (size_t i = 0; i < N_ELEMENTS(needs) && r >= 0; i++) {
                r = sysd_add_string(p, "Requires", needs[i]);
                if (r >= 0)
                        r = sysd_add_string(p, "After", needs[i]);
        }
        for (size_t i = 0; i < N_ELEMENTS(ends) && r >= 0; i++) {
                r = sysd_add_string(p, "Conflicts", ends[i]);
                if (r >= 0)
                        r = sysd_add_string(p, "Before", ends[i]);
        }
        if (r >= 0)
                r = sysd_add_string(p, "Before", "rkt-exit.service");
        if (r >= 0)
                r = sysd_add_string(p, "Before", "rkt-ready.socket");
        if (r >= 0 && coreos_limits_legacy())
                r = sysd_add_string(p, "Wants", release);
        if (r >= 0)
                r = sysd_add_string(p, "OnSuccess", ended);
        return r < 0 ? r : sysd_add_string(p, "OnFailure", failed);
}

/* Its starts are counted from within: nobody outside follows the pod's units. */
static int
add_restarts(const Stage1App *app, SysdProperties *unit, SysdProperties *service, Error *e) {
        _cleanup_(freep) char *counter = format("rkt-again@%s.service", app->runtime->name);
        const SysdProperty *restart = NULL;
        int r = counter ? app_restart(&app->runtime->annotations, unit, service, e) : -ENOMEM;

        if (r >= 0)
                restart = sysd_property_get(service, "Restart");
        if (!restart || strcmp(restart->text, "no") == 0)
                return r;
        /* From 254 on, what OnFailure= and OnSuccess= name would start each time; before, it does not and no
         * such setting is known. */
        r = sysd_set_string(service, "RestartMode", "direct");
        if (r >= 0)
                r = sysd_add_string(unit, "Wants", counter);
        return r < 0 ? r : sysd_add_string(unit, "After", counter);
}

/* Source: inventory 5.1.14. There each directory of /sys is named that is not hidden: for each path systemd reads the
 * list of all mounts thrice. What is hidden under a bind mount costs nothing, but has to be there. */
static int add_path_protection(SysdProperties *p) {
        static const char *const hidden[] = { "/sys/firmware", "/sys/hypervisor", "/sys/module",
                                              "/sys/power" };
        int r = sysd_set_string(p, "DevicePolicy", "closed");

        if (r >= 0)
                r = sysd_add_bind(p, "BindPaths", COREOS_PROC, "/proc", true);
        if (r >= 0)
                r = sysd_add_bind(p, "BindPaths", COREOS_NO_DIRECTORY, "/sys/fs", false);
        if (r >= 0)
                r = sysd_add_string(p, "ReadOnlyPaths", "-+/sys");
        for (size_t i = 0; i < N_ELEMENTS(hidden) && r >= 0; i++) {
                _cleanup_(freep) char *path = format("-+%s", hidden[i]);

                r = path ? sysd_add_string(p, "InaccessiblePaths", path) : -ENOMEM;
        }
        return r;
}

/* The pod's own passwd and group know the app's numbers: systemd asks them. */
static int add_identity(const AppIdentity *who, CoreosNeeds *needs, SysdProperties *p) {
        char text[16];
        int r = 0;

        if (who->uid != 0)
                r = strv_appendf(&needs->users, "u%u:x:%u:%u::/:/bin/sh", who->uid, who->uid,
                                 who->gid);
        for (size_t i = 0; i <= who->n_gids && r >= 0; i++) {
                gid_t gid = i < who->n_gids ? who->gids[i] : who->gid;

                if (gid != 0)
                        r = strv_appendf(&needs->groups, "g%u:x:%u:", gid, gid);
                (void) snprintf(text, sizeof(text), "%u", gid);
                if (r >= 0 && i < who->n_gids)
                        r = sysd_add_string(p, "SupplementaryGroups", text);
        }
        (void) snprintf(text, sizeof(text), "%u", who->gid);
        if (r >= 0)
                r = sysd_set_string(p, "Group", text);
        (void) snprintf(text, sizeof(text), "%u", who->uid);
        return r < 0 ? r : sysd_set_string(p, "User", text);
}

static int add_environment(const Stage1App *app, SysdProperties *p) {
        _cleanup_(appc_pairs_done) AppcPairs variables = APPC_PAIRS_NULL;
        int r = app_environment(app->app, app->runtime->name, NULL, &variables);

        for (size_t i = 0; i < variables.n && r >= 0; i++) {
                _cleanup_(freep) char *assignment =
                        format("%s=%s", variables.items[i].name, variables.items[i].value);

                if (!assignment)
                        return -ENOMEM;
                r = sysd_add_string(p, "Environment", assignment);
        }
        return r;
}

/* What comes in a volume is there only once the app starts: systemd will look for it. */
static bool is_in_volume(const AppMounts *mounts, const char *path) {
        for (size_t i = 0; i < mounts->n; i++) {
                const char *rest = text_after(path, mounts->items[i].target);

                if (rest && *rest == '/')
                        return true;
        }
        return false;
}

static int add_command(const Stage1App *app,
                       const AppMounts *mounts,
                       char *const *words,
                       const char *property,
                       SysdProperties *p,
                       Error *e) {
        _cleanup_(freep) char *program = NULL;
        int r = 0;

        if (is_in_volume(mounts, words[0]))
                return sysd_add_exec(p, property, words[0], words);
        r = app_exec_find(app->root_fd, words[0], app->app->working_directory,
                          &app->app->environment, &program, e);

        return r < 0 ? r : sysd_add_exec(p, property, program, words);
}

static int
add_commands(const Stage1App *app, const AppMounts *mounts, SysdProperties *p, Error *e) {
        char *const *words = NULL;
        int r = stage1_app_command(app, &words, e);

        if (r >= 0)
                r = add_command(app, mounts, words, "ExecStart", p, e);
        for (size_t i = 0; i < app->app->n_handlers && r >= 0; i++) {
                const AppcEventHandler *handler = &app->app->handlers[i];
                bool before = strcmp(handler->name, "pre-start") == 0;

                if (handler->exec && handler->exec[0])
                        r = add_command(app, mounts, handler->exec,
                                        before ? "ExecStartPre" : "ExecStopPost", p, e);
        }
        return r < 0 || app->app->n_handlers == 0 ? r
                                                  : sysd_set_bool(p, "PermissionsStartOnly", true);
}

/* systemd 257 takes a unit for broken whose working directory lies there, and the pod would wait for its app
 * for ever; 252 one whose working directory leads up, and 257 starts the app. */
static int check_directory(const char *directory, Error *e) {
        static const char *const kernel[] = { "/proc", "/sys", "/dev" };

        if (directory && (strstr(directory, "/../") || text_ends_with(directory, "/..")))
                return error_new(e, -EINVAL,
                                 "working directory \"%s\" of the image has \"..\" in it",
                                 directory);
        for (size_t i = 0; i < N_ELEMENTS(kernel); i++)
                if (directory && path_is_within(directory, kernel[i]))
                        return error_new(e, -EINVAL,
                                         "working directory \"%s\" of the image lies in %s",
                                         directory, kernel[i]);
        return 0;
}

static int add_files(const Stage1App *app, const CoreosNeeds *needs, SysdProperties *p) {
        int r = 0;

        stage1_files_default(app->root_fd, needs->hosts);
        for (char **file = needs->files; r >= 0 && file && *file; file += 2)
                r = sysd_add_bind(p,
                                  strcmp(file[0], COREOS_HOSTNAME) == 0 ? "BindPaths"
                                                                        : "BindReadOnlyPaths",
                                  file[0], file[1], false);
        return r;
}

/* A fifth of the memory, as the pod's own, instead of half of it. In numbers: systemd 252 hands options of a unit
 * file on as they are, where "%" is doubled. */
static int bound_run(SysdProperties *p) {
        _cleanup_(freep) char *run = NULL;
        struct sysinfo info;

        if (sysinfo(&info) < 0)
                return -errno;
        if (asprintf(&run, "/run:mode=1777,size=%llu,nr_inodes=800k",
                     (unsigned long long) info.totalram * info.mem_unit / 5) < 0) {
                run = NULL;
                return -ENOMEM;
        }
        return sysd_add_string(p, "TemporaryFileSystem", run);
}

static int add_root(const Stage1App *app, SysdProperties *p, Error *e) {
        const char *directory = app->app->working_directory;
        _cleanup_(freep) char *root = format("/opt/stage2/%s/rootfs", app->runtime->name);
        int r = root ? check_directory(directory, e) : -ENOMEM;

        if (r < 0)
                return r;
        r = sysd_set_string(p, "RootDirectory", root);
        if (r >= 0)
                r = sysd_set_bool(p, "MountAPIVFS", true);
        if (r >= 0)
                r = bound_run(p);
        if (r >= 0)
                r = sysd_set_string(p, "WorkingDirectory",
                                    text_is_empty(directory) ? "/" : directory);
        return r;
}

/* The bounding set is a number on the bus, and names in a file. */
static int name_capabilities(SysdProperties *p, CoreosNeeds *needs) {
        const SysdProperty *bounding = sysd_property_get(p, "CapabilityBoundingSet");
        uint64_t set = bounding ? bounding->number : 0;
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = 0;

        if (!bounding)
                return 0;
        needs->capabilities |= set;
        for (unsigned i = 0; i < 64 && r >= 0; i++)
                if ((set & UINT64_C(1) << i) && app_capability_name(i))
                        r = strv_append(&names, app_capability_name(i));
        if (r < 0)
                return r;
        text = names ? strv_join(names, " ") : strdup("");
        return text ? sysd_set_string(p, "CapabilityBoundingSet", text) : -ENOMEM;
}

/* Where the owner of a file of the image is meant, that is seen as the host numbers it. */
static void translate(const Stage1App *app, const PodIds *ids, AppIdentity *who) {
        if (text_after(app->app->user, "/") && who->uid - ids->shift < ids->count)
                who->uid -= ids->shift;
        if (text_after(app->app->group, "/") && who->gid - ids->shift < ids->count)
                who->gid -= ids->shift;
}

/* For when they cannot be made. */
static int note_mounts(const Stage1App *app, const CoreosNeeds *needs, Strv *list) {
        int r = 0;

        for (char **file = needs->files; r >= 0 && file && *file; file += 2)
                r = coreos_mounts_add(list, file[0], file[1]);
        return r < 0 ? r : coreos_mounts_write(needs->root_fd, app->runtime->name, *list);
}

static int fill(const Pod *pod,
                const AppcPod *manifest,
                const Stage1App *app,
                const Stage1Args *args,
                CoreosNeeds *needs,
                SysdProperties *p,
                Error *e) {
        _cleanup_(app_identity_done) AppIdentity who = APP_IDENTITY_NULL;
        _cleanup_(app_mounts_done) AppMounts mounts = APP_MOUNTS_NULL;
        _cleanup_(strv_freep) Strv ignored = NULL, list = NULL;
        AppIsolation how = {
                .any_capabilities = args->any_capabilities,
                .any_calls = args->any_calls,
                .any_paths = args->any_paths,
                .calls_by_default = APP_SECCOMP_ALLOW_KNOWN,
        };
        int r = stage1_app_identity(app, &who, e);

        if (r >= 0)
                r = stage1_app_mounts(manifest, app, &mounts, e);
        if (r >= 0)
                r = stage1_app_tell_mounts(manifest, app, e);
        if (r >= 0)
                translate(app, &needs->ids, &who);
        coreos_limits_add(&needs->limits, &app->app->isolators);
        how.is_root = who.uid == 0;
        if (r >= 0)
                r = sysd_set_string(p, "Type", stage1_app_speaks_notify(app) ? "notify" : "exec");
        if (r >= 0)
                r = app_isolation(&app->app->isolators, &how, p, &ignored, e);
        if (r >= 0)
                r = name_capabilities(p, needs);
        if (r >= 0)
                r = add_identity(&who, needs, p);
        if (r >= 0)
                r = add_root(app, p, e);
        if (r >= 0)
                r = add_environment(app, p);
        if (r >= 0)
                r = add_commands(app, &mounts, p, e);
        if (r >= 0 && !args->any_paths)
                r = add_path_protection(p);
        if (r >= 0)
                r = add_files(app, needs, p);
        if (r >= 0)
                r = coreos_volumes_set(pod, app, &mounts, needs, p, &list, e);
        if (r >= 0)
                r = note_mounts(app, needs, &list);
        for (char **name = ignored; r >= 0 && name && *name; name++)
                fprintf(stderr, "stage1: warning: isolator %s is not enforced\n", *name);
        return r;
}

static int check_name(int root_fd, const char *unit, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(root_fd, COREOS_UNITS, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return error_wrap(e, fd, "cannot open " COREOS_UNITS);
        return faccessat(fd, unit, F_OK, AT_SYMLINK_NOFOLLOW) == 0
                       ? error_new(e, -EEXIST,
                                   "the pod has a unit %s of its own: choose another name "
                                   "with --name",
                                   unit)
                       : 0;
}

static int write_unit(int root_fd,
                      const char *app,
                      const SysdProperties *unit,
                      const SysdProperties *service,
                      Error *e) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, COREOS_APPS, 0755);
        _cleanup_(freep) char *text = NULL, *name = format("%s.service", app);
        FILE *out = NULL;
        size_t n = 0;
        int r = fd < 0 ? error_wrap(e, fd, "cannot open " COREOS_APPS) : 0;

        if (r >= 0)
                r = name ? check_name(root_fd, name, e) : -ENOMEM;
        if (r < 0)
                return r;
        out = open_memstream(&text, &n);
        if (!out)
                return -ENOMEM;
        fputs("[Unit]\n", out);
        r = sysd_unit_file_write(unit, out, e);
        fputs("\n[Service]\n", out);
        if (r >= 0)
                r = sysd_unit_file_write(service, out, e);
        if (fclose(out) != 0)
                return -ENOMEM;
        return r < 0 ? r : file_write_at(fd, name, text, n, 0644, 0);
}

int coreos_app_write(const Pod *pod,
                     int root_fd,
                     const AppcPod *manifest,
                     const Stage1App *app,
                     const Stage1Args *args,
                     CoreosNeeds *needs,
                     Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties unit = SYSD_PROPERTIES_NULL;
        _cleanup_(sysd_properties_done) SysdProperties service = SYSD_PROPERTIES_NULL;
        int r = add_dependencies(app, args->is_mutable, &unit);

        if (r >= 0)
                r = coreos_sockets_write(root_fd, app, manifest->n_apps == 1, needs, &unit, e);
        if (r >= 0)
                r = coreos_streams_set(root_fd, app, args->interactive, &unit, &service, e);
        if (r >= 0)
                r = fill(pod, manifest, app, args, needs, &service, e);
        if (r >= 0)
                r = add_restarts(app, &unit, &service, e);
        if (r >= 0)
                r = write_unit(root_fd, app->runtime->name, &unit, &service, e);
        return r;
}

int coreos_app_remove(int root_fd, const char *app, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(root_fd, COREOS_APPS, O_RDONLY | O_DIRECTORY);
        _cleanup_(freep) char *name = format("%s.service", app);
        int r = fd < 0 ? fd : 0;

        if (!name)
                return -ENOMEM;
        if (r >= 0 && unlinkat(fd, name, 0) < 0)
                r = -errno;
        if (r >= 0 || r == -ENOENT)
                r = coreos_streams_forget(root_fd, app);
        if (r >= 0)
                r = coreos_mounts_forget(root_fd, app);
        return r < 0 ? error_wrap(e, r, "cannot remove unit %s", name) : 0;
}
