/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-vouch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "appc-image.h"
#include "fetch-verify.h"

static int open_signature(const char *path, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return error_new(e, -EKEYREJECTED,
                                 "error opening signature file \"%s\": %s; use "
                                 "--insecure-options=image to take it all the same",
                                 path, strerror(errno));
        if (!S_ISREG(st.st_mode) || st.st_size > (off_t) FETCH_SIGNATURE_SIZE_MAX)
                return error_new(e, -EKEYREJECTED, "\"%s\" is no signature file", path);
        return fd_take(&fd);
}

int fetch_vouch_open(const FetchTrust *trust, const char *image_path, Error *e) {
        _cleanup_(freep) char *beside = NULL;

        if (trust->signature_path)
                return open_signature(trust->signature_path, e);
        if (asprintf(&beside, "%s.asc", image_path) < 0) {
                beside = NULL;
                return -ENOMEM;
        }
        return open_signature(beside, e);
}

int fetch_vouch(const FetchTrust *trust,
                StoreImport *import,
                const StoreIngested *aci,
                int signature_fd,
                Error *e) {
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = appc_image_parse(aci->manifest, aci->n_manifest, &image, e);

        if (r < 0)
                return error_wrap(e, r, "bad image manifest");
        fd = store_ingested_open(import, aci, e);
        if (fd < 0)
                return fd;
        r = fetch_verify(trust->keystore, image->name, signature_fd, fd, &status, e);
        if (r == -ENOKEY && trust->unknown)
                trust->unknown(trust->userdata, image->name);
        if (r >= 0 && trust->good)
                trust->good(trust->userdata, status.identities);
        return r;
}
