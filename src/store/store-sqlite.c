/* SPDX-License-Identifier: Apache-2.0 */
#include "store-sqlite.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cleanup.h"

#define LIBRARY "libsqlite3.so.0"

static const struct {
        const char *symbol;
        size_t offset;
} functions[] = {
#define ENTRY(name) { "sqlite3_" #name, offsetof(StoreSqlite, name) },
        STORE_SQLITE_FUNCTIONS(ENTRY)
#undef ENTRY
};

int store_sqlite_load(const StoreSqlite **ret, Error *e) {
        static StoreSqlite sqlite;
        static void *library;

        if (!library) {
                void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);

                if (!handle)
                        return error_new(e, -ELIBACC, "cannot load the image index's library: %s",
                                         dlerror());
                for (size_t i = 0; i < N_ELEMENTS(functions); i++) {
                        void *function = dlsym(handle, functions[i].symbol);

                        if (!function)
                                return error_new(e, -ELIBACC, "the image index: %s", dlerror());
                        memcpy((char *) &sqlite + functions[i].offset, &function, sizeof(function));
                }
                library = handle;
        }
        *ret = &sqlite;
        return 0;
}
