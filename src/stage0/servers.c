/* SPDX-License-Identifier: Apache-2.0 */
#include "servers.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fetch-config.h"
#include "fetch-progress.h"
#include "fetch-user-files.h"

#define COLUMNS_DEFAULT 80

struct Servers {
        FetchConfig config;
        FetchUserFiles *files;
        FetchKeystore *keystore;
        FetchProgress *progress;
        FetchSession *session;
        FetchLogins logins;
        FetchContext context;
};

Servers *servers_close(Servers *servers) {
        if (servers) {
                (void) fetch_session_free(servers->session);
                (void) fetch_progress_free(servers->progress);
                (void) fetch_keystore_free(servers->keystore);
                (void) fetch_user_files_free(servers->files);
                fetch_config_done(&servers->config);
                free(servers);
        }
        return NULL;
}

static FetchInsecure insecure_of(const Rkt *rkt) {
        static const struct {
                Insecure ours;
                FetchInsecure theirs;
        } table[] = {
                { INSECURE_IMAGE, FETCH_INSECURE_IMAGE },
                { INSECURE_TLS, FETCH_INSECURE_TLS },
                { INSECURE_HTTP, FETCH_INSECURE_HTTP },
                { INSECURE_PUBKEY, FETCH_INSECURE_PUBKEY },
        };
        FetchInsecure insecure = 0;

        for (size_t i = 0; i < N_ELEMENTS(table); i++)
                if (rkt->insecure & table[i].ours)
                        insecure |= table[i].theirs;
        return insecure;
}

static int read_config(const Rkt *rkt, FetchConfig *ret, Error *e) {
        char *directories[] = { rkt->system_config, rkt->local_config, rkt->user_config, NULL };
        int r = fetch_config_read(directories, ret, e);

        return r < 0 ? error_wrap(e, r, "cannot get configuration") : 0;
}

/* Bars where somebody looks on, lines where somebody reads later. */
static int make_progress(bool quiet, FetchProgress **ret) {
        struct winsize size = {};
        const char *terminal = getenv("TERM");
        bool looks_on = isatty(STDERR_FILENO) && terminal && !text_equal(terminal, "dumb");

        if (looks_on && (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0))
                size.ws_col = COLUMNS_DEFAULT;
        return fetch_progress_new(stderr,
                                  quiet      ? FETCH_PROGRESS_NONE
                                  : looks_on ? FETCH_PROGRESS_BARS
                                             : FETCH_PROGRESS_LINES,
                                  size.ws_col, ret);
}

/* Proxies, and where credentials lie, are for whoever runs rkt as himself to say. */
static char *const *own_environment(void) {
        return getuid() == geteuid() && getgid() == getegid() ? environ : NULL;
}

static int start_session(Servers *servers, Error *e) {
        const FetchSessionOptions options = {
                .environment = own_environment(),
                .watch = fetch_progress_watch,
                .userdata = servers->progress,
        };

        return fetch_session_start(&options, &servers->session, e);
}

static void fill_context(const Rkt *rkt, Servers *servers) {
        servers->logins.docker_auths = &servers->config.docker_auths;
        servers->logins.files = fetch_user_files_logins(servers->files, &servers->logins.n_files);
        servers->logins.environment = own_environment();
        servers->context = (FetchContext){
                .session = servers->session,
                .insecure = insecure_of(rkt),
                .auths = &servers->config.auths,
                .logins = &servers->logins,
                .rules = &servers->config.rules,
                .keystore = servers->keystore,
                .tls = fetch_user_files_tls,
                .tls_userdata = servers->files,
        };
}

int servers_open(const Rkt *rkt, bool quiet, Servers **ret, Error *e) {
        _cleanup_(servers_closep) Servers *servers = calloc(1, sizeof(*servers));
        int r = servers ? read_config(rkt, &servers->config, e) : -ENOMEM;

        if (r >= 0)
                r = fetch_user_files_new(own_environment(), &servers->files, e);
        if (r >= 0 && !(rkt->insecure & INSECURE_IMAGE))
                r = fetch_keystore_new(rkt->system_config, rkt->local_config, &servers->keystore);
        if (r >= 0)
                r = make_progress(quiet, &servers->progress);
        if (r >= 0)
                r = start_session(servers, e);
        if (r < 0)
                return r;
        fill_context(rkt, servers);
        *ret = ptr_take(&servers);
        return 0;
}

const FetchContext *servers_context(const Servers *servers) {
        return &servers->context;
}
