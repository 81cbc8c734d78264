/* SPDX-License-Identifier: Apache-2.0 */

/* The list of images in what "docker save" writes: no path leaves the archive, and each name that
 * can be read finds an image. */

#include "fuzz.h"
#include "oci-reference.h"
#include "oci-save.h"

static void check_path(const char *path) {
        _cleanup_(freep) char *framed = NULL;

        must(asprintf(&framed, "/%s/", path) > 0);
        must(!strstr(framed, "//") && !strstr(framed, "/./") && !strstr(framed, "/../"));
}

static void use_image(const OciSave *save, const OciSaveImage *image) {
        const OciSaveImage *found = NULL;

        check_path(image->config);
        for (char **layer = image->layers; layer && *layer; layer++)
                check_path(*layer);
        for (char **tag = image->repo_tags; tag && *tag; tag++) {
                _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;

                if (oci_reference_parse(*tag, &reference, NULL) == 0)
                        must(oci_save_select(save, *tag, &found, NULL) == 0 && found);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(oci_save_freep) OciSave *save = NULL;
        const OciSaveImage *found = NULL;
        int r = oci_save_parse((const char *) data, size, &save, NULL);

        must(r == 0 ? !!save : r < 0 && !save);
        if (r < 0)
                return 0;
        for (size_t i = 0; i < save->n_images; i++)
                use_image(save, &save->images[i]);
        must((oci_save_select(save, NULL, &found, NULL) == 0) == (save->n_images == 1));
        must((oci_save_select(save, "@0", &found, NULL) == 0) == (save->n_images > 0));
        return 0;
}
