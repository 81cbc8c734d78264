/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the annotations that appc knows must look like. Private to this room. Pure.
 * Source: appc-oci 2.2 and 2.4; the looseness is that of Go's time.Parse and url.Parse, through
 * which the original sent them. */

#include "errors.h"

/* Returns 0, also for an annotation of an unknown name; -EINVAL. */
int appc_annotation_check(const char *name, const char *value, Error *e);
