/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-job.h"

#include <stdio.h>

#include "clock.h"
#include "fetch-http.h"
#include "fetch-url.h"
#include "transport-answer.h"

#define TICK_MSEC 250
#define RETRY_FIRST_MSEC UINT64_C(500)
#define RETRY_MAX_MSEC UINT64_C(60000)

/* A try that brought so much was none in vain, and is not counted. */
#define PROGRESS_BYTES (UINT64_C(1024) * 1024)

/* What an event carries is cut to this: a hundred of them at once must not fill the socket. */
#define TEXT_MAX ((size_t) 1024)

struct TransportJob {
        TransportMulti *multi;
        FetchRequest request;
        TransportOutput output;
        TransportPems pems;
        TransportEventFn fn;
        void *userdata;

        char *origin; /* "HOST:PORT" that credentials are for */
        char *url;    /* asked now; @request.url at first, and again with each try */
        bool secure;  /* it is https */
        unsigned n_redirects;
        uint64_t n_tries;                   /* that count */
        uint64_t written_before;            /* this try */
        uint64_t deadline_msec, retry_msec; /* @retry_msec 0: a call is under way */
        uint64_t told_msec, told_bytes;

        TransportCall *call;
        TransportAnswer answer;
        int64_t total; /* as the request or the server says */
        bool begun;    /* the answer's body */
        bool enough;   /* no more of an unwanted body is needed */
        bool blocked;  /* by the output */
        bool done;
        Error error; /* of a callback */
        char *body;  /* unwanted, TRANSPORT_UNWANTED_MAX at most */
        size_t n_body;
};

static void pems_done(TransportPems *pems) {
        free(pems->authorities.bytes);
        free(pems->certificate.bytes);
        free(pems->key.bytes);
        *pems = (TransportPems){};
}

void transport_task_done(TransportTask *task) {
        fetch_request_done(&task->request);
        fd_drop(&task->output);
        pems_done(&task->pems);
}

uint64_t transport_job_id(const TransportJob *job) {
        return job->request.id;
}

bool transport_job_is_done(const TransportJob *job) {
        return job->done;
}

int transport_job_blocked_on(const TransportJob *job) {
        return job->blocked ? job->output.fd : -EBADF;
}

TransportJob *transport_job_free(TransportJob *job) {
        if (job) {
                (void) transport_call_free(job->call);
                fetch_request_done(&job->request);
                transport_output_done(&job->output);
                pems_done(&job->pems);
                transport_answer_done(&job->answer);
                error_done(&job->error);
                free(job->origin);
                free(job->url);
                free(job->body);
                free(job);
        }
        return NULL;
}

/* Tells what happens. The texts are the caller's. */
static void tell(TransportJob *job, FetchEvent *event) {
        event->id = job->request.id;
        event->received = job->output.written;
        event->total = job->total;
        event->status = job->answer.status;
        if (event->kind == FETCH_EVENT_HEAD || event->kind == FETCH_EVENT_DONE) {
                event->url = job->url;
                event->type = job->answer.type;
                event->etag = job->answer.etag;
                event->last_modified = job->answer.last_modified;
                event->cache_control = job->answer.cache_control;
                event->authenticate = job->answer.authenticate;
        }
        job->fn(event, job->userdata);
        *event = FETCH_EVENT_NULL; /* all of it was borrowed */
}

static void tell_end(TransportJob *job, int r, const char *words) {
        FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(freep) char *text =
                r < 0 ? strndup(words ? words : strerror(-r), TEXT_MAX) : NULL;
        bool is_text = job->n_body > 0 && !memchr(job->body, 0, job->n_body) &&
                       text_is_utf8(job->body, job->n_body);

        job->done = true;
        event.kind = FETCH_EVENT_DONE;
        event.error = r;
        event.text = text && text_is_utf8(text, strlen(text)) ? text : NULL;
        event.body = is_text ? job->body : NULL;
        tell(job, &event);
}

