/* SPDX-License-Identifier: Apache-2.0 */
#include "store-render.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "json-read.h"
#include "process.h"
#include "render-protocol.h"
#include "text.h"

/* It has a few megabytes to write. */
#define SETTLE_MSEC 10000
#define REPORT_MIN ((size_t) 4096)
#define REPORT_MAX JSON_SIZE_MAX /* a power of two times the former */

struct StoreRender {
        pid_t pid; /* 0: reaped */
        int pid_fd, report_fd;
};

void store_report_done(StoreReport *report) {
        for (size_t i = 0; i < report->n_members; i++) {
                free(report->members[i].name);
                free(report->members[i].link);
        }
        free(report->members);
        *report = STORE_REPORT_NULL;
}

static int add_number(Strv *argv, const char *name, uint64_t value) {
        return value == 0 ? 0 : strv_appendf(argv, "%s=%" PRIu64, name, value);
}

static int make_arguments(const Store *store, const StoreRenderJob *job, Strv *ret) {
        static const char *const modes[] = {
                [STORE_RENDER_UNPACK] = "unpack",
                [STORE_RENDER_LIST] = "list",
                [STORE_RENDER_SEAL] = "seal",
                [STORE_RENDER_PACK] = "pack",
        };
        const struct {
                const char *name;
                uint64_t value;
        } numbers[] = {
                { "format", job->format },
                { "offset", job->offset },
                { "bytes", job->bytes },
                { "there", job->there },
                { "delivered", job->delivered },
                { "unpacked", job->unpacked },
                { "below", job->below },
                { "if-packed", job->if_packed },
                { "expanded-max", store->limits.expanded_bytes },
                { "entries-max", store->limits.entries },
                { "ratio-max", store->limits.ratio },
        };
        _cleanup_(strv_freep) Strv argv = NULL;
        int r = strv_append(&argv, "rkt-render");

        if (r >= 0)
                r = strv_append(&argv, modes[job->mode]);
        for (size_t i = 0; r >= 0 && i < N_ELEMENTS(numbers); i++)
                r = add_number(&argv, numbers[i].name, numbers[i].value);
        if (r >= 0 && job->prefix)
                r = strv_appendf(&argv, "prefix=%s", job->prefix);
        if (r >= 0)
                *ret = ptr_take(&argv);
        return r;
}

int store_render_start(const Store *store, const StoreRenderJob *job, StoreRender **ret, Error *e) {
        _cleanup_(store_render_freep) StoreRender *render = calloc(1, sizeof(*render));
        _cleanup_(strv_freep) Strv argv = NULL;
        ProcessSpec spec = {
                .path = store->helper,
                .fds = { [RENDER_FD_IN] = job->in_fd,
                         [2] = STDERR_FILENO,
                         [RENDER_FD_TREE] = job->tree_fd,
                         [RENDER_FD_DELIVERED] = job->delivered_fd,
                         [RENDER_FD_UNPACKED] = job->unpacked_fd,
                         [RENDER_FD_SEAL] = job->seal_fd,
                         [RENDER_FD_SCRATCH] = job->scratch_fd,
                         [RENDER_FD_MANIFEST] = job->manifest_fd,
                         [RENDER_FD_NEEDS] = job->needs_fd,
                         [RENDER_FD_THERE] = job->there_fd },
                .n_fds = RENDER_FD_MAX,
                .die_with_parent = true,
        };
        int r = 0;

        if (!render)
                return -ENOMEM;
        render->pid_fd = render->report_fd = -EBADF;
        r = make_arguments(store, job, &argv);
        if (r < 0)
                return r;
        render->report_fd = store_memory_new("report", REPORT_MAX);
        if (render->report_fd < 0)
                return error_new(e, render->report_fd, "cannot make room for a report");
        spec.argv = argv;
        spec.fds[RENDER_FD_REPORT] = render->report_fd;
        r = process_start(&spec, &render->pid);
        if (r < 0)
                return error_new(e, r, "cannot start \"%s\": %s", store->helper, strerror(-r));
        render->pid_fd = (int) syscall(SYS_pidfd_open, render->pid, 0);
        if (render->pid_fd < 0)
                return error_new(e, -errno, "cannot watch \"%s\"", store->helper);
        *ret = ptr_take(&render);
        return 0;
}

void store_render_settle(const StoreRender *render) {
        struct pollfd ended = { .fd = render->pid_fd, .events = POLLIN };

        (void) poll(&ended, 1, SETTLE_MSEC);
}

StoreRender *store_render_free(StoreRender *render) {
        if (!render)
                return NULL;
        if (render->pid > 0) {
                (void) kill(render->pid, SIGKILL);
                (void) process_wait(render->pid);
        }
        fd_drop(&render->pid_fd);
        fd_drop(&render->report_fd);
        free(render);
        return NULL;
}

/* Hexadecimal without the algorithm, which is the member's name. */
static int read_hex(const Json *stream, const char *algorithm, OciDigest *ret, Error *e) {
        const Json *value = json_get(stream, algorithm);
        _cleanup_(freep) char *hex = NULL, *text = NULL;
        int r = 0;

        if (!value)
                return 0;
        r = json_read_string(value, &hex, e);
        if (r < 0)
                return r;
        if (asprintf(&text, "%s:%s", algorithm, hex) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return oci_digest_parse(text, ret, e);
}

static int read_stream(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "bytes", json_read_u64, offsetof(StoreStream, bytes), JSON_REQUIRED },
                {},
        };
        StoreStream *stream = slot;
        int r = json_read_object(value, fields, stream, e);

        if (r >= 0)
                r = read_hex(value, "sha256", &stream->sha256, e);
        if (r >= 0)
                r = read_hex(value, "sha512", &stream->sha512, e);
        return r;
}

