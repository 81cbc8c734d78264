/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Jobs for rkt-render, run as rkt runs it: as it is installed, in its own confinement. */

#include "test-archives.h"
#include "test-compress.h"
#include "test-tree.h"

#include "json-read.h"
#include "process.h"
#include "render-protocol.h"

typedef struct Job {
        const char *arguments[8];
        int fds[RENDER_FD_MAX]; /* 0: not given */
} Job;

static inline int fd_of(const void *bytes, size_t n) {
        int fd = memfd_create("bytes", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(fd_write_all(fd, bytes, n), 0);
        return fd;
}

/* What cannot seek. */
static inline int pipe_of(const void *bytes, size_t n) {
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1024 * 1024) >= (int) n);
        assert_int_equal(fd_write_all(ends[1], bytes, n), 0);
        close(ends[1]);
        return ends[0];
}

/* Runs it; there is a report whatever happens, and it is JSON. */
static inline Json *run(const Job *job) {
        char *argv[N_ELEMENTS(job->arguments) + 2] = { strdupa("rkt-render") };
        ProcessSpec spec = { .path = RKT_RENDER, .argv = argv, .n_fds = RENDER_FD_MAX };
        int report_fd = memfd_create("report", MFD_CLOEXEC);
        Json *report = NULL;
        uint8_t *text = NULL;
        size_t n = 0;

        for (size_t i = 0; i < N_ELEMENTS(job->arguments) && job->arguments[i]; i++)
                argv[i + 1] = strdupa(job->arguments[i]);
        for (unsigned i = 0; i < RENDER_FD_MAX; i++)
                spec.fds[i] = job->fds[i] > 0 ? job->fds[i] : -1;
        spec.fds[RENDER_FD_REPORT] = report_fd;
        spec.fds[2] = 2;
        assert_int_equal(process_run(&spec), 0);
        text = test_read_fd(report_fd, &n);
        assert_int_equal(json_parse((const char *) text, n, &report, NULL), 0);
        assert_non_null(report);
        free(text);
        close(report_fd);
        return report;
}

/* 0, or the negative errno reported; that comes with words. */
static inline int outcome(const Json *report) {
        const Json *error = json_get(report, "error");
        _cleanup_(freep) char *text = NULL;
        int64_t number = 0;

        if (!error)
                return 0;
        assert_int_equal(json_read_i64(json_get(error, "errno"), &number, NULL), 0);
        assert_int_equal(json_read_string(json_get(error, "text"), &text, NULL), 0);
        assert_true(number > 0 && text[0] != '\0');
        return (int) -number;
}

static inline uint64_t number_of(const Json *report, const char *key) {
        uint64_t number = 0;

        assert_int_equal(json_read_u64(json_get(report, key), &number, NULL), 0);
        return number;
}

static inline void expect_text(const Json *object, const char *key, const char *want) {
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(json_read_string(json_get(object, key), &text, NULL), 0);
        assert_string_equal(text, want);
}

static inline Job unpack_job(const TestTree *tree, int in_fd, RenderFormat format) {
        return (Job){
                .arguments = { "unpack", format == RENDER_ACI ? "format=1" : "format=2",
                               "delivered=1", "unpacked=3" },
                .fds = { [RENDER_FD_IN] = in_fd,
                         [RENDER_FD_TREE] = tree->fd,
                         [RENDER_FD_SEAL] = tree->seal_fd,
                         [RENDER_FD_SCRATCH] = tree->scratch_fd,
                         [RENDER_FD_MANIFEST] = tree->manifest_fd },
        };
}

/* Unpacks @bytes with what else @arguments say. */
static inline int unpack(const TestTar *bytes,
                         RenderFormat format,
                         const char *argument,
                         bool pipe,
                         const char *want) {
        int fd = pipe ? pipe_of(bytes->bytes, bytes->n) : fd_of(bytes->bytes, bytes->n), r = 0;
        TestTree tree;
        Json *report = NULL;
        Job job;

        test_tree_open(&tree);
        job = unpack_job(&tree, fd, format);
        job.arguments[4] = argument;
        report = run(&job);
        r = outcome(report);
        if (r == 0 && want) {
                _cleanup_(freep) char *text = test_tree_tell(&tree);

                assert_string_equal(text, want);
        }
        if (r == 0)
                test_tree_expect_sealed(&tree);
        json_free(report);
        close(fd);
        test_tree_done(&tree);
        return r;
}

static inline void make_sample(TestTar *tar) {
        static char data[300000];
        const TestMember members[] = { { .name = "d", .type = '5' },
                                       { .name = "d/data", .data = data, .n = sizeof(data) },
                                       { .name = "d/link", .type = '2', .link = "data" } };

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char) (i * i >> 7);
        test_tar_add_all(tar, members, N_ELEMENTS(members));
        test_tar_end(tar);
}
