/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-progress.h"

#include "clock.h"
#include "fetch-session.h"
#include "human.h"

/* Less is not worth a line or a bar: signatures, tokens, pages. */
#define BYTES_MIN (UINT64_C(256) * 1024)

/* But who waits for so long wants to know for what. */
#define SLOW_MSEC 3000

#define LINE_EVERY_MSEC 10000
#define RATE_OVER_MSEC 500
#define LEFT_MAX_SEC (100 * 3600)
#define BAR_MAX 30
#define LABEL_LENGTH 19 /* "sha256:" and 12 digits, as tools show digests */
#define COLUMNS_MIN 40

typedef struct Bar {
        uint64_t id; /* 0 in an unused slot */
        char *label;
        uint64_t received, rate; /* bytes; bytes a second */
        int64_t total;
        bool is_slow;
        int64_t begun_msec, said_msec;
        int64_t rate_msec;   /* when the rate was found out, */
        uint64_t rate_bytes; /* and how much there was */
} Bar;

struct FetchProgress {
        FILE *out;
        FetchProgressStyle style;
        unsigned columns;
        Bar bars[FETCH_REQUESTS_MAX];
        size_t n_drawn; /* lines of bars on the terminal, the cursor below them */
};

int fetch_progress_new(FILE *out, FetchProgressStyle style, unsigned columns, FetchProgress **ret) {
        FetchProgress *progress = calloc(1, sizeof(*progress));

        if (!progress)
                return -ENOMEM;
        *progress = (FetchProgress){
                .out = out,
                .style = columns < COLUMNS_MIN && style == FETCH_PROGRESS_BARS
                                 ? FETCH_PROGRESS_LINES
                                 : style,
                .columns = columns,
        };
        *ret = progress;
        return 0;
}

FetchProgress *fetch_progress_free(FetchProgress *progress) {
        if (progress)
                for (size_t i = 0; i < N_ELEMENTS(progress->bars); i++)
                        free(progress->bars[i].label);
        free(progress);
        return NULL;
}

static Bar *find(FetchProgress *progress, uint64_t id) {
        for (size_t i = 0; i < N_ELEMENTS(progress->bars); i++)
                if (progress->bars[i].id == id)
                        return &progress->bars[i];
        return NULL;
}

/* What is small and comes at once is nobody's concern. */
static bool is_worth_it(const Bar *bar) {
        return bar->is_slow || bar->received >= BYTES_MIN || bar->total >= (int64_t) BYTES_MIN;
}

static void update(Bar *bar, const FetchEvent *event, int64_t now) {
        if (event->received < bar->received) { /* it began anew */
                bar->rate_bytes = event->received;
                bar->rate_msec = now;
        }
        bar->received = event->received;
        bar->total = event->total;
        bar->is_slow |= now - bar->begun_msec >= SLOW_MSEC;
        if (now - bar->rate_msec < RATE_OVER_MSEC)
                return;
        bar->rate = (bar->received - bar->rate_bytes) * 1000 / (uint64_t) (now - bar->rate_msec);
        bar->rate_bytes = bar->received;
        bar->rate_msec = now;
}

/* Seconds; -1 nobody knows, or wants to know. */
static int64_t time_left(const Bar *bar) {
        uint64_t seconds = 0;

        if (bar->rate == 0 || bar->total < 0 || (uint64_t) bar->total < bar->received)
                return -1;
        seconds = ((uint64_t) bar->total - bar->received) / bar->rate;
        return seconds < LEFT_MAX_SEC ? (int64_t) seconds : -1;
}

/* "12MiB/50MiB  3.1MiB/s  12s left" */
static char *figures(const Bar *bar) {
        _cleanup_(freep) char *received = human_size(bar->received), *rate = human_size(bar->rate);
        _cleanup_(freep) char *total = bar->total >= 0 ? human_size((uint64_t) bar->total) : NULL;
        _cleanup_(freep) char *left = NULL;
        int64_t seconds = time_left(bar);
        char *text = NULL;

        if (seconds >= 0)
                left = human_duration(seconds * NSEC_PER_SEC);
        if (asprintf(&text, "%s%s%s  %s/s%s%s%s", received ?: "", total ? "/" : "", total ?: "",
                     rate ?: "", left ? "  " : "", left ?: "", left ? " left" : "") < 0)
                return NULL;
        return text;
}

