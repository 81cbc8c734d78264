/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Errors with words: the number decides, the words inform.
 *
 * A function returns 0 or more, or a negative errno. Where its failure reaches a person it also
 * takes an Error and adds what only it knows; nobody prints on the way. The program prints once, at
 * the top, with error_format(). */

#include <stdbool.h>

typedef struct Error {
        char **texts; /* innermost cause first, owned */
        unsigned n_texts;
} Error;

#define ERROR_NULL ((Error){})

/**
 * error_new() - start an error with its innermost cause
 * @e:      replaced; may be NULL
 * @r:      negative errno of the failure
 * @format: what went wrong, as printf; foreign bytes in it are escaped when it is shown
 *
 * Returns: @r.
 */
int error_new(Error *e, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

/**
 * error_wrap() - say what was being done when the error happened
 * @e:      gets one level more; if it holds no cause yet, the errno's own text becomes the cause.
 *          May be NULL
 *
 * Returns: @r.
 */
int error_wrap(Error *e, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts words in front of the innermost cause: the place in a document where it was found. */
int error_prefix(Error *e, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

/**
 * error_format() - the text for a person
 * @e:     borrowed
 * @r:     the errno that came with it, used where @e has no text
 * @debug: the whole chain, one line a level, indented; otherwise "OUTERMOST: INNERMOST"
 *
 * Returns: allocated text without a final newline, control characters escaped; NULL when out of
 *          memory.
 */
char *error_format(const Error *e, int r, bool debug);

/* The innermost cause, or NULL. Borrowed from @e. */
const char *error_cause(const Error *e);
void error_done(Error *e);
