/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-local.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch-oci.h"
#include "oci-save.h"
#include "openat.h"
#include "store-source.h"

#define NO_IMAGE "neither an ACI, nor an OCI image layout, nor an archive of \"docker save\""

/* A file or layout that was found, and which of its images is meant. */
typedef struct Local {
        const FetchLocalSpec *spec;
        char path[PATH_MAX]; /* without symlinks */
        char *name;          /* for images that do not say theirs */
        int fd, index_fd;    /* the latter of a directory */
        int signature_fd;    /* -EBADF where nobody has to vouch for it */
        StoreSource source;
} Local;

static void local_done(Local *local) {
        free(local->name);
        fd_drop(&local->fd);
        fd_drop(&local->index_fd);
        fd_drop(&local->signature_fd);
}

static bool is_directory(const Local *local) {
        return local->index_fd >= 0;
}

/* "app" of "/srv/app.tar.gz". */
static char *base_name(const char *path) {
        static const char *const endings[] = {
                ".gz", ".xz", ".bz2", ".zst", ".tar", ".oci", ".tgz"
        };
        const char *slash = strrchr(path, '/');
        char *name = strdup(slash && slash[1] ? slash + 1 : "image");

        for (size_t i = 0; name && i < N_ELEMENTS(endings); i++)
                if (text_ends_with(name, endings[i]) && strlen(name) > strlen(endings[i]))
                        name[strlen(name) - strlen(endings[i])] = '\0';
        return name;
}

static int open_local(const FetchLocalSpec *spec, Local *ret, Error *e) {
        char link[FD_PATH_MAX];
        ssize_t n = 0;

        *ret = (Local){ .spec = spec, .fd = -EBADF, .index_fd = -EBADF, .signature_fd = -EBADF };
        ret->fd = open(spec->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (ret->fd < 0 || fstat(ret->fd, &ret->source.st) < 0)
                return error_new(e, -errno, "%s", strerror(errno));
        n = readlink(fd_path(ret->fd, link), ret->path, sizeof(ret->path) - 1);
        if (n < 0)
                return error_new(e, -errno, "%s", strerror(errno));
        ret->path[n] = '\0';
        ret->source.path = ret->path;
        ret->source.request = spec->selector ? spec->selector : "";
        ret->name = base_name(ret->path);
        if (!ret->name)
                return -ENOMEM;
        if (S_ISREG(ret->source.st.st_mode))
                return 0;
        if (!S_ISDIR(ret->source.st.st_mode))
                return error_new(e, -EMEDIUMTYPE, "neither a file nor a directory");
        if (!(spec->forms & FETCH_LAYOUT))
                return error_new(e, -EISDIR, "a directory");
        ret->index_fd = open_regular(ret->fd, OCI_LAYOUT_INDEX_FILE);
        if (ret->index_fd < 0)
                return error_new(e, ret->index_fd == -ENOENT ? -EMEDIUMTYPE : ret->index_fd,
                                 "no OCI image layout: cannot open \"%s\" in it",
                                 OCI_LAYOUT_INDEX_FILE);
        return fstat(ret->index_fd, &ret->source.st) < 0 ? -errno : 0;
}

static int bring_aci(StoreImport *import, const Local *local, char **ret_id, Error *e) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        const StoreIngestSpec spec = { .input.fd = local->fd, .aci = true };
        const FetchTrust *trust = local->spec->trusted ? NULL : local->spec->trust;
        StoreCommitFlags flags = local->spec->trusted || trust ? STORE_COMMIT_VERIFIED : 0;
        StoreIngest *ingest = NULL;
        int r = store_ingest_start(import, &spec, &ingest, e);

        if (r >= 0)
                r = store_ingest_finish(ingest, &found, e);
        if (r >= 0 && trust)
                r = fetch_vouch(trust, import, &found, local->signature_fd, e);
        return r < 0 ? r : store_commit_aci(import, &found, flags, ret_id, e);
}

static int bring_directory(StoreImport *import, Local *local, char **ret_id, Error *e) {
        /* Borrowed: not to be released. */
        const FetchContainer container = { .directory_fd = local->fd, .archive.fd = -EBADF };

        return fetch_oci_layout(import, &container, local->spec->selector, local->name, ret_id, e);
}

