/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's entrypoints for apps of a running pod: app-add, app-start, app-stop, app-rm, by the name it is called
 * by; --debug=BOOL --app=APP. An app is a unit of the pod's systemd, which is told to read its units anew. */

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "coreos-files.h"
#include "coreos-inside.h"
#include "coreos-manager.h"
#include "coreos-mounts.h"
#include "coreos-tree.h"
#include "coreos-volumes.h"
#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-status.h"
#include "text.h"

#define NOT_LOADED 5  /* stage0 knows it: the app does not run */
#define EXIT_EXEC 203 /* systemd's for a program that could not be executed */

/* A running pod, and the app that something is to be done with. */
typedef struct Target {
        const char *app;
        char *unit;
        Pod *pod;
        int root_fd; /* the pod's root as it is on disk */
        CoreosInside inside;
        sd_bus *bus;
} Target;

#define TARGET_NULL ((Target){ .root_fd = -EBADF, .inside = COREOS_INSIDE_NULL })

static void target_done(Target *target) {
        free(target->unit);
        pod_close(target->pod);
        fd_drop(&target->root_fd);
        coreos_inside_done(&target->inside);
        sd_bus_flush_close_unref(target->bus);
}

/* The pod's systemd does not serve whom it does not see. Only children arrive in a PID namespace; this one ends
 * with the pod. Returns 0, in the child; a negative errno. */
static int arrive(const CoreosInside *inside, Error *e) {
        int status = 0;
        pid_t child = -1;

        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setns(inside->process_fd, CLONE_NEWPID) < 0)
                return error_wrap(e, -errno, "cannot enter the pod");
        child = fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child == 0)
                return 0;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return error_wrap(e, -errno, "cannot wait for a process");
        if (WIFEXITED(status))
                _exit(WEXITSTATUS(status));
        return error_new(e, -EPIPE, "the pod has ended");
}

static int target_open(const Stage1AppArgs *args, Target *target, Error *e) {
        int r = pod_open_here(&args->uuid, &target->pod, e);

        if (r < 0)
                return r;
        target->app = args->app;
        target->root_fd = open_beneath(target->pod->fd, POD_STAGE1_ROOTFS, O_RDONLY | O_DIRECTORY);
        if (target->root_fd < 0)
                return error_wrap(e, target->root_fd, "cannot open the pod's root");
        if (asprintf(&target->unit, "%s.service", args->app) < 0) {
                target->unit = NULL;
                return -ENOMEM;
        }
        r = coreos_inside_open(target->pod, &target->inside, e);
        if (r >= 0)
                r = arrive(&target->inside, e);
        return r < 0 ? r : coreos_manager_connect(&target->inside, &target->bus, e);
}

static int check_capabilities(const Target *target, uint64_t wanted, Error *e) {
        uint64_t had = 0;
        int r = coreos_inside_capabilities(&target->inside, &had, e);

        if (r >= 0 && (wanted & ~had) != 0)
                return error_new(e, -EPERM,
                                 "app \"%s\" wants capabilities that its pod does not have",
                                 target->app);
        return r;
}

static int write_files(const Target *target,
                       const AppcPod *manifest,
                       const Stage1App *app,
                       CoreosNeeds *needs,
                       Error *e) {
        Stage1Args args = { .is_mutable = true };
        int r = stage1_read_insecure(target->pod, &args);

        if (r < 0)
                return error_wrap(e, r, "cannot tell what the pod's apps may do");
        r = pod_ids_assume(&needs->ids);
        if (r >= 0)
                r = coreos_files_recall(target->root_fd, needs);
        if (r >= 0)
                r = coreos_app_write(target->pod, target->root_fd, manifest, app, &args, needs, e);
        if (r >= 0)
                r = coreos_tree_add_users(target->root_fd, needs, e);
        pod_ids_leave(&needs->ids);
        return r;
}

