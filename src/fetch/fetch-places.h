/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a repository may be fetched from, best first: mirrors that the configuration names, then the
 * registry itself. Pure. */

#include "fetch-auth.h"
#include "oci-reference.h"

typedef struct FetchPlace {
        char *host, *repository;
        const FetchRegistryRule *rule; /* of that place; may be NULL. Borrowed */
} FetchPlace;

typedef struct FetchPlaces {
        FetchPlace *items;
        size_t n;
} FetchPlaces;

#define FETCH_PLACES_NULL ((FetchPlaces){})

/* @rules: may be NULL; borrowed for the list's life. Returns 0; -ENOMEM. */
int fetch_places_list(const FetchRegistryRules *rules,
                      const OciReference *reference,
                      FetchPlaces *ret);
void fetch_places_done(FetchPlaces *places);
