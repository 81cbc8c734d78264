/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

static const Verb *const verbs[] = {
        &verb_app_add,   &verb_app_exec,   &verb_app_list, &verb_app_rm, &verb_app_sandbox,
        &verb_app_start, &verb_app_status, &verb_app_stop, NULL,
};

const Verb verb_app = {
        .name = "app",
        .arguments = "[command]",
        .summary = "Manipulate applications in pods",
        .children = verbs,
};
