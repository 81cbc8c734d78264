/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What names an image by name: "example.com/app:1.0,os=linux". Pure.
 * Source: appc-oci 4.1; inventory 7.1. */

#include "appc-pairs.h"

#define APPC_REFERENCE_LABELS_MAX 256

typedef struct AppcReference {
        char *name;       /* AC Identifier */
        AppcPairs labels; /* the version, if any, among them */
} AppcReference;

/* Values are taken literally. Returns 0; -EINVAL. */
int appc_reference_parse(const char *text, AppcReference *ret, Error *e);
void appc_reference_done(AppcReference *reference);

/* "name,k=v" with labels sorted; allocated. */
char *appc_reference_format(const AppcReference *reference);
