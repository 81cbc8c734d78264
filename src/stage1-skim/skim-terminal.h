/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Standard input and output of an interactive app. With a terminal at our end the app gets one of
 * its own, so that it can do nothing to the caller's; otherwise it gets our descriptors. */

#include <systemd/sd-event.h>

#include "cleanup.h"
#include "errors.h"
#include "sysd-property.h"

typedef struct SkimTerminal SkimTerminal;

/* @p: where the app's stdio properties are set. */
int skim_terminal_new(sd_event *event, SysdProperties *p, SkimTerminal **ret, Error *e);

/* Writes what is left of the app's output and restores the caller's terminal. */
SkimTerminal *skim_terminal_free(SkimTerminal *terminal);
DEFINE_CLEANUP(SkimTerminal, skim_terminal_free);
