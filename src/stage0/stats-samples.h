/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How busy apps were: what their units' processor time was in two rounds, one after the other. Pure. */

#include <stdint.h>

#include "cleanup.h"

typedef struct StatsSamples StatsSamples;

/* Returns NULL when out of memory. */
StatsSamples *stats_samples_new(void);
StatsSamples *stats_samples_free(StatsSamples *samples);
DEFINE_CLEANUP(StatsSamples, stats_samples_free);

/**
 * stats_samples_add() - note a unit's counter, and compare it with that of the round before
 * @unit:        copied
 * @cpu_nsec:    processor time since the unit was started
 * @at_nsec:     when it was that much, CLOCK_MONOTONIC
 * @ret_permille: thousandths of one processor, filled only when 1 is returned
 *
 * Returns: 1; 0 when there is nothing to compare it with: no sample in the round before, or a unit that
 *          was started again since and counts from the beginning; -ENOMEM.
 */
int stats_samples_add(StatsSamples *samples,
                      const char *unit,
                      uint64_t cpu_nsec,
                      uint64_t at_nsec,
                      uint64_t *ret_permille);

/* Begins the next round: what was added since the last call is now the round before, and what was there
 * before is forgotten. */
void stats_samples_turn(StatsSamples *samples);
