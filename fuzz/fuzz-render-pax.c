/* SPDX-License-Identifier: Apache-2.0 */

/* Extended headers: what is taken lies within the text, and within its bounds. */

#include "fuzz.h"
#include "render-pax.h"

static void check_span(const char *text, size_t n, RenderSpan span, bool name) {
        if (!span.at)
                return;
        must(span.at >= text && span.n <= n && (size_t) (span.at - text) <= n - span.n);
        must(!name || (span.n > 0 && !memchr(span.at, '\0', span.n)));
}

static void check(const char *text, size_t n, const RenderPax *pax) {
        check_span(text, n, pax->path, true);
        check_span(text, n, pax->linkpath, true);
        check_span(text, n, pax->sparse_name, true);
        must(pax->n_xattrs <= RENDER_XATTRS_MAX);
        for (unsigned i = 0; i < pax->n_xattrs; i++) {
                check_span(text, n, pax->xattrs[i].name, true);
                check_span(text, n, pax->xattrs[i].value, false);
                must(pax->xattrs[i].name.n <= 255);
        }
        must(pax->size <= INT64_MAX && pax->uid <= INT64_MAX && pax->gid <= INT64_MAX);
        must(pax->real_size <= INT64_MAX && pax->mtime_nsec < 1000000000);
        must(pax->n_extents == 0 || pax->has_real_size);
        must(!pax->sparse_name.at || pax->has_real_size);
        for (size_t i = 0; i < pax->n_extents; i++)
                must(pax->extents[i].offset <= INT64_MAX && pax->extents[i].n <= INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data;
        RenderPax pax = {};

        if (render_pax_parse(text, size, &pax, NULL) == 0) {
                check(text, size, &pax);
                /* What is good for all files says nothing that matters for one. */
                if (render_pax_check_global(text, size, NULL) == 0)
                        must(!pax.path.at && !pax.has_size && !pax.has_uid && pax.n_xattrs == 0);
        }
        render_pax_done(&pax);
        return 0;
}