/* Before anything is written: a whole answer that is too long, or not as long as it must be. */
static int check_length(TransportJob *job, uint64_t first) {
        int64_t size = job->request.size;

        job->total = size;
        if (!job->answer.has_length)
                return 0;
        if (job->answer.length > job->request.size_max ||
            first > job->request.size_max - job->answer.length)
                return error_new(&job->error, -EFBIG,
                                 "the server wants to send %llu bytes, %llu are the most",
                                 (unsigned long long) job->answer.length,
                                 (unsigned long long) job->request.size_max);
        job->total = (int64_t) (first + job->answer.length);
        if (size != FETCH_SIZE_UNKNOWN && job->total != size)
                return error_new(&job->error, -EBADMSG, "the server has %lld bytes instead of %lld",
                                 (long long) job->total, (long long) size);
        return 0;
}

static void tell_head(TransportJob *job) {
        FetchEvent event = { .kind = FETCH_EVENT_HEAD };

        tell(job, &event);
}

/* The head is complete. */
static int begin_answer(TransportJob *job) {
        uint64_t first = 0;
        int r = 0;

        job->begun = true;
        if (!transport_answer_is_wanted(&job->answer))
                return 0;
        r = transport_answer_first(&job->answer, &first, &job->error);
        if (r >= 0)
                r = check_length(job, first);
        if (r >= 0)
                r = transport_output_begin(&job->output, first, &job->error);
        if (r < 0)
                return r;
        if (!job->request.validator && transport_answer_validator(&job->answer)) {
                job->request.validator = strdup(transport_answer_validator(&job->answer));
                if (!job->request.validator)
                        return -ENOMEM;
        }
        tell_head(job);
        return 0;
}

static int on_head(void *userdata, const char *line, size_t n) {
        TransportJob *job = userdata;
        int r = transport_answer_line(&job->answer, line, n, &job->error);

        /* An empty line ends it; the body's trailers, if any, are no concern of ours. */
        if (r >= 0 && (n == 0 || *line == '\r' || *line == '\n') && job->answer.status >= 200 &&
            !job->begun)
                r = begin_answer(job);
        return r;
}

static int keep_unwanted(TransportJob *job, const char *bytes, size_t n) {
        size_t room = TRANSPORT_UNWANTED_MAX - job->n_body, take = n < room ? n : room;
        char *grown = realloc(job->body, job->n_body + take + 1);

        if (!grown)
                return -ENOMEM;
        job->body = grown;
        memcpy(grown + job->n_body, bytes, take);
        job->n_body += take;
        grown[job->n_body] = '\0';
        job->enough = take < n;
        return job->enough ? -ECANCELED : 0;
}

static int on_body(void *userdata, const char *bytes, size_t n) {
        TransportJob *job = userdata;
        int r = 0;

        if (!transport_answer_is_wanted(&job->answer))
                return keep_unwanted(job, bytes, n);
        r = transport_output_write(&job->output, bytes, n, &job->error);
        job->blocked = r == -EAGAIN;
        return r;
}

static void on_done(void *userdata, int r, const char *words, const char *location);

static bool is_origin(const TransportJob *job) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
        _cleanup_(freep) char *authority = NULL;

        if (fetch_url_parse(job->url, &url, NULL) < 0)
                return false;
        authority = fetch_url_authority(&url);
        return text_equal(authority, job->origin);
}

/* Only the rest, and only of the same thing. What goes into a pipe cannot be taken back: there the rest
 * of whatever it is now has to do, and whoever reads it knows what it must be. */
static int add_range(const TransportJob *job, Strv *headers) {
        int r = 0;

        if (job->output.written == 0 || (job->output.is_file && !job->request.validator))
                return 0;
        r = strv_appendf(headers, "Range: bytes=%llu-", (unsigned long long) job->output.written);
        if (r >= 0 && job->request.validator)
                r = strv_appendf(headers, "If-Range: %s", job->request.validator);
        return r;
}

