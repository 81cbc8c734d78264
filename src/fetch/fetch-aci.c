/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-aci.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "fetch-discover.h"
#include "fetch-http.h"
#include "fetch-memory.h"
#include "fetch-partial.h"
#include "fetch-verify.h"
#include "fetch-web.h"

#define IMAGE_TIMEOUT_SEC (UINT64_C(24) * 3600)
#define STATUS_DEFERRED 202

void fetched_aci_done(FetchedAci *aci) {
        fd_drop(&aci->fd);
        (void) fetch_partial_free(aci->partial);
        fd_drop(&aci->signature_fd);
        free(aci->url);
        free(aci->etag);
        *aci = FETCHED_ACI_NULL;
}

/* Returns 1 and a descriptor; 0 the server wants to be asked later. */
static int fetch_signature(const FetchContext *context, const char *url, int *ret_fd, Error *e) {
        _cleanup_(fetch_web_done) FetchWeb web = {};
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = fetch_web_init(context, url, true, true, &web, e);

        if (r >= 0)
                r = fetch_web_small(context, &web, FETCH_SIGNATURE_SIZE_MAX, "signature", &fd,
                                    &event, e);
        if (r >= 0 && event.status == STATUS_DEFERRED)
                return 0;
        if (r >= 0 && !fetch_event_has_all(&event))
                r = fetch_web_refused(&event, url, e);
        if (r < 0)
                return error_prefix(e, r, "error downloading the signature file: ");
        *ret_fd = fd_take(&fd);
        return 1;
}

static int open_signature(const char *path, int *ret_fd, Error *e) {
        *ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        return *ret_fd < 0 ? error_wrap(e, -errno, "error opening signature file \"%s\"", path) : 1;
}

static const char *validator_of(const FetchEvent *event) {
        int64_t date = 0;

        if (event->etag && fetch_http_etag_is_strong(event->etag))
                return event->etag;
        if (event->last_modified && fetch_http_date(event->last_modified, &date) == 0)
                return event->last_modified;
        return NULL;
}

/* Waits for the end; notes on the way what the bytes belong to, so that they are of use whatever happens
 * to us. */
static int wait_for_image(const FetchContext *context,
                          FetchPartial *partial,
                          const FetchRequest *request,
                          FetchEvent *ret,
                          Error *e) {
        for (;;) {
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                int r = fetch_session_next(context->session, &event, e);

                if (r >= 0 && event.id != request->id)
                        continue;
                if (r >= 0 && event.kind == FETCH_EVENT_HEAD)
                        r = fetch_partial_note(partial, validator_of(&event));
                if (r < 0)
                        return r;
                if (event.kind != FETCH_EVENT_DONE)
                        continue;
                if (event.error < 0)
                        return error_new(e, (int) event.error, "%s",
                                         event.text ?: strerror((int) -event.error));
                *ret = event;
                event = FETCH_EVENT_NULL;
                return 0;
        }
}

static int keep_answer(const FetchEvent *event, FetchedAci *aci) {
        aci->max_age_sec = fetch_http_max_age(event->cache_control);
        if (event->etag && fetch_http_etag_is_valid(event->etag)) {
                aci->etag = strdup(event->etag);
                return aci->etag ? 0 : -ENOMEM;
        }
        return 0;
}

static int add_condition(FetchRequest *request, const char *etag) {
        if (!etag || !fetch_http_etag_is_valid(etag))
                return 0;
        return strv_appendf(&request->headers, "If-None-Match: %s", etag);
}

static int copy_validator(FetchRequest *request, const FetchPartial *partial) {
        request->offset = fetch_partial_offset(partial);
        if (request->offset == 0)
                return 0;
        request->validator = strdup(fetch_partial_validator(partial));
        return request->validator ? 0 : -ENOMEM;
}

typedef struct Waiter {
        const FetchAciOptions *options;
        bool waited;
} Waiter;

static void on_waiting(void *userdata) {
        Waiter *waiter = userdata;

        waiter->waited = true;
        if (waiter->options->waiting)
                waiter->options->waiting(waiter->options->userdata);
}

/* Opens the file for it. Returns 1: it need not be fetched, since another rkt just did. */
static int open_partial(const FetchAciOptions *options,
                        const char *url,
                        char **etag,
                        FetchPartial **ret,
                        Error *e) {
        Waiter waiter = { .options = options };
        int r = fetch_partial_open(options->dir_fd, url, on_waiting, &waiter, ret, e);

        if (r < 0 || !waiter.waited || !options->known)
                return r;
        free(ptr_take(etag));
        return options->known(options->userdata, url, etag, e);
}

/* Nobody has vouched for what comes: it must not fill the file system. */
static uint64_t room_for(int dir_fd, uint64_t there) {
        struct statvfs st;
        uint64_t room = FETCH_ACI_SIZE_MAX;

        if (fstatvfs(dir_fd, &st) >= 0)
                room = there + (uint64_t) st.f_bavail * st.f_frsize / 2;
        return room < FETCH_ACI_SIZE_MAX ? room : FETCH_ACI_SIZE_MAX;
}

