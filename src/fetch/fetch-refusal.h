/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a registry says when it refuses: the words of its error documents. Pure.
 * Source: distribution-spec 1.1, "Error Codes". */

#define FETCH_REFUSAL_SIZE_MAX 256 /* bytes of words that are shown */

/* "MANIFEST_UNKNOWN: manifest unknown", of the first error; of an answer that is no such document, its
 * first line if it is short. @body: may be NULL. Allocated; NULL where there is nothing to show. */
char *fetch_refusal_text(const char *body);
