/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "completion-scripts.h"

static const struct {
        const char *shell, *script;
} scripts[] = {
        { "bash", completion_bash },
        { "zsh", completion_zsh },
        { "fish", completion_fish },
};

static int print(char *const *words, Error *e) {
        if (!words[0])
                return error_new(e, -EINVAL, "shell type is not specified");
        if (words[1])
                return error_new(e, -EINVAL, "too many arguments, only shell type is expected");
        for (size_t i = 0; i < N_ELEMENTS(scripts); i++)
                if (strcmp(scripts[i].shell, words[0]) == 0) {
                        fputs(scripts[i].script, stdout);
                        return 0;
                }
        return error_new(e, -EINVAL, "'%s' shell is not supported", words[0]);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = print(words, &e);

        (void) settings;
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_completion = {
        .name = "completion",
        .arguments = "SHELL",
        .summary = "Output shell completion code for the specified shell",
        .description =
                "SHELL is bash, zsh or fish. The scripts are installed where these shells find them; this is for other places:\n"
                "source <(rkt completion bash)",
        .words = WORDS_SHELLS,
        .run = run,
};
