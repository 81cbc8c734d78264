/* SPDX-License-Identifier: Apache-2.0 */

/* Manifests and indexes: what is read is written and read back the same, and is safe to choose from. */

#include "fuzz-json.h"
#include "oci-document.h"
#include "oci-layout.h"

static char *format(const OciDocument *document) {
        return document->index ? fuzz_written(oci_index_write, document->index, false)
                               : fuzz_written(oci_manifest_write, document->manifest, false);
}

static void use_index(const OciIndex *index) {
        static const char *const selectors[] = { NULL, "@0", "@7", "latest", "" };
        const OciDescriptor *found = NULL;

        if (oci_index_choose(index, "linux", "arm", "v7", &found, NULL) >= 0)
                must(found->media->kind == OCI_MEDIA_MANIFEST ||
                     found->media->kind == OCI_MEDIA_INDEX);
        (void) oci_index_choose(index, "linux", "amd64", NULL, &found, NULL);
        for (size_t i = 0; i < N_ELEMENTS(selectors); i++)
                if (oci_layout_select(index, selectors[i], &found, NULL) >= 0)
                        must(oci_digest_is_set(&found->digest));
}

static void use(const OciDocument *document) {
        _cleanup_(oci_document_done) OciDocument again = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *text = format(document), *text_again = NULL;

        must(!document->manifest != !document->index);
        if (document->index)
                use_index(document->index);
        else
                (void) oci_manifest_check_image(document->manifest, NULL);
        /* Escapes may have made it too long. */
        if (strlen(text) > OCI_DOCUMENT_SIZE_MAX)
                return;
        must(oci_document_parse(text, strlen(text), NULL, &again, NULL) == 0);
        text_again = format(&again);
        must(text_equal(text, text_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const types[] = {
                NULL,
                OCI_MEDIA_OCI_INDEX,
                OCI_MEDIA_OCI_MANIFEST,
                "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8",
        };

        for (size_t i = 0; i < N_ELEMENTS(types); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = oci_document_parse((const char *) data, size, types[i], &document, &e);

                must(r <= 0);
                if (r == 0)
                        use(&document);
                else
                        must(!document.manifest && !document.index);
        }
        return 0;
}
