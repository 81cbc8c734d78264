/* SPDX-License-Identifier: Apache-2.0 */

/* Quantities: the canonical form names the same number and is canonical. */

#include "appc-quantity.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = fuzz_text(data, size);
        _cleanup_(appc_quantity_done) AppcQuantity one = APPC_QUANTITY_NULL;
        _cleanup_(appc_quantity_done) AppcQuantity two = APPC_QUANTITY_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        __int128 value = 0;

        if (!text || appc_quantity_parse(text, &one, &e) < 0)
                return 0;
        must(appc_quantity_parse(one.text, &two, &e) >= 0);
        must(one.nano == two.nano);
        must(strcmp(one.text, two.text) == 0);

        /* At most one unit off, and never nearer to zero. */
        value = (__int128) appc_quantity_value(&one) * 1000000000;
        must(one.nano >= 0 ? value >= one.nano && value - one.nano < 1000000000
                           : value <= one.nano && one.nano - value < 1000000000);
        return 0;
}
