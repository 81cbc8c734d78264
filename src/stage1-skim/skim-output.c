/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-output.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

struct SkimOutput {
        sd_journal *journal;
        sd_event_source *source;
        char *directory;
        char *cursor; /* of the last entry printed; NULL before the first */
        bool with_names;
        bool closed; /* nobody reads our output any more */
};

SkimOutput *skim_output_free(SkimOutput *output) {
        if (!output)
                return NULL;
        sd_event_source_disable_unref(output->source);
        sd_journal_close(output->journal);
        free(output->directory);
        free(output->cursor);
        free(output);
        return NULL;
}

/* The value of a field of the current entry, without "NAME="; borrowed until the next call. */
static int get_field(sd_journal *journal, const char *name, const char **ret, size_t *ret_n) {
        const void *data = NULL;
        size_t n = 0, skip = strlen(name) + 1;
        int r = sd_journal_get_data(journal, name, &data, &n);

        if (r < 0)
                return r;
        if (n < skip)
                return -EBADMSG;
        *ret = (const char *) data + skip;
        *ret_n = n - skip;
        return 0;
}

static void print_entry(SkimOutput *output) {
        const char *value = NULL;
        size_t n = 0;

        if (output->with_names &&
            get_field(output->journal, "SYSLOG_IDENTIFIER", &value, &n) >= 0) {
                fwrite(value, 1, n, stdout);
                if (get_field(output->journal, "_PID", &value, &n) >= 0)
                        printf("[%.*s]", (int) n, value);
                fputs(": ", stdout);
        }
        if (get_field(output->journal, "MESSAGE", &value, &n) >= 0)
                fwrite(value, 1, n, stdout);
        fputc('\n', stdout);
}

/* Prints what this open journal shows, and remembers how far it came. */
static void print_new(SkimOutput *output) {
        bool any = false;

        while (!output->closed && sd_journal_next(output->journal) > 0) {
                print_entry(output);
                any = true;
        }
        if (any) {
                free(output->cursor);
                output->cursor = NULL;
                (void) sd_journal_get_cursor(output->journal, &output->cursor);
        }
        output->closed = fflush(stdout) != 0 || ferror(stdout);
}

static int on_journal(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        SkimOutput *output = userdata;

        (void) fd;
        (void) events;
        (void) sd_journal_process(output->journal); /* new files are only seen by this */
        print_new(output);
        return output->closed ? sd_event_source_set_enabled(source, SD_EVENT_OFF) : 0;
}

static int open_journal(SkimOutput *output) {
        int r = sd_journal_open_directory(&output->journal, output->directory, 0);

        /* journald's own words about the journal are not the apps'. */
        if (r >= 0)
                r = sd_journal_add_match(output->journal, "_TRANSPORT=stdout", 0);
        return r;
}

/* A journal opened anew knows every file. One that was open all the time may have met a file when
 * journald had only begun to make it, and hears of it again after a quarter of a second. */
void skim_output_finish(SkimOutput *output) {
        int r = 0;

        output->source = sd_event_source_disable_unref(output->source);
        sd_journal_close(output->journal);
        output->journal = NULL;
        r = open_journal(output);
        if (r >= 0 && output->cursor) {
                r = sd_journal_seek_cursor(output->journal, output->cursor);
                if (r >= 0 && sd_journal_next(output->journal) > 0 &&
                    sd_journal_test_cursor(output->journal, output->cursor) <= 0)
                        print_entry(output); /* that file was rotated away: this one is new */
        } else if (r >= 0)
                r = sd_journal_seek_head(output->journal);
        if (r >= 0)
                print_new(output);
}

int skim_output_new(
        sd_event *event, const char *directory, bool with_names, SkimOutput **ret, Error *e) {
        _cleanup_(skim_output_freep) SkimOutput *output = calloc(1, sizeof(SkimOutput));
        int fd = -EBADF, r = 0;

        if (!output)
                return -ENOMEM;
        output->with_names = with_names;
        output->directory = strdup(directory);
        if (!output->directory)
                return -ENOMEM;
        if (!event) {
                *ret = ptr_take(&output);
                return 0;
        }
        r = open_journal(output);
        if (r >= 0)
                r = sd_journal_seek_head(output->journal);
        if (r >= 0)
                r = fd = sd_journal_get_fd(output->journal);
        if (r >= 0)
                r = sd_journal_get_events(output->journal);
        if (r >= 0)
                r = sd_event_add_io(event, &output->source, fd, (uint32_t) r, on_journal, output);
        if (r < 0)
                return error_wrap(e, r, "cannot follow the journal in %s", directory);
        *ret = ptr_take(&output);
        return 0;
}