static int load(const Target *target, Error *e) {
        CoreosUnit unit = {};
        int r = coreos_manager_reload(target->bus, e);

        if (r >= 0)
                r = coreos_manager_look(target->bus, target->unit, &unit, e);
        if (r >= 0 && strcmp(unit.load_state, "loaded") != 0)
                return error_new(e, -ENOEXEC, "the pod's systemd cannot load app \"%s\": %s",
                                 target->app, unit.reason);
        return r;
}

static int bring(const Target *target, const AppcPod *manifest, const Stage1App *app, Error *e) {
        _cleanup_(coreos_needs_done) CoreosNeeds needs = { .ids = target->inside.ids };
        _cleanup_(strv_freep) Strv unused = NULL; /* the pod's unit is made */
        char path[PATH_MAX];
        int r = 0;

        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        needs.pod_path = path;
        needs.root_fd = target->root_fd;
        r = write_files(target, manifest, app, &needs, e);
        if (r >= 0)
                r = coreos_limits_compose(&needs.limits, false, &unused);
        if (r >= 0)
                r = check_capabilities(target, needs.capabilities, e);
        if (r >= 0)
                r = load(target, e);
        return r < 0 ? r : coreos_inside_mount(&target->inside, app, &needs.binds, e);
}

static int add(Target *target, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        int r = stage1_app_find(target->pod, ".", target->app, &manifest, &app, e);

        if (r < 0)
                return r;
        /* What is there of that name is what a crash left: stage0 knows of no such app. */
        r = coreos_app_remove(target->root_fd, target->app, e);
        if (r >= 0)
                r = bring(target, manifest, &app, e);
        if (r < 0) {
                (void) coreos_app_remove(target->root_fd, target->app, NULL);
                (void) coreos_manager_reload(target->bus, NULL);
                (void) coreos_inside_unmount(&target->inside, target->app, NULL);
        }
        return r;
}

/* One that ended before it was up: whether it has run at all, or, where it is to say that it is ready, has not
 * failed to. */
static bool has_run(const CoreosUnit *unit) {
        if (strcmp(unit->type, "notify") == 0 || strcmp(unit->result, "timeout") == 0)
                return false;
        return unit->main_code != 0 &&
               !(unit->main_code == CLD_EXITED && unit->main_status == EXIT_EXEC);
}

/* Who asks for it begins anew: neither are starts of before held against it, nor told of. Not of one that
 * runs, which goes on. */
static void begin(const Target *target) {
        _cleanup_(fd_closep) int fd = -EBADF;
        CoreosUnit unit = {};

        if (coreos_manager_look(target->bus, target->unit, &unit, NULL) < 0 ||
            (strcmp(unit.active_state, "inactive") != 0 &&
             strcmp(unit.active_state, "failed") != 0))
                return;
        coreos_manager_forget(target->bus, target->unit);
        fd = open_beneath(target->root_fd, POD_RESTARTS, O_RDONLY | O_DIRECTORY);
        if (fd >= 0)
                (void) unlinkat(fd, target->app, 0);
}

static int check_mounts(const Target *target, Error *e) {
        _cleanup_(freep) char *where = NULL;
        int r = coreos_mounts_check(target->inside.root_fd, target->app, &where);

        return r < 0 && where
                       ? error_new(e, r,
                                   "app \"%s\" could not be started: cannot mount on its %s: %s",
                                   target->app, where, strerror(-r))
                       : 0;
}

static int start(Target *target, Error *e) {
        CoreosUnit unit = {};
        char result[32] = "";
        int r = 0;

        begin(target);
        r = coreos_manager_run(target->bus, "StartUnit", target->unit, result, sizeof(result), e);

        if (r < 0 || strcmp(result, "done") == 0)
                return r;
        r = coreos_manager_look(target->bus, target->unit, &unit, e);
        if (r >= 0 && unit.main_code == CLD_EXITED && unit.main_status == COREOS_MOUNTS_STATUS)
                r = check_mounts(target, e);
        if (r < 0 || (strcmp(result, "failed") == 0 && has_run(&unit)))
                return r;
        return error_new(e, -EIO, "app \"%s\" could not be started (%s)", target->app,
                         text_is_empty(unit.result) || strcmp(unit.result, "success") == 0
                                 ? result
                                 : unit.result);
}

