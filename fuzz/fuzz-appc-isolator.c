/* SPDX-License-Identifier: Apache-2.0 */

/* Isolators: as a manifest's list, and each of the command line's spellings of one. */

#include "appc-isolator.h"
#include "fuzz-json.h"

/* Writes, reads and copies: three times the same. */
static void check_list(const AppcIsolators *isolators, JsonReader read) {
        _cleanup_(appc_isolators_done) AppcIsolators again = APPC_ISOLATORS_NULL;
        _cleanup_(appc_isolators_done) AppcIsolators copy = APPC_ISOLATORS_NULL;
        _cleanup_(freep) char *text = fuzz_written(appc_isolators_write, isolators, false),
                              *pretty = fuzz_written(appc_isolators_write, isolators, true),
                              *same = NULL, *copied = NULL;

        fuzz_read(text, read, &again);
        same = fuzz_written(appc_isolators_write, &again, false);
        must(strcmp(text, same) == 0);
        fuzz_read(pretty, read, &again);
        must(again.n == isolators->n);
        must(appc_isolators_copy(isolators, &copy) >= 0);
        copied = fuzz_written(appc_isolators_write, &copy, false);
        must(strcmp(text, copied) == 0);
}

static void check_manifest(const uint8_t *data, size_t size) {
        static const JsonReader readers[] = { appc_app_isolators_read, appc_pod_isolators_read };
        _cleanup_(json_freep) Json *value = NULL;

        if (json_parse((const char *) data, size, &value, NULL) < 0)
                return;
        for (size_t i = 0; i < N_ELEMENTS(readers); i++) {
                _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                if (readers[i](value, &isolators, &e) >= 0)
                        check_list(&isolators, readers[i]);
        }
}

static int retain_set(const char *text, AppcIsolator *ret, Error *e) {
        return appc_isolator_capabilities(text, true, ret, e);
}

static int remove_set(const char *text, AppcIsolator *ret, Error *e) {
        return appc_isolator_capabilities(text, false, ret, e);
}

static void check_flags(const char *text) {
        static int (*const builders[])(const char *text, AppcIsolator *ret, Error *e) = {
                appc_isolator_memory,        appc_isolator_cpu, appc_isolator_cpu_shares,
                appc_isolator_oom_score_adj, retain_set,        remove_set,
                appc_isolator_seccomp,
        };

        for (size_t i = 0; i < N_ELEMENTS(builders); i++) {
                _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcIsolator isolator = {};

                if (builders[i](text, &isolator, &e) < 0)
                        continue;
                must(appc_isolators_push(&isolators, &isolator) >= 0);
                must(appc_isolators_get(&isolators, isolators.items[0].kind) != NULL);
                check_list(&isolators, appc_app_isolators_read);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = fuzz_text(data, size);

        check_manifest(data, size);
        if (text)
                check_flags(text);
        return 0;
}
