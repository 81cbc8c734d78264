/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "images.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(images_closep) Images *images = NULL;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0, code = 0;

        (void) settings;
        if (!*words) {
                rkt_say(rkt, "must provide at least one image");
                return EXIT_FAILED;
        }
        r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = images_open(&stage0, &images, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        /* One that is no image keeps none of the others. */
        for (; *words; words++) {
                _cleanup_(freep) char *id = NULL;

                r = images_import(images, *words, &id, &e);
                if (r < 0) {
                        code = rkt_fail(rkt, &e, r);
                        error_done(&e);
                } else {
                        puts(id);
                        (void) fflush(stdout);
                }
        }
        return code;
}

const Verb verb_image_import = {
        .name = "import",
        .arguments = "FILE...",
        .summary = "Import images from local files and layouts into the local store",
        .description =
                "FILE is an ACI, an OCI image layout (a directory, or a tar of one) or what \"docker save\" writes, compressed or not. \"oci:DIR:REFERENCE\", \"oci-archive:FILE:REFERENCE\" and \"docker-archive:FILE:REFERENCE\" choose one of several images.\nPrints the id of each image once it is in the store.",
        .settings_size = 1,
        .run = run,
};
