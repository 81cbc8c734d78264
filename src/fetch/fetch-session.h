/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A downloader at work: a program of its own (transport/), without our rights, that speaks to servers
 * for us. What it says is as foreign as what servers say; what it writes has yet to be checked. */

#include "cleanup.h"
#include "fetch-message.h"

#define FETCH_REQUESTS_MAX 32 /* at once */

typedef struct FetchSession FetchSession;

/* Is told what happens to each request, by the label that it was given. */
typedef void (*FetchWatchFn)(const char *label, const FetchEvent *event, void *userdata);

typedef struct FetchSessionOptions {
        const char *helper;       /* absolute path of rkt-fetch; NULL for the installed one */
        char *const *environment; /* "NAME=value": where proxies are looked up; may be NULL */
        FetchWatchFn watch;       /* may be NULL */
        void *userdata;
} FetchSessionOptions;

/* PEM files for one request; -EBADF for none. Borrowed. */
typedef struct FetchTls {
        int authorities_fd; /* vouch for servers, beside those of the system */
        int certificate_fd, key_fd;
} FetchTls;

#define FETCH_TLS_NULL ((FetchTls){ -EBADF, -EBADF, -EBADF })

/* As root, the downloader becomes nobody. @options: borrowed for the session's life.
 * Returns 0; a negative errno. */
int fetch_session_start(const FetchSessionOptions *options, FetchSession **ret, Error *e);

/* Ends all that is under way. */
FetchSession *fetch_session_free(FetchSession *session);
DEFINE_CLEANUP(FetchSession, fetch_session_free);

/**
 * fetch_session_ask() - begin to fetch
 * @request: its id is set; what @tls has is filled in
 * @output_fd: where the body goes: a file or a pipe. Borrowed for the call
 * @tls: may be NULL
 * @label: for whoever watches
 *
 * Returns: 0; -EBUSY too many at once; a negative errno.
 */
int fetch_session_ask(FetchSession *session,
                      FetchRequest *request,
                      int output_fd,
                      const FetchTls *tls,
                      const char *label,
                      Error *e);

/* Waits for the next event of any request. Returns 0; -EPIPE the downloader is gone, or does not keep to
 * what was agreed; others. */
int fetch_session_next(FetchSession *session, FetchEvent *ret, Error *e);

/* Nothing more is heard of it. */
void fetch_session_cancel(FetchSession *session, uint64_t id);

/**
 * fetch_session_run() - ask, and wait for the end
 * @ret: the last event
 *
 * Of other requests under way, only the last events are kept for fetch_session_next().
 *
 * Returns: 0, whatever status the answer had; the errno why no answer came; as fetch_session_ask().
 */
int fetch_session_run(FetchSession *session,
                      FetchRequest *request,
                      int output_fd,
                      const FetchTls *tls,
                      const char *label,
                      FetchEvent *ret,
                      Error *e);