/* Forgets the last answer and asks @job->url. */
static int ask(TransportJob *job, Error *e) {
        const FetchRequest *request = &job->request;
        _cleanup_(strv_freep) Strv headers = NULL;
        bool origin = is_origin(job);
        uint64_t now = clock_msec();
        const TransportQuestion question = {
                .url = job->url,
                .authorization = origin ? request->authorization : NULL,
                .form = request->form,
                .aws_key = origin ? request->aws_key : NULL,
                .aws_secret = request->aws_secret,
                .aws_region = request->aws_region,
                .authorities = &job->pems.authorities,
                .certificate = origin ? &job->pems.certificate : NULL,
                .key = origin ? &job->pems.key : NULL,
                .plain = request->plain,
                .insecure_tls = request->insecure_tls,
                .timeout_msec = job->deadline_msec > now ? job->deadline_msec - now : 1,
                .stall_sec = request->stall_sec,
                .head = on_head,
                .body = on_body,
                .done = on_done,
                .userdata = job,
        };
        int r = strv_copy(request->headers, &headers);

        job->call = transport_call_free(job->call);
        transport_answer_done(&job->answer);
        error_done(&job->error);
        job->begun = job->enough = job->blocked = false;
        job->n_body = 0;
        job->retry_msec = 0;
        if (r >= 0)
                r = add_range(job, &headers);
        if (r >= 0) {
                TransportQuestion whole = question;

                whole.headers = headers;
                r = transport_call_start(job->multi, &whole, &job->call, e);
        }
        return r;
}

static int set_url(TransportJob *job, const char *text, Error *e) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
        char *formatted = NULL;
        int r = fetch_url_parse(text, &url, e);

        if (r < 0)
                return r;
        if (!url.secure && !job->request.plain)
                return error_new(e, -EPROTONOSUPPORT, "\"%s\" is not https", text);
        formatted = fetch_url_format(&url);
        if (!formatted)
                return -ENOMEM;
        free(job->url);
        job->url = formatted;
        job->secure = url.secure;
        return 0;
}

static int follow(TransportJob *job, const char *location, Error *e) {
        bool was_secure = job->secure;
        int r = 0;

        if (++job->n_redirects > TRANSPORT_REDIRECTS_MAX)
                return error_new(e, -ELOOP, "too many redirects");
        if (job->request.form)
                return error_new(e, -EPROTO, "the server redirects what was sent to it alone");
        r = set_url(job, location, e);
        if (r >= 0 && was_secure && !job->secure)
                r = error_new(e, -EPROTONOSUPPORT, "the server redirects from https to \"%s\"",
                              location);
        return r < 0 ? r : ask(job, e);
}

/* The first try asks where the request says, and so does each later one: what it redirected to may be
 * good for a short time only. */
static int try(TransportJob *job, Error *e) {
        int r = set_url(job, job->request.url, e);

        job->n_redirects = 0;
        job->written_before = job->output.written;
        return r < 0 ? r : ask(job, e);
}

static uint64_t wait_msec(const TransportJob *job) {
        uint64_t wait = RETRY_FIRST_MSEC;
        int64_t asked_sec = 0;

        for (uint64_t i = 1; i < job->n_tries && wait < RETRY_MAX_MSEC; i++)
                wait *= 2;
        if (wait > RETRY_MAX_MSEC)
                wait = RETRY_MAX_MSEC;
        if (job->answer.retry_after &&
            fetch_http_retry_after(job->answer.retry_after, time(NULL), &asked_sec) == 0)
                wait = (uint64_t) asked_sec * 1000;
        return wait;
}

/* Returns false when there is no next try. */
static bool try_later(TransportJob *job, const char *words) {
        FetchEvent event = { .kind = FETCH_EVENT_RETRY };
        _cleanup_(freep) char *text = NULL;
        uint64_t now = clock_msec(), wait = 0;

        if (job->output.written - job->written_before >= PROGRESS_BYTES)
                job->n_tries = 0;
        if (++job->n_tries >= job->request.attempts)
                return false;
        wait = wait_msec(job);
        if (wait > INT32_MAX || now + wait >= job->deadline_msec)
                return false;
        job->retry_msec = now + wait;
        text = strndup(words, TEXT_MAX);
        event.text = text && text_is_utf8(text, strlen(text)) ? text : NULL;
        event.wait_msec = wait;
        tell(job, &event);
        return true;
}

static bool is_passing(int r) {
        return r == -EHOSTUNREACH || r == -ECONNREFUSED || r == -ECONNRESET || r == -ETIMEDOUT ||
               r == -EIO;
}

