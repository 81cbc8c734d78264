/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a web server into the store. Source: inventory 7.2 to 7.5. */

#include "appc-reference.h"
#include "fetch-vouch.h"
#include "fetch.h"

/* An ACI that is wanted. All borrowed. */
typedef struct FetchAciWanted {
        const char *url;                /* where it is; or NULL, and */
        const AppcReference *reference; /* what it is called, for discovery */
        bool latest;                    /* asked for without a version */
        const FetchTrust *trust;        /* who has to vouch for it; NULL: nobody */

        void (*fresh)(void *userdata, const char *url); /* what is there will do; may be NULL */
        void (*waiting)(void *userdata);                /* for another rkt; may be NULL */
        void *userdata;
} FetchAciWanted;

/**
 * fetch_aci_into_store() - have an ACI of a web server in the store
 * @ret_id: allocated
 *
 * What the store has of the URL is asked for only when it is no longer fresh, and fetched only if it is
 * another one now.
 *
 * Returns: 0; as fetch_aci_url(), fetch_aci_name(), fetch_vouch(); -EBADMSG it is another image than it
 *          was asked for; what an image is refused for; -ENOSPC.
 */
int fetch_aci_into_store(const FetchContext *context,
                         Store *store,
                         const FetchAciWanted *wanted,
                         char **ret_id,
                         Error *e);
