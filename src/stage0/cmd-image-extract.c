/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image-unpack.h"

static int find(const Rkt *rkt, Store *store, const char *id, StoreLayers *ret, Error *e) {
        (void) rkt;
        return store_layers_get_own(store, id, ret, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        return image_unpack(rkt, settings, words, find);
}

const Verb verb_image_extract = {
        .name = "extract",
        .arguments = "[--rootfs-only] [--overwrite] IMAGE OUTPUT_DIR",
        .summary = "Extract a stored image to a directory",
        .description =
                "IMAGE should be a string referencing an image: either a ID or an image name.\nThe image's own manifest and root file system, without what it depends on: see image render.",
        .options = { image_unpack_options },
        .settings_size = sizeof(ImageUnpackSettings),
        .run = run,
};
