/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Kubernetes quantities ("500m", "1.5Gi", "1e3"). Pure.
 * Source: appc-oci 3.3. What overflows is refused, where the original wrapped around; with a binary
 * suffix it is capped to 2^63 - 1, as there. */

#include <stdint.h>

#include "json-read.h"

typedef struct AppcQuantity {
        char *text;    /* canonical, or as given where that was canonical already */
        __int128 nano; /* the value, in 10^-9 */
} AppcQuantity;

#define APPC_QUANTITY_LENGTH_MAX 128

#define APPC_QUANTITY_NULL ((AppcQuantity){})

/* Returns 0; -EINVAL grammar; -ERANGE beyond what a limit can mean (2^63 - 1 units). Finer than
 * 10^-9 is rounded away from zero. */
int appc_quantity_parse(const char *text, AppcQuantity *ret, Error *e);
void appc_quantity_done(AppcQuantity *quantity);

/* Rounded away from zero. What has no room in the result is its largest or smallest value. */
int64_t appc_quantity_value(const AppcQuantity *quantity);
int64_t appc_quantity_milli(const AppcQuantity *quantity);

/* JsonReader into an AppcQuantity: a string, blanks around it ignored, or a bare number. */
int appc_quantity_read(const Json *value, void *slot, Error *e);
