/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "image-store.h"
#include "openat.h"
#include "output-format.h"
#include "output-place.h"
#include "store-export.h"

#define FILE_MODE 0644
#define DIRECTORY_MODE 0755

typedef struct Settings {
        bool overwrite, oci;
} Settings;

static int set_overwrite(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->overwrite, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        if (strcmp(value, "aci") != 0 && strcmp(value, "oci") != 0)
                return error_new(e, -EINVAL, "unknown format \"%s\" (aci or oci)", value);
        ((Settings *) settings)->oci = strcmp(value, "oci") == 0;
        return 0;
}

static const Option options[] = {
        { "format", NULL, "aci", set_format,
          "what to write: an ACI, or the directory of an OCI image layout (oci)", 0, NULL },
        { "overwrite", "true", "false", set_overwrite, "overwrite output", 0, NULL },
        {},
};

/* The image that is asked for. */
typedef struct Source {
        Store *store;
        char *id;
        char *name; /* that was meant; NULL */
} Source;

static void source_done(Source *source) {
        store_free(source->store);
        free(source->id);
        free(source->name);
}

static int find(const Rkt *rkt, const char *word, Source *ret, Error *e) {
        int r = image_store_open(rkt, &ret->store, e);

        return r < 0 ? r : image_store_find(ret->store, word, &ret->id, &ret->name, e);
}

/* A pipe or device is written to and not replaced. */
static bool is_special(const char *path) {
        struct stat st;

        return stat(path, &st) >= 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(const Rkt *rkt, char **words, Error *e) {
        _cleanup_(source_done) Source source = {};
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = find(rkt, words[0], &source, e);

        if (r < 0)
                return r;
        fd = open(words[1], O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return error_new(e, -errno, "cannot open \"%s\": %s", words[1], strerror(errno));
        return store_export_aci(source.store, source.id, fd, e);
}

static int write_aci(const Source *source, const OutputPlace *place, Error *e) {
        _cleanup_(fd_closep) int fd =
                openat(place->parent_fd, place->temporary,
                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

        return fd < 0 ? error_new(e, -errno, "cannot make a file beside \"%s\": %s", place->name,
                                  strerror(errno))
                      : store_export_aci(source->store, source->id, fd, e);
}

static int write_layout(const Source *source, const OutputPlace *place, Error *e) {
        _cleanup_(fd_closep) int fd =
                mkdir_beneath(place->parent_fd, place->temporary, DIRECTORY_MODE);

        return fd < 0 ? error_new(e, fd, "cannot make a directory beside \"%s\": %s", place->name,
                                  strerror(-fd))
                      : store_export_oci(source->store, source->id, source->name, fd, e);
}

static int write_new(const Rkt *rkt, const Settings *settings, char **words, Error *e) {
        _cleanup_(output_place_done) OutputPlace place = OUTPUT_PLACE_NULL;
        _cleanup_(source_done) Source source = {};
        int r = output_place_open(words[1], settings->overwrite, &place, e);

        if (r == -EEXIST)
                return error_new(e, r, "output %s exists (try --overwrite)",
                                 settings->oci ? "directory" : "ACI file");
        if (r >= 0)
                r = find(rkt, words[0], &source, e);
        if (r >= 0)
                r = settings->oci ? write_layout(&source, &place, e)
                                  : write_aci(&source, &place, e);
        return r < 0 ? r : output_place_finish(&place, e);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || !words[1] || words[2])
                return rkt_usage(rkt);
        r = settings->overwrite && !settings->oci && is_special(words[1])
                    ? write_special(rkt, words, &e)
                    : write_new(rkt, settings, words, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_image_export = {
        .name = "export",
        .arguments = "[--overwrite] [--format=aci|oci] IMAGE OUTPUT",
        .summary = "Export a stored image to an ACI file, or to an OCI image layout",
        .description =
                "IMAGE should be a string referencing an image: either a ID or an image name.\nAn image that came as an ACI comes back byte for byte, uncompressed: its id is the digest of that file. Of other images an ACI is made, which has an id of its own.\nWith --format=oci OUTPUT is a directory that other tools read; an image that came from such a layout leaves with the digests it came with.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