/* As the pod itself notes it a little later. */
static int note(const Target *target, const CoreosUnit *unit, Error *e) {
        int status = unit->main_code == CLD_EXITED ? unit->main_status : 128 + unit->main_status;
        int r = pod_ids_assume(&target->inside.ids);

        if (strcmp(unit->result, "success") == 0 || unit->main_code == 0)
                status = 0;
        if (r >= 0)
                r = stage1_write_exit_status(target->pod, target->app, status, e);
        pod_ids_leave(&target->inside.ids);
        return r;
}

static int stop(Target *target, Error *e) {
        CoreosUnit unit = {};
        char result[32] = "";
        int r = coreos_manager_look(target->bus, target->unit, &unit, e);

        if (r < 0)
                return r;
        if (strcmp(unit.active_state, "inactive") == 0 || strcmp(unit.active_state, "failed") == 0)
                return error_new(e, -NOT_LOADED, "it is not running");
        r = coreos_manager_run(target->bus, "StopUnit", target->unit, result, sizeof(result), e);
        if (r < 0)
                return r;
        if (strcmp(result, "done") != 0)
                return error_new(e, -EIO, "app \"%s\" did not stop: %s", target->app, result);
        r = coreos_manager_look(target->bus, target->unit, &unit, e);
        return r < 0 ? r : note(target, &unit, e);
}

/* Its pod notes how an app ended after its job is done: not when what it notes is removed. */
static int stop_notes(const Target *target, Error *e) {
        static const char *const notes[] = { "rkt-ended@", "rkt-noted@" };
        char result[32] = "";
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(notes) && r >= 0; i++) {
                _cleanup_(freep) char *unit = NULL;

                if (asprintf(&unit, "%s%s.service", notes[i], target->app) < 0) {
                        unit = NULL;
                        return -ENOMEM;
                }
                r = coreos_manager_run(target->bus, "StopUnit", unit, result, sizeof(result), e);
        }
        return r;
}

static int rm(Target *target, Error *e) {
        CoreosUnit unit = {};
        int r = coreos_manager_look(target->bus, target->unit, &unit, e);

        if (r < 0)
                return r;
        if (strcmp(unit.active_state, "inactive") != 0 && strcmp(unit.active_state, "failed") != 0)
                return error_new(e, -EBUSY, "app \"%s\" is still running", target->app);
        r = stop_notes(target, e);
        if (r < 0)
                return r;
        r = coreos_app_remove(target->root_fd, target->app, e);
        coreos_manager_forget(target->bus, target->unit);
        if (r >= 0)
                r = coreos_manager_reload(target->bus, e);
        if (r >= 0)
                r = coreos_inside_unmount(&target->inside, target->app, e);
        if (r >= 0)
                r = coreos_volumes_forget(target->root_fd, target->app);
        return r;
}

static const struct {
        const char *name;
        int (*run)(Target *target, Error *e);
} verbs[] = {
        { "add", add },
        { "start", start },
        { "stop", stop },
        { "rm", rm },
};

static int run(const char *verb, const Stage1AppArgs *args, Error *e) {
        _cleanup_(target_done) Target target = TARGET_NULL;
        int r = target_open(args, &target, e);

        for (size_t i = 0; i < N_ELEMENTS(verbs) && r >= 0; i++)
                if (strcmp(verbs[i].name, verb) == 0)
                        return verbs[i].run(&target, e);
        return r < 0 ? r : error_new(e, -EINVAL, "\"%s\" is none of its names", verb);
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        char prefix[STAGE1_APP_PREFIX_SIZE];
        const char *verb = NULL;
        Stage1AppArgs args = {};
        int r = stage1_app_verb_parse(argc, argv, &args, &verb, prefix, &e);

        if (r < 0)
                return stage1_fail(prefix, &e, r, false);
        r = run(verb, &args, &e);
        if (r >= 0)
                return 0;
        (void) stage1_fail(prefix, &e, r, args.debug);
        return strcmp(verb, "stop") == 0 && r == -NOT_LOADED ? NOT_LOADED : STAGE1_FAILURE;
}
