/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-result.h"

#include <signal.h>

#include "cleanup.h"
#include "text.h"

/* Source: systemd.exec(5), $SERVICE_RESULT. */
static const char *const words[] = {
        "success",   "core-dump", "exec-condition",  "exit-code", "oom-kill", "protocol",
        "resources", "signal",    "start-limit-hit", "timeout",   "watchdog",
};

/* Words that later versions may have are failures as well. */
static const char *known_word(const char *text) {
        for (size_t i = 0; i < N_ELEMENTS(words); i++)
                if (strcmp(words[i], text) == 0)
                        return words[i];
        return "failure";
}

void sysd_result_take(SysdResult *result, const SysdUnitReport *report) {
        if (report->gone)
                *result = (SysdResult){ .word = SYSD_UNSEEN };
        else if (report->result)
                *result = (SysdResult){
                        .word = known_word(report->result),
                        .main_code = report->main_code,
                        .main_status = report->main_status,
                };
}

bool sysd_result_is_failure(const SysdResult *result) {
        return result->word && strcmp(result->word, "success") != 0;
}

int sysd_result_exit_status(const SysdResult *result, int failure) {
        bool failed = sysd_result_is_failure(result);
        int status = 0;

        if (result->main_code == CLD_EXITED)
                status = result->main_status;
        else if (failed && (result->main_code == CLD_KILLED || result->main_code == CLD_DUMPED))
                status = 128 + result->main_status;
        return failed && status == 0 ? failure : status;
}
