/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Times and sizes for people, in the original's words (inventory 0.2). Times are nanoseconds since
 * the epoch; 0 and less mean "unknown". All return allocated text, NULL when out of memory. */

#include <stdint.h>

#define NSEC_PER_SEC INT64_C(1000000000)

/* "2016-01-02 15:04:05.12 +0100 CET": up to three digits of fraction. "-" for an unknown time. */
char *human_time(int64_t nsec);

/* The same with up to nine digits, as Go prints a time. */
char *human_time_exact(int64_t nsec);

/* "3 minutes ago". */
char *human_age(int64_t nsec, int64_t now_nsec);

/* "1.5MiB". */
char *human_size(uint64_t bytes);

/* "1h30m0s", as Go prints a duration. */
char *human_duration(int64_t nsec);

/* Reads a Go duration ("10s", "1m30s", "1.5h"). Returns 0; -EINVAL, -ERANGE. */
int human_parse_duration(const char *text, int64_t *ret_nsec);

/* Reads a moment: a duration before @now_nsec ("10m"), "2016-01-02", "2016-01-02 15:04[:05]" in the
 * reader's zone, RFC 3339 ("2016-01-02T15:04:05+01:00", "...Z"), or "@SECONDS". Returns 0; -EINVAL,
 * -ERANGE. */
int human_parse_time(const char *text, int64_t now_nsec, int64_t *ret_nsec);

int64_t human_now(void);
