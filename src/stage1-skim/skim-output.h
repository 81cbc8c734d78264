/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the apps say, from the pod's journal to our own standard output. */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "cleanup.h"
#include "errors.h"

typedef struct SkimOutput SkimOutput;

/**
 * skim_output_new() - follow the journal in @directory
 * @event:      NULL to print all at once, by skim_output_finish()
 * @with_names: print "APP[PID]: " in front of each line
 *
 * Lines come in the order in which journald put them into the journal.
 */
int skim_output_new(
        sd_event *event, const char *directory, bool with_names, SkimOutput **ret, Error *e);
SkimOutput *skim_output_free(SkimOutput *output);
DEFINE_CLEANUP(SkimOutput, skim_output_free);

/* Prints all that is in the journal by now, for the last time. */
void skim_output_finish(SkimOutput *output);
