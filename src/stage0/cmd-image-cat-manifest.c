/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image-store.h"
#include "output-format.h"

typedef struct Settings {
        bool compact;
} Settings;

static int set_pretty(void *settings, const char *value, Error *e) {
        bool pretty = true;
        int r = output_switch_set(&pretty, value);

        (void) e;
        ((Settings *) settings)->compact = !pretty;
        return r;
}

static const Option options[] = {
        { "pretty-print", "true", "true", set_pretty, "apply indent to format the output", 0,
          NULL },
        {},
};

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        JsonWriter w = JSON_WRITER(stdout, !settings->compact);
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *id = NULL, *name = NULL;
        int r = 0;

        if (!words[0] || words[1])
                return rkt_usage(rkt);
        r = image_store_open(rkt, &store, &e);
        if (r >= 0)
                r = image_store_find(store, words[0], &id, &name, &e);
        if (r >= 0)
                r = store_image_manifest(store, id, name, &manifest, NULL, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        appc_image_write(&w, manifest);
        putchar('\n');
        return 0;
}

const Verb verb_image_cat_manifest = {
        .name = "cat-manifest",
        .arguments = "[--pretty-print] IMAGE",
        .summary = "Inspect and print the image manifest",
        .description =
                "IMAGE should be a string referencing an image: either a ID or an image name.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
