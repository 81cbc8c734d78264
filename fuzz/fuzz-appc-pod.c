/* SPDX-License-Identifier: Apache-2.0 */

/* Pod manifests: what is read can be written, and reads as the same. */

#include "appc-pod.h"
#include "fuzz-json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(appc_pod_freep) AppcPod *one = NULL;
        _cleanup_(appc_pod_freep) AppcPod *two = NULL;
        _cleanup_(freep) char *text = NULL, *same = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (appc_pod_parse((const char *) data, size, &one, &e) < 0)
                return 0;
        text = fuzz_written(appc_pod_write, one, false);
        must(appc_pod_parse(text, strlen(text), &two, &e) >= 0);
        same = fuzz_written(appc_pod_write, two, false);
        must(strcmp(text, same) == 0);
        for (size_t i = 0; i < one->n_apps; i++)
                must(appc_pod_app(one, one->apps[i].name) == &one->apps[i]);
        for (size_t i = 0; i < one->n_volumes; i++)
                must(appc_pod_volume(one, one->volumes[i].name) == &one->volumes[i]);
        return 0;
}
