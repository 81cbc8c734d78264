/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-abort.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void stage1_abort(const Uuid *pod) {
        const char *stage0 = getenv(STAGE1_STAGE0_ENV), *data = getenv(STAGE1_STAGE0_DATA_ENV);
        /* The pod's scope, which we are in, is being stopped: systemd asks us to end, and we do. */
        static const int asked[] = { SIGTERM, SIGHUP, SIGINT };
        sigset_t none;

        if (!stage0 || stage0[0] != '/' || !data)
                return;
        for (unsigned i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
                (void) signal(asked[i], SIG_IGN);
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) execl(stage0, "rkt", "--dir", data, "abort", pod->text, (char *) NULL);
}
