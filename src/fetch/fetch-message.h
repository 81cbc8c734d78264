/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rkt and its downloader say to each other over a socket that keeps messages apart. Each side
 * distrusts the other's bytes: one parser, strict, for both. Pure.
 *
 * A request travels with descriptors: the output first, then those whose flags are set, in the order
 * of the flags. */

#include <stdbool.h>
#include <stdint.h>

#include "errors.h"
#include "text.h"

#define FETCH_MESSAGE_MAX ((size_t) 128 * 1024)
#define FETCH_MESSAGE_FDS_MAX 4

#define FETCH_SIZE_UNKNOWN (-1)

typedef struct FetchRequest {
        uint64_t id; /* the sender's; events carry it */
        char *url;
        Strv headers; /* "Name: value", for whoever the answer comes from */

        /* Credentials: for the host and port of @url alone. */
        char *authorization;                     /* the header's value; NULL for none */
        char *aws_key, *aws_secret, *aws_region; /* all three or none */

        char *form; /* what is POSTed, to that host alone; NULL to GET */

        int64_t size;         /* exact; FETCH_SIZE_UNKNOWN if unknown */
        uint64_t size_max;    /* bytes, all in all, that may be written */
        uint64_t offset;      /* so many are there from an earlier try */
        char *validator;      /* the entity tag or date that those came with; NULL if unknown */
        uint64_t timeout_sec; /* for all of it */
        uint64_t stall_sec;   /* for as long next to nothing may come */
        uint64_t attempts;

        bool plain;                                     /* may speak http */
        bool insecure_tls;                              /* does not check who answers */
        bool has_authorities, has_certificate, has_key; /* PEM files come as descriptors */
} FetchRequest;

#define FETCH_STALL_SEC 30

#define FETCH_REQUEST_NULL \
        ((FetchRequest){ .size = FETCH_SIZE_UNKNOWN, .attempts = 1, .stall_sec = FETCH_STALL_SEC })

void fetch_request_done(FetchRequest *request);

/* Allocated; NULL when out of memory. */
char *fetch_request_format(const FetchRequest *request);

/* Returns 0; -EMSGSIZE, -EBADMSG, -EINVAL, -ERANGE; -ENOMEM. */
int fetch_request_parse(const char *bytes, size_t n, FetchRequest *ret, Error *e);

/* A message that only names a request: its sender lost interest in it. */
char *fetch_cancel_format(uint64_t id);

/* Whether a message is such a one. */
bool fetch_cancel_parse(const char *bytes, size_t n, uint64_t *ret_id);

typedef enum FetchEventKind {
        FETCH_EVENT_HEAD,     /* an answer begins: nothing of its body was written yet */
        FETCH_EVENT_PROGRESS, /* comes at least every few seconds */
        FETCH_EVENT_RETRY,    /* @text tells why, @wait_msec when */
        FETCH_EVENT_DONE,     /* the last one */
        _FETCH_EVENT_KIND_MAX,
        _FETCH_EVENT_KIND_INVALID = -EINVAL,
} FetchEventKind;

typedef struct FetchEvent {
        uint64_t id;
        FetchEventKind kind;
        uint64_t status;   /* of HTTP; 0 if no answer came */
        uint64_t received; /* bytes written, those from earlier tries among them */
        int64_t total;     /* FETCH_SIZE_UNKNOWN if unknown */
        uint64_t wait_msec;
        int64_t error; /* 0, or a negative errno: then @text says what happened */
        char *text;    /* NULL if there is nothing to say */
        char *body;    /* begin of an answer that is not wanted; NULL if it is no text */
        char *url;     /* where the answer came from in the end */
        char *type;    /* headers, each NULL where absent */
        char *etag, *last_modified, *cache_control;
        Strv authenticate; /* each WWW-Authenticate */
} FetchEvent;

/* Whether all that was asked for came: at once, or in several parts. */
static inline bool fetch_event_has_all(const FetchEvent *event) {
        return event->error >= 0 && (event->status == 200 || event->status == 206);
}

#define FETCH_EVENT_NULL ((FetchEvent){ .total = FETCH_SIZE_UNKNOWN })

void fetch_event_done(FetchEvent *event);

/* Allocated; NULL when out of memory. */
char *fetch_event_format(const FetchEvent *event);
int fetch_event_parse(const char *bytes, size_t n, FetchEvent *ret, Error *e);
