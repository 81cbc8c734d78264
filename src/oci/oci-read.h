/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Readers for the open-ended parts of OCI documents, each with its limit. Pure.
 * Source: security A12. */

#include "appc-pairs.h"
#include "text.h"

/* Annotations or labels of one object, names and values; APPC_PAIRS_MAX of them. */
#define OCI_PAIRS_BYTES_MAX ((size_t) 1024 * 1024)
#define OCI_KEYS_MAX 32768 /* exposed ports, or volumes */
#define OCI_STRINGS_MAX 4096

/* JsonReaders. null reads as none; -ERANGE beyond the limit. */
int oci_pairs_read(const Json *value, void *slot, Error *e);   /* AppcPairs: {"name": "value"} */
int oci_keys_read(const Json *value, void *slot, Error *e);    /* Strv: an object's keys, sorted */
int oci_strings_read(const Json *value, void *slot, Error *e); /* Strv: a list */
