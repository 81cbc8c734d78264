/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's entrypoints for apps of a running pod: app-add, app-start, app-stop, app-rm, by the name
 * it is called by; --debug=BOOL --app=APP. Asks the pod's supervisor and waits for what comes of it. */

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pod-files.h"
#include "skim-sandbox.h"
#include "skim-tree.h"
#include "stage1-socket.h"
#include "stage1-status.h"

/* The host's users may walk to the tree. The supervisor has a mount namespace of its own and cannot
 * do this. */
static int expose(const Uuid *uuid, const char *name, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(uuid, &pod, e);

        if (r >= 0)
                r = stage1_app_find(pod, ".", name, &manifest, &app, e);
        if (r >= 0)
                r = stage1_app_tell_mounts(manifest, &app, e);
        return r < 0 ? r : skim_tree_expose(pod, &app, e);
}

/* Returns the exit status that the supervisor answers; a negative errno. */
static int ask(const char *verb, const char *app, Error *e) {
        _cleanup_(fd_closep) int fd =
                stage1_socket_connect(AT_FDCWD, SKIM_SANDBOX_SOCKET, SOCK_SEQPACKET);
        char message[SKIM_SANDBOX_MESSAGE_MAX];
        char *text = NULL;
        ssize_t n = 0;
        int status = 0;

        if (fd < 0)
                return error_wrap(e, fd, "cannot reach the pod's supervisor");
        n = snprintf(message, sizeof(message), "%s %s", verb, app);
        if (n >= (ssize_t) sizeof(message) || send(fd, message, (size_t) n, MSG_NOSIGNAL) < 0)
                return error_wrap(e, -EIO, "cannot ask the pod's supervisor");
        n = recv(fd, message, sizeof(message) - 1, 0);
        if (n <= 0)
                return error_new(e, -EPIPE, "the pod has ended");
        message[n] = '\0';
        status = (int) strtol(message, &text, 10);
        if (status != 0)
                return error_new(e, -status, "%s", *text ? text + 1 : "it did not say why");
        return 0;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        char prefix[STAGE1_APP_PREFIX_SIZE];
        const char *verb = NULL;
        Stage1AppArgs args = {};
        int r = stage1_app_verb_parse(argc, argv, &args, &verb, prefix, &e);

        if (r < 0)
                return stage1_fail(prefix, &e, r, false);
        if (strcmp(verb, "add") == 0)
                r = expose(&args.uuid, args.app, &e);
        if (r < 0)
                return stage1_fail(prefix, &e, r, args.debug);
        r = ask(verb, args.app, &e);
        if (r == 0)
                return 0;
        (void) stage1_fail(prefix, &e, r, args.debug);
        return r == -SKIM_SANDBOX_NOT_LOADED ? SKIM_SANDBOX_NOT_LOADED : STAGE1_FAILURE;
}
