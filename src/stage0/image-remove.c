/* SPDX-License-Identifier: Apache-2.0 */
#include "image-remove.h"

void image_remove(const Rkt *rkt, Store *store, const char *id, ImageRemovals *removals) {
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = store_image_get(store, id, &image, &e);

        if (r >= 0)
                r = store_image_remove(store, id, &e);
        if (r < 0) {
                (void) rkt_fail_with(rkt, &e, r, "error removing aci for image \"%s\" (\"%s\")", id,
                                     image.name ? image.name : "");
                removals->failed++;
                return;
        }
        printf("successfully removed aci for image: \"%s\"\n", id);
        removals->done++;
}

int image_removals_tell(const Rkt *rkt, const ImageRemovals *removals) {
        (void) fflush(stdout);
        if (removals->done > 0)
                rkt_say(rkt, "%u image(s) successfully removed", removals->done);
        if (removals->failed + removals->unknown > 0)
                rkt_say(rkt, "%u image(s) cannot be removed", removals->failed + removals->unknown);
        return removals->failed > 0 ? EXIT_FAILED : 0;
}
