/* SPDX-License-Identifier: Apache-2.0 */

/* rkt: chooses the verb, applies its options, runs it. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "help.h"
#include "listen.h"
#include "verb.h"

#define EXIT_NO_COMMAND 2

/* The verb that was found and its full name, for rkt_usage(): there is one command line a process. */
static const Verb *current_verb = &verb_root;
static char current_path[64];

int rkt_fail(const Rkt *rkt, const Error *e, int r) {
        _cleanup_(freep) char *text = error_format(e, r, rkt->debug);

        fprintf(stderr, "%s: %s\n", rkt->name, text ? text : strerror(-r));
        return EXIT_FAILED;
}

int rkt_fail_with(const Rkt *rkt, Error *e, int r, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        (void) error_wrap(e, r, "%s", text ? text : "");
        return rkt_fail(rkt, e, r);
}

void rkt_say(const Rkt *rkt, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        fprintf(stderr, "%s: ", rkt->name);
        text_write_escaped(stderr, text ? text : "out of memory");
        fputc('\n', stderr);
}

int rkt_usage(const Rkt *rkt) {
        (void) rkt;
        help_write(stdout, current_verb, current_path);
        return EXIT_FAILED;
}

static int set_flag(bool *flag, const char *value) {
        int r = text_parse_bool(value);

        if (r >= 0)
                *flag = r > 0;
        return r < 0 ? r : 0;
}

static int set_debug(void *settings, const char *value, Error *e) {
        (void) e;
        return set_flag(&((Rkt *) settings)->debug, value);
}

static int set_trust(void *settings, const char *value, Error *e) {
        (void) e;
        return set_flag(&((Rkt *) settings)->trust_keys_from_https, value);
}

/* Absolute, symlinks resolved as far as it exists. */
static int set_directory(char **slot, const char *value, Error *e) {
        _cleanup_(freep) char *joined = NULL, *clean = NULL, *real = NULL;
        char here[PATH_MAX] = "";

        if (*value == '\0')
                return error_new(e, -EINVAL, "\"\" is not a valid directory");
        if (*value != '/' && !getcwd(here, sizeof(here)))
                return -errno;
        if (asprintf(&joined, "%s/%s", here, value) < 0) {
                joined = NULL;
                return -ENOMEM;
        }
        clean = path_clean(joined);
        real = clean ? realpath(clean, NULL) : NULL;
        if (!clean)
                return -ENOMEM;
        free(*slot);
        *slot = real ? ptr_take(&real) : ptr_take(&clean);
        return 0;
}

static int set_data(void *settings, const char *value, Error *e) {
        return set_directory(&((Rkt *) settings)->data, value, e);
}

static int set_system_config(void *settings, const char *value, Error *e) {
        return set_directory(&((Rkt *) settings)->system_config, value, e);
}

static int set_local_config(void *settings, const char *value, Error *e) {
        return set_directory(&((Rkt *) settings)->local_config, value, e);
}

static int set_user_config(void *settings, const char *value, Error *e) {
        return set_directory(&((Rkt *) settings)->user_config, value, e);
}

static const struct {
        const char *name;
        unsigned bits;
} insecure_names[] = {
        { "none", 0 },
        { "image", INSECURE_IMAGE },
        { "tls", INSECURE_TLS },
        { "ondisk", INSECURE_ONDISK },
        { "http", INSECURE_HTTP },
        { "pubkey", INSECURE_PUBKEY },
        { "capabilities", INSECURE_CAPABILITIES },
        { "paths", INSECURE_PATHS },
        { "seccomp", INSECURE_SECCOMP },
        { "all-fetch", INSECURE_IMAGE | INSECURE_TLS | INSECURE_HTTP | INSECURE_PUBKEY },
        { "all-run", INSECURE_CAPABILITIES | INSECURE_PATHS | INSECURE_SECCOMP },
        { "all", (1 << 8) - 1 },
};

static int add_insecure(const char *word, unsigned *bits, unsigned *seen, Error *e) {
        for (size_t i = 0; i < N_ELEMENTS(insecure_names); i++) {
                if (strcasecmp(word, insecure_names[i].name) != 0)
                        continue;
                if (*seen & 1U << i)
                        return error_new(e, -EINVAL, "duplicated option \"%s\"", word);
                *seen |= 1U << i;
                *bits |= insecure_names[i].bits;
                return 0;
        }
        return error_new(e, -EINVAL, "unknown option \"%s\"", word);
}

static int set_insecure(void *settings, const char *value, Error *e) {
        _cleanup_(strv_freep) Strv words = NULL;
        unsigned bits = 0, seen = 0;
        int r = strv_split(value, ',', &words);

        for (char **word = words; r >= 0 && *word; word++)
                r = add_insecure(*word, &bits, &seen, e);
        if (r >= 0)
                ((Rkt *) settings)->insecure = bits;
        return r;
}

const Option global_options[] = {
        { "debug", "true", "false", set_debug, "print out more debug information to stderr", 0,
          NULL },
        { "dir", NULL, "/var/lib/rkt", set_data, "rkt data directory", 0, NULL },
        { "insecure-options", NULL, "none", set_insecure,
          "comma-separated list of security features to disable. Allowed values: \"none\", \"image\", "
          "\"tls\", \"ondisk\", \"http\", \"pubkey\", \"capabilities\", \"paths\", \"seccomp\", "
          "\"all-fetch\", \"all-run\", \"all\"",
          0, NULL },
        { "local-config", NULL, "/etc/rkt", set_local_config, "local configuration directory", 0,
          NULL },
        { "system-config", NULL, "/usr/lib/rkt", set_system_config,
          "system configuration directory", 0, NULL },
        { "trust-keys-from-https", "true", "false", set_trust,
          "automatically trust gpg keys fetched from https", 0, NULL },
        { "user-config", NULL, "", set_user_config, "user configuration directory", 0, NULL },
        {},
};

