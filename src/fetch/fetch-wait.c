/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-wait.h"

#include <errno.h>
#include <time.h>

#define LOOK_MSEC 20
#define AGAIN_MSEC (30 * 1000)

int fetch_wait(const FetchWait *wait) {
        const struct timespec pause = { .tv_nsec = LOOK_MSEC * 1000 * 1000 };
        unsigned again = (wait->again_msec ? wait->again_msec : AGAIN_MSEC) / LOOK_MSEC;

        for (unsigned i = 0;; i++) {
                int r = wait->try(wait->userdata);

                if (r != -EWOULDBLOCK)
                        return r;
                if (i % (again ? again : 1) == 0 && wait->waiting)
                        wait->waiting(wait->waiting_userdata);
                (void) nanosleep(&pause, NULL);
        }
}
