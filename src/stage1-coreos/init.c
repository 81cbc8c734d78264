/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "run" entrypoint: systemd-nspawn boots a systemd, and each app is a service in it, in its
 * own tree as root directory. */

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <systemd/sd-daemon.h>

#include "app-capabilities.h"
#include "coreos-files.h"
#include "coreos-foreground.h"
#include "coreos-keeper.h"
#include "coreos-tree.h"
#include "files.h"
#include "network.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-abort.h"
#include "stage1-listen.h"
#include "stage1-network.h"
#include "stage1-status.h"
#include "sysd-host.h"

#define NSPAWN "/usr/bin/systemd-nspawn"
/* In an image that brings its own: what executes it, and where its libraries are, one a line. */
#define LOADER "rkt/loader"
#define LIBRARIES "rkt/libraries"
#define LIBRARIES_MAX ((size_t) 64 * 1024)

static int check_flavor(const Stage1Args *args, const AppcPod *manifest, Error *e) {
        if (manifest->n_apps == 0 && !args->is_mutable)
                return error_new(e, -EINVAL, "pod must contain at least one application");
        if (args->ipc && strcmp(args->ipc, "auto") != 0 && strcmp(args->ipc, "private") != 0 &&
            strcmp(args->ipc, "parent") != 0)
                return error_new(e, -EINVAL, "unknown value for --ipc parameter: %s", args->ipc);
        if (args->interactive && (manifest->n_apps != 1 || !isatty(STDIN_FILENO)))
                return error_new(e, -EINVAL,
                                 "interactive option only supports one image, and a terminal");
        return 0;
}

static int write_apps(const Pod *pod,
                      int root_fd,
                      const AppcPod *manifest,
                      const Stage1Args *args,
                      CoreosNeeds *needs,
                      Error *e) {
        int r = 0;

        for (size_t i = 0; i < manifest->n_apps && r >= 0; i++) {
                _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;

                r = stage1_app_open(pod, needs->pod_path, &manifest->apps[i], &app, e);
                if (r >= 0)
                        r = coreos_app_write(pod, root_fd, manifest, &app, args, needs, e);
        }
        for (char **name = needs->sockets; r >= 0 && name && *name; name++)
                if (**name)
                        r = stage1_listen_refuse(*name, e);
        return r;
}

