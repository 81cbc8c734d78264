/* SPDX-License-Identifier: Apache-2.0 */
#include "store-archive.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "store-import-base.h"
#include "store-render.h"

#define LINKS_MAX 8

void store_archive_done(StoreArchive *archive) {
        for (size_t i = 0; i < archive->n; i++) {
                free(archive->items[i].name);
                free(archive->items[i].link);
        }
        free(archive->items);
        fd_drop(&archive->fd);
        *archive = STORE_ARCHIVE_NULL;
}

/* A file without a name, which ends with its descriptor. */
static int open_spool(StoreImport *import, Error *e) {
        _cleanup_(freep) char *name = random_hex(8);
        _cleanup_(fd_closep) int fd = name ? store_stage_file(&import->stage, name, 0, e) : -ENOMEM;

        if (fd < 0)
                return fd;
        if (unlinkat(import->stage.fd, name, 0) < 0)
                return error_new(e, -errno, "cannot make room for an archive");
        return fd_take(&fd);
}

int store_archive_list(StoreImport *import, int fd, StoreArchive *ret, Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int spool = open_spool(import, e);
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = spool;

        if (r < 0)
                return r;
        job.mode = STORE_RENDER_LIST;
        job.in_fd = fd;
        job.unpacked_fd = spool;
        r = store_render_run(import->store, &job, &report, e);
        if (r < 0)
                return r;
        ret->fd = report.spooled ? fd_take(&spool) : fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (ret->fd < 0)
                return error_new(e, -errno, "cannot keep an archive open");
        ret->items = ptr_take(&report.members);
        ret->n = report.n_members;
        report.n_members = 0;
        return 0;
}

/* Returns 0; -ENOENT; -EINVAL: readers disagree about which of two counts. */
static int find(const StoreArchive *archive, const char *name, const StoreMember **ret, Error *e) {
        *ret = NULL;
        for (size_t i = 0; i < archive->n; i++) {
                if (strcmp(archive->items[i].name, name) != 0)
                        continue;
                if (*ret)
                        return error_new(e, -EINVAL, "\"%s\" is twice in the archive", name);
                *ret = &archive->items[i];
        }
        return *ret ? 0 : error_new(e, -ENOENT, "\"%s\" is not in the archive", name);
}

int store_archive_find(const StoreArchive *archive, const char *name, StoreInput *ret, Error *e) {
        const StoreMember *member = NULL;
        int r = find(archive, name, &member, e);

        for (unsigned i = 0; r >= 0 && member->link; i++) {
                if (i == LINKS_MAX)
                        return error_new(e, -ELOOP, "\"%s\" is a link without end", name);
                r = find(archive, member->link, &member, e);
        }
        if (r >= 0)
                *ret = (StoreInput){ .fd = archive->fd,
                                     .offset = member->at,
                                     .bytes = member->bytes };
        return r;
}
