/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-image.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

/* The images that came with this rkt need no signature: whoever could change them could change rkt.
 * A configured directory is not trusted so. */
static bool is_shipped(const char *path) {
        const char *rest = text_after(path, RKT_STAGE1_IMAGES);

        return strcmp(path, RKT_STAGE1_LOCATION) == 0 ||
               (rest && *rest == '/' && !strstr(rest, "/.."));
}

static int find_path(Images *images, const char *path, Image *ret, Error *e) {
        return images_find_file(images, path, is_shipped(path), ret, e);
}

static int
find_in_directory(const Stage0 *stage0, Images *images, const char *name, Image *ret, Error *e) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/%s", stage0->config.stage1_images, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return find_path(images, path, ret, e);
}

/* The same file name beside the running program: for one that was not installed. */
static int find_beside(Images *images, const char *location, Image *ret, Error *e) {
        char program[PATH_MAX];
        _cleanup_(freep) char *path = NULL;
        ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
        const char *name = strrchr(location, '/');

        if (n < 0)
                return error_wrap(e, -errno, "cannot tell where rkt is");
        program[n] = '\0';
        if (asprintf(&path, "%s/%s", dirname(program), name ? name + 1 : location) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return images_find_file(images, path, true, ret, e);
}

static int find_default(const Stage0 *stage0, Images *images, Image *ret, Error *e) {
        const Config *config = &stage0->config;
        const char *location =
                config->stage1_location ? config->stage1_location : RKT_STAGE1_LOCATION;
        int r = 0;

        /* What the configuration names may be in the store already. Our own default is taken from its
         * file each time: the store knows an unchanged file without reading it, and an upgrade that
         * kept its version would otherwise go unnoticed. */
        if (config->stage1_name) {
                _cleanup_(freep) char *name = NULL;

                if (asprintf(&name, "%s:%s", config->stage1_name, config->stage1_version) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
                if (images_find_name(images, name, PULL_NEVER, ret, NULL) >= 0)
                        return 0;
        }
        if (*location == '\0')
                return error_new(
                        e, -ENOENT,
                        "neither the location of the default stage1 image nor its filename are "
                        "set, use --stage1-{path,url,name,hash,from-dir} flag");
        if (*location != '/')
                return images_find(images, location, NULL, PULL_NEW, ret, e);
        r = find_path(images, location, ret, e);
        if (r == -ENOENT && find_beside(images, location, ret, NULL) >= 0) {
                error_done(e);
                return 0;
        }
        return r;
}

int stage1_image_find(
        const Stage0 *stage0, Images *images, const RunSettings *settings, Image *ret, Error *e) {
        int r = 0;

        switch (settings->stage1_kind) {
        case STAGE1_BY_DEFAULT:
                r = find_default(stage0, images, ret, e);
                break;
        case STAGE1_BY_URL:
                r = images_find(images, settings->stage1, NULL, PULL_NEW, ret, e);
                break;
        case STAGE1_BY_PATH:
                r = find_path(images, settings->stage1, ret, e);
                break;
        case STAGE1_BY_NAME:
                r = images_find_name(images, settings->stage1, PULL_NEW, ret, e);
                break;
        case STAGE1_BY_HASH:
                r = images_find_hash(images, settings->stage1, ret, e);
                break;
        case STAGE1_FROM_DIR:
                r = find_in_directory(stage0, images, settings->stage1, ret, e);
                break;
        }
        return r < 0 ? error_wrap(e, r, "error getting stage1 image") : 0;
}