static int bring_archive(StoreImport *import, const Local *local, char **ret_id, Error *e) {
        _cleanup_(fetch_container_done) FetchContainer container = FETCH_CONTAINER_NULL;
        const FetchLocalSpec *spec = local->spec;
        int r = store_archive_list(import, local->fd, &container.archive, e);

        if (r == -EBADMSG)
                return error_wrap(e, r, NO_IMAGE);
        if (r < 0)
                return r;
        if ((spec->forms & FETCH_LAYOUT_ARCHIVE) &&
            fetch_container_has(&container, OCI_LAYOUT_FILE) > 0)
                return fetch_oci_layout(import, &container, spec->selector, local->name, ret_id, e);
        if ((spec->forms & FETCH_SAVE) && fetch_container_has(&container, OCI_SAVE_FILE) > 0)
                return fetch_oci_save(import, &container, spec->selector, local->name, ret_id, e);
        return error_new(e, -EMEDIUMTYPE, NO_IMAGE);
}

static int bring(StoreImport *import, Local *local, char **ret_id, Error *e) {
        FetchForms forms = local->spec->forms;
        int r = -EMEDIUMTYPE;

        if (local->signature_fd >= 0)
                forms &= FETCH_ACI;
        if (is_directory(local))
                return bring_directory(import, local, ret_id, e);
        if (forms & FETCH_ACI)
                r = bring_aci(import, local, ret_id, e);
        if (r != -EMEDIUMTYPE || !(forms & (FETCH_LAYOUT_ARCHIVE | FETCH_SAVE)))
                return r;
        error_done(e);
        return bring_archive(import, local, ret_id, e);
}

/* Whether it is still what was read. */
static bool is_unchanged(const Local *local) {
        const struct stat *was = &local->source.st;
        struct stat st;

        return fstat(is_directory(local) ? local->index_fd : local->fd, &st) >= 0 &&
               st.st_size == was->st_size && st.st_ctim.tv_sec == was->st_ctim.tv_sec &&
               st.st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}

/* Before anything is read: without a signature it is not worth the work. */
static int open_signature(Local *local, Error *e) {
        const FetchLocalSpec *spec = local->spec;

        if (spec->trusted || !spec->trust)
                return 0;
        if (is_directory(local) || !(spec->forms & FETCH_ACI))
                return error_new(e, -EKEYREJECTED,
                                 "nothing vouches for it, since only ACIs have signatures; use "
                                 "--insecure-options=image to take it all the same");
        local->signature_fd = fetch_vouch_open(spec->trust, spec->path, e);
        return local->signature_fd < 0 ? local->signature_fd : 0;
}

static int import_local(Store *store, Local *local, char **ret_id, Error *e) {
        _cleanup_(store_import_freep) StoreImport *import = NULL;
        _cleanup_(freep) char *id = NULL;
        const FetchLocalSpec *spec = local->spec;
        bool verified = false, needed = spec->trusted || spec->trust;
        int r = 0;

        /* A signature that somebody names is to be checked, whatever is known of the image. */
        if (!spec->trust || !spec->trust->signature_path)
                r = store_source_find(store, &local->source, &id, &verified, e);
        if (r < 0)
                return r;
        if (r > 0 && (verified || !needed)) {
                *ret_id = ptr_take(&id);
                return 0;
        }
        free(ptr_take(&id));
        r = open_signature(local, e);
        if (r >= 0)
                r = store_import_begin(store, 0, &import, e);
        if (r >= 0)
                r = bring(import, local, &id, e);
        if (r >= 0 && is_unchanged(local))
                r = store_source_put(store, &local->source, id, e);
        if (r >= 0)
                *ret_id = ptr_take(&id);
        return r;
}

int fetch_local(Store *store, const FetchLocalSpec *spec, char **ret_id, Error *e) {
        _cleanup_(local_done) Local local;
        int r = open_local(spec, &local, e);

        if (r >= 0)
                r = import_local(store, &local, ret_id, e);
        return r < 0 ? error_prefix(e, r, "cannot use image \"%s\": ", spec->path) : 0;
}
