/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An app's tree among the host's files. There is no chroot: what an app's user may not walk to, it
 * cannot use. */

#include "skim-app.h"

/**
 * skim_tree_expose() - let every user walk to the app's tree
 *
 * Other users of the host can then execute what lies in there; so nothing in it grants privileges
 * any more: set-user-ID bits, file capabilities and device nodes have no effect. A pod that is over
 * has its directory moved to where nobody but root walks.
 *
 * Returns: 0; a negative errno.
 */
int skim_tree_expose(const Pod *pod, const Stage1App *app, Error *e);
