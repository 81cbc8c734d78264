/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A verb as a manual page, from the tables that --help is made of. tools/make-man adds what a table
 * cannot tell. */

#include "verb.h"

/* From the title to the options. @path: the verb's full name, "" for rkt itself. @date: of the page. */
void man_write(FILE *out, const Verb *verb, const char *path, const char *date);
