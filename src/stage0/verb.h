/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A verb of the command line, and what every verb is given. One file, cmd-NAME.c, defines each. */

#include "option.h"
#include "text.h"

/* What --insecure-options switches off. Source: inventory 7.6. */
typedef enum Insecure {
        INSECURE_IMAGE = 1 << 0,
        INSECURE_TLS = 1 << 1,
        INSECURE_ONDISK = 1 << 2,
        INSECURE_HTTP = 1 << 3,
        INSECURE_PUBKEY = 1 << 4,
        INSECURE_CAPABILITIES = 1 << 5,
        INSECURE_PATHS = 1 << 6,
        INSECURE_SECCOMP = 1 << 7,
} Insecure;

/* The global options, and which verb runs. */
typedef struct Rkt {
        bool debug;
        char *data; /* absolute; NULL unless given: see config.h */
        char *system_config, *local_config, *user_config; /* absolute; the last may be NULL */
        unsigned insecure;
        bool trust_keys_from_https;
        const char *name; /* of the verb: what messages begin with */
} Rkt;

typedef struct Verb Verb;

typedef enum VerbFlags {
        VERB_ROOT = 1 << 0,   /* refuses to run for others at once */
        VERB_HIDDEN = 1 << 1, /* not in help */
        VERB_STOPS = 1 << 2,  /* options end at the first word that is none */
} VerbFlags;

/* What a verb's words are, for who completes them; 0 for what only the user knows. */
typedef enum VerbWords {
        WORDS_PREPARED = 1 << 0, /* UUIDs of pods in this state */
        WORDS_RUNNING = 1 << 1,
        WORDS_EXITED = 1 << 2,
        WORDS_ABORTED = 1 << 3,
        WORDS_PODS = WORDS_PREPARED | WORDS_RUNNING | WORDS_EXITED | WORDS_ABORTED,
        WORDS_IMAGES = 1 << 4,
        WORDS_VERBS = 1 << 5,
        WORDS_SHELLS = 1 << 6,
        WORDS_MANY = 1 << 7, /* not the first word alone */
} VerbWords;

#define VERB_TABLES_MAX 7

struct Verb {
        const char *name;
        const char *arguments; /* behind the name in USAGE; NULL for none */
        const char *summary;
        const char *description;
        const Option *options[VERB_TABLES_MAX]; /* NULL behind the last */
        size_t settings_size;                   /* of the zeroed structure that all of them fill */
        unsigned flags;
        unsigned words; /* VerbWords */

        /* @words: what is left behind the options. Returns the exit code. */
        int (*run)(const Rkt *rkt, void *settings, char **words);
        void (*done)(void *settings);
        const Verb *const *children; /* NULL-terminated; then run may be NULL */
};

#define EXIT_FAILED 254 /* the original's code for every failure of its own */

/* Prints "VERB: TEXT" to standard error, the chain of causes with --debug. Returns EXIT_FAILED. */
int rkt_fail(const Rkt *rkt, const Error *e, int r);

/* The same with a level around it. */
int rkt_fail_with(const Rkt *rkt, Error *e, int r, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* "VERB: TEXT" to standard error. */
void rkt_say(const Rkt *rkt, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The help of the verb that runs, to standard output. Returns EXIT_FAILED: for wrong use. */
int rkt_usage(const Rkt *rkt);

/* The sets of a verb's own options and the global ones. */
typedef struct VerbOptions {
        OptionSet sets[VERB_TABLES_MAX + 2];
} VerbOptions;

void verb_options(const Verb *verb, void *settings, const Rkt *rkt, VerbOptions *ret);

/* The child of that name, or the only one whose name begins so; NULL. */
const Verb *verb_find(const Verb *verb, const char *word);

/* All verbs. */
extern const Verb verb_root;
extern const Option global_options[];
