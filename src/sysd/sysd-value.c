/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-value.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "text.h"

#define INFINITY_WORD "infinity"
#define USEC_PER_SEC ((uint64_t) 1000000)

int sysd_value_number(const char *text, uint64_t *ret) {
        if (strcmp(text, INFINITY_WORD) == 0) {
                *ret = UINT64_MAX;
                return 0;
        }
        return text_parse_u64(text, UINT64_MAX, ret);
}

/* The digits in front of @text, which then points behind them. */
static int take_digits(const char **text, uint64_t *ret) {
        char *end = NULL;

        if (**text < '0' || **text > '9')
                return -EINVAL;
        errno = 0;
        *ret = strtoull(*text, &end, 10);
        *text = end;
        return errno == 0 ? 0 : -ERANGE;
}

int sysd_value_size(const char *text, uint64_t step, uint64_t *ret) {
        static const char suffixes[] = "BKMGTPE";
        const char *suffix = suffixes;
        uint64_t size = 0;
        int r = 0;

        if (strcmp(text, INFINITY_WORD) == 0) {
                *ret = UINT64_MAX;
                return 0;
        }
        r = take_digits(&text, &size);
        if (r < 0)
                return r;
        if (*text != '\0')
                suffix = text[1] == '\0' ? strchr(suffixes, *text) : NULL;
        if (!suffix)
                return -EINVAL;
        for (const char *s = suffixes; s < suffix; s++)
                if (__builtin_mul_overflow(size, step, &size))
                        return -ERANGE;
        *ret = size;
        return 0;
}

/* The microseconds of a unit whose name stands in front of @text, up to a blank or digit; 0 if there
 * is none of that name. */
static uint64_t take_unit(const char **text) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                { "us", 1 },
                { "ms", 1000 },
                { "sec", USEC_PER_SEC },
                { "s", USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC },
                { "m", 60 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC },
                { "d", 86400 * USEC_PER_SEC },
                { "", USEC_PER_SEC },
        };
        const char *name = *text;
        size_t n = strcspn(name, " 0123456789");

        *text += n;
        for (size_t i = 0; i < N_ELEMENTS(units); i++)
                if (strlen(units[i].name) == n && strncmp(units[i].name, name, n) == 0)
                        return units[i].usec;
        return 0;
}

int sysd_value_time(const char *text, uint64_t *ret_usec) {
        uint64_t total = 0;

        if (strcmp(text, INFINITY_WORD) == 0) {
                *ret_usec = UINT64_MAX;
                return 0;
        }
        text += strspn(text, " ");
        do {
                uint64_t number = 0, unit = 0;
                int r = take_digits(&text, &number);

                if (r < 0)
                        return r;
                unit = take_unit(&text);
                if (unit == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(number, unit, &number) ||
                    __builtin_add_overflow(total, number, &total))
                        return -ERANGE;
                text += strspn(text, " ");
        } while (*text);
        *ret_usec = total;
        return 0;
}

/* "RTMIN+3", "RTMAX-2", or the base alone, whose name is @prefix. */
static int parse_realtime(const char *word, const char *prefix, int base, int sign) {
        const char *rest = text_after(word, prefix);
        uint64_t offset = 0;

        if (!rest)
                return -EINVAL;
        if (*rest == '\0')
                return base;
        if (*rest != (sign > 0 ? '+' : '-') ||
            text_parse_u64(rest + 1, (uint64_t) (SIGRTMAX - SIGRTMIN), &offset) < 0)
                return -EINVAL;
        return base + sign * (int) offset;
}

int sysd_value_signal(const char *text) {
        const char *word = text_after(text, "SIG");
        uint64_t number = 0;
        int r = 0;

        if (text_parse_u64(text, (uint64_t) SIGRTMAX, &number) >= 0)
                return number > 0 ? (int) number : -EINVAL;
        word = word ? word : text;
        for (int candidate = 1; candidate < SIGRTMIN; candidate++)
                if (text_equal(sigabbrev_np(candidate), word))
                        return candidate;
        r = parse_realtime(word, "RTMIN", SIGRTMIN, 1);
        return r < 0 ? parse_realtime(word, "RTMAX", SIGRTMAX, -1) : r;
}

const SysdNamespace sysd_namespaces[SYSD_NAMESPACES_MAX] = {
        { "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "mnt", CLONE_NEWNS },
        { "net", CLONE_NEWNET },       { "pid", CLONE_NEWPID }, { "user", CLONE_NEWUSER },
        { "uts", CLONE_NEWUTS },
};

static uint64_t namespace_named(const char *name, size_t n) {
        for (size_t i = 0; i < SYSD_NAMESPACES_MAX; i++)
                if (strlen(sysd_namespaces[i].name) == n &&
                    strncmp(sysd_namespaces[i].name, name, n) == 0)
                        return sysd_namespaces[i].flag;
        return 0;
}

int sysd_value_namespaces(const char *text, uint64_t *ret_allowed) {
        uint64_t all = 0, listed = 0;
        const char *at = text + (*text == '~');

        for (size_t i = 0; i < SYSD_NAMESPACES_MAX; i++)
                all |= sysd_namespaces[i].flag;
        if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0) {
                *ret_allowed = *text == 'n' ? all : 0;
                return 0;
        }
        for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
                size_t n = strcspn(at, " ");
                uint64_t flag = namespace_named(at, n);

                if (flag == 0)
                        return -EINVAL;
                listed |= flag;
                at += n;
        }
        if (listed == 0)
                return -EINVAL;
        *ret_allowed = *text == '~' ? all & ~listed : listed;
        return 0;
}
