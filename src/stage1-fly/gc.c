/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "gc" entrypoint of flavor fly: [--debug] [--local-config PATH] UUID. Of a pod whose
 * supervisor was killed, processes may still run. */

#include "pod-files.h"
#include "stage1-app.h"
#include "stage1-args.h"
#include "stage1-processes.h"
#include "stage1-status.h"

static int collect(const Uuid *uuid, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(uuid, &pod, e);

        /* Without a readable manifest no app was ever started. */
        if (r >= 0 && pod_read_manifest(pod, &manifest, NULL) < 0)
                return 0;
        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++) {
                _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;

                r = stage1_app_open(pod, ".", &manifest->apps[i], &app, e);
                if (r == -ENOENT) {
                        error_done(e);
                        r = 0; /* it never had a root to run in */
                        continue;
                }
                if (r >= 0)
                        r = stage1_processes_kill(app.root_fd, e);
        }
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Uuid uuid;
        int r = stage1_gc_args_parse(argc, argv, &uuid, &e);

        if (r >= 0)
                r = collect(&uuid, &e);
        return r < 0 ? stage1_fail("stage1 gc", &e, r, false) : 0;
}
