/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-network.h"

#include <fcntl.h>
#include <sched.h>
#include <systemd/sd-daemon.h>

#include "network.h"
#include "pod-files.h"
#include "skim-volumes.h"

/* Made by stage0 for --dns and --hosts-entry, or for a network that knows name servers. */
static int set_files(const Pod *pod, const char *pod_path, SysdProperties *p, Error *e) {
        static const char *const files[][2] = {
                { POD_STAGE1_ROOTFS "/etc/rkt-resolv.conf", "/etc/resolv.conf" },
                { POD_STAGE1_ROOTFS "/etc/rkt-hosts", "/etc/hosts" },
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(files) && r >= 0; i++) {
                _cleanup_(freep) char *source = NULL;

                if (faccessat(pod->fd, files[i][0], F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (asprintf(&source, "%s/%s", pod_path, files[i][0]) < 0) {
                        source = NULL;
                        return -ENOMEM;
                }
                r = skim_volumes_make_target(pod, files[i][1], false, e);
                if (r >= 0)
                        r = sysd_add_bind(p, "BindReadOnlyPaths", source, files[i][1], false);
        }
        return r;
}

int skim_network_set(const Pod *pod, const char *pod_path, SysdProperties *p, Error *e) {
        _cleanup_(freep) char *path = NULL;
        int r = network_namespace_of(pod, &path);

        if (r >= 0 && path)
                r = sysd_set_string(p, "NetworkNamespacePath", path);
        /* Since systemd 254 that would mean a mount namespace for each app, and what an app mounts is
         * to be seen on the host. */
        if (r >= 0 && path)
                r = sysd_set_bool(p, "PrivateMounts", false);
        return r < 0 ? r : set_files(pod, pod_path, p, e);
}

int skim_network_open(const Pod *pod, SkimNetwork *ret, Error *e) {
        _cleanup_(freep) char *path = NULL;
        int r = network_namespace_of(pod, &path);

        if (r < 0 || !path)
                return r;
        ret->host_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        ret->pod_fd = open(path, O_RDONLY | O_CLOEXEC);
        return ret->host_fd < 0 || ret->pod_fd < 0
                       ? error_wrap(e, -errno, "cannot open the pod's network namespace")
                       : 0;
}

void skim_network_done(SkimNetwork *network) {
        fd_drop(&network->host_fd);
        fd_drop(&network->pod_fd);
}

void skim_network_enter(SkimNetwork *network) {
        if (network->pod_fd >= 0 && !network->inside)
                network->inside = setns(network->pod_fd, CLONE_NEWNET) == 0;
}

void skim_network_return(SkimNetwork *network) {
        if (network->inside)
                network->inside = setns(network->host_fd, CLONE_NEWNET) < 0;
}

void skim_network_notify(SkimNetwork *network, const char *text) {
        bool inside = network->inside;

        skim_network_return(network);
        (void) sd_notify(0, text);
        if (inside)
                skim_network_enter(network);
}
