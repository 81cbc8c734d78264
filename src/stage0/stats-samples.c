/* SPDX-License-Identifier: Apache-2.0 */
#include "stats-samples.h"

#include <string.h>

typedef struct Sample {
        char *unit;
        uint64_t cpu_nsec, at_nsec;
} Sample;

typedef struct Round {
        Sample *samples;
        size_t n, capacity;
} Round;

struct StatsSamples {
        Round before, now;
        size_t next; /* of the round before: where the search begins */
};

static void round_clear(Round *round) {
        for (size_t i = 0; i < round->n; i++)
                free(round->samples[i].unit);
        round->n = 0;
}

StatsSamples *stats_samples_new(void) {
        return calloc(1, sizeof(StatsSamples));
}

StatsSamples *stats_samples_free(StatsSamples *samples) {
        if (!samples)
                return NULL;
        round_clear(&samples->before);
        round_clear(&samples->now);
        free(samples->before.samples);
        free(samples->now.samples);
        free(samples);
        return NULL;
}

static int round_add(Round *round, const char *unit, uint64_t cpu_nsec, uint64_t at_nsec) {
        _cleanup_(freep) char *copy = strdup(unit);

        if (!copy)
                return -ENOMEM;
        if (round->n == round->capacity) {
                size_t capacity = round->capacity ? 2 * round->capacity : 16;
                Sample *grown = reallocarray(round->samples, capacity, sizeof(Sample));

                if (!grown)
                        return -ENOMEM;
                round->samples = grown;
                round->capacity = capacity;
        }
        round->samples[round->n++] = (Sample){ ptr_take(&copy), cpu_nsec, at_nsec };
        return 0;
}

/* Rounds have their units in the same order but for those that came and went: the one that is looked
 * for mostly stands behind the one that was found last. */
static const Sample *find(StatsSamples *samples, const char *unit) {
        const Round *before = &samples->before;

        for (size_t i = 0; i < before->n; i++) {
                size_t at = (samples->next + i) % before->n;

                if (strcmp(before->samples[at].unit, unit) != 0)
                        continue;
                samples->next = at + 1;
                return &before->samples[at];
        }
        return NULL;
}

int stats_samples_add(StatsSamples *samples,
                      const char *unit,
                      uint64_t cpu_nsec,
                      uint64_t at_nsec,
                      uint64_t *ret_permille) {
        const Sample *last = find(samples, unit);
        int r = round_add(&samples->now, unit, cpu_nsec, at_nsec);

        if (r < 0)
                return r;
        if (!last || cpu_nsec < last->cpu_nsec || at_nsec <= last->at_nsec)
                return 0;
        *ret_permille = (uint64_t) (1000.0 * (double) (cpu_nsec - last->cpu_nsec) /
                                            (double) (at_nsec - last->at_nsec) +
                                    0.5);
        return 1;
}

void stats_samples_turn(StatsSamples *samples) {
        Round emptied = samples->before;

        round_clear(&emptied);
        samples->before = samples->now;
        samples->now = emptied;
        samples->next = 0;
}
