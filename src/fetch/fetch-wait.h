/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting for another rkt that fetches the same. */

typedef struct FetchWait {
        int (*try)(void *userdata); /* returns -EWOULDBLOCK as long as the other one has it */
        void *userdata;
        void (*waiting)(
                void *userdata); /* at the start, and whenever so much time has passed; may be NULL */
        void *waiting_userdata;
        unsigned again_msec; /* 0: twice a minute, so that nobody takes it for hanging */
} FetchWait;

/* Returns what try() does in the end. */
int fetch_wait(const FetchWait *wait);
