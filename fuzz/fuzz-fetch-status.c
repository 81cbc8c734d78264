/* SPDX-License-Identifier: Apache-2.0 */

/* gpgv's status lines. */

#include "fetch-key.h"
#include "fetch-status.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;

        if (fetch_status_parse((const char *) data, size, &status, NULL) < 0)
                return 0;
        if (status.verdict == FETCH_VERDICT_GOOD) {
                must(strv_length(status.fingerprints) > 0);
                must(strv_length(status.fingerprints) == strv_length(status.identities));
                for (char **p = status.fingerprints; *p; p++)
                        must(fetch_fingerprint_is_valid(*p));
        }
        must((status.verdict == FETCH_VERDICT_BAD) == (status.reason != NULL));
        return 0;
}
