/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/utsname.h>

#include "appc-image.h"
#include "appc-platform.h"
#include "commands.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        (void) rkt;
        (void) settings;
        (void) words;
        printf("rkt Version: %s\n", RKT_VERSION);
        printf("appc Version: %s\n", APPC_VERSION);
        /* The original says "Go Version" here; scripts read the first two lines. */
        printf("C Compiler: %s\n", __VERSION__);
        printf("OS/Arch: linux/%s\n", appc_arch_host());
        printf("Features: -TPM +SDJOURNAL\n");
        return 0;
}

const Verb verb_version = {
        .name = "version",
        .summary = "Print the version and exit",
        .run = run,
};
