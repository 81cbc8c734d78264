/* SPDX-License-Identifier: Apache-2.0 */
#include "option.h"

#include <stdio.h>

#include "text.h"

bool option_is_end(const char *word) {
        return strcmp(word, "--") == 0;
}

const Option *option_find(const OptionSet *sets, const char *name, size_t n, void **ret_settings) {
        for (; sets->options; sets++)
                for (const Option *option = sets->options; option->name; option++)
                        if (strlen(option->name) == n && strncmp(option->name, name, n) == 0) {
                                if (ret_settings)
                                        *ret_settings = sets->settings;
                                return option;
                        }
        return NULL;
}

static int apply(const Option *option, void *settings, const char *value, Error *e) {
        int r = 0;

        if (option->deprecated)
                fprintf(stderr, "Flag --%s has been deprecated, %s\n", option->name,
                        option->deprecated);
        r = option->set(settings, value, e);
        if (r < 0 && error_cause(e))
                return error_prefix(e, r, "invalid argument \"%s\" for --%s=%s: ", value,
                                    option->name, value);
        if (r < 0)
                return error_new(e, r, "invalid argument \"%s\" for --%s=%s", value, option->name,
                                 value);
        return 0;
}

/* One option, @word without its dashes; @next may become its value. Returns the words taken. */
static int take_long(const OptionSet *sets, const char *word, const char *next, Error *e) {
        size_t n = strcspn(word, "=");
        void *settings = NULL;
        const Option *option = NULL;
        const char *value = NULL;
        int r = 0;

        if (n == 0 || word[0] == '-')
                return error_new(e, -EINVAL, "bad flag syntax: --%s", word);
        option = option_find(sets, word, n, &settings);
        if (!option && n == strlen("help") && strncmp(word, "help", n) == 0)
                return -ECANCELED;
        if (!option)
                return error_new(e, -EINVAL, "unknown flag: --%.*s", (int) n, word);

        if (word[n] == '=')
                value = word + n + 1;
        else if (option->bare)
                value = option->bare;
        else if (next)
                value = next;
        else
                return error_new(e, -EINVAL, "flag needs an argument: --%s", word);
        r = apply(option, settings, value, e);
        return r < 0 ? r : (value == next && next ? 2 : 1);
}

static const Option *find_letter(const OptionSet *sets, char letter, void **ret_settings) {
        for (; sets->options; sets++)
                for (const Option *option = sets->options; option->name; option++)
                        if (option->letter == letter) {
                                *ret_settings = sets->settings;
                                return option;
                        }
        return NULL;
}

/* "-f", "-n5" or "-n 5". */
static int take_letter(const OptionSet *sets, const char *word, const char *next, Error *e) {
        void *settings = NULL;
        const Option *option = find_letter(sets, word[1], &settings);
        const char *value = word[2] != '\0' ? word + 2 : next;
        int r = 0;

        if (!option || (option->bare && word[2] != '\0'))
                return error_new(e, -EINVAL, "unknown shorthand flag: '%c' in %s", word[1], word);
        if (option->bare)
                value = option->bare;
        if (!value)
                return error_new(e, -EINVAL, "flag needs an argument: '%c' in %s", word[1], word);
        r = apply(option, settings, value, e);
        return r < 0 ? r : (value == next ? 2 : 1);
}

int option_take(const OptionSet *sets, char *const *words, Error *e) {
        int taken = 0;

        while (words[taken] && words[taken][0] == '-' && words[taken][1] != '\0' &&
               strcmp(words[taken], "---") != 0) {
                const char *word = words[taken];
                int r = 0;

                if (option_is_end(word))
                        return taken + 1;
                if (strcmp(word, "-h") == 0)
                        return -ECANCELED;
                r = word[1] == '-' ? take_long(sets, word + 2, words[taken + 1], e)
                                   : take_letter(sets, word, words[taken + 1], e);
                if (r < 0)
                        return r;
                taken += r;
        }
        return taken;
}
