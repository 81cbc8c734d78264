/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the command an app means inside its tree to one that the host can execute. Skim changes no
 * root: so scripts get their own tree's interpreter, and dynamically linked programs their own
 * tree's loader and libraries, by their paths on the host. */

#include "errors.h"
#include "text.h"

typedef struct SkimCommand {
        char *path; /* what to execute, on the host */
        Strv argv;  /* argv[0] included */
} SkimCommand;

#define SKIM_COMMAND_NULL ((SkimCommand){})

/**
 * skim_command() - make a command of an app executable on the host
 * @root_fd:   the app's tree
 * @root_path: its absolute path on the host
 * @program:   path inside the tree, as app_exec_find() returns it
 * @arguments: what follows argv[0]; may be NULL
 *
 * Returns: 0; -ENOENT interpreter missing; -ENOEXEC, -EBADMSG, -EPFNOSUPPORT what the file is not;
 *          -ELOOP scripts that interpret scripts without end.
 */
int skim_command(int root_fd,
                 const char *root_path,
                 const char *program,
                 char *const *arguments,
                 SkimCommand *ret,
                 Error *e);
void skim_command_done(SkimCommand *command);
