/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-delete.h"

#include "pod-notify.h"
#include "pod-overlay.h"

/* A pod that never ran has nothing for stage1 to collect. */
static bool has_run(const Pod *pod) {
        return pod->state != POD_DELETING && pod->state != POD_GARBAGE && pod->state != POD_EMBRYO;
}

static int collect_stage1(const Stage0 *stage0, const Pod *pod, Error *e) {
        char *arguments[] = { (char[]){ "--debug" }, (char[]){ "--local-config" },
                              stage0->rkt->local_config, NULL, NULL };
        Uuid uuid = pod->uuid;
        char **first = stage1_interface_version(pod) >= 5 ? arguments : arguments + 3;
        int r = 0;

        arguments[3] = uuid.text;
        if (first == arguments && !stage0->rkt->debug)
                first++;
        r = stage1_call(stage0, pod, STAGE1_GC, first, false, e);
        /* Not there to be called, then not there to be waited for: the rest must still go. One that
         * was called and failed knows of something that still lives. */
        if (r < 0) {
                _cleanup_(freep) char *text = error_format(e, r, false);

                rkt_say(stage0->rkt, "problem performing stage1 GC on \"%s\": %s", pod->uuid.text,
                        text ? text : strerror(-r));
                error_done(e);
                return 0;
        }
        return r > 0 ? error_new(e, -EIO, "stage1's gc exited with status %d", r) : 0;
}

int pod_delete(const Stage0 *stage0, Pod *pod, Error *e) {
        _cleanup_(freep) char *path = pod_path(pod);
        int r = 0;

        if (!path)
                return pod->state == POD_GONE ? 0 : -ENOMEM;
        if (has_run(pod))
                r = collect_stage1(stage0, pod, e);
        if (r < 0)
                return error_wrap(e, r, "problem performing stage1 GC on \"%s\"", pod->uuid.text);
        pod_notify_remove(&pod->uuid); /* whoever made it may have been killed */
        r = pod_unmount_below(path, e);
        return r < 0 ? r : pod_remove(pod, e);
}
