/* SPDX-License-Identifier: Apache-2.0 */

/* The file that marks an image layout. */

#include "fuzz.h"
#include "oci-layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = oci_layout_check((const char *) data, size, &e);

        must(r == 0 ? !error_cause(&e) : r < 0 && error_cause(&e));
        return 0;
}
