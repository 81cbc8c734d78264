/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-aci-into-store.h"

#include <time.h>

#include "appc-image.h"
#include "fetch-aci.h"
#include "fetch-partial.h"
#include "store-remote.h"

#define NSEC_PER_SEC INT64_C(1000000000)

typedef struct Aci {
        Store *store;
        const FetchAciWanted *wanted;
        int64_t waited_nsec; /* since then for another rkt; 0: never */
} Aci;

/* What nobody vouched for when it came is not there for those who need that. */
static int find_known(const Aci *aci, const char *url, StoreRemote *ret, Error *e) {
        int r = store_remote_find(aci->store, url, ret, e);

        if (r > 0 && aci->wanted->trust && !ret->verified) {
                store_remote_done(ret);
                return 0;
        }
        return r;
}

static int is_known(void *userdata, const char *url, char **ret_etag, Error *e) {
        _cleanup_(store_remote_done) StoreRemote known = STORE_REMOTE_NULL;
        const Aci *aci = userdata;
        int r = find_known(aci, url, &known, e);

        if (r <= 0)
                return r;
        if (aci->waited_nsec > 0 && known.downloaded >= aci->waited_nsec)
                return 1;
        if (!store_remote_is_fresh(&known)) {
                *ret_etag = ptr_take(&known.etag);
                return 0;
        }
        if (aci->wanted->fresh)
                aci->wanted->fresh(aci->wanted->userdata, url);
        return 1;
}

static void wait_for_other(void *userdata) {
        Aci *aci = userdata;
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        if (aci->waited_nsec == 0)
                aci->waited_nsec = now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
        if (aci->wanted->waiting)
                aci->wanted->waiting(aci->wanted->userdata);
}

static int check_name(const AppcReference *wanted, const AppcImage *image, Error *e) {
        if (!text_equal(wanted->name, image->name))
                return error_new(
                        e, -EBADMSG,
                        "error when reading the app name: \"%s\" expected but \"%s\" found",
                        wanted->name, image->name);
        for (size_t i = 0; i < wanted->labels.n; i++) {
                const AppcPair *label = &wanted->labels.items[i];
                const char *found = appc_pairs_get(&image->labels, label->name);

                /* An image for every platform does not name one. */
                if (!found && (text_equal(label->name, "os") || text_equal(label->name, "arch")))
                        continue;
                if (!found)
                        return error_new(
                                e, -EBADMSG,
                                "requested label \"%s\" not provided by the image manifest",
                                label->name);
                if (!text_equal(found, label->value))
                        return error_new(e, -EBADMSG,
                                         "requested value for label \"%s\": \"%s\" differs from "
                                         "fetched aci label value: \"%s\"",
                                         label->name, label->value, found);
        }
        return 0;
}

static int check_manifest(const Aci *aci, const StoreIngested *found, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        int r = appc_image_parse(found->manifest, found->n_manifest, &image, e);

        if (r < 0)
                return error_wrap(e, r, "bad image manifest");
        return aci->wanted->reference ? check_name(aci->wanted->reference, image, e) : 0;
}

/* Takes in what came, if it is what it should be. */
static int bring(const Aci *aci, const FetchedAci *fetched, char **ret_id, Error *e) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        _cleanup_(store_import_freep) StoreImport *import = NULL;
        const StoreIngestSpec spec = { .input.fd = fetched->fd, .aci = true };
        const FetchTrust *trust = aci->wanted->trust;
        StoreCommitFlags flags = (trust ? STORE_COMMIT_VERIFIED : 0) |
                                 (aci->wanted->latest ? STORE_COMMIT_LATEST : 0);
        StoreIngest *ingest = NULL;
        int r = store_import_begin(aci->store, 0, &import, e);

        if (r >= 0)
                r = store_ingest_start(import, &spec, &ingest, e);
        if (r >= 0)
                r = store_ingest_finish(ingest, &found, e);
        if (r >= 0)
                r = check_manifest(aci, &found, e);
        if (r >= 0 && trust)
                r = fetch_vouch(trust, import, &found, fetched->signature_fd, e);
        return r < 0 ? r : store_commit_aci(import, &found, flags, ret_id, e);
}

/* It is there: another answer may say for how long that holds. */
static int keep(const Aci *aci, const FetchedAci *fetched, char **ret_id, Error *e) {
        _cleanup_(store_remote_done) StoreRemote known = STORE_REMOTE_NULL;
        int r = find_known(aci, fetched->url, &known, e);

        if (r == 0)
                return error_new(e, -ESTALE, "the image was removed meanwhile");
        if (r >= 0 && !fetched->fresh)
                r = store_remote_put(aci->store, fetched->url, known.image,
                                     fetched->etag ?: known.etag, fetched->max_age_sec, e);
        if (r >= 0)
                *ret_id = ptr_take(&known.image);
        return r < 0 ? r : 0;
}

static int take(const Aci *aci, const FetchedAci *fetched, char **ret_id, Error *e) {
        int r = 0;

        if (fetched->fresh || fetched->not_modified)
                return keep(aci, fetched, ret_id, e);
        r = bring(aci, fetched, ret_id, e);
        if (r >= 0)
                r = store_remote_put(aci->store, fetched->url, *ret_id, fetched->etag,
                                     fetched->max_age_sec, e);
        return r;
}

int fetch_aci_into_store(const FetchContext *context,
                         Store *store,
                         const FetchAciWanted *wanted,
                         char **ret_id,
                         Error *e) {
        _cleanup_(fd_closep) int dir_fd = store_remote_directory(store, e);
        _cleanup_(fetched_aci_done) FetchedAci fetched = FETCHED_ACI_NULL;
        Aci aci = { .store = store, .wanted = wanted };
        const FetchAciOptions options = {
                .dir_fd = dir_fd,
                .signature_path = wanted->trust ? wanted->trust->signature_path : NULL,
                .known = is_known,
                .waiting = wait_for_other,
                .userdata = &aci,
        };
        int r = dir_fd;

        if (r >= 0) {
                (void) fetch_partial_sweep(dir_fd, FETCH_PARTIAL_AGE_SEC);
                r = wanted->url ? fetch_aci_url(context, &options, wanted->url, &fetched, e)
                                : fetch_aci_name(context, &options, wanted->reference, &fetched, e);
        }
        return r < 0 ? r : take(&aci, &fetched, ret_id, e);
}
