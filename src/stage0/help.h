/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Help as the original lays it out (inventory 0.4), from the verbs' own tables. */

#include <stdio.h>

#include "verb.h"

/* @path: the verb's full name behind "rkt", "" for the root. */
void help_write(FILE *out, const Verb *verb, const char *path);

/* The next by name behind @last, or the first, that help shows of all tables; NULL behind the last. */
const Option *help_next_option(const Option *const *tables, const Option *last);
