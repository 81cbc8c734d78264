/* SPDX-License-Identifier: Apache-2.0 */
#include "render-extract.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"
#include "render-place.h"
#include "render-seal.h"
#include "text.h"

typedef struct Extraction {
        const RenderExtractSpec *spec;
        RenderTar *tar;
        RenderPlace place;
        RenderExtractResult result;
        uint64_t holes;                       /* bytes of files that the archive does not hold */
        bool begun, has_manifest, has_rootfs; /* begun: there was more than "./" */
        Strv late_whiteouts;                  /* of what a hard link may still want */
} Extraction;

static void extraction_done(Extraction *x) {
        render_tree_done(&x->place.tree);
        strv_free(x->late_whiteouts);
}

/* The holes of files cost an archive nothing, but all who read the files later. */
static int count_holes(Extraction *x, const RenderEntry *entry, Error *e) {
        uint64_t ratio = x->spec->limits->ratio;

        if (entry->size > entry->stored)
                x->holes += entry->size - entry->stored;
        if (x->holes > RENDER_RATIO_FLOOR && x->holes / ratio > entry->position + entry->stored)
                return error_new(e, -EFBIG, "files of more than %" PRIu64 " times its size", ratio);
        return 0;
}

static int count(Extraction *x, const RenderEntry *entry, Error *e) {
        const RenderLimits *limits = x->spec->limits;

        x->result.n_entries++;
        if (x->result.n_entries + x->place.tree.n_implicit > limits->entries)
                return error_new(e, -E2BIG, "more than %" PRIu64 " files and directories",
                                 limits->entries);
        if (entry->size > limits->expanded || x->result.bytes > limits->expanded - entry->size)
                return error_new(e, -EFBIG, "files of more than %" PRIu64 " bytes in all",
                                 limits->expanded);
        x->result.bytes += entry->size;
        return count_holes(x, entry, e);
}

/* Layers: the target is cleaned as a member's name is. ACIs: it lies in "rootfs", too. */
static int clean_target(const Extraction *x, const RenderEntry *entry, RenderPath *ret, Error *e) {
        bool aci = x->spec->format == RENDER_ACI;
        const char *inside = NULL;
        int r = 0;

        ret->n = 0;
        ret->text[0] = '\0';
        if (entry->type != RENDER_HARDLINK)
                return 0;
        r = render_path_clean(entry->link, aci ? RENDER_PATH_STRICT : 0, ret, e);
        if (r < 0 || !aci)
                return r;
        inside = text_after(ret->text, "rootfs/");
        if (!inside)
                return error_new(e, -EINVAL, "\"%s\" links to something outside of rootfs",
                                 entry->path);
        return render_path_clean(inside, 0, ret, e);
}

static int place_member(Extraction *x, const RenderEntry *entry, const RenderPath *path, Error *e) {
        RenderPath target;
        int r = clean_target(x, entry, &target, e);

        if (r < 0 || x->spec->tree_fd < 0)
                return r;
        return render_place(&x->place, x->tar, entry, path, &target, e);
}

static int read_manifest(Extraction *x, const RenderEntry *entry, Error *e) {
        int r = 0;

        if (entry->type != RENDER_REGULAR)
                return error_new(e, -EINVAL, "the manifest is no file");
        if (x->has_manifest)
                return error_new(e, -EINVAL, "two manifests");
        if (entry->size > x->spec->limits->manifest)
                return error_new(e, -EFBIG, "manifest of %" PRIu64 " bytes", entry->size);
        if (entry->sparse)
                return error_new(e, -EINVAL, "the manifest has holes");
        x->has_manifest = true;
        x->result.n_manifest = entry->size;
        do {
                const uint8_t *bytes = NULL;
                uint64_t offset = 0;
                size_t n = 0;

                r = render_tar_read(x->tar, &bytes, &n, &offset, e);
                if (r > 0 && fd_write_all(x->spec->manifest_fd, bytes, n) < 0)
                        return error_new(e, -EIO, "cannot hand over the manifest");
        } while (r > 0);
        return r;
}

static int place_rootfs(Extraction *x, const RenderEntry *entry, Error *e) {
        RenderPath root = {};

        if (entry->type != RENDER_DIRECTORY)
                return error_new(e, -EINVAL, "rootfs is no directory");
        if (x->has_rootfs)
                return error_new(e, -EINVAL, "two rootfs directories");
        x->has_rootfs = true;
        return place_member(x, entry, &root, e);
}

