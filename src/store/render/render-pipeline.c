/* SPDX-License-Identifier: Apache-2.0 */
#include "render-pipeline.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* Enough for the decompressors, which keep their tables on the heap. */
#define STACK_BYTES ((size_t) 1024 * 1024)
#define WORKERS_MAX 8

typedef struct Pipeline Pipeline;

/* A thread, and the ring it reads. */
typedef struct Worker {
        Pipeline *pipeline;
        int (*run)(struct Worker *worker, Error *e);
        bool behind; /* of the two rings, reads the one behind the decompression */
        RenderRing *ring;
        unsigned reader;
        int fd;
        uint64_t skip; /* bytes that @fd has */
        RenderDigestSet digests;
        char **results;
        uint64_t *n_bytes;
        pthread_t thread;
} Worker;

struct Pipeline {
        const RenderPipelineSpec *spec;
        RenderRing *packed, *unpacked; /* one and the same where nothing is compressed */
        uint8_t *first;                /* what was read to find out */
        size_t n_first;
        bool can_seek;
        uint64_t at; /* bytes read so far */
        RenderPipelineResult result;

        Worker workers[WORKERS_MAX];
        unsigned n_workers, n_packed_readers, n_unpacked_readers;

        pthread_mutex_t mutex;
        int r; /* the first failure; later ones only follow from it */
        Error error;
};

void render_pipeline_result_done(RenderPipelineResult *result) {
        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++) {
                free(result->delivered[i]);
                free(result->unpacked[i]);
        }
        *result = (RenderPipelineResult){};
}

static void fail(Pipeline *p, int r, Error *e) {
        (void) pthread_mutex_lock(&p->mutex);
        if (p->r == 0) {
                p->r = r;
                p->error = struct_take(e);
        }
        (void) pthread_mutex_unlock(&p->mutex);
        if (p->packed)
                render_ring_cancel(p->packed);
        if (p->unpacked)
                render_ring_cancel(p->unpacked);
}

/* What is there already, and then what comes. */
static ssize_t read_some(const Pipeline *p, uint8_t *to, size_t n) {
        const RenderPipelineSpec *spec = p->spec;
        uint64_t there = p->at < spec->n_there ? spec->n_there - p->at : 0;

        if (there > 0)
                return pread(spec->there_fd, to, n < there ? n : (size_t) there, (off_t) p->at);
        return p->can_seek ? pread(spec->in_fd, to, n, (off_t) (spec->offset + p->at))
                           : read(spec->in_fd, to, n);
}

/* Fills @to as far as the input goes. */
static ssize_t read_slot(Pipeline *p, uint8_t *to, Error *e) {
        uint64_t left = p->spec->n - p->at;
        size_t want = left < RENDER_SLOT_BYTES ? (size_t) left : RENDER_SLOT_BYTES, n = 0;

        while (n < want) {
                ssize_t got = read_some(p, to + n, want - n);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return error_new(e, -errno, "cannot read the image: %s", strerror(errno));
                if (got == 0)
                        break;
                n += (size_t) got;
                p->at += (size_t) got;
        }
        if (p->at > p->spec->limits->expanded)
                return error_new(e, -EFBIG, "more than %" PRIu64 " bytes",
                                 p->spec->limits->expanded);
        return (ssize_t) n;
}

static int read_all(Worker *worker, Error *e) {
        Pipeline *p = worker->pipeline;
        ssize_t n = (ssize_t) p->n_first;

        for (bool first = true;; first = false) {
                uint8_t *slot = render_ring_reserve(p->packed);

                if (!slot)
                        return -ECANCELED;
                if (first)
                        memcpy(slot, p->first, p->n_first);
                else
                        n = read_slot(p, slot, e);
                if (n < 0)
                        return (int) n;
                if (n > 0)
                        render_ring_publish(p->packed, (size_t) n);
                if ((size_t) n < RENDER_SLOT_BYTES) {
                        render_ring_end(p->packed, 0);
                        return 0;
                }
        }
}

static int inflate_all(Worker *worker, Error *e) {
        Pipeline *p = worker->pipeline;
        int r = render_inflate(worker->ring, worker->reader, p->result.compression, p->spec->limits,
                               p->unpacked, e);

        if (r >= 0)
                render_ring_end(p->unpacked, 0);
        return r;
}

/* Calls @each for every slot. */
static int
each_slot(Worker *worker, int (*each)(Worker *, const uint8_t *, size_t, void *), void *userdata) {
        for (;;) {
                const uint8_t *bytes = NULL;
                size_t n = 0;
                int r = render_ring_peek(worker->ring, worker->reader, &bytes, &n);

                if (r <= 0)
                        return r;
                r = each(worker, bytes, n, userdata);
                if (r < 0)
                        return r;
                render_ring_release(worker->ring, worker->reader);
        }
}

