/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The configuration directories: /usr/lib/rkt, /etc/rkt and the user's, later ones overriding
 * earlier ones. Files are "DIR/KIND.d/NAME.json" with "rktKind" and "rktVersion".
 * Source: inventory part 3. */

#include "store.h"
#include "verb.h"

#define CONFIG_DATA_DEFAULT "/var/lib/rkt"

typedef struct Config {
        char *data;          /* the data directory, the command line included; never NULL */
        char *stage1_images; /* directory of stage1 images; never NULL */
        char *stage1_name, *stage1_version; /* both or none */
        char *stage1_location;              /* absolute path or URL; NULL if none */
        StoreLimits limits;                 /* of images */
} Config;

/* Returns 0; any errno of what is wrong with a file, which @e names. */
int config_load(const Rkt *rkt, Config *ret, Error *e);
void config_done(Config *config);
