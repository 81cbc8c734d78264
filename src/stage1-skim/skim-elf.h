/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an ELF program says about how it wants to be loaded. Reads foreign files; trusts nothing. */

#include "errors.h"
#include "text.h"

typedef struct SkimElf {
        char *interpreter;  /* PT_INTERP; NULL for a static program */
        Strv library_paths; /* DT_RPATH and DT_RUNPATH, as they stand there, $ORIGIN included */
} SkimElf;

#define SKIM_ELF_NULL ((SkimElf){})

/**
 * skim_elf_read() - read the headers of a program
 * @fd: the file, seekable; its position is not used
 *
 * Returns: 0; -ENOEXEC no ELF program; -EBADMSG a damaged one; -EPFNOSUPPORT one for another
 *          machine; any errno of reading.
 */
int skim_elf_read(int fd, SkimElf *ret, Error *e);
void skim_elf_done(SkimElf *elf);
