/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages of a bus that nobody reads: made, sealed, and read back as text. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "test.h"

/* As assert_true(), but also for threads that are no test's. */
#define must(condition)                                                                 \
        do {                                                                            \
                if (!(condition)) {                                                     \
                        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
                        abort();                                                        \
                }                                                                       \
        } while (0)

typedef struct TestBus {
        sd_bus *bus;
        int peer_fd;
} TestBus;

static inline void test_bus_open(TestBus *test) {
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_true(sd_bus_new(&test->bus) >= 0);
        assert_true(sd_bus_set_fd(test->bus, fds[0], fds[0]) >= 0);
        assert_true(sd_bus_negotiate_fds(test->bus, 1) >= 0);
        assert_true(sd_bus_start(test->bus) >= 0);
        test->peer_fd = fds[1];
}

static inline void test_bus_close(TestBus *test) {
        sd_bus_close_unref(test->bus);
        close(test->peer_fd);
}

static inline sd_bus_message *test_call_new(const TestBus *test) {
        sd_bus_message *m = NULL;

        assert_true(sd_bus_message_new_method_call(test->bus, &m, "org.example", "/org/example",
                                                   "org.example", "Example") >= 0);
        return m;
}

static inline void print_basic(sd_bus_message *m, char type, FILE *out) {
        union {
                uint8_t y;
                int b, h;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                const char *s;
        } value;

        must(sd_bus_message_read_basic(m, type, &value) > 0);
        switch (type) {
        case 'y':
                fprintf(out, "%u", value.y);
                break;
        case 'b':
                fputs(value.b ? "true" : "false", out);
                break;
        case 'i':
                fprintf(out, "%d", value.i);
                break;
        case 'u':
                fprintf(out, "%u", value.u);
                break;
        case 't':
                fprintf(out, "%llu", (unsigned long long) value.t);
                break;
        case 'h':
                fputs(fcntl(value.h, F_GETFD) >= 0 ? "descriptor" : "nothing", out);
                break;
        case 's':
        case 'o':
                fprintf(out, "'%s'", value.s);
                break;
        default:
                must(!"a type that is read");
        }
}

/* All that is left in the current container: "[('Name',<s 'value'>),...]". */
static inline void print_rest(sd_bus_message *m, FILE *out) {
        static const char open[] = "a[v<r(e{", close[] = "a]v>r)e}";
        bool first = true;
        char type = 0;
        const char *contents = NULL;

        while (sd_bus_message_peek_type(m, &type, &contents) > 0) {
                if (!first)
                        fputc(',', out);
                first = false;
                if (!contents) {
                        print_basic(m, type, out);
                        continue;
                }
                fputc(strchr(open, type)[1], out);
                if (type == 'v')
                        fprintf(out, "%s ", contents);
                must(sd_bus_message_enter_container(m, type, contents) > 0);
                print_rest(m, out);
                must(sd_bus_message_exit_container(m) >= 0);
                fputc(strrchr(close, type)[1], out);
        }
}

/* The whole body of a message. Seals it if it is not yet. */
static inline char *test_message_text(sd_bus_message *m) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        assert_non_null(out);
        (void) sd_bus_message_seal(m, 1, 0);
        assert_true(sd_bus_message_rewind(m, 1) >= 0);
        print_rest(m, out);
        assert_int_equal(fclose(out), 0);
        return text;
}
