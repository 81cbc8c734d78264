/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>

#include "sysd-module.h"

int sysd_module_load(const SysdModule **ret, Error *e) {
        void *handle = dlopen(SYSD_MODULE, RTLD_NOW | RTLD_LOCAL);
        const SysdModule *module = handle ? dlsym(handle, SYSD_MODULE_SYMBOL) : NULL;

        if (!module)
                return error_new(e, -ELIBACC, "cannot load what speaks to systemd: %s", dlerror());
        *ret = module;
        return 0;
}
