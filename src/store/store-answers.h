/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the index answered to questions that each start of a pod asks, kept beside it for as long as the
 * index does not change: who finds all answers here needs no database at all.
 *
 *   cas/answers  a header that says of which index these are, then for each answer
 *                n_question:4 n_answer:4 question answer
 *   question     the statement, NUL, and its parameters
 *   answer       rows: the number of columns:1, and the columns
 *   value        a parameter or column: 's' n:4 n bytes NUL, 'i' number:8, or '0' for NULL
 *
 * It is no second truth. Every change to the index goes through its log, so answers are of the index as it
 * is when the log is empty and the index is the same file, of the same size and time, in the same boot. They
 * are written by who holds the database's lock for writing. Numbers are in the machine's own order. A file
 * of anyone but root or this process' own user is no file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

#define STORE_ANSWERS_FILE "answers"
#define STORE_ANSWER_MAX ((size_t) 64 * 1024)   /* a longer one is not kept */
#define STORE_ANSWERS_MAX ((size_t) 512 * 1024) /* nor are older ones beyond these bytes together */

/* Values, one behind the other. */
typedef struct StoreValues {
        uint8_t *bytes;
        size_t n;
} StoreValues;

void store_values_done(StoreValues *values);

/* Return 0; -ENOMEM; -E2BIG, and then @values are as they were. @text: NULL is NULL. */
int store_values_add_text(StoreValues *values, const char *text);
int store_values_add_int(StoreValues *values, int64_t number);
int store_values_add_columns(StoreValues *values, uint8_t n); /* before those of a row */

/* Goes through an answer. The bytes are borrowed from StoreAnswers. */
#define STORE_ANSWER_COLUMNS_MAX 16

typedef struct StoreAnswer {
        const uint8_t *bytes;
        size_t n, at;
        unsigned n_columns;
        const uint8_t *columns[STORE_ANSWER_COLUMNS_MAX]; /* of the row at hand */
} StoreAnswer;

/* The next row. Returns 1; 0 at the end; -EBADMSG, which no answer does that was found. */
int store_answer_next(StoreAnswer *answer);
const char *store_answer_text(const StoreAnswer *answer, unsigned column); /* NULL: no text */
int64_t store_answer_int(const StoreAnswer *answer, unsigned column);      /* 0: no number */

typedef struct StoreAnswers StoreAnswers;

/**
 * store_answers_open() - read what was kept
 * @directory_fd: of cas/, borrowed as long as the answers are there
 * @boot_id: copied
 *
 * Returns: 0, also where nothing is kept, or nothing that is still so; -ENOMEM.
 */
int store_answers_open(int directory_fd, const char *boot_id, StoreAnswers **ret);
StoreAnswers *store_answers_free(StoreAnswers *answers);
DEFINE_CLEANUP(StoreAnswers, store_answers_free);

/* Whether there is any answer, and the index is still what they are of. */
bool store_answers_hold(const StoreAnswers *answers);

/* @question: of store_values_add_text() and others. Returns whether it was answered. */
bool store_answers_find(const StoreAnswers *answers, const StoreValues *question, StoreAnswer *ret);

/* Keeps one more, to be saved. Both are taken. */
void store_answers_add(StoreAnswers *answers, StoreValues *question, StoreValues *answer);

/* Whether there are any to be saved. */
bool store_answers_are_new(const StoreAnswers *answers);

/**
 * store_answers_save() - write the new answers, and the old ones that still hold
 *
 * For who holds the lock for writing, and knows that nothing was committed since the new ones were given.
 *
 * Returns: 0; -EAGAIN the log is not empty, or the index changed a moment ago; another negative errno.
 */
int store_answers_save(const StoreAnswers *answers);