static int fill_root(const Pod *pod,
                     int root_fd,
                     const AppcPod *manifest,
                     const Stage1Args *args,
                     CoreosNeeds *needs,
                     Error *e) {
        int r = 0;

        if (args->private_users && pod_ids_parse(args->private_users, &needs->ids) < 0)
                return error_new(e, -EINVAL, "unknown value for --private-users: %s",
                                 args->private_users);
        r = stage1_listen_names(&needs->sockets);
        if (r < 0)
                return error_wrap(e, r, "cannot take the sockets systemd has passed");
        needs->root_fd = root_fd;
        needs->own_usr = faccessat(root_fd, "usr/lib/systemd", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        r = pod_ids_assume(&needs->ids);
        if (r >= 0)
                r = coreos_files_find(pod, root_fd, args, needs, e);
        if (r >= 0)
                r = coreos_tree_make(root_fd, needs->own_usr, &args->uuid, e);
        if (r >= 0)
                r = write_apps(pod, root_fd, manifest, args, needs, e);
        if (r >= 0)
                r = coreos_tree_finish(root_fd, manifest, args->is_mutable, needs, e);
        pod_ids_leave(&needs->ids);
        return r;
}

static int add_capabilities(const Stage1Args *args, const CoreosNeeds *needs, Strv *words) {
        int r = 0;

        if (args->any_capabilities)
                return strv_append(words, "--capability=all");
        for (unsigned i = 0; i < 64 && r >= 0; i++)
                if ((needs->capabilities & UINT64_C(1) << i) && app_capability_name(i))
                        r = strv_appendf(words, "--capability=%s", app_capability_name(i));
        return r;
}

/* As the main process of a service, the pod stays in that service. */
static int add_place(const CoreosNeeds *needs, Strv *words) {
        bool booted = sysd_host_is_booted(), own_unit = booted && !stage1_is_main_process();
        int r = coreos_limits_compose(&needs->limits, own_unit, words);

        if (r >= 0 && !booted) {
                r = strv_append(words, "--register=no");
                if (r >= 0)
                        r = strv_append(words, "--keep-unit");
                return r < 0 ? r : strv_append(words, "--link-journal=no");
        }
        if (r >= 0)
                r = strv_append(words, own_unit ? "--slice=machine-rkt.slice" : "--keep-unit");
        return r < 0 ? r : strv_append(words, "--link-journal=try-guest");
}

/* The image's own systemd-nspawn by its own loader and libraries, so that what is installed on the host
 * does not matter; or, in an image without one, the host's. */
static int add_program(int root_fd, const CoreosNeeds *needs, Strv *words, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(root_fd, LIBRARIES, O_RDONLY);
        _cleanup_(strv_freep) Strv directories = NULL, paths = NULL;
        _cleanup_(freep) char *text = NULL, *joined = NULL;
        size_t n = 0;
        int r = fd < 0 ? fd : fd_read_all(fd, LIBRARIES_MAX, &text, &n);

        if (r == -ENOENT && access(NSPAWN, X_OK) < 0)
                return error_wrap(e, -errno, "cannot execute " NSPAWN ", which this flavor needs");
        if (r == -ENOENT)
                return strv_append(words, NSPAWN);
        if (r >= 0)
                r = strv_split(text_trim(text), '\n', &directories);
        for (char **directory = directories; r >= 0 && directory && *directory; directory++)
                r = strv_appendf(&paths, "%s/" POD_STAGE1_ROOTFS "/%s", needs->pod_path,
                                 *directory);
        if (r < 0)
                return error_wrap(e, r, "cannot read " LIBRARIES " of stage1");
        joined = paths ? strv_join(paths, ":") : strdup("");
        r = joined ? strv_append(words, POD_STAGE1_ROOTFS "/" LOADER) : -ENOMEM;
        if (r >= 0)
                r = strv_append(words, "--library-path");
        if (r >= 0)
                r = strv_append(words, joined);
        return r < 0 ? r : strv_append(words, POD_STAGE1_ROOTFS NSPAWN);
}

/* Empty where the host has no SELinux. Source: inventory 5.1.2. */
static int add_labels(Strv *words) {
        static const char *const options[][2] = {
                { STAGE1_LABEL_ENV, "--selinux-context=" },
                { STAGE1_MOUNT_LABEL_ENV, "--selinux-apifs-context=" },
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(options) && r >= 0; i++) {
                const char *label = getenv(options[i][0]);

                if (!text_is_empty(label))
                        r = strv_appendf(words, "%s%s", options[i][1], label);
        }
        return r;
}

static int compose(const Stage1Args *args, const CoreosNeeds *needs, Strv *ret) {
        static const char *const fixed[] = {
                "--kill-signal=SIGRTMIN+3",
                "--notify-ready=yes",
                ("--setenv=SYSTEMD_UNIT_PATH=/" COREOS_UNITS ":/" COREOS_APPS),
                /* Nowhere: a /usr of the host has generators of the host's units. */
                "--setenv=SYSTEMD_GENERATOR_PATH=/rkt/none",
                "--setenv=SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/rkt/none",
                "--directory=" POD_STAGE1_ROOTFS,
                "--resolv-conf=off",
                "--timezone=off",
        };
        static const char *const quiet[] = { "--log-target=null", "--show-status=0" };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(fixed) && r >= 0; i++)
                r = strv_append(ret, fixed[i]);
        if (r >= 0 && !needs->own_usr)
                r = strv_append(ret, "--bind-ro=/usr:/usr");
        if (r >= 0 && args->private_users)
                r = strv_appendf(ret, "--private-users=%s", args->private_users);
        if (r >= 0)
                r = strv_appendf(ret, "--uuid=%s", args->uuid.text);
        if (r >= 0)
                r = strv_appendf(ret, "--machine=rkt-%s", args->uuid.text);
        if (r >= 0 && args->hostname)
                r = strv_appendf(ret, "--hostname=%s", args->hostname);
        if (r >= 0 && needs->network && !args->private_users)
                r = strv_appendf(ret, "--network-namespace-path=%s", needs->network);
        else if (r >= 0 && strcmp(args->net, "none") == 0)
                r = strv_append(ret, "--private-network");
        if (r >= 0 && !args->debug)
                r = strv_append(ret, "--quiet");
        /* Else systemd (257) resets the console as a terminal, on rkt's output. */
        if (r >= 0 && !args->debug && !args->interactive)
                r = strv_append(ret, "--setenv=TERM=dumb");
        if (r >= 0)
                r = add_labels(ret);
        if (r >= 0)
                r = add_place(needs, ret);
        if (r >= 0)
                r = add_capabilities(args, needs, ret);
        if (r >= 0)
                r = coreos_binds_compose(&needs->binds, ret);
        if (r >= 0)
                r = strv_append(ret, "--");
        if (r >= 0)
                r = strv_append(ret, "/rkt/reaper");
        if (r >= 0)
                r = strv_append(ret, "boot");
        if (r >= 0)
                r = strv_append(ret, "--default-standard-output=tty");
        for (size_t i = 0; i < N_ELEMENTS(quiet) && r >= 0 && !args->debug; i++)
                r = strv_append(ret, quiet[i]);
        return r;
}

