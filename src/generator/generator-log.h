/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a generator is heard. It runs while systemd waits for it, at boot before the journal does: it
 * may wait for nobody. */

#include <stdbool.h>

#include "errors.h"

/**
 * generator_log() - one line about a file that is no good
 * @to_stderr: to whoever called; otherwise to the journal, or where that is not there yet to the
 *             kernel's log, which becomes part of it
 */
void generator_log(bool to_stderr, const Error *e, int r);
