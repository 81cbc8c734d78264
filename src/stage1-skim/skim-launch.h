/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a unit executes for an app: its commands as properties, by their paths on the host, run as
 * the app's user. */

#include "app-user.h"
#include "skim-app.h"

typedef struct SkimLaunch {
        const Stage1App *app;
        const AppIdentity *who;
} SkimLaunch;

/* The app's own command and its event handlers. The bounding set must be in @p before: whoever is
 * not root is executed by a helper, which needs some capabilities to change user and drops them. */
int skim_launch_app(const SkimLaunch *launch, SysdProperties *p, Error *e);

/* Another command in its place: a program of the app's tree, or of the host, which apps see too. */
int skim_launch_guest(const SkimLaunch *launch, char *const *words, SysdProperties *p, Error *e);

/* What reaches systemd must be UTF-8. Refused with -EILSEQ, not repaired; @what names it. */
int skim_text_check(const char *what, const char *text, Error *e);
