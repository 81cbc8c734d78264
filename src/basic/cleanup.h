/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ownership of local variables: each owner is released when its scope is left, by whatever way.
 *
 * A destructor maps Type* to NULL and takes NULL. Cleanups keep errno, so that an error path may
 * still read it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((__cleanup__(fn)))

/* Declares fn##p(), the form the attribute wants, for a destructor that maps Type* to NULL. */
#define DEFINE_CLEANUP(Type, fn)                 \
        static inline void fn##p(Type **slot) {  \
                if (*slot) {                     \
                        int saved_errno = errno; \
                        *slot = fn(*slot);       \
                        errno = saved_errno;     \
                }                                \
        }                                        \
        struct fn##_cleanup_needs_semicolon

/* Moves a pointer out of its owner and leaves NULL there. */
#define ptr_take(slot)                              \
        ({                                          \
                __typeof__(slot) _slot = (slot);    \
                __typeof__(*_slot) _taken = *_slot; \
                *_slot = NULL;                      \
                _taken;                             \
        })

/* The same for a struct whose empty value is all zeroes. */
#define struct_take(slot)                           \
        ({                                          \
                __typeof__(slot) _slot = (slot);    \
                __typeof__(*_slot) _taken = *_slot; \
                *_slot = (__typeof__(*_slot)){};    \
                _taken;                             \
        })

/* Moves a descriptor out of its owner and leaves -EBADF there. */
static inline int fd_take(int *slot) {
        int taken = *slot;

        *slot = -EBADF;
        return taken;
}

static inline void freep(void *slot) {
        int saved_errno = errno;

        free(*(void **) slot);
        errno = saved_errno;
}

static inline void fd_closep(const int *slot) {
        int saved_errno = errno;

        if (*slot >= 0)
                (void) close(*slot);
        errno = saved_errno;
}

static inline void file_closep(FILE **slot) {
        int saved_errno = errno;

        if (*slot)
                (void) fclose(*slot);
        errno = saved_errno;
}

/* Closes what the slot holds, if anything, and leaves -EBADF there. */
static inline void fd_drop(int *slot) {
        fd_closep(slot);
        *slot = -EBADF;
}

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
