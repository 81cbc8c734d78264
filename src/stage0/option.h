/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Command line options as data. Parsing, --help, completion and the check of the man pages read the
 * same tables. The grammar is that of the original (Go's pflag): long names only, "--name=value" or
 * "--name value"; a switch takes a value only with "=".
 * Source: inventory 0.3. */

#include <stdbool.h>
#include <stddef.h>

#include "errors.h"

/* Applies one occurrence to the settings of a verb (or to the global ones). @value is never NULL: a
 * switch given bare has its table's. Returns 0; -EINVAL with the reason. */
typedef int (*OptionSetter)(void *settings, const char *value, Error *e);

typedef enum OptionFlags {
        OPTION_HIDDEN = 1 << 0, /* not in help */
        OPTION_IMAGE =
                1 << 1, /* applies to the image before it: the settings are those of all images */
        OPTION_QUOTED =
                1 << 2, /* help shows its default in quotes, as the original's for plain text */
} OptionFlags;

typedef struct Option {
        const char *name;
        const char *bare;    /* value when given without one: makes a value need "="; else NULL */
        const char *initial; /* shown in help; NULL shows none */
        OptionSetter set;
        const char *help;
        unsigned flags;
        const char *deprecated; /* what to use instead; NULL for a current option */
        char letter;            /* "-f"; 0 for none, as all that the original had */
} Option;

#define OPTION_END ((Option){})

/* A table and where its options go. Ends with one without a table. */
typedef struct OptionSet {
        const Option *options;
        void *settings;
} OptionSet;

/**
 * option_take() - apply the options that stand in front of @words
 * @sets:  looked through in order
 * @words: NULL-terminated
 *
 * Stops at the first word that is none, or behind "--", which is then counted too. "-h" and "--help"
 * count as options of their own.
 *
 * Returns: how many words were taken; -EINVAL in pflag's words; -ECANCELED when help was asked for.
 */
int option_take(const OptionSet *sets, char *const *words, Error *e);

/* Finds by name; NULL if there is none. */
const Option *option_find(const OptionSet *sets, const char *name, size_t n, void **ret_settings);

/* Whether the word is "--", which ends options. */
bool option_is_end(const char *word);
