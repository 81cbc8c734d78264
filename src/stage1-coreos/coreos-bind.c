/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-bind.h"

static void bind_done(CoreosBind *bind) {
        free(bind->source);
        free(bind->inside);
}

void coreos_binds_done(CoreosBinds *binds) {
        for (size_t i = 0; i < binds->n; i++)
                bind_done(&binds->items[i]);
        free(binds->items);
        *binds = (CoreosBinds){};
}

int coreos_binds_add(CoreosBinds *binds,
                     const char *source,
                     const char *inside,
                     CoreosBindFlags flags) {
        CoreosBind bind = { .flags = flags }, *grown = NULL;

        for (size_t i = 0; i < binds->n; i++)
                if (strcmp(binds->items[i].inside, inside) == 0)
                        return 0;
        grown = reallocarray(binds->items, binds->n + 1, sizeof(CoreosBind));
        if (!grown)
                return -ENOMEM;
        binds->items = grown;
        bind.source = strdup(source);
        bind.inside = strdup(inside);
        if (!bind.source || !bind.inside) {
                bind_done(&bind);
                return -ENOMEM;
        }
        binds->items[binds->n++] = bind;
        return 0;
}

/* systemd-nspawn splits at colons that are not escaped. */
static char *escape_colons(const char *text) {
        char *escaped = malloc(2 * strlen(text) + 1), *to = escaped;

        for (; escaped && *text; text++) {
                if (*text == ':' || *text == '\\')
                        *to++ = '\\';
                *to++ = *text;
        }
        if (escaped)
                *to = '\0';
        return escaped;
}

int coreos_binds_compose(const CoreosBinds *binds, Strv *words) {
        int r = 0;

        for (size_t i = 0; i < binds->n && r >= 0; i++) {
                const CoreosBind *bind = &binds->items[i];
                _cleanup_(freep) char *source = escape_colons(bind->source);
                _cleanup_(freep) char *inside = escape_colons(bind->inside);

                if (!source || !inside)
                        return -ENOMEM;
                r = strv_appendf(words, "--bind%s=%s:%s:%s%s",
                                 (bind->flags & COREOS_BIND_READ_ONLY) ? "-ro" : "", source, inside,
                                 (bind->flags & COREOS_BIND_RECURSIVE) ? "rbind" : "norbind",
                                 (bind->flags & COREOS_BIND_TRANSLATED) ? ",idmap" : "");
        }
        return r;
}
