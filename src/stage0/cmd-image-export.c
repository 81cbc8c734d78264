/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "image-store.h"
#include "output-format.h"
#include "output-place.h"
#include "store-export.h"

#define FILE_MODE 0644

typedef struct Settings {
        bool overwrite;
} Settings;

static int set_overwrite(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->overwrite, value);
}

static const Option options[] = {
        { "overwrite", "true", "false", set_overwrite, "overwrite output ACI", 0, NULL },
        {},
};

static int find(const Rkt *rkt, const char *word, Store **ret_store, char **ret_id, Error *e) {
        int r = image_store_open(rkt, ret_store, e);

        return r < 0 ? r : image_store_find(*ret_store, word, ret_id, e);
}

/* A pipe or device is written to and not replaced. */
static bool is_special(const char *path) {
        struct stat st;

        return stat(path, &st) >= 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(const Rkt *rkt, char **words, Error *e) {
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *id = NULL;
        int r = find(rkt, words[0], &store, &id, e);

        if (r < 0)
                return r;
        fd = open(words[1], O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return error_new(e, -errno, "cannot open \"%s\": %s", words[1], strerror(errno));
        return store_export_aci(store, id, fd, e);
}

static int write_file(const Rkt *rkt, bool overwrite, char **words, Error *e) {
        _cleanup_(output_place_done) OutputPlace place = OUTPUT_PLACE_NULL;
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *id = NULL;
        int r = output_place_open(words[1], overwrite, &place, e);

        if (r == -EEXIST)
                return error_new(e, r, "output ACI file exists (try --overwrite)");
        if (r >= 0)
                r = find(rkt, words[0], &store, &id, e);
        if (r < 0)
                return r;
        fd = openat(place.parent_fd, place.temporary,
                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
        if (fd < 0)
                return error_new(e, -errno, "cannot make a file beside \"%s\": %s", words[1],
                                 strerror(errno));
        r = store_export_aci(store, id, fd, e);
        return r < 0 ? r : output_place_finish(&place, e);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || !words[1] || words[2])
                return rkt_usage(rkt);
        r = settings->overwrite && is_special(words[1])
                    ? write_special(rkt, words, &e)
                    : write_file(rkt, settings->overwrite, words, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_image_export = {
        .name = "export",
        .arguments = "[--overwrite] IMAGE OUTPUT_ACI_FILE",
        .summary = "Export a stored image to an ACI file",
        .description =
                "IMAGE should be a string referencing an image: either a ID or an image name.\nAn image that came as an ACI comes back byte for byte, uncompressed: its id is the digest of that file. Of other images an ACI is made, which has an id of its own.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_IMAGES,
        .run = run,
};
