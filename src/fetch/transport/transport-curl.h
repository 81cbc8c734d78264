/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking servers: the one place that knows libcurl. A call is one question to one server; redirects,
 * second tries and what answers mean are decided elsewhere. */

#include <poll.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"
#include "text.h"

typedef struct TransportMulti TransportMulti;
typedef struct TransportCall TransportCall;

/* What a PEM file holds. */
typedef struct TransportPem {
        char *bytes; /* NULL for none */
        size_t n;
} TransportPem;

/* All is copied by transport_call_start(), but what the PEMs point to, which must stay. */
typedef struct TransportQuestion {
        const char *url;
        char *const *headers;
        const char *authorization, *form;              /* NULL for none */
        const char *aws_key, *aws_secret, *aws_region; /* NULL for none */
        const TransportPem *authorities, *certificate, *key;
        bool plain, insecure_tls;
        uint64_t timeout_msec;
        uint64_t stall_sec; /* for as long next to nothing may come */

        /* A line of the answer's head; a piece of its body. A negative errno ends the call, but -EAGAIN of
         * body() only halts it: the same bytes come again after transport_call_resume(). */
        int (*head)(void *userdata, const char *line, size_t n);
        int (*body)(void *userdata, const char *bytes, size_t n);

        /* The last of the callbacks; may free the call. @r: 0, or why no whole answer came, with words:
         * what a callback returned; -EHOSTUNREACH, -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -EPROTO,
         * -EKEYREJECTED not the server it should be, -EIO. @location: where it redirects to, absolute;
         * NULL if it does not. */
        void (*done)(void *userdata, int r, const char *words, const char *location);
        void *userdata;
} TransportQuestion;

int transport_multi_new(TransportMulti **ret);
TransportMulti *transport_multi_free(TransportMulti *multi);
DEFINE_CLEANUP(TransportMulti, transport_multi_free);

int transport_call_start(TransportMulti *multi,
                         const TransportQuestion *question,
                         TransportCall **ret,
                         Error *e);
void transport_call_resume(TransportCall *call);

/* Ends it without a further callback. Not from head() or body(). */
TransportCall *transport_call_free(TransportCall *call);

/* Waits for servers, for one of @fds, or for the time, and then calls back. Returns 0; -EIO. */
int transport_multi_wait(TransportMulti *multi, struct pollfd *fds, size_t n_fds, int timeout_msec);
