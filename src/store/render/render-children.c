/* SPDX-License-Identifier: Apache-2.0 */
#include "render-children.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

#define READ_BYTES ((size_t) 32 * 1024)

typedef struct Reading {
        RenderChildren children;
        size_t capacity, n_names, names_capacity;
} Reading;

static int add(Reading *reading, const struct dirent64 *entry) {
        RenderChildren *children = &reading->children;
        size_t n = strlen(entry->d_name) + 1;

        if (children->n == reading->capacity) {
                size_t capacity = reading->capacity ? reading->capacity * 2 : 16;
                RenderChild *items = reallocarray(children->items, capacity, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                children->items = items;
                reading->capacity = capacity;
        }
        if (reading->names_capacity - reading->n_names < n) {
                size_t capacity = reading->names_capacity * 2 + 512;
                char *names = realloc(children->names, capacity);

                if (!names)
                        return -ENOMEM;
                children->names = names;
                reading->names_capacity = capacity;
        }
        memcpy(children->names + reading->n_names, entry->d_name, n);
        children->items[children->n++] = (RenderChild){
                .ino = entry->d_ino,
                .name = reading->n_names,
                .type = entry->d_type,
        };
        reading->n_names += n;
        return 0;
}

static int read_all(int fd, Reading *reading) {
        _cleanup_(freep) char *buffer = malloc(READ_BYTES);

        if (!buffer)
                return -ENOMEM;
        for (;;) {
                ssize_t n = getdents64(fd, buffer, READ_BYTES);

                if (n <= 0)
                        return n < 0 ? -errno : 0;
                for (ssize_t at = 0; at < n;) {
                        const struct dirent64 *entry = (const void *) (buffer + at);
                        int r = text_is_dots(entry->d_name) ? 0 : add(reading, entry);

                        if (r < 0)
                                return r;
                        at += entry->d_reclen;
                }
        }
}

static int compare(const void *a, const void *b, void *names) {
        const RenderChild *x = a, *y = b;

        return strcmp((const char *) names + x->name, (const char *) names + y->name);
}

int render_children_read(int fd, RenderChildren *ret) {
        Reading reading = {};
        int r = read_all(fd, &reading);

        if (r < 0) {
                render_children_done(&reading.children);
                return r;
        }
        if (reading.children.n > 1)
                qsort_r(reading.children.items, reading.children.n, sizeof(RenderChild), compare,
                        reading.children.names);
        *ret = reading.children;
        return 0;
}

void render_children_done(RenderChildren *children) {
        free(children->items);
        free(children->names);
        *children = (RenderChildren){};
}
