/* SPDX-License-Identifier: Apache-2.0 */

/* References, digests, hints and ref names. What a reference is shown as means the same image. */

#include "fuzz.h"
#include "oci-layout.h"
#include "oci-reference.h"

static void use_reference(const OciReference *reference) {
        _cleanup_(freep) char *display = oci_reference_display(reference);
        _cleanup_(freep) char *full = oci_reference_format(reference);
        const char *const forms[] = { display, full };

        must(strlen(reference->registry) + 1 + strlen(reference->repository) <=
             OCI_NAME_LENGTH_MAX);
        must(!reference->tag == oci_digest_is_set(&reference->digest));
        must(!reference->tag || oci_tag_is_valid(reference->tag));
        for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
                _cleanup_(oci_reference_done) OciReference again = OCI_REFERENCE_NULL;
                _cleanup_(freep) char *full_again = NULL;

                must(oci_reference_parse(forms[i], &again, NULL) == 0);
                full_again = oci_reference_format(&again);
                must(text_equal(full, full_again));
        }
}

static void use_digest(const OciDigest *digest) {
        _cleanup_(freep) char *path = oci_digest_path(digest);

        must(strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789/") == strlen(path));
        must(strlen(oci_digest_hex(digest)) == 2 * oci_algorithm_bytes(digest->algorithm));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = fuzz_text(data, size);
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(oci_hint_done) OciHint hint = OCI_HINT_NULL;
        OciDigest digest = OCI_DIGEST_NULL;

        if (!text)
                return 0;
        if (oci_reference_parse(text, &reference, NULL) == 0)
                use_reference(&reference);
        if (oci_digest_parse(text, &digest, NULL) == 0)
                use_digest(&digest);
        if (oci_hint_parse(text, &hint, NULL) == 0)
                must(hint.repository || hint.tag);
        (void) oci_ref_name_is_valid(text);
        (void) oci_media_type_is_valid(text);
        must(oci_media_find(text));
        return 0;
}
