/* SPDX-License-Identifier: Apache-2.0 */

/* References to images, and the names that are made of anything. */

#include "appc-name.h"
#include "appc-reference.h"
#include "fuzz.h"

static void check_names(const char *text) {
        _cleanup_(freep) char *identifier = NULL, *name = NULL;

        if (appc_identifier_sanitize(text, &identifier) >= 0)
                must(appc_identifier_check(identifier, NULL) >= 0);
        else
                must(appc_identifier_check(text, NULL) < 0);
        if (appc_name_sanitize(text, &name) >= 0)
                must(appc_name_check(name, NULL) >= 0);
        else
                must(appc_name_check(text, NULL) < 0);
        if (appc_name_check(text, NULL) >= 0)
                must(strcmp(text, name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = fuzz_text(data, size), *formatted = NULL, *same = NULL;
        _cleanup_(appc_reference_done) AppcReference one = {};
        _cleanup_(appc_reference_done) AppcReference two = {};
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (!text)
                return 0;
        check_names(text);
        if (appc_reference_parse(text, &one, &e) < 0)
                return 0;
        formatted = appc_reference_format(&one);
        must(formatted != NULL);
        must(appc_reference_parse(formatted, &two, &e) >= 0);
        same = appc_reference_format(&two);
        must(same && strcmp(formatted, same) == 0);
        return 0;
}
