/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-places.h"

#include <stdio.h>

void fetch_places_done(FetchPlaces *places) {
        for (size_t i = 0; i < places->n; i++) {
                free(places->items[i].host);
                free(places->items[i].repository);
        }
        free(places->items);
        *places = FETCH_PLACES_NULL;
}

/* @name: "HOST/REPOSITORY". */
static int add(FetchPlaces *places, const FetchRegistryRules *rules, const char *name) {
        FetchPlace *grown = reallocarray(places->items, places->n + 1, sizeof(FetchPlace)), *place;
        size_t n = strcspn(name, "/");

        if (!grown)
                return -ENOMEM;
        places->items = grown;
        place = &grown[places->n++];
        *place = (FetchPlace){
                .host = strndup(name, n),
                .repository = strdup(name + n + 1),
                .rule = rules ? fetch_registry_rules_find(rules, name) : NULL,
        };
        return place->host && place->repository ? 0 : -ENOMEM;
}

static int add_mirrors(FetchPlaces *places,
                       const FetchRegistryRules *rules,
                       const FetchRegistryRule *rule,
                       const char *name) {
        const char *rest = name + strlen(rule->prefix);
        int r = 0;

        for (char **mirror = rule->mirrors; mirror && *mirror && r >= 0; mirror++) {
                _cleanup_(freep) char *there = NULL;

                if (asprintf(&there, "%s%s", *mirror, rest) < 0) {
                        there = NULL;
                        return -ENOMEM;
                }
                /* A prefix may be a whole repository, a mirror a mere host. */
                if (strchr(there, '/'))
                        r = add(places, rules, there);
        }
        return r;
}

int fetch_places_list(const FetchRegistryRules *rules,
                      const OciReference *reference,
                      FetchPlaces *ret) {
        _cleanup_(fetch_places_done) FetchPlaces places = FETCH_PLACES_NULL;
        const FetchRegistryRule *rule = NULL;
        _cleanup_(freep) char *name = NULL;
        int r = 0;

        if (asprintf(&name, "%s/%s", reference->registry, reference->repository) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (rules)
                rule = fetch_registry_rules_find(rules, name);
        if (rule)
                r = add_mirrors(&places, rules, rule, name);
        if (r >= 0)
                r = add(&places, rules, name);
        if (r >= 0)
                *ret = struct_take(&places);
        return r;
}
