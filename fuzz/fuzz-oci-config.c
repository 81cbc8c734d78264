/* SPDX-License-Identifier: Apache-2.0 */

/* Image configs, and the appc manifests that are made of them: those read back the same. */

#include "fuzz.h"
#include "oci-translate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const OciOrigin origin = {
                .original = "a/b:1",
                .registry = "registry-1.docker.io",
                .repository = "a/b",
                .tag = "1",
        };
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(appc_image_freep) AppcImage *image = NULL, *again = NULL;
        _cleanup_(freep) char *text = NULL, *text_again = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = oci_config_parse((const char *) data, size, &config, &e);

        must(r == 0 ? !!config : r < 0 && !config);
        if (r < 0)
                return 0;
        (void) oci_config_check_layers(config, 1, NULL);
        r = oci_translate(config, &origin, &image, &e);
        must(r == 0 ? !!image : r < 0 && !image);
        if (r < 0)
                return 0;
        text = appc_image_format(image);
        must(appc_image_parse(text, strlen(text), &again, NULL) == 0);
        text_again = appc_image_format(again);
        must(text_equal(text, text_again));
        must(!image->app == !config->execution);
        return 0;
}
