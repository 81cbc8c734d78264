/* SPDX-License-Identifier: Apache-2.0 */

/* Statements of simple signing: one that is taken names the manifest and the image. */

#include "fetch-simple-signing.h"
#include "fuzz.h"

#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(oci_reference_done) OciReference wanted = OCI_REFERENCE_NULL;
        OciDigest digest = OCI_DIGEST_NULL;

        must(oci_reference_parse("quay.io/a/b:1", &wanted, NULL) == 0);
        must(oci_digest_parse(DIGEST, &digest, NULL) == 0);
        if (fetch_simple_signing_check((const char *) data, size, &wanted, &digest, 1, NULL) < 0)
                return 0;
        must(memmem(data, size, "critical", 8) || memchr(data, '\\', size));
        return 0;
}