/* One "manifest" file, one "rootfs" directory, and what lies in it: nothing else. */
static int extract_aci_member(Extraction *x, const RenderEntry *entry, Error *e) {
        bool first = !x->begun;
        const char *inside = NULL;
        RenderPath path;
        int r = render_path_clean(entry->path, RENDER_PATH_STRICT, &path, first ? NULL : e);

        if (r < 0)
                return first ? error_new(e, -EMEDIUMTYPE, "not an ACI") : r;
        if (path.n == 0 && entry->type == RENDER_DIRECTORY)
                return 0; /* "./", as GNU tar writes it */
        x->begun = true;
        if (strcmp(path.text, "manifest") == 0)
                return read_manifest(x, entry, e);
        if (strcmp(path.text, "rootfs") == 0)
                return place_rootfs(x, entry, e);
        inside = text_after(path.text, "rootfs/");
        if (!inside)
                return error_new(e, first ? -EMEDIUMTYPE : -EINVAL,
                                 "not an ACI: \"%s\" is neither the manifest nor in rootfs",
                                 entry->path);
        r = render_path_clean(inside, 0, &path, e);
        return r < 0 ? r : place_member(x, entry, &path, e);
}

static int add_flag(Extraction *x, uint64_t ino, RenderRecordFlags flag) {
        RenderLedger *ledger = x->place.tree.ledger;
        RenderRecord record = {};
        int r = render_ledger_get(ledger, ino, &record);

        if (r < 0 || (record.flags & flag))
                return r < 0 ? r : 0;
        record.ino = ino;
        record.flags |= flag;
        return render_ledger_put(ledger, &record);
}

static int make_opaque(Extraction *x, const RenderPath *directory, Error *e) {
        RenderPath inside = *directory;
        struct stat st;
        int fd = -EBADF, r = 0;

        if (render_path_descend(&inside, "x", 1) < 0)
                return error_new(e, -ENAMETOOLONG, "too long a path");
        r = render_tree_enter(&x->place.tree, &inside, &fd, e);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0)
                return error_new(e, -errno, "cannot look at \"%s\"", directory->text);
        return add_flag(x, st.st_ino, RENDER_RECORD_OPAQUE);
}

static int make_whiteout(int parent_fd, const char *name, Error *e) {
        if (mknodat(parent_fd, name, S_IFCHR, 0) < 0)
                return error_new(e, -errno, "cannot make the whiteout of \"%s\"", name);
        return 0;
}

/* What the layer itself brings stays, wherever its whiteout stands in the archive: a whiteout is
 * about the layers below. */
static int hide(Extraction *x, RenderPath *path, bool late, Error *e) {
        RenderRecord record = {};
        uint64_t ino = 0;
        int fd = -EBADF, r = render_tree_enter(&x->place.tree, path, &fd, e);
        const char *name = render_path_name(path);
        int found = r < 0 ? r : render_tree_look(&x->place.tree, fd, name, &ino);

        switch (found) {
        case RENDER_FOUND_NOTHING:
                return make_whiteout(fd, name, e);
        case RENDER_FOUND_WHITEOUT:
                return 0;
        case RENDER_FOUND_DIRECTORY:
                return add_flag(x, ino, RENDER_RECORD_OPAQUE);
        case RENDER_FOUND_OTHER:
                r = render_finish_wait(x->place.finish, e);
                if (r < 0)
                        return r;
                r = render_ledger_get(x->place.tree.ledger, ino, &record);
                if (r < 0 || !(record.flags & RENDER_RECORD_BELOW))
                        return r < 0 ? r : 0;
                if (!late)
                        return strv_append(&x->late_whiteouts, path->text);
                if (unlinkat(fd, name, 0) < 0)
                        return error_new(e, -errno, "cannot hide \"%s\"", path->text);
                return make_whiteout(fd, name, e);
        default:
                return error_wrap(e, found, "cannot hide \"%s\"", path->text);
        }
}

static int extract_layer_member(Extraction *x, const RenderEntry *entry, Error *e) {
        RenderPath path;
        int r = render_path_clean(entry->path, 0, &path, e);
        RenderMark mark = RENDER_MARK_NONE;

        if (r < 0)
                return r;
        mark = render_path_mark(&path, e);
        switch (mark) {
        case RENDER_MARK_NONE:
                return place_member(x, entry, &path, e);
        case RENDER_MARK_IGNORED:
                return 0;
        case RENDER_MARK_OPAQUE:
        case RENDER_MARK_WHITEOUT:
                if (entry->type != RENDER_REGULAR && entry->type != RENDER_HARDLINK)
                        return error_new(e, -EINVAL, "whiteout \"%s\" is no file", entry->path);
                return mark == RENDER_MARK_OPAQUE ? make_opaque(x, &path, e)
                                                  : hide(x, &path, false, e);
        default:
                return mark;
        }
}

