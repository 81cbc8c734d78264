/* SPDX-License-Identifier: Apache-2.0 */
#include "fly-systemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

/* It stays until the process ends. Returns NULL where there is none. */
static void *find(const char *name) {
        void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);

        return library ? dlsym(library, name) : NULL;
}

void fly_notify(const char *state) {
        __typeof__(sd_notify) *notify = NULL;

        if (!getenv("NOTIFY_SOCKET"))
                return;
        notify = (__typeof__(notify)) find("sd_notify");
        if (notify)
                (void) notify(1, state);
}

int fly_journal_stream(const char *identifier) {
        __typeof__(sd_journal_stream_fd) *stream =
                (__typeof__(stream)) find("sd_journal_stream_fd");

        return stream ? stream(identifier, LOG_INFO, 0) : -ELIBACC;
}