/* A copy may be written past the page cache: it is not read again soon. Only whole sectors can, and
 * not on every file system. */
static int leave_direct(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_DIRECT) < 0 ? -errno : 0;
}

static bool is_direct(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags >= 0 && (flags & O_DIRECT);
}

static int write_slot(Worker *worker, const uint8_t *bytes, size_t n, void *userdata) {
        size_t skip = worker->skip < n ? (size_t) worker->skip : n;

        (void) userdata;
        worker->skip -= skip;
        bytes += skip;
        n -= skip;
        if (n < RENDER_SLOT_BYTES && is_direct(worker->fd) && leave_direct(worker->fd) < 0)
                return -errno;
        while (n > 0) {
                ssize_t put = write(worker->fd, bytes, n);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put < 0 && errno == EINVAL && is_direct(worker->fd) &&
                    leave_direct(worker->fd) >= 0)
                        continue;
                if (put <= 0)
                        return put < 0 ? -errno : -EIO;
                bytes += put;
                n -= (size_t) put;
        }
        return 0;
}

static int copy_all(Worker *worker, Error *e) {
        int r = each_slot(worker, write_slot, NULL);

        if (r >= 0 && worker->fd == worker->pipeline->spec->delivered_fd &&
            fdatasync(worker->fd) < 0 && errno != EINVAL && errno != EROFS)
                r = -errno;
        if (r < 0 && r != -ECANCELED)
                return error_new(e, r, "cannot store the image: %s", strerror(-r));
        return r;
}

typedef struct Digests {
        RenderDigest *items[_RENDER_DIGEST_KIND_MAX];
} Digests;

static void digests_done(Digests *digests) {
        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                render_digest_free(digests->items[i]);
}

static int digest_slot(Worker *worker, const uint8_t *bytes, size_t n, void *userdata) {
        Digests *digests = userdata;

        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                if (digests->items[i])
                        render_digest_add(digests->items[i], bytes, n);
        *worker->n_bytes += n;
        return 0;
}

static int digest_all(Worker *worker, Error *e) {
        _cleanup_(digests_done) Digests digests = {};
        int r = 0;

        (void) e;
        for (unsigned i = 0; r >= 0 && i < _RENDER_DIGEST_KIND_MAX; i++)
                if (worker->digests & (1U << i))
                        r = render_digest_new((RenderDigestKind) i, &digests.items[i]);
        if (r >= 0)
                r = each_slot(worker, digest_slot, &digests);
        for (unsigned i = 0; r >= 0 && i < _RENDER_DIGEST_KIND_MAX; i++)
                if (digests.items[i]) {
                        worker->results[i] = render_digest_hex(digests.items[i]);
                        if (!worker->results[i])
                                r = -ENOMEM;
                }
        return r;
}

static void *work(void *userdata) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Worker *worker = userdata;
        int r = worker->run(worker, &e);

        if (r < 0)
                fail(worker->pipeline, r, &e);
        return NULL;
}

/* The consumer's view of a ring. */
typedef struct RingSource {
        RenderRing *ring;
        unsigned reader;
        const uint8_t *bytes;
        size_t n, at;
        bool holding;
} RingSource;

static int ring_peek(void *userdata, const uint8_t **ret, size_t *ret_n) {
        RingSource *source = userdata;

        if (source->at == source->n) {
                int r = 0;

                if (source->holding)
                        render_ring_release(source->ring, source->reader);
                source->holding = false;
                source->at = source->n = 0;
                r = render_ring_peek(source->ring, source->reader, &source->bytes, &source->n);
                if (r <= 0)
                        return r;
                source->holding = true;
        }
        *ret = source->bytes + source->at;
        *ret_n = source->n - source->at;
        return 1;
}

static void ring_consume(void *userdata, size_t n) {
        RingSource *source = userdata;

        source->at += n;
}

static int consume_all(Worker *worker, Error *e) {
        RingSource ring = { .ring = worker->ring, .reader = worker->reader };
        const RenderSource source = { .peek = ring_peek,
                                      .consume = ring_consume,
                                      .userdata = &ring };
        const RenderPipelineSpec *spec = worker->pipeline->spec;

        return spec->consume(&source, spec->userdata, e);
}

static Worker *add_worker(Pipeline *p, int (*run)(Worker *, Error *), bool unpacked) {
        Worker *worker = &p->workers[p->n_workers++];
        bool behind = unpacked && p->result.compression != RENDER_PLAIN;

        *worker = (Worker){ .pipeline = p, .run = run, .behind = behind, .fd = -EBADF };
        worker->reader = behind ? p->n_unpacked_readers++ : p->n_packed_readers++;
        return worker;
}

