/* SPDX-License-Identifier: Apache-2.0 */

/* Pod files: whatever becomes a unit is one that systemd reads as it was meant, line by line. */

#include "fuzz.h"
#include "podfile-unit.h"
#include "podfile-words.h"

/* A line of the file must never become two of the unit, nor a heading of its own. */
static void check_unit(const char *unit) {
        unsigned n_commands = 0, n_services = 0;

        for (const char *line = unit; line && *line;) {
                const char *end = strchr(line, '\n');

                must(end != NULL);
                n_commands += text_after(line, "ExecStart=:/rkt ") != NULL;
                n_services += text_after(line, "[Service]\n") != NULL;
                must(*line != '[' || end[-1] == ']');
                line = end + 1;
        }
        must(n_commands == 1 && n_services == 1);
}

static void check_command(const char *unit) {
        const char *command = strstr(unit, "\nExecStart=:") + strlen("\nExecStart=:");
        _cleanup_(freep) char *line = strndup(command, strcspn(command, "\n"));
        _cleanup_(strv_freep) Strv words = NULL;

        must(line && podfile_split(line, &words, NULL) == 0);
        must(strv_length(words) >= 3 && strcmp(words[0], "/rkt") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const PodfileTarget target = { "name", "name.pod", NULL, "/rkt" };
        _cleanup_(podfile_done) Podfile podfile = PODFILE_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *unit = NULL;
        int r = podfile_parse((const char *) data, size, "name.pod", &podfile, &e);

        must(r >= 0 || error_cause(&e));
        if (r >= 0)
                r = podfile_unit(&podfile, &target, &unit, &e);
        must(r >= 0 || (error_cause(&e) && !unit));
        if (r < 0)
                return 0;
        check_unit(unit);
        check_command(unit);
        return 0;
}