static int check_size(TransportJob *job, Error *e) {
        int64_t size = job->request.size;

        if (size == FETCH_SIZE_UNKNOWN || job->output.written == (uint64_t) size)
                return 0;
        return error_new(e, -EBADMSG, "the server sent %llu bytes instead of %lld",
                         (unsigned long long) job->output.written, (long long) size);
}

/* The file holds more than there is now. */
static int start_over(TransportJob *job, Error *e) {
        free(ptr_take(&job->request.validator));
        job->output.written = 0;
        return ask(job, e);
}

/* A whole answer came. */
static int judge(TransportJob *job, const char *location, Error *e) {
        char words[sizeof("the server answers with status 4294967295")];
        int r = 0;

        if (transport_answer_is_redirect(&job->answer) && location)
                return follow(job, location, e);
        if (transport_answer_is_wanted(&job->answer)) {
                r = check_size(job, e);
                if (r < 0)
                        return r;
        } else if (job->answer.status == 416 && job->output.is_file && job->output.written > 0) {
                return start_over(job, e);
        } else if (transport_answer_is_passing(&job->answer)) {
                (void) snprintf(words, sizeof(words), "the server answers with status %u",
                                job->answer.status);
                if (try_later(job, words))
                        return 0;
        }
        if (job->answer.status == 0)
                return error_new(e, -EPROTO, "the server's answer has no status");
        tell_end(job, 0, NULL);
        return 0;
}

static void on_done(void *userdata, int r, const char *words, const char *location) {
        TransportJob *job = userdata;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = strdup(words), *to = location ? strdup(location) : NULL;

        if (!text || (location && !to))
                r = -ENOMEM;
        else if (r >= 0 || job->enough)
                r = judge(job, to, &e);
        else if (!error_cause(&job->error) && is_passing(r) && try_later(job, text))
                r = 0;
        if (r < 0)
                tell_end(job, r, error_cause(&e) ?: error_cause(&job->error) ?: text);
}

void transport_job_resume(TransportJob *job) {
        job->blocked = false;
        if (job->call)
                transport_call_resume(job->call);
}

int transport_job_tick(TransportJob *job, uint64_t now) {
        if (job->done)
                return TICK_MSEC;
        if (job->retry_msec != 0) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = 0;

                if (now < job->retry_msec)
                        return job->retry_msec - now < TICK_MSEC ? (int) (job->retry_msec - now)
                                                                 : TICK_MSEC;
                r = try(job, &e);
                if (r < 0)
                        tell_end(job, r, error_cause(&e));
                return 0;
        }
        /* At once where something came, and now and then where nothing did. */
        if (now - job->told_msec >= TICK_MSEC &&
            (job->told_bytes != job->output.written || now - job->told_msec >= 8 * TICK_MSEC)) {
                FetchEvent event = { .kind = FETCH_EVENT_PROGRESS };

                job->told_msec = now;
                job->told_bytes = job->output.written;
                tell(job, &event);
        }
        return TICK_MSEC;
}

static int begin(TransportJob *job, Error *e) {
        _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
        int r = transport_output_init(&job->output, job->output.fd, job->request.offset,
                                      job->request.size_max, e);

        if (r >= 0)
                r = fetch_url_parse(job->request.url, &url, e);
        if (r < 0)
                return r;
        job->origin = fetch_url_authority(&url);
        if (!job->origin)
                return -ENOMEM;
        job->deadline_msec = clock_msec() + job->request.timeout_sec * UINT64_C(1000);
        return try(job, e);
}

int transport_job_new(TransportMulti *multi,
                      TransportTask *task,
                      TransportEventFn fn,
                      void *userdata,
                      TransportJob **ret,
                      Error *e) {
        _cleanup_(transport_job_freep) TransportJob *job = calloc(1, sizeof(*job));
        int r = 0;

        if (!job) {
                transport_task_done(task);
                return -ENOMEM;
        }
        job->multi = multi;
        job->fn = fn;
        job->userdata = userdata;
        job->request = task->request;
        job->total = task->request.size;
        job->output.fd = task->output;
        job->pems = task->pems;
        *task = TRANSPORT_TASK_NULL;
        r = begin(job, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&job);
        return 0;
}
