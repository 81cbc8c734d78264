/* SPDX-License-Identifier: Apache-2.0 */
#include "store-verify.h"

#include <string.h>

#include "store-blob.h"
#include "store-image.h"
#include "store-make.h"
#include "store-sweep.h"

static int digest_blob(Store *store, const OciDigest *name, OciDigest *ret, Error *e) {
        _cleanup_(fd_closep) int fd = store_blob_open(store, name, e);
        StoreStream stream = {};
        int r = fd < 0 ? fd : store_digest(store, fd, -EBADF, name->algorithm, &stream, e);

        if (r >= 0)
                *ret = *store_stream_digest(&stream, name->algorithm);
        return r;
}

/* Files that held images with this blob count as not read yet. */
static int forget(Store *store, const OciDigest *digest, Error *e) {
        int r = store_sql_run(store->sql, e,
                              "DELETE FROM source WHERE images IN"
                              " (SELECT image FROM layer WHERE blob = ?1"
                              "  UNION SELECT image FROM document WHERE blob = ?1)",
                              "s", digest->text);

        return r < 0 ? r : store_blob_remove(store, digest, e);
}

static int verify(Store *store, const OciDigest *digest, Error *e) {
        OciDigest found = OCI_DIGEST_NULL;
        int r = digest_blob(store, digest, &found, e);

        if (r >= 0 && oci_digest_equal(digest, &found))
                return 0;
        if (r < 0 && r != -ENOENT && r != -EIO)
                return r;
        if (r >= 0)
                r = error_new(e, -EUCLEAN, "blob %s is damaged", digest->text);
        else
                r = error_wrap(e, -EUCLEAN, "blob %s is missing or cannot be read", digest->text);
        return forget(store, digest, NULL) < 0
                       ? error_wrap(e, r, "cannot remove blob %s", digest->text)
                       : r;
}

/* All of them are looked at; the first one's words are told. */
int store_verify_blobs(Store *store, const char *id, Error *e) {
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(store_sweep_done) StoreSweep all = {};
        int r = store_image_get(store, id, &image, e), result = 0;

        if (r >= 0)
                r = store_sweep_collect(store, id, &all, e);
        for (char **blob = all.blobs; r >= 0 && blob && *blob; blob++) {
                OciDigest digest;
                int s = oci_digest_parse(*blob, &digest, e);

                if (s >= 0)
                        s = verify(store, &digest, result < 0 ? NULL : e);
                if (s < 0 && s != -EUCLEAN)
                        return s;
                if (s < 0)
                        result = s;
        }
        return r < 0 ? r : result;
}
