/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Words of a line, as systemd's unit files quote them. Pure. */

#include "errors.h"
#include "text.h"

/**
 * podfile_split() - words between white space, with '…', "…" and \ escapes
 * @ret: the words are added to it
 *
 * Returns: 0; -EINVAL an open quote or an unknown escape; -ENOMEM.
 * Source: systemd.syntax(7), "Quoting". "%" is left to systemd, which knows what it stands for.
 */
int podfile_split(const char *text, Strv *ret, Error *e);

/* The word as ExecStart= of a unit file takes it, allocated; NULL when out of memory. Specifiers
 * ("%i") stay what they are. */
char *podfile_quote(const char *word);

/* 1 yes true on, 0 no false off. Returns 0 or 1; -EINVAL. */
int podfile_bool(const char *text);
