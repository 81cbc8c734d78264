/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-logs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "json-write.h"
#include "text.h"

#define USEC_PER_SEC UINT64_C(1000000)

static sd_journal *journal_close(sd_journal *journal) {
        sd_journal_close(journal);
        return NULL;
}

DEFINE_CLEANUP(sd_journal, journal_close);

/* Writes a field of the current entry without "NAME="; nothing if it has none. */
static void write_field(sd_journal *journal, const char *name, FILE *out) {
        const void *data = NULL;
        size_t n = 0, skip = strlen(name) + 1;

        if (sd_journal_get_data(journal, name, &data, &n) >= 0 && n >= skip)
                fwrite((const char *) data + skip, 1, n - skip, out);
}

static void write_time(sd_journal *journal, FILE *out) {
        uint64_t usec = 0;
        time_t seconds = 0;
        char text[32];
        struct tm tm;

        if (sd_journal_get_realtime_usec(journal, &usec) < 0)
                return;
        seconds = (time_t) (usec / USEC_PER_SEC);
        if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm) > 0)
                fprintf(out, "%s ", text);
}

/* Text as a string, any other bytes as a list of numbers. */
static void write_json_value(JsonWriter *w, const char *value, size_t n) {
        _cleanup_(freep) char *text = NULL;

        if (text_is_utf8(value, n) && !memchr(value, '\0', n)) {
                text = strndup(value, n);
                json_write_string(w, text);
                return;
        }
        json_write_begin(w, '[');
        for (size_t i = 0; i < n; i++)
                json_write_u64(w, (unsigned char) value[i]);
        json_write_end(w, ']');
}

static void write_json_field(JsonWriter *w, const char *field, size_t n) {
        const char *equals = memchr(field, '=', n);
        _cleanup_(freep) char *name = NULL;

        if (!equals)
                return;
        name = strndup(field, (size_t) (equals - field));
        if (!name)
                return;
        json_write_key(w, name);
        write_json_value(w, equals + 1, n - (size_t) (equals + 1 - field));
}

static void write_json_time(JsonWriter *w, const char *name, uint64_t usec) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%" PRIu64, usec);
        json_write_member_string(w, name, text);
}

static void write_json(sd_journal *journal, FILE *out) {
        JsonWriter w = JSON_WRITER(out, false);
        _cleanup_(freep) char *cursor = NULL;
        const void *data = NULL;
        uint64_t usec = 0;
        sd_id128_t boot;
        size_t n = 0;

        json_write_begin(&w, '{');
        if (sd_journal_get_cursor(journal, &cursor) >= 0)
                json_write_member_string(&w, "__CURSOR", cursor);
        if (sd_journal_get_realtime_usec(journal, &usec) >= 0)
                write_json_time(&w, "__REALTIME_TIMESTAMP", usec);
        if (sd_journal_get_monotonic_usec(journal, &usec, &boot) >= 0)
                write_json_time(&w, "__MONOTONIC_TIMESTAMP", usec);
        sd_journal_restart_data(journal);
        while (sd_journal_enumerate_available_data(journal, &data, &n) > 0)
                write_json_field(&w, data, n);
        json_write_end(&w, '}');
        fputc('\n', out);
}

static void write_entry(sd_journal *journal, const SysdLogQuery *query, FILE *out) {
        if (query->json) {
                write_json(journal, out);
                return;
        }
        if (query->with_names) {
                write_time(journal, out);
                write_field(journal, "SYSLOG_IDENTIFIER", out);
                fputc('[', out);
                write_field(journal, "_PID", out);
                fputs("]: ", out);
        }
        write_field(journal, "MESSAGE", out);
        fputc('\n', out);
}

/* Before the first line that is to be printed. */
static int seek(sd_journal *journal, const SysdLogQuery *query) {
        int r = 0;

        if (query->last >= 0) {
                r = sd_journal_seek_tail(journal);
                if (r >= 0)
                        r = sd_journal_previous_skip(journal, (uint64_t) query->last + 1);
                /* Fewer lines than asked for: from the very first one. */
                return r < 0 || r == query->last + 1 ? r : sd_journal_seek_head(journal);
        }
        if (query->since_usec > 0)
                return sd_journal_seek_realtime_usec(journal, (uint64_t) query->since_usec);
        return sd_journal_seek_head(journal);
}

static int add_matches(sd_journal *journal, const SysdLogQuery *query) {
        _cleanup_(freep) char *match = NULL;
        int r = sd_journal_add_match(journal, "_TRANSPORT=stdout", 0);

        if (r < 0 || !query->app)
                return r;
        if (asprintf(&match, "SYSLOG_IDENTIFIER=%s", query->app) < 0) {
                match = NULL;
                return -ENOMEM;
        }
        return sd_journal_add_match(journal, match, 0);
}

static int print_available(sd_journal *journal, const SysdLogQuery *query, FILE *out) {
        int r = 0;

        while ((r = sd_journal_next(journal)) > 0) {
                uint64_t usec = 0;

                if (query->since_usec > 0 && sd_journal_get_realtime_usec(journal, &usec) >= 0 &&
                    usec < (uint64_t) query->since_usec)
                        continue;
                write_entry(journal, query, out);
        }
        if (fflush(out) != 0)
                return -EPIPE;
        return r;
}

int sysd_logs_print(const char *directory, const SysdLogQuery *query, FILE *out, Error *e) {
        _cleanup_(journal_closep) sd_journal *journal = NULL;
        int r = 0;

        if (access(directory, R_OK | X_OK) < 0)
                return error_wrap(e, -errno, "cannot read the pod's journal %s", directory);
        r = sd_journal_open_directory(&journal, directory, 0);
        if (r >= 0)
                r = add_matches(journal, query);
        if (r >= 0)
                r = seek(journal, query);
        if (r >= 0)
                r = print_available(journal, query, out);
        while (r >= 0 && query->follow) {
                bool there = query->still_there(query->userdata);

                r = sd_journal_wait(journal, there ? USEC_PER_SEC : 0);
                if (r >= 0)
                        r = print_available(journal, query, out);
                if (!there)
                        break;
        }
        if (r == -EPIPE)
                return 0; /* whoever read it has seen enough */
        return r < 0 ? error_wrap(e, r, "cannot read the pod's journal in %s", directory) : 0;
}
