/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-rest.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only what is mapped without the right to write: nothing of it can differ from its file. */
static int drop_segments(struct dl_phdr_info *object, size_t size, void *userdata) {
        uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);

        (void) size;
        (void) userdata;
        for (unsigned i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
                uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
                uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

                if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
                        (void) madvise((void *) begin, end - begin, MADV_DONTNEED);
        }
        return 0;
}

void skim_rest(void) {
        (void) malloc_trim(0);
        (void) dl_iterate_phdr(drop_segments, NULL);
}
