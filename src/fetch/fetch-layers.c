/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-layers.h"

/* A layer on its way. */
typedef struct Download {
        uint64_t id; /* of the request; 0 in an unused slot */
        int fd;
        uint64_t there; /* bytes that need not come */
        FetchLayer layer;
        FetchRegistryTry try;
} Download;

typedef struct Work {
        FetchRegistry *registry;
        FetchSession *session;
        const FetchSink *sink;
        const OciManifest *manifest;
        const OciConfig *config;
        bool *done;
        size_t next;    /* layer to be begun */
        bool elsewhere; /* some of those before it are brought by somebody else */
        Download downloads[FETCH_LAYERS_AT_ONCE];
} Work;

static Download *find(Work *work, uint64_t id) {
        for (size_t i = 0; i < N_ELEMENTS(work->downloads); i++)
                if (work->downloads[i].id == id)
                        return &work->downloads[i];
        return NULL;
}

static void release(Download *download) {
        fd_drop(&download->fd);
        *download = (Download){ .fd = -EBADF };
}

bool fetch_is_passing(int r) {
        static const int list[] = { -EHOSTUNREACH, -ENETUNREACH, -ECONNREFUSED, -ECONNRESET,
                                    -ETIMEDOUT,    -EIO,         -EBUSY };

        for (size_t i = 0; i < N_ELEMENTS(list); i++)
                if (r == list[i])
                        return true;
        return false;
}

/* Because of @why. */
static void give_up(Work *work, int why) {
        bool keep = fetch_is_passing(why) || why == -EPIPE;

        for (size_t i = 0; i < N_ELEMENTS(work->downloads); i++) {
                Download *download = &work->downloads[i];

                if (download->id == 0)
                        continue;
                fetch_session_cancel(work->session, download->id);
                fd_drop(&download->fd);
                work->sink->layer_abort(work->sink->userdata, &download->layer, keep);
                release(download);
        }
}

/* Whether the manifest has the same bytes before. */
static bool is_repeated(const OciManifest *manifest, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (oci_digest_equal(&manifest->layers.items[k].digest,
                                     &manifest->layers.items[i].digest))
                        return true;
        return false;
}

static int begin(Work *work, Download *download, size_t i, bool wait, Error *e) {
        const FetchLayer layer = {
                .i = i,
                .descriptor = &work->manifest->layers.items[i],
                .diff_id = &work->config->diff_ids[i],
        };
        uint64_t id = 0, there = 0;
        int fd = -EBADF,
            r = work->sink->layer_begin(work->sink->userdata, &layer, wait, &fd, &there, e);

        if (r == FETCH_LAYER_ELSEWHERE)
                work->elsewhere = true;
        if (r != 1) {
                work->done[i] = r == 0;
                return r < 0 ? r : 0;
        }
        *download = (Download){ .fd = fd, .there = there, .layer = layer };
        r = fetch_registry_blob(work->registry, layer.descriptor, fd, there, &download->try, &id,
                                e);
        download->id = id;
        if (r < 0) {
                fd_drop(&download->fd);
                work->sink->layer_abort(work->sink->userdata, &layer, true);
                release(download);
        }
        return r;
}

static bool is_under_way(const Work *work) {
        for (size_t i = 0; i < N_ELEMENTS(work->downloads); i++)
                if (work->downloads[i].id != 0)
                        return true;
        return false;
}

static bool is_begun(const Work *work, size_t layer) {
        for (size_t i = 0; i < N_ELEMENTS(work->downloads); i++)
                if (work->downloads[i].id != 0 && work->downloads[i].layer.i == layer)
                        return true;
        return false;
}

/* Fills the free slots. */
static int fill(Work *work, Error *e) {
        Download *slot = find(work, 0);

        for (; slot && work->next < work->manifest->layers.n; slot = find(work, 0)) {
                size_t i = work->next++;
                int r = 0;

                if (is_repeated(work->manifest, i))
                        work->done[i] = true;
                else if (!work->done[i] && !is_begun(work, i))
                        r = begin(work, slot, i, false, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Once nothing is under way here: waits for the first layer that others bring, and looks at the rest
 * again. */
static int wait_for_others(Work *work, Error *e) {
        work->elsewhere = false;
        work->next = 0;
        for (size_t i = 0; i < work->manifest->layers.n; i++)
                if (!work->done[i])
                        return begin(work, &work->downloads[0], i, true, e);
        return 0;
}

/* Returns whether anything is under way. */
static int begin_more(Work *work, Error *e) {
        int r = fill(work, e);

        while (r >= 0 && !is_under_way(work) && work->elsewhere) {
                r = wait_for_others(work, e);
                if (r >= 0)
                        r = fill(work, e);
        }
        return r < 0 ? r : is_under_way(work);
}

static int end(Work *work, Download *download, Error *e) {
        const FetchLayer layer = download->layer;
        int r = 0;

        release(download);
        r = work->sink->layer_end(work->sink->userdata, &layer, e);
        if (r == FETCH_LAYER_AGAIN)
                return begin(work, download, layer.i, false, e);
        work->done[layer.i] = r >= 0;
        return r;
}

static int fail(Work *work, Download *download, const FetchEvent *event, Error *e) {
        int r = (int) event->error;

        /* Whoever reads it stopped, and knows why. */
        if (r == -EPIPE) {
                int why = end(work, download, e);

                if (why >= 0 && download->id == 0)
                        return error_new(e, r, "nobody wants the layer");
                return why;
        }
        return error_new(e, r, "%s", event->text ?: strerror(-r));
}

static int take(Work *work, Download *download, const FetchEvent *event, Error *e) {
        uint64_t id = 0;
        int r = 0;

        if (event->error < 0)
                return fail(work, download, event, e);
        if (fetch_event_has_all(event))
                return end(work, download, e);
        r = fetch_registry_refused(work->registry, event, &download->try, e);
        if (r <= 0)
                return r;
        r = fetch_registry_blob(work->registry, download->layer.descriptor, download->fd,
                                download->there, &download->try, &id, e);
        if (r >= 0)
                download->id = id;
        return r;
}

static int step(Work *work, Error *e) {
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        Download *download = NULL;
        int r = fetch_session_next(work->session, &event, e);

        if (r < 0 || event.kind != FETCH_EVENT_DONE)
                return r;
        download = find(work, event.id);
        return download ? take(work, download, &event, e) : 0;
}

int fetch_layers(FetchRegistry *registry,
                 const FetchSink *sink,
                 const OciManifest *manifest,
                 const OciConfig *config,
                 bool *done,
                 Error *e) {
        Work work = {
                .registry = registry,
                .session = fetch_registry_session(registry),
                .sink = sink,
                .manifest = manifest,
                .config = config,
                .done = done,
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(work.downloads); i++)
                work.downloads[i].fd = -EBADF;
        while ((r = begin_more(&work, e)) > 0) {
                r = step(&work, e);
                if (r < 0)
                        break;
        }
        if (r < 0)
                give_up(&work, r);
        return r;
}