/* Says who does what; the consumer, if any, comes last, and is no thread. */
static void plan(Pipeline *p) {
        const RenderPipelineSpec *spec = p->spec;
        RenderPipelineResult *result = &p->result;
        Worker *worker = NULL;
        bool one_ring = result->compression == RENDER_PLAIN;

        if (spec->delivered_fd >= 0) {
                worker = add_worker(p, copy_all, false);
                worker->fd = spec->delivered_fd;
                worker->skip = spec->n_there;
        }
        worker = add_worker(p, digest_all, false);
        worker->digests = one_ring && spec->if_packed ? 0 : spec->delivered;
        worker->digests |= one_ring ? spec->unpacked : 0;
        worker->results = result->delivered;
        worker->n_bytes = &result->n_delivered;
        if (!one_ring) {
                add_worker(p, inflate_all, false);
                worker = add_worker(p, digest_all, true);
                worker->digests = spec->unpacked;
                worker->results = result->unpacked;
                worker->n_bytes = &result->n_unpacked;
        }
        if (spec->unpacked_fd >= 0)
                add_worker(p, copy_all, true)->fd = spec->unpacked_fd;
        if (spec->consume)
                add_worker(p, consume_all, true);
}

static int make_rings(Pipeline *p) {
        int r = render_ring_new(p->n_packed_readers, &p->packed);

        if (r >= 0 && p->n_unpacked_readers > 0)
                r = render_ring_new(p->n_unpacked_readers, &p->unpacked);
        for (unsigned i = 0; r >= 0 && i < p->n_workers; i++) {
                Worker *worker = &p->workers[i];

                worker->ring = worker->behind ? p->unpacked : p->packed;
        }
        return r;
}

static int start(Worker *worker) {
        pthread_attr_t attributes;
        int r = 0;

        (void) pthread_attr_init(&attributes);
        (void) pthread_attr_setstacksize(&attributes, STACK_BYTES);
        r = pthread_create(&worker->thread, &attributes, work, worker);
        (void) pthread_attr_destroy(&attributes);
        return -r;
}

static int run_workers(Pipeline *p) {
        Worker reader = { .pipeline = p, .run = read_all };
        unsigned n_threads = p->n_workers - (p->spec->consume ? 1 : 0), n_started = 0;
        int r = start(&reader);

        if (r < 0)
                return r;
        while (r >= 0 && n_started < n_threads) {
                r = start(&p->workers[n_started]);
                n_started += r >= 0;
        }
        if (r < 0) {
                Error none = ERROR_NULL;

                fail(p, r, &none);
        } else if (p->spec->consume)
                (void) work(&p->workers[n_threads]);
        (void) pthread_join(reader.thread, NULL);
        for (unsigned i = 0; i < n_started; i++)
                (void) pthread_join(p->workers[i].thread, NULL);
        return p->r;
}

/* One digest thread served both names where nothing was compressed. */
static int share_results(Pipeline *p) {
        RenderPipelineResult *result = &p->result;

        if (result->compression != RENDER_PLAIN)
                return 0;
        result->n_unpacked = result->n_delivered;
        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                if (p->spec->unpacked & (1U << i)) {
                        result->unpacked[i] = strdup(result->delivered[i]);
                        if (!result->unpacked[i])
                                return -ENOMEM;
                }
        return 0;
}

static void pipeline_done(Pipeline *p) {
        render_ring_free(p->packed);
        render_ring_free(p->unpacked);
        free(p->first);
        render_pipeline_result_done(&p->result);
        error_done(&p->error);
        (void) pthread_mutex_destroy(&p->mutex);
}

static int begin(Pipeline *p, Error *e) {
        const RenderPipelineSpec *spec = p->spec;
        ssize_t n = 0;

        p->can_seek = lseek(spec->in_fd, 0, SEEK_CUR) >= 0;
        if (p->can_seek)
                (void) posix_fadvise(spec->in_fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        p->first = malloc(RENDER_SLOT_BYTES);
        if (!p->first)
                return -ENOMEM;
        n = read_slot(p, p->first, e);
        if (n < 0)
                return (int) n;
        p->n_first = (size_t) n;
        if (spec->unpacked != 0)
                p->result.compression = render_compression_sniff(p->first, p->n_first);
        plan(p);
        return make_rings(p);
}

int render_pipeline_run(const RenderPipelineSpec *spec, RenderPipelineResult *ret, Error *e) {
        _cleanup_(pipeline_done) Pipeline p = { .spec = spec };
        int r = 0;

        (void) pthread_mutex_init(&p.mutex, NULL);
        r = begin(&p, e);
        if (r < 0)
                return r;
        r = run_workers(&p);
        if (r < 0) {
                if (e) {
                        error_done(e);
                        *e = struct_take(&p.error);
                }
                return r;
        }
        r = share_results(&p);
        if (r >= 0)
                *ret = struct_take(&p.result);
        return r;
}
