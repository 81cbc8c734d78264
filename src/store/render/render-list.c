/* SPDX-License-Identifier: Apache-2.0 */
#include "render-list.h"

#include <string.h>
#include <unistd.h>

#include "render-path.h"
#include "text.h"

void render_members_done(RenderMembers *members) {
        for (size_t i = 0; i < members->n; i++) {
                free(members->items[i].name);
                free(members->items[i].link);
        }
        free(members->items);
        *members = (RenderMembers){};
}

/* Where a link leads: a hard link from the archive's root, a symlink from its own directory. */
static int clean_link(const RenderEntry *entry, const RenderPath *path, RenderPath *ret) {
        _cleanup_(freep) char *joined = NULL;
        RenderPath directory = *path;

        if (entry->type == RENDER_HARDLINK)
                return render_path_clean(entry->link, 0, ret, NULL);
        render_path_ascend(&directory);
        if (asprintf(&joined, "%s/%s", directory.text, entry->link) < 0) {
                joined = NULL;
                return -ENOMEM;
        }
        return render_path_clean(entry->link[0] == '/' ? entry->link : joined, 0, ret, NULL);
}

static bool is_wanted(const RenderEntry *entry) {
        switch (entry->type) {
        case RENDER_REGULAR:
        case RENDER_HARDLINK:
        case RENDER_SYMLINK:
                return !entry->sparse && text_is_utf8(entry->path, strlen(entry->path)) &&
                       text_is_utf8(entry->link, strlen(entry->link));
        default:
                return false;
        }
}

static int add(RenderMembers *members, const RenderEntry *entry, Error *e) {
        RenderMember *member = &members->items[members->n];
        RenderPath path, link;

        if (!is_wanted(entry) || render_path_clean(entry->path, 0, &path, NULL) < 0)
                return 0;
        if (entry->type != RENDER_REGULAR && clean_link(entry, &path, &link) < 0)
                return 0;
        if (members->n == RENDER_MEMBERS_MAX)
                return error_new(e, -E2BIG, "more than %d files in the archive",
                                 RENDER_MEMBERS_MAX);
        *member = (RenderMember){ .position = entry->position, .size = entry->size };
        member->name = strdup(path.text);
        members->n++;
        if (entry->type != RENDER_REGULAR)
                member->link = strdup(link.text);
        if (!member->name || (entry->type != RENDER_REGULAR && !member->link))
                return -ENOMEM;
        return 0;
}

int render_list(const RenderSource *source, RenderMembers *ret, Error *e) {
        _cleanup_(render_members_done) RenderMembers members = {};
        _cleanup_(render_tar_freep) RenderTar *tar = NULL;
        const RenderEntry *entry = NULL;
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int r = render_tar_new(source, &tar);

        if (r < 0)
                return r;
        members.items = calloc(RENDER_MEMBERS_MAX, sizeof(*members.items));
        if (!members.items)
                return -ENOMEM;
        while ((r = render_tar_next(tar, &entry, e)) > 0) {
                r = add(&members, entry, e);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        if (!source->skip)
                while ((r = source->peek(source->userdata, &bytes, &n)) > 0)
                        source->consume(source->userdata, n);
        if (r >= 0)
                *ret = struct_take(&members);
        return r;
}

static int file_peek(void *userdata, const uint8_t **ret, size_t *ret_n) {
        RenderFile *file = userdata;

        if (file->used == file->n) {
                uint64_t left = file->end - file->at;
                size_t want = left < sizeof(file->buffer) ? (size_t) left : sizeof(file->buffer);
                ssize_t n = 0;

                do
                        n = pread(file->fd, file->buffer, want, (off_t) file->at);
                while (n < 0 && errno == EINTR);
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                file->n = (size_t) n;
                file->used = 0;
                file->at += (uint64_t) n;
        }
        *ret = file->buffer + file->used;
        *ret_n = file->n - file->used;
        return 1;
}

static void file_consume(void *userdata, size_t n) {
        RenderFile *file = userdata;

        file->used += n;
}

static int file_skip(void *userdata, uint64_t n) {
        RenderFile *file = userdata;
        uint64_t buffered = file->n - file->used;

        if (n <= buffered) {
                file->used += n;
                return 0;
        }
        n -= buffered;
        file->used = file->n;
        if (n > file->end - file->at)
                return -EBADMSG;
        file->at += n;
        return 0;
}

RenderSource render_file_source(RenderFile *file) {
        return (RenderSource){
                .peek = file_peek, .consume = file_consume, .skip = file_skip, .userdata = file
        };
}
