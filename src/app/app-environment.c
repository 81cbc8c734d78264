/* SPDX-License-Identifier: Apache-2.0 */
#include "app-environment.h"

#include "app-exec.h"

int app_environment(const AppcApp *app,
                    const char *name,
                    const char *metadata_url,
                    AppcPairs *ret) {
        static const struct {
                const char *name, *value;
        } defaults[] = {
                { "PATH", APP_DEFAULT_PATH }, { "SHELL", "/bin/sh" }, { "USER", "root" },
                { "LOGNAME", "root" },        { "HOME", "/root" },
        };
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        int r = appc_pairs_copy(&app->environment, &pairs);

        for (size_t i = 0; i < N_ELEMENTS(defaults) && r >= 0; i++)
                if (!appc_pairs_get(&pairs, defaults[i].name))
                        r = appc_pairs_set(&pairs, defaults[i].name, defaults[i].value);
        if (r >= 0)
                r = appc_pairs_set(&pairs, "AC_APP_NAME", name);
        if (r >= 0)
                r = appc_pairs_set(&pairs, "container", "rkt");
        if (r >= 0 && metadata_url)
                r = appc_pairs_set(&pairs, "AC_METADATA_URL", metadata_url);
        if (r < 0)
                return r;
        *ret = pairs;
        pairs = APPC_PAIRS_NULL;
        return 0;
}