void verb_options(const Verb *verb, void *settings, const Rkt *rkt, VerbOptions *ret) {
        size_t n = 0;

        *ret = (VerbOptions){};
        for (; n < VERB_TABLES_MAX && verb->options[n]; n++)
                ret->sets[n] = (OptionSet){ verb->options[n], settings };
        /* Global options may stand among a verb's own; who reads them has const. */
        ret->sets[n] = (OptionSet){ global_options, (void *) (uintptr_t) rkt };
}

/* The first word that is neither an option nor an option's value: cobra's way of finding the command
 * among flags that belong to it. */
static char **first_word(const Verb *verb, char **words) {
        VerbOptions options;

        verb_options(verb, NULL, NULL, &options);
        for (; *words; words++) {
                if (option_is_end(*words))
                        return NULL;
                if ((*words)[0] != '-' || (*words)[1] == '\0')
                        return words;
                if (text_after(*words, "--") && !strchr(*words, '=') && words[1]) {
                        const char *name = *words + 2;
                        const Option *option = option_find(options.sets, name, strlen(name), NULL);

                        if (strcmp(name, "help") != 0 && (!option || !option->bare))
                                words++;
                }
        }
        return NULL;
}

/* Goes down the tree of verbs, taking their names out of @words. */
static const Verb *find_verb(char **words) {
        const Verb *verb = &verb_root;

        while (verb->children) {
                char **word = first_word(verb, words);
                const Verb *child = word ? verb_find(verb, *word) : NULL;
                size_t n = strlen(current_path);

                if (!child)
                        break;
                (void) snprintf(current_path + n, sizeof(current_path) - n, "%s%s",
                                n > 0 ? " " : "", child->name);
                for (; *word; word++)
                        word[0] = word[1];
                verb = child;
        }
        return verb;
}

/* Applies the options and leaves the other words, in order, at the front of @words. */
static int take_options(const Verb *verb, const OptionSet *sets, char **words, Error *e) {
        char **kept = words;
        bool ended = false;

        while (*words) {
                int r = ended ? 0 : option_take(sets, words, e);

                if (r < 0)
                        return r;
                if (r > 0 && option_is_end(words[r - 1]))
                        ended = true;
                words += r;
                if (!*words)
                        break;
                *kept++ = *words++;
                if (verb->flags & VERB_STOPS)
                        ended = true;
        }
        *kept = NULL;
        return 0;
}

static int unknown_command(const char *word) {
        bool any = false;

        fprintf(stderr, "Error: unknown command \"%s\" for \"rkt\"\n", word);
        for (const Verb *const *child = verb_root.children; *child; child++) {
                if (((*child)->flags & VERB_HIDDEN) || strncmp((*child)->name, word, 2) != 0)
                        continue;
                if (!any)
                        fputs("\nDid you mean this?\n", stderr);
                any = true;
                fprintf(stderr, "\t%s\n", (*child)->name);
        }
        fputs(any ? "\nRun 'rkt --help' for usage.\n" : "Run 'rkt --help' for usage.\n", stderr);
        return EXIT_FAILED;
}

static int run_verb(Rkt *rkt, const Verb *verb, char **words) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        void *settings = calloc(1, verb->settings_size + 1);
        VerbOptions options;
        int r = 0, code = 0;

        if (!settings)
                return rkt_fail(rkt, &e, -ENOMEM);
        verb_options(verb, settings, rkt, &options);
        r = take_options(verb, options.sets, words, &e);
        if (r == -ECANCELED) {
                help_write(stdout, verb, current_path);
        } else if (r < 0) {
                _cleanup_(freep) char *text = error_format(&e, r, false);

                fprintf(stderr, "Error: %s\n", text ? text : strerror(-r));
                help_write(stdout, verb, current_path);
                code = EXIT_FAILED;
        } else if (!verb->run && verb == &verb_root && *words) {
                code = unknown_command(*words);
        } else if (!verb->run && verb == &verb_root) {
                fputs("rkt: missing command\n", stderr);
                help_write(stdout, verb, current_path);
                code = EXIT_NO_COMMAND;
        } else if (!verb->run) {
                help_write(stdout, verb, current_path);
        } else if ((verb->flags & VERB_ROOT) && geteuid() != 0) {
                rkt_say(rkt, "cannot run as unprivileged user");
                code = EXIT_FAILED;
        } else
                code = verb->run(rkt, settings, words);
        if (verb->done)
                verb->done(settings);
        free(settings);
        return code;
}

/* A descriptor we open must never become one of the standard ones. */
static void open_standard_fds(void) {
        int fd = -EBADF;

        do
                fd = open("/dev/null",
                          O_RDWR); /* NOLINT(android-cloexec-open): for our children too */
        while (fd >= 0 && fd <= STDERR_FILENO);
        fd_closep(&fd);
}

int main(int argc, char **argv) {
        Rkt rkt = { 0 };
        int code = 0;

        (void) argc;
        open_standard_fds();
        listen_keep();
        rkt.system_config = strdup("/usr/lib/rkt");
        rkt.local_config = strdup("/etc/rkt");
        if (!rkt.system_config || !rkt.local_config)
                return EXIT_FAILED;
        current_verb = find_verb(argv + 1);
        rkt.name = current_verb->name;
        code = run_verb(&rkt, current_verb, argv + 1);
        if (fflush(stdout) != 0 && code == 0) {
                rkt_say(&rkt, "cannot write to standard output: %m");
                code = EXIT_FAILED;
        }
        free(rkt.data);
        free(rkt.system_config);
        free(rkt.local_config);
        free(rkt.user_config);
        return code;
}
