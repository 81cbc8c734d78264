/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Questions to web servers that are no registries. */

#include "fetch-url.h"
#include "fetch.h"

/* A question, with what the configuration has for its host. */
typedef struct FetchWeb {
        FetchRequest request;
        FetchTls tls;
} FetchWeb;

void fetch_web_done(FetchWeb *web);

/**
 * fetch_web_init() - make a question
 * @plain: http will do
 * @with_auth: the host may have our credentials; http never has
 *
 * Returns: 0; -EINVAL bad URL; -EPROTONOSUPPORT http where that will not do; others.
 */
int fetch_web_init(const FetchContext *context,
                   const char *url,
                   bool plain,
                   bool with_auth,
                   FetchWeb *ret,
                   Error *e);

/* Asks for something small. Returns 0, and the status is to be looked at; an errno if there is none. */
int fetch_web_small(const FetchContext *context,
                    FetchWeb *web,
                    size_t max,
                    const char *label,
                    int *ret_fd,
                    FetchEvent *ret,
                    Error *e);

/* What a status that is not wanted means, as an error: -ENOENT, -EACCES, -EIO. */
int fetch_web_refused(const FetchEvent *event, const char *url, Error *e);