static int set_environment(const Stage1Args *args) {
        int r = setenv("SYSTEMD_NSPAWN_CONTAINER_SERVICE", "rkt", 1);

        if (r == 0 && !args->debug)
                r = setenv("SYSTEMD_LOG_LEVEL", "err", 1);
        if (r == 0 && args->any_paths)
                r = setenv("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "yes", 1);
        if (r == 0 && args->ipc && strcmp(args->ipc, "parent") == 0)
                r = setenv("SYSTEMD_NSPAWN_SHARE_NS_IPC", "true", 1);
        return r < 0 ? -errno : 0;
}

/* Whoever wants no network at all has a namespace that systemd-nspawn makes. */
static int join_network(
        const Pod *pod, const AppcPod *manifest, const Stage1Args *args, char **ret, Error *e) {
        int r = 0;

        if (strcmp(args->net, "none") == 0 && manifest->n_ports == 0) {
                stage1_network_tell_none();
                return 0;
        }
        r = stage1_network_join(pod, manifest, args, e);
        if (r > 0)
                r = network_namespace_of(pod, ret);
        return r < 0 ? r : 0;
}

/* With private users systemd-nspawn would enter it only as one of these, who may not (seen on 252): so it
 * starts there and takes it for the host's. All it talks to outside has a path. */
static int enter_network(const char *path, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd < 0 || setns(fd, CLONE_NEWNET) < 0
                       ? error_wrap(e, -errno, "cannot enter the pod's network namespace")
                       : 0;
}

/* sd-daemon has kept them from being inherited, which helpers should not. */
static void hand_over_sockets(const CoreosNeeds *needs) {
        for (int i = 0; needs->sockets && needs->sockets[i]; i++)
                (void) fcntl(SD_LISTEN_FDS_START + i, F_SETFD, 0);
}

/* Returns only when it fails. */
static int become_nspawn(const Pod *pod,
                         const AppcPod *manifest,
                         const Stage1Args *args,
                         CoreosNeeds *needs,
                         Error *e) {
        _cleanup_(fd_closep) int root_fd =
                open_beneath(pod->fd, POD_STAGE1_ROOTFS, O_RDONLY | O_DIRECTORY);
        _cleanup_(strv_freep) Strv words = NULL;
        _cleanup_(freep) char *network = NULL;
        int r = root_fd;

        if (r >= 0)
                r = fill_root(pod, root_fd, manifest, args, needs, e);
        if (r >= 0)
                r = add_program(root_fd, needs, &words, e);
        if (r >= 0)
                r = compose(args, needs, &words);
        if (r >= 0)
                r = set_environment(args);
        if (r >= 0)
                r = stage1_write_insecure(pod, args, e);
        if (r >= 0)
                r = pod_sync(pod, e); /* the statuses are written from within */
        if (r >= 0)
                r = stage1_write_parent_pid(pod, getpid(), e);
        if (r >= 0)
                r = coreos_keeper_start(pod, args, needs, e);
        if (r < 0)
                return r;
        network = ptr_take(&needs->network); /* the keeper's, from now on */
        if (network && args->private_users)
                r = enter_network(network, e);
        if (r < 0)
                return r;
        coreos_foreground_bind();
        hand_over_sockets(needs);
        (void) execv(words[0], words);
        return error_wrap(e, -errno, "cannot execute %s", words[0]);
}

static int run(const Stage1Args *args, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(coreos_needs_done) CoreosNeeds needs = {};
        _cleanup_(pod_closep) Pod *pod = NULL;
        char path[PATH_MAX];
        int r = pod_open_here(&args->uuid, &pod, e);

        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = check_flavor(args, manifest, e);
        if (r < 0)
                return r;
        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        needs.pod_path = path;
        r = join_network(pod, manifest, args, &needs.network, e);
        if (r < 0)
                return r;
        /* Nobody waits for a detached pod. */
        if (needs.network && (stage1_is_main_process() || !getenv(STAGE1_DETACHED_ENV)))
                r = coreos_foreground(&args->uuid, stage1_is_main_process(), e);
        if (r >= 0)
                r = become_nspawn(pod, manifest, args, &needs, e);
        if (needs.network) /* and no keeper who leaves it */
                (void) stage1_network_leave(pod, args->local_config, NULL);
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Stage1Args args = {};
        int r = stage1_args_parse(argc, argv, &args, &e);

        if (r < 0)
                return stage1_fail("stage1", &e, r, false);
        r = run(&args, &e);
        (void) stage1_fail("stage1", &e, r, args.debug);
        stage1_abort(&args.uuid);
        return STAGE1_FAILURE;
}
