/* SPDX-License-Identifier: Apache-2.0 */
#include "store-answers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "store-base.h"

#define MAGIC "rktans1\n"
#define NEW_MAX 64

/* Of which index; compared as a whole. */
typedef struct Stamp {
        char magic[8], boot[40];
        uint64_t device, inode, size;
        int64_t mtime, ctime;
} Stamp;

_Static_assert(sizeof(Stamp) == 88, "no byte of a stamp is undefined");

typedef struct Pair {
        StoreValues question, answer;
} Pair;

struct StoreAnswers {
        int directory_fd;
        char boot[sizeof(((Stamp *) NULL)->boot)];
        uint8_t *bytes; /* mapped; NULL: none */
        size_t n;
        Pair added[NEW_MAX];
        size_t n_added;
};

void store_values_done(StoreValues *values) {
        free(values->bytes);
        *values = (StoreValues){};
}

static int add(StoreValues *values, const void *bytes, size_t n) {
        uint8_t *grown = NULL;

        if (n > STORE_ANSWER_MAX || values->n + n > STORE_ANSWER_MAX)
                return -E2BIG;
        grown = realloc(values->bytes, values->n + n);
        if (!grown)
                return -ENOMEM;
        memcpy(grown + values->n, bytes, n);
        values->bytes = grown;
        values->n += n;
        return 0;
}

static int add_value(StoreValues *values, char type, const void *bytes, size_t n) {
        size_t before = values->n;
        int r = add(values, &type, 1);

        if (r >= 0)
                r = add(values, bytes, n);
        if (r < 0)
                values->n = before;
        return r;
}

int store_values_add_text(StoreValues *values, const char *text) {
        uint32_t n = text ? (uint32_t) strnlen(text, STORE_ANSWER_MAX) : 0;
        size_t before = values->n;
        int r = text ? add_value(values, 's', &n, sizeof(n)) : add(values, "0", 1);

        if (r >= 0 && text)
                r = add(values, text, (size_t) n + 1);
        if (r < 0)
                values->n = before;
        return r;
}

int store_values_add_int(StoreValues *values, int64_t number) {
        return add_value(values, 'i', &number, sizeof(number));
}

int store_values_add_columns(StoreValues *values, uint8_t n) {
        return n > STORE_ANSWER_COLUMNS_MAX ? -E2BIG : add(values, &n, sizeof(n));
}

/* How long the value is that begins at @bytes; 0: it is none. */
static size_t value_length(const uint8_t *bytes, size_t n) {
        uint32_t n_text = 0;
        size_t before = 1 + sizeof(n_text);

        if (n == 0)
                return 0;
        if (bytes[0] == '0')
                return 1;
        if (bytes[0] == 'i')
                return n < 1 + sizeof(int64_t) ? 0 : 1 + sizeof(int64_t);
        if (bytes[0] != 's' || n < before)
                return 0;
        memcpy(&n_text, bytes + 1, sizeof(n_text));
        if (n_text >= n - before ||
            memchr(bytes + before, '\0', n - before) != bytes + before + n_text)
                return 0;
        return before + n_text + 1;
}

int store_answer_next(StoreAnswer *answer) {
        unsigned n_columns = 0;

        if (answer->at == answer->n)
                return 0;
        n_columns = answer->bytes[answer->at++];
        if (n_columns > STORE_ANSWER_COLUMNS_MAX)
                return -EBADMSG;
        answer->n_columns = 0;
        for (unsigned i = 0; i < n_columns; i++) {
                size_t n = value_length(answer->bytes + answer->at, answer->n - answer->at);

                if (n == 0)
                        return -EBADMSG;
                answer->columns[i] = answer->bytes + answer->at;
                answer->at += n;
        }
        answer->n_columns = n_columns;
        return 1;
}

static const uint8_t *value(const StoreAnswer *answer, unsigned column, char type) {
        const uint8_t *found = column < answer->n_columns ? answer->columns[column] : NULL;

        return found && *found == (uint8_t) type ? found + 1 : NULL;
}

const char *store_answer_text(const StoreAnswer *answer, unsigned column) {
        const uint8_t *found = value(answer, column, 's');

        return found ? (const char *) found + sizeof(uint32_t) : NULL;
}

int64_t store_answer_int(const StoreAnswer *answer, unsigned column) {
        const uint8_t *found = value(answer, column, 'i');
        int64_t number = 0;

        if (found)
                memcpy(&number, found, sizeof(number));
        return number;
}