/* What was put there from the layers below is known as such, and keeps its times. */
static int note_below(RenderLedger *ledger, int parent_fd, unsigned depth) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = depth > RENDER_DEPTH_MAX ? -ELOOP : dir_list(parent_fd, &names);

        for (char **name = names; r >= 0 && name && *name; name++) {
                _cleanup_(fd_closep) int fd = -EBADF;
                RenderRecord record = { .flags = RENDER_RECORD_BELOW | RENDER_RECORD_XATTRS };
                struct stat st;

                if (fstatat(parent_fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return -errno;
                record.ino = st.st_ino;
                record.mtime = st.st_mtim.tv_sec;
                record.mtime_nsec = (uint32_t) st.st_mtim.tv_nsec;
                if (S_ISDIR(st.st_mode))
                        record.flags |= RENDER_RECORD_TIME;
                r = render_ledger_put(ledger, &record);
                if (r < 0 || !S_ISDIR(st.st_mode))
                        continue;
                fd = render_open_at(parent_fd, *name, O_RDONLY | O_DIRECTORY, 0);
                r = fd < 0 ? fd : note_below(ledger, fd, depth + 1);
        }
        return r;
}

static int begin(Extraction *x, Error *e) {
        RenderTree *tree = &x->place.tree;
        RenderRecord root = { .flags = RENDER_RECORD_IMPLICIT | RENDER_RECORD_TIME };
        struct stat st;
        int r = 0;

        if (fstat(tree->root_fd, &st) < 0)
                return error_new(e, -errno, "cannot look at the new tree");
        if (fchmod(tree->root_fd, 0755) < 0)
                return error_new(e, -errno, "cannot prepare the new tree");
        if (x->spec->below) {
                r = note_below(tree->ledger, tree->root_fd, 0);
                if (r < 0)
                        return error_new(e, r, "cannot look through what came from below");
        }
        root.ino = st.st_ino;
        return render_ledger_put(tree->ledger, &root);
}

static int extract_members(Extraction *x, Error *e) {
        bool aci = x->spec->format == RENDER_ACI;

        for (;;) {
                const RenderEntry *entry = NULL;
                int r = render_tar_next(x->tar, &entry, e);

                if (r <= 0)
                        return r;
                r = count(x, entry, e);
                if (r >= 0)
                        r = aci ? extract_aci_member(x, entry, e)
                                : extract_layer_member(x, entry, e);
                if (r < 0)
                        return r;
        }
}

/* Behind the archive's last block. */
static int drain(const RenderSource *source) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int r = 0;

        while ((r = source->peek(source->userdata, &bytes, &n)) > 0)
                source->consume(source->userdata, n);
        return r;
}

static int finish(Extraction *x, Error *e) {
        if (x->spec->format == RENDER_ACI && !x->begun)
                return error_new(e, -EMEDIUMTYPE, "not an ACI: it is empty");
        if (x->spec->format == RENDER_ACI && !x->has_manifest)
                return error_new(e, -EINVAL, "the ACI has no manifest");
        if (x->spec->format == RENDER_ACI && !x->has_rootfs)
                return error_new(e, -EINVAL, "the ACI has no rootfs directory");
        for (char **late = x->late_whiteouts; late && *late; late++) {
                RenderPath path;
                int r = render_path_clean(*late, 0, &path, e);

                if (r >= 0)
                        r = hide(x, &path, true, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int extract_all(Extraction *x, Error *e) {
        const RenderSealSpec seal = {
                .root_fd = x->spec->tree_fd,
                .seal_fd = x->spec->seal_fd,
                .ledger = x->place.tree.ledger,
                .content = x->place.content,
        };
        bool tree = x->spec->tree_fd >= 0;
        int r = tree ? begin(x, e) : 0;

        if (r >= 0)
                r = extract_members(x, e);
        if (r >= 0)
                r = finish(x, e);
        if (r >= 0)
                r = render_finish_wait(x->place.finish, e);
        if (r >= 0 && tree)
                r = render_seal(&seal, &x->result.n_sealed, e);
        return r;
}

int render_extract(const RenderSource *source,
                   const RenderExtractSpec *spec,
                   RenderExtractResult *ret,
                   Error *e) {
        _cleanup_(render_content_freep) RenderContent *content = NULL;
        _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
        _cleanup_(render_finish_freep) RenderFinish *finish = NULL; /* ends before its ledger */
        _cleanup_(render_tar_freep) RenderTar *tar = NULL;
        _cleanup_(extraction_done) Extraction x = { .spec = spec };
        int r = render_content_new(NULL, &content, e);

        if (r >= 0)
                r = render_ledger_new(spec->scratch_fd, &ledger);
        if (r >= 0)
                r = render_finish_new(ledger, &finish);
        if (r >= 0)
                r = render_tar_new(source, &tar);
        x.place.tree = (RenderTree){
                .root_fd = spec->tree_fd,
                .ledger = ledger,
                .layer = spec->format == RENDER_LAYER,
                .needs_fd = spec->needs_fd,
                .parent_fd = -EBADF,
        };
        x.place.content = content;
        x.place.finish = finish;
        x.place.unique = spec->format == RENDER_ACI;
        x.tar = tar;
        if (r >= 0)
                r = extract_all(&x, e);
        if (r >= 0)
                r = drain(source);
        if (r < 0)
                return r;
        x.result.n_implicit = x.place.tree.n_implicit;
        x.result.n_missing = x.place.tree.n_missing;
        x.result.n_skipped_devices = x.place.n_skipped_devices;
        x.result.n_dropped_xattrs = x.place.n_dropped_xattrs;
        *ret = x.result;
        return 0;
}
