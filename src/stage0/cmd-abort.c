/* SPDX-License-Identifier: Apache-2.0 */

/* What stage1 executes in its place when it could not start the pod: the pod goes, as if it had
 * never been. Stage1 has said why; this only says what it cannot remove. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "commands.h"
#include "lock.h"
#include "pod-delete.h"
#include "stage1-abort.h"

/* Only who holds the pod's lock may take it back: the descriptor came down to us from stage0. */
static bool lock_is_ours(const Pod *pod) {
        const char *text = getenv(STAGE1_LOCK_FD_ENV);
        struct stat ours, theirs;
        uint64_t fd = 0;

        return text && text_parse_u64(text, INT32_MAX, &fd) >= 0 && fstat((int) fd, &ours) == 0 &&
               fstat(pod->fd, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
               ours.st_ino == theirs.st_ino && lock_try((int) fd, true) >= 0;
}

static int take_back(const Stage0 *stage0, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return r;
        if (pod->state != POD_RUNNING || !lock_is_ours(pod))
                return error_new(e, -EINVAL, "pod \"%s\" is not being started by us",
                                 pod->uuid.text);
        pod->state = POD_EXITED;
        r = pod_mark(pod, e);
        return r < 0 ? r : pod_delete(stage0, pod, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        (void) settings;
        if (!words[0] || words[1])
                return rkt_usage(rkt);
        r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = take_back(&stage0, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : EXIT_FAILED;
}

const Verb verb_abort = {
        .name = "abort",
        .arguments = "UUID",
        .summary = "Remove a pod that could not be started",
        .flags = VERB_ROOT | VERB_HIDDEN,
        .run = run,
};