/* Returns 0; -EAGAIN there is a log: no file says what the index is. */
static int stamp_now(const StoreAnswers *answers, Stamp *ret) {
        Stamp stamp = { .magic = MAGIC };
        struct stat st;

        if (fstatat(answers->directory_fd, "index.db-wal", &st, AT_SYMLINK_NOFOLLOW) >= 0
                    ? st.st_size > 0
                    : errno != ENOENT)
                return -EAGAIN;
        if (fstatat(answers->directory_fd, "index.db", &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        memcpy(stamp.boot, answers->boot, sizeof(stamp.boot));
        stamp.device = st.st_dev;
        stamp.inode = st.st_ino;
        stamp.size = (uint64_t) st.st_size;
        stamp.mtime = store_nanoseconds(&st.st_mtim);
        stamp.ctime = store_nanoseconds(&st.st_ctim);
        *ret = stamp;
        return 0;
}

bool store_answers_hold(const StoreAnswers *answers) {
        Stamp stamp;

        return answers->bytes && stamp_now(answers, &stamp) >= 0 &&
               memcmp(answers->bytes, &stamp, sizeof(stamp)) == 0;
}

static void map(StoreAnswers *answers) {
        _cleanup_(fd_closep) int fd = open_beneath(answers->directory_fd, STORE_ANSWERS_FILE,
                                                   O_RDONLY | O_NONBLOCK | O_NOCTTY);
        uint8_t *bytes = NULL;
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
            (st.st_uid != 0 && st.st_uid != geteuid()) || (size_t) st.st_size < sizeof(Stamp) ||
            (size_t) st.st_size > STORE_ANSWERS_MAX)
                return;
        bytes = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
                return;
        answers->bytes = bytes;
        answers->n = (size_t) st.st_size;
}

int store_answers_open(int directory_fd, const char *boot_id, StoreAnswers **ret) {
        StoreAnswers *answers = calloc(1, sizeof(*answers));

        if (!answers)
                return -ENOMEM;
        answers->directory_fd = directory_fd;
        (void) stpncpy(answers->boot, boot_id, sizeof(answers->boot) - 1);
        map(answers);
        *ret = answers;
        return 0;
}

StoreAnswers *store_answers_free(StoreAnswers *answers) {
        if (!answers)
                return NULL;
        if (answers->bytes)
                (void) munmap(answers->bytes, answers->n);
        for (size_t i = 0; i < answers->n_added; i++) {
                store_values_done(&answers->added[i].question);
                store_values_done(&answers->added[i].answer);
        }
        free(answers);
        return NULL;
}

/* The pair at *@at, which is moved behind it. Returns false at the end, and where there is no good one. */
static bool next_pair(const StoreAnswers *answers, size_t *at, Pair *ret) {
        size_t left = answers->n - *at;
        uint32_t lengths[2];

        if (left < sizeof(lengths))
                return false;
        memcpy(lengths, answers->bytes + *at, sizeof(lengths));
        left -= sizeof(lengths);
        if (lengths[0] > left || lengths[1] > left - lengths[0])
                return false;
        ret->question = (StoreValues){ answers->bytes + *at + sizeof(lengths), lengths[0] };
        ret->answer = (StoreValues){ ret->question.bytes + lengths[0], lengths[1] };
        *at += sizeof(lengths) + lengths[0] + lengths[1];
        return true;
}

static bool equal(const StoreValues *a, const StoreValues *b) {
        return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static bool is_whole(StoreAnswer answer) {
        int r = 0;

        do
                r = store_answer_next(&answer);
        while (r > 0);
        return r == 0;
}

bool store_answers_find(const StoreAnswers *answers,
                        const StoreValues *question,
                        StoreAnswer *ret) {
        size_t at = sizeof(Stamp);
        Pair pair;

        if (!store_answers_hold(answers))
                return false;
        while (next_pair(answers, &at, &pair))
                if (equal(&pair.question, question)) {
                        *ret = (StoreAnswer){ .bytes = pair.answer.bytes, .n = pair.answer.n };
                        return is_whole(*ret);
                }
        return false;
}

static bool was_added(const StoreAnswers *answers, const StoreValues *question) {
        for (size_t i = 0; i < answers->n_added; i++)
                if (equal(&answers->added[i].question, question))
                        return true;
        return false;
}

void store_answers_add(StoreAnswers *answers, StoreValues *question, StoreValues *answer) {
        if (answers->n_added == NEW_MAX || was_added(answers, question)) {
                store_values_done(question);
                store_values_done(answer);
                return;
        }
        answers->added[answers->n_added++] = (Pair){ struct_take(question), struct_take(answer) };
}

bool store_answers_are_new(const StoreAnswers *answers) {
        return answers->n_added > 0;
}

static size_t put(uint8_t *bytes, size_t at, const Pair *pair) {
        uint32_t lengths[2] = { (uint32_t) pair->question.n, (uint32_t) pair->answer.n };
        const struct {
                const void *bytes;
                size_t n;
        } parts[] = {
                { lengths, sizeof(lengths) },
                { pair->question.bytes, pair->question.n },
                { pair->answer.bytes, pair->answer.n },
        };

        if (STORE_ANSWERS_MAX - at < sizeof(lengths) + pair->question.n + pair->answer.n)
                return at;
        for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
                if (parts[i].n > 0) /* no rows */
                        memcpy(bytes + at, parts[i].bytes, parts[i].n);
                at += parts[i].n;
        }
        return at;
}

int store_answers_save(const StoreAnswers *answers) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t n = sizeof(Stamp), at = sizeof(Stamp);
        Stamp stamp;
        Pair pair;
        int r = stamp_now(answers, &stamp);

        if (r < 0)
                return r;
        if (store_now() - stamp.ctime < STORE_YOUNG_NSEC)
                return -EAGAIN;
        bytes = malloc(STORE_ANSWERS_MAX);
        if (!bytes)
                return -ENOMEM;
        memcpy(bytes, &stamp, sizeof(stamp));
        for (size_t i = 0; i < answers->n_added; i++)
                n = put(bytes, n, &answers->added[i]);
        if (answers->bytes && memcmp(answers->bytes, &stamp, sizeof(stamp)) == 0)
                while (next_pair(answers, &at, &pair))
                        if (!was_added(answers, &pair.question))
                                n = put(bytes, n, &pair);
        return file_write_at(answers->directory_fd, STORE_ANSWERS_FILE, bytes, n, 0640, 0);
}
