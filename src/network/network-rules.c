/* SPDX-License-Identifier: Apache-2.0 */
#include "network-rules.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lock.h"
#include "network-program.h"

#define LOCK_FILE "/run/lock/rkt-ports"
#define TIMEOUT_USEC ((uint64_t) 20 * 1000 * 1000)

/* One transaction: it fails as a whole when the first chain holds a rule, which is a port of a pod.
 * Names and rules are the portmap plugin's. */
#define SWEEP                                                                       \
        "*nat\n"                                                                    \
        "-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n"         \
        "-D OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n"             \
        "-D POSTROUTING -m comment --comment \"CNI portfwd requiring masquerade\" " \
        "-j CNI-HOSTPORT-MASQ\n"                                                    \
        "-X CNI-HOSTPORT-DNAT\n"                                                    \
        "-F CNI-HOSTPORT-MASQ\n-X CNI-HOSTPORT-MASQ\n"                              \
        "-F CNI-HOSTPORT-SETMARK\n-X CNI-HOSTPORT-SETMARK\n"                        \
        "COMMIT\n"

static int open_lock(void) {
        int fd = open(LOCK_FILE, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 ? -errno : fd;
}

int network_rules_hold(void) {
        _cleanup_(fd_closep) int fd = open_lock();
        int r = fd < 0 ? fd : lock_take(fd, true);

        return r < 0 ? r : fd_take(&fd);
}

static void sweep(const char *program) {
        _cleanup_(network_output_done) NetworkOutput output = {};
        _cleanup_(strv_freep) Strv argv = NULL, envp = NULL;
        NetworkProgram spec = {
                .input = SWEEP,
                .timeout_usec = TIMEOUT_USEC,
                .cancel_fd = -1,
        };
        int r = strv_append(&argv, program);

        if (r >= 0)
                r = strv_append(&argv, "--noflush");
        if (r >= 0)
                r = strv_append(&argv, "--wait=5");
        if (r >= 0)
                r = strv_append(&envp, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        spec.argv = argv;
        spec.envp = envp;
        if (r >= 0 && access(program, X_OK) == 0)
                (void) network_program_run(&spec, &output, NULL);
}

void network_rules_sweep(void) {
        _cleanup_(fd_closep) int fd = open_lock();

        /* Two that gave up for each other would leave them. */
        if (fd < 0 || lock_take(fd, true) < 0)
                return;
        sweep("/usr/sbin/iptables-restore");
        sweep("/usr/sbin/ip6tables-restore");
}