/* Never wider than the terminal: a line that wraps would not be found again. */
static void draw_bar(const FetchProgress *progress, const Bar *bar) {
        _cleanup_(freep) char *numbers = figures(bar), *line = NULL;
        char drawn[BAR_MAX + 1];
        size_t n = 0;

        if (bar->total >= BAR_MAX && bar->received <= (uint64_t) bar->total)
                n = (size_t) (bar->received / ((uint64_t) bar->total / BAR_MAX));
        memset(drawn, ' ', BAR_MAX);
        memset(drawn, '=', n < BAR_MAX ? n : BAR_MAX);
        if (n < BAR_MAX)
                drawn[n] = '>';
        drawn[BAR_MAX] = '\0';
        if (asprintf(&line, "%-*.*s [%s] %s", LABEL_LENGTH, LABEL_LENGTH, bar->label, drawn,
                     numbers ?: "") < 0)
                line = NULL;
        fprintf(progress->out, "\r\033[K%.*s\n", (int) progress->columns - 1, line ?: "");
}

static void draw(FetchProgress *progress) {
        size_t n = 0;

        if (progress->n_drawn > 0)
                fprintf(progress->out, "\033[%zuA", progress->n_drawn);
        for (size_t i = 0; i < N_ELEMENTS(progress->bars); i++)
                if (progress->bars[i].id != 0 && is_worth_it(&progress->bars[i])) {
                        draw_bar(progress, &progress->bars[i]);
                        n++;
                }
        /* Bars that are gone leave lines behind. */
        if (n < progress->n_drawn)
                fprintf(progress->out, "\r\033[J");
        progress->n_drawn = n;
        (void) fflush(progress->out);
}

/* A line above the bars, that stays. */
static void say(FetchProgress *progress, const char *label, const char *what) {
        if (progress->n_drawn > 0)
                fprintf(progress->out, "\033[%zuA\r\033[J", progress->n_drawn);
        progress->n_drawn = 0;
        text_write_escaped(progress->out, label);
        fputs(": ", progress->out);
        text_write_escaped(progress->out, what);
        fputc('\n', progress->out);
        (void) fflush(progress->out);
}

static void say_end(FetchProgress *progress, const Bar *bar, const FetchEvent *event, int64_t now) {
        _cleanup_(freep) char *size = NULL, *text = NULL;

        /* Failures are told by whoever asked. */
        if (!fetch_event_has_all(event) || !is_worth_it(bar))
                return;
        size = human_size(bar->received);
        if (asprintf(&text, "%s in %.1f s", size ?: "", (double) (now - bar->begun_msec) / 1000) <
            0)
                text = NULL;
        say(progress, bar->label, text ?: "");
}

static void say_retry(FetchProgress *progress, const Bar *bar, const FetchEvent *event) {
        _cleanup_(freep) char *text = NULL;

        if (asprintf(&text, "%s; trying again in %.1f s", event->text ?: "failed",
                     (double) event->wait_msec / 1000) < 0)
                text = NULL;
        say(progress, bar->label, text ?: "");
}

static void say_progress(FetchProgress *progress, Bar *bar, int64_t now) {
        _cleanup_(freep) char *numbers = NULL;

        if (now - bar->said_msec < LINE_EVERY_MSEC)
                return;
        bar->said_msec = now;
        numbers = figures(bar);
        say(progress, bar->label, numbers ?: "");
}

static Bar *
begin(FetchProgress *progress, const char *label, const FetchEvent *event, int64_t now) {
        Bar *bar = find(progress, 0);
        char *copy = bar ? strdup(label) : NULL;

        if (!copy)
                return NULL;
        *bar = (Bar){ .id = event->id,
                      .label = copy,
                      .total = FETCH_SIZE_UNKNOWN,
                      .begun_msec = now,
                      .said_msec = now,
                      .rate_msec = now,
                      .rate_bytes = event->received };
        return bar;
}

void fetch_progress_tell(FetchProgress *progress,
                         const char *label,
                         const FetchEvent *event,
                         int64_t now) {
        Bar *bar = event->id != 0 ? find(progress, event->id) : NULL;

        if (progress->style == FETCH_PROGRESS_NONE || event->id == 0)
                return;
        bar = bar ?: begin(progress, label, event, now);
        if (!bar)
                return;
        if (event->kind == FETCH_EVENT_RETRY)
                say_retry(progress, bar, event);
        update(bar, event, now);
        if (event->kind == FETCH_EVENT_DONE) {
                say_end(progress, bar, event, now);
                free(bar->label);
                *bar = (Bar){};
        } else if (progress->style == FETCH_PROGRESS_LINES) {
                say_progress(progress, bar, now);
        }
        if (progress->style == FETCH_PROGRESS_BARS)
                draw(progress);
}

void fetch_progress_watch(const char *label, const FetchEvent *event, void *userdata) {
        fetch_progress_tell(userdata, label, event, (int64_t) clock_msec());
}
