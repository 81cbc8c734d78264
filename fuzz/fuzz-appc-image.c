/* SPDX-License-Identifier: Apache-2.0 */

/* Image manifests: what is read can be written, and reads as the same. */

#include "appc-image.h"
#include "fuzz-json.h"

/* A copy writes the same as what it was made from. */
static void check_copy(const AppcApp *app) {
        _cleanup_(appc_app_freep) AppcApp *copy = NULL;
        _cleanup_(freep) char *text = NULL, *same = NULL;

        must(appc_app_check(app, NULL) >= 0);
        must(appc_app_copy(app, &copy) >= 0);
        text = fuzz_written(appc_app_write, app, false);
        same = fuzz_written(appc_app_write, copy, false);
        must(strcmp(text, same) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(appc_image_freep) AppcImage *one = NULL;
        _cleanup_(appc_image_freep) AppcImage *two = NULL;
        _cleanup_(freep) char *text = NULL, *same = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (appc_image_parse((const char *) data, size, &one, &e) < 0)
                return 0;
        text = fuzz_written(appc_image_write, one, false);
        must(appc_image_parse(text, strlen(text), &two, &e) >= 0);
        same = fuzz_written(appc_image_write, two, false);
        must(strcmp(text, same) == 0);
        if (one->app)
                check_copy(one->app);
        return 0;
}
