/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image-store.h"
#include "store-layers.h"
#include "store-verify.h"

/* Trees that were changed are made again, from blobs that were found to be whole. */
static int verify_trees(Store *store, const char *word, const char *id, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_layers_present(store, id, &keys, e);

        if (r >= 0 && !keys) {
                printf("image \"%s\" not rendered; no verification needed\n", word);
                return 0;
        }
        if (r >= 0)
                r = store_layers_check(store, keys, STORE_CHECK_FULL, e);
        if (r == -EUCLEAN) {
                const char *cause = error_cause(e);

                printf("tree cache verification failed for image %s: ", word);
                text_write_escaped(stdout, cause ? cause : "");
                printf(";  rebuilding...\n");
                (void) fflush(stdout);
                error_done(e);
                r = store_layers_get(store, id, &layers, NULL, e);
        }
        if (r >= 0)
                printf("successfully verified checksum for image: \"%s\" (\"%s\")\n", word, id);
        return r;
}

static int verify(Store *store, const char *word, Error *e) {
        _cleanup_(fd_closep) int lock = -EBADF;
        _cleanup_(freep) char *id = NULL;
        int r = image_store_find(store, word, &id, NULL, e);

        if (r >= 0) /* the trees stay as long as they are read */
                r = store_lock_trees(store, false, &lock, e);
        if (r >= 0)
                r = store_verify_blobs(store, id, e);
        if (r == -EUCLEAN)
                return error_wrap(e, r, "image \"%s\" (\"%s\") has to be imported again", word, id);
        return r < 0 ? r : verify_trees(store, word, id, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0, code = 0;

        (void) settings;
        if (!*words)
                return rkt_usage(rkt);
        r = image_store_open(rkt, &store, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        for (; *words; words++) {
                r = verify(store, *words, &e);
                if (r < 0) {
                        (void) fflush(stdout);
                        code = rkt_fail(rkt, &e, r);
                        error_done(&e);
                }
        }
        return code;
}

const Verb verb_image_verify = {
        .name = "verify",
        .arguments = "IMAGE...",
        .summary = "Verify one or more rendered images in the local store",
        .description =
                "Reads every byte that was delivered of an image and every file of its trees. Trees that were changed are made again; what was delivered and is damaged has to be imported again.",
        .settings_size = 1,
        .words = WORDS_IMAGES | WORDS_MANY,
        .run = run,
};
