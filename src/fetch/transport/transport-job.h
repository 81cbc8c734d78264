/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A request and all it takes to answer it: redirects, tries, resuming. Tells what happens by events. */

#include "fetch-message.h"
#include "transport-curl.h"
#include "transport-output.h"

#define TRANSPORT_REDIRECTS_MAX 10
#define TRANSPORT_UNWANTED_MAX ((size_t) 16 * 1024) /* bytes of an error's body that are told */

typedef struct TransportJob TransportJob;

/* The event is borrowed for the call. After FETCH_EVENT_DONE the job does nothing more. */
typedef void (*TransportEventFn)(const FetchEvent *event, void *userdata);

typedef struct TransportPems {
        TransportPem authorities, certificate, key;
} TransportPems;

/* A request and what came with it. All owned. */
typedef struct TransportTask {
        FetchRequest request;
        int output;
        TransportPems pems;
} TransportTask;

#define TRANSPORT_TASK_NULL ((TransportTask){ .request = FETCH_REQUEST_NULL, .output = -EBADF })

void transport_task_done(TransportTask *task);

/**
 * transport_job_new() - begin
 * @task: taken, in every case
 *
 * Returns: 0; a negative errno, and then there was no event.
 */
int transport_job_new(TransportMulti *multi,
                      TransportTask *task,
                      TransportEventFn fn,
                      void *userdata,
                      TransportJob **ret,
                      Error *e);
TransportJob *transport_job_free(TransportJob *job);
DEFINE_CLEANUP(TransportJob, transport_job_free);

uint64_t transport_job_id(const TransportJob *job);
bool transport_job_is_done(const TransportJob *job);

/* The pipe it waits for, or -EBADF. Borrowed. */
int transport_job_blocked_on(const TransportJob *job);

/* The pipe takes more. */
void transport_job_resume(TransportJob *job);

/* Begins the next try if it is time, and tells of progress. Returns milliseconds until it wants to be
 * called again. */
int transport_job_tick(TransportJob *job, uint64_t now_msec);
