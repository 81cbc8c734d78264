/* SPDX-License-Identifier: Apache-2.0 */
#include "store-used.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "text.h"

int store_used_touch(const Store *store, const char *id) {
        if (!store_key_is_valid(id))
                return -EINVAL;
        return utimensat(store->used_fd, id, NULL, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int store_used_make(const Store *store, const char *id) {
        _cleanup_(fd_closep) int fd = openat(
                store->used_fd, id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
        return fd < 0 && errno != EEXIST ? -errno : 0;
}

/* 0: there is no file. */
static int64_t time_of(const Store *store, const char *id) {
        struct stat st;

        if (fstatat(store->used_fd, id, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        return store_nanoseconds(&st.st_mtim);
}

int64_t store_used_get(const Store *store, const char *id, int64_t imported) {
        int64_t used = store_key_is_valid(id) ? time_of(store, id) : 0;

        return used > imported ? used : imported;
}

void store_used_forget(const Store *store, const char *id) {
        if (store_key_is_valid(id))
                (void) unlinkat(store->used_fd, id, 0);
}

int store_used_sweep(const Store *store, Error *e) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(store->used_fd, &names);

        for (char **id = names; r >= 0 && *id; id++) {
                _cleanup_(store_rows_freep) StoreRows *rows = NULL;

                r = store_sql_query(store->sql, &rows, e, "SELECT 1 FROM image WHERE id = ?", "s",
                                    *id);
                if (r >= 0)
                        r = store_rows_next(rows, e);
                if (r != 0)
                        continue;
                r = tree_remove_at(store->used_fd, *id);
                if (r < 0)
                        return error_new(e, r, "cannot remove \"%s/used/%s\": %s", store->path, *id,
                                         strerror(-r));
        }
        return r < 0 ? r : 0;
}

void store_uses_done(StoreUses *uses) {
        for (size_t i = 0; i < uses->n; i++)
                free(uses->items[i].id);
        free(uses->items);
        *uses = (StoreUses){};
}

int store_uses_read(const Store *store, StoreUses *ret) {
        _cleanup_(strv_freep) Strv names = NULL;
        size_t n = 0;
        int r = store->used_fd < 0 ? 0 : dir_list(store->used_fd, &names);

        *ret = (StoreUses){};
        if (r < 0)
                return r;
        n = strv_length(names);
        if (n == 0)
                return 0;
        ret->items = calloc(n, sizeof(*ret->items));
        if (!ret->items)
                return -ENOMEM;
        for (; ret->n < n; ret->n++)
                ret->items[ret->n] = (StoreUse){ .id = ptr_take(&names[ret->n]) };
        for (size_t i = 0; i < n; i++)
                ret->items[i].time = time_of(store, ret->items[i].id);
        return 0;
}

static int compare(const void *id, const void *use) {
        return strcmp(id, ((const StoreUse *) use)->id);
}

int64_t store_uses_get(const StoreUses *uses, const char *id, int64_t imported) {
        const StoreUse *found =
                uses->n > 0 ? bsearch(id, uses->items, uses->n, sizeof(*uses->items), compare)
                            : NULL;

        return found && found->time > imported ? found->time : imported;
}