static int read_compression(const Json *value, void *slot, Error *e) {
        static const char *const names[] = {
                [STORE_PLAIN] = "none", [STORE_GZIP] = "gzip", [STORE_BZIP2] = "bzip2",
                [STORE_XZ] = "xz",      [STORE_ZSTD] = "zstd",
        };
        _cleanup_(freep) char *text = NULL;
        int r = json_read_string(value, &text, e);

        if (r < 0)
                return r;
        for (unsigned i = 0; i < N_ELEMENTS(names); i++)
                if (strcmp(text, names[i]) == 0) {
                        *(StoreCompression *) slot = (StoreCompression) i;
                        return 0;
                }
        return error_new(e, -EINVAL, "unknown compression");
}

static int read_member(const Json *value, StoreMember *ret, Error *e) {
        static const JsonField fields[] = {
                { "name", json_read_string, offsetof(StoreMember, name), JSON_REQUIRED },
                { "link", json_read_string, offsetof(StoreMember, link), 0 },
                { "at", json_read_u64, offsetof(StoreMember, at), JSON_REQUIRED },
                { "bytes", json_read_u64, offsetof(StoreMember, bytes), JSON_REQUIRED },
                {},
        };

        return json_read_object(value, fields, ret, e);
}

static int read_members(const Json *root, StoreReport *report, Error *e) {
        const Json *list = json_get(root, "members");
        size_t n = json_array_length(list);

        if (n == 0)
                return 0;
        report->members = calloc(n, sizeof(*report->members));
        if (!report->members)
                return -ENOMEM;
        for (; report->n_members < n; report->n_members++) {
                StoreMember *member = &report->members[report->n_members];
                int r = read_member(json_array_get(list, report->n_members), member, e);

                if (r < 0) {
                        report->n_members++; /* half of it may be there */
                        return r;
                }
        }
        return 0;
}

typedef struct Failure {
        uint64_t number;
        char *text;
} Failure;

static void failure_done(Failure *failure) {
        free(failure->text);
}

/* What the helper says went wrong. Returns a negative errno. */
static int read_failure(const Json *value, Error *e) {
        static const JsonField fields[] = {
                { "errno", json_read_u64, offsetof(Failure, number), JSON_REQUIRED },
                { "text", json_read_string, offsetof(Failure, text), JSON_REQUIRED },
                {},
        };
        _cleanup_(failure_done) Failure failure = {};
        int r = json_read_object(value, fields, &failure, e);

        if (r < 0 || failure.number == 0 || failure.number > 4095)
                return r < 0 ? r : -EPROTO;
        return error_new(e, -(int) failure.number, "%s", failure.text);
}

static int parse_report(const char *text, size_t n, StoreReport *ret, bool *ret_failed, Error *e) {
        static const JsonField fields[] = {
                { "compression", read_compression, offsetof(StoreReport, compression), 0 },
                { "delivered", read_stream, offsetof(StoreReport, delivered), 0 },
                { "unpacked", read_stream, offsetof(StoreReport, unpacked), 0 },
                { "entries", json_read_u64, offsetof(StoreReport, entries), 0 },
                { "manifest", json_read_u64, offsetof(StoreReport, manifest), 0 },
                { "implicit", json_read_u64, offsetof(StoreReport, implicit), 0 },
                { "missing", json_read_u64, offsetof(StoreReport, missing), 0 },
                { "skipped-devices", json_read_u64, offsetof(StoreReport, skipped_devices), 0 },
                { "dropped-xattrs", json_read_u64, offsetof(StoreReport, dropped_xattrs), 0 },
                { "spooled", json_read_bool, offsetof(StoreReport, spooled), 0 },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        int r = json_parse(text, n, &root, e);

        if (r < 0)
                return r;
        if (json_get(root, "error")) {
                *ret_failed = true;
                return read_failure(json_get(root, "error"), e);
        }
        r = json_read_object(root, fields, ret, e);
        return r < 0 ? r : read_members(root, ret, e);
}

/* The file is as large as a report may be; what was not written is NUL. */
static int read_report(int fd, StoreReport *ret, Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(freep) char *text = NULL;
        bool failed = false;
        size_t n = REPORT_MIN;
        int r = store_memory_read(fd, n, &text);

        while (r >= 0 && text[n - 1] != '\0' && n < REPORT_MAX) {
                free(ptr_take(&text));
                n *= 2;
                r = store_memory_read(fd, n, &text);
        }
        if (r < 0)
                return error_new(e, r, "cannot read the helper's report");
        r = parse_report(text, strnlen(text, n), &report, &failed, e);
        if (r < 0)
                return failed ? r : error_wrap(e, -EPROTO, "the helper's report makes no sense");
        *ret = report;
        report = STORE_REPORT_NULL;
        return 0;
}

int store_render_finish(StoreRender *started, StoreReport *ret, Error *e) {
        _cleanup_(store_render_freep) StoreRender *render = started;
        int status = process_wait(render->pid);

        render->pid = 0;
        if (status < 0)
                return error_new(e, status, "cannot wait for the helper");
        if (status > 128)
                return error_new(e, -EPROTO, "the helper was ended by signal %d", status - 128);
        if (status != 0)
                return error_new(e, -EPROTO, "the helper failed without a word");
        return read_report(render->report_fd, ret, e);
}

int store_render_run(const Store *store, const StoreRenderJob *job, StoreReport *ret, Error *e) {
        StoreRender *render = NULL;
        int r = store_render_start(store, job, &render, e);

        return r < 0 ? r : store_render_finish(render, ret, e);
}
