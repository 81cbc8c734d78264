/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The lines of a pod file, in the syntax of systemd's unit files. Pure: what the keys mean is not
 * known here. */

#include "errors.h"
#include "text.h"

#define PODFILE_SIZE_MAX ((size_t) 1024 * 1024)
#define PODFILE_LINES_MAX 16384

typedef struct PodfileLine {
        char *key, *value;
        char *place; /* "FILE:LINE", for complaints */
} PodfileLine;

typedef struct PodfileSection {
        char *name;     /* "App" of "[App web]" */
        char *argument; /* "web"; NULL where the heading has one word */
        char *place;
        PodfileLine *lines;
        size_t n_lines;
} PodfileSection;

/* Sections in the order in which they first came. */
typedef struct Podfile {
        PodfileSection *sections;
        size_t n_sections, n_lines;
} Podfile;

#define PODFILE_NULL ((Podfile){})

void podfile_done(Podfile *podfile);

/**
 * podfile_parse() - add the lines of one file
 * @text: not NUL-terminated
 * @file: its name, for complaints
 * @to:   what came before it: lines of a heading that is known are added behind that one's
 *
 * Returns: 0; -EBADMSG what is no such file, with "FILE:LINE: why"; -EFBIG; -ENOMEM. On failure @to
 *          may hold a part, and is only good to be released.
 * Source: systemd.syntax(7).
 */
int podfile_parse(const char *text, size_t n, const char *file, Podfile *to, Error *e);

/* The section with that heading, or NULL. */
const PodfileSection *podfile_section(const Podfile *podfile, const char *name);
