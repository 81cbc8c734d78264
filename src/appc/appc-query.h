/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "KEY=VALUE,KEY=VALUE" on the command line, as the original took it: it made a URL query of the
 * text and let Go's net/url read that. The errors have its words. Private to this room. Pure.
 * Source: appc-oci 2.6; inventory 1.4 and 1.6. */

#include "appc-pairs.h"

typedef enum AppcQueryFlags {
        /* Values are escaped on the way, so that they arrive as they were typed, and each part
         * needs a "="; otherwise "&" separates as "," does, and %XX and "+" are decoded. */
        APPC_QUERY_LITERAL = 1 << 0,
} AppcQueryFlags;

/* Keys come once, in the order of the text. Returns 0; -EINVAL; -ENOMEM. */
int appc_query_parse(const char *text, AppcQueryFlags flags, AppcPairs *ret, Error *e);

/* Values, with the words of Go's strconv. */
int appc_query_read_bool(const char *text, bool *ret, Error *e);
int appc_query_read_int(const char *text, int64_t *ret, Error *e);