/* Returns 1: it is there. */
static int fetch_image(const FetchContext *context,
                       const FetchAciOptions *options,
                       const char *url,
                       char **etag,
                       FetchedAci *aci,
                       Error *e) {
        _cleanup_(fetch_partial_freep) FetchPartial *partial = NULL;
        _cleanup_(fetch_web_done) FetchWeb web = {};
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        int r = fetch_web_init(context, url, true, true, &web, e);

        if (r >= 0)
                r = open_partial(options, url, etag, &partial, e);
        if (r > 0)
                return r;
        if (r >= 0)
                r = copy_validator(&web.request, partial);
        if (r >= 0)
                r = add_condition(&web.request, *etag);
        if (r < 0)
                return r;
        web.request.size_max = room_for(options->dir_fd, web.request.offset);
        web.request.timeout_sec = IMAGE_TIMEOUT_SEC;
        r = fetch_session_ask(context->session, &web.request, fetch_partial_fd(partial), &web.tls,
                              "ACI", e);
        if (r >= 0)
                r = wait_for_image(context, partial, &web.request, &event, e);
        if (r < 0)
                return r;
        if (event.status == 304 && *etag) {
                aci->not_modified = true;
                return keep_answer(&event, aci);
        }
        if (!fetch_event_has_all(&event))
                return fetch_web_refused(&event, url, e);
        r = keep_answer(&event, aci);
        if (r >= 0)
                r = fetch_partial_finish(partial, &aci->fd);
        if (r >= 0)
                aci->partial = ptr_take(&partial);
        return r;
}

static int hand_over_fresh(FetchedAci *aci, FetchedAci *ret) {
        fd_drop(&aci->signature_fd);
        aci->fresh = true;
        *ret = *aci;
        *aci = FETCHED_ACI_NULL;
        return 0;
}

/* The signature first: without one, the image is not worth fetching. */
static int fetch_both(const FetchContext *context,
                      const FetchAciOptions *options,
                      const char *url,
                      const char *signature,
                      FetchedAci *ret,
                      Error *e) {
        _cleanup_(fetched_aci_done) FetchedAci aci = FETCHED_ACI_NULL;
        _cleanup_(freep) char *etag = NULL;
        bool wanted = !(context->insecure & FETCH_INSECURE_IMAGE), later = false;
        int r = 0;

        aci.url = strdup(url);
        if (!aci.url)
                return -ENOMEM;
        if (options->known)
                r = options->known(options->userdata, url, &etag, e);
        if (r > 0)
                return hand_over_fresh(&aci, ret);
        if (r >= 0 && wanted && options->signature_path)
                r = open_signature(options->signature_path, &aci.signature_fd, e);
        else if (r >= 0 && wanted)
                r = fetch_signature(context, signature, &aci.signature_fd, e);
        later = wanted && r == 0;
        if (r >= 0)
                r = fetch_image(context, options, url, &etag, &aci, e);
        if (r > 0)
                return hand_over_fresh(&aci, ret);
        if (r >= 0 && later && !aci.not_modified) {
                r = fetch_signature(context, signature, &aci.signature_fd, e);
                if (r == 0)
                        r = error_new(
                                e, -EAGAIN,
                                "error downloading the signature file: server asked to defer the "
                                "download again");
        }
        if (r < 0)
                return r;
        *ret = aci;
        aci = FETCHED_ACI_NULL;
        return 0;
}

int fetch_aci_url(const FetchContext *context,
                  const FetchAciOptions *options,
                  const char *url,
                  FetchedAci *ret,
                  Error *e) {
        _cleanup_(freep) char *signature = fetch_url_signature(url);
        int r = signature ? fetch_both(context, options, url, signature, ret, e) : -ENOMEM;

        return r < 0 ? error_wrap(e, r, "cannot fetch \"%s\"", url) : 0;
}

int fetch_aci_name(const FetchContext *context,
                   const FetchAciOptions *options,
                   const AppcReference *reference,
                   FetchedAci *ret,
                   Error *e) {
        _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;
        int r = fetch_discover_images(context, reference, &found, e);

        if (r < 0)
                return error_wrap(e, r, "discovery failed for \"%s\"", reference->name);
        for (size_t i = 0; found.images[i]; i++) {
                if (e)
                        error_done(e);
                r = fetch_both(context, options, found.images[i], found.signatures[i], ret, e);
                if (r >= 0 || r == -ENOMEM)
                        break;
        }
        return r < 0 ? error_wrap(e, r, "cannot fetch \"%s\"", reference->name) : 0;
}

int fetch_aci_verify(const FetchContext *context,
                     const FetchedAci *aci,
                     const char *name,
                     Strv *ret_identities,
                     Error *e) {
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        int r = 0;

        *ret_identities = NULL;
        if (context->insecure & FETCH_INSECURE_IMAGE)
                return 0;
        if (!context->keystore || aci->signature_fd < 0)
                return error_new(e, -EKEYREJECTED, "could not get the keystore");
        r = fetch_verify(context->keystore, name, aci->signature_fd, aci->fd, &status, e);
        if (r >= 0)
                *ret_identities = ptr_take(&status.identities);
        if (r >= 0 && lseek(aci->fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r;
}
