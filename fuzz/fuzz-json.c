/* SPDX-License-Identifier: Apache-2.0 */

/* The front door: what it lets in can be written, and comes in again as the same. */

#include "fuzz-json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(json_freep) Json *one = NULL;
        _cleanup_(json_freep) Json *two = NULL;
        _cleanup_(json_freep) Json *three = NULL;
        _cleanup_(freep) char *compact = NULL, *pretty = NULL, *same = NULL;

        if (json_parse((const char *) data, size, &one, NULL) < 0)
                return 0;
        compact = fuzz_written(json_write_value, one, false);
        must(json_parse(compact, strlen(compact), &two, NULL) >= 0);
        pretty = fuzz_written(json_write_value, two, true);
        must(json_parse(pretty, strlen(pretty), &three, NULL) >= 0);
        same = fuzz_written(json_write_value, three, false);
        must(strcmp(compact, same) == 0);
        return 0;
}
