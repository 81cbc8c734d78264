/* SPDX-License-Identifier: Apache-2.0 */

/* The part of fetch.h about images in registries:
 *
 *   name ─► index … ─► manifest ─► is it signed? ─► config ─► layers
 *
 * at one place after the other. What the first place that answers says a tag means is held on to. */

#include <stdio.h>

#include "fetch-layers.h"
#include "fetch-lookaside.h"
#include "fetch-places.h"
#include "oci-document.h"

typedef struct Pull {
        const FetchContext *context;
        const FetchSink *sink;
        const FetchOciWanted *wanted;
        OciDigest
                digests[OCI_INDEX_DEPTH_MAX + 2]; /* what the name means first, the manifest last */
        size_t n_digests;
        bool *done; /* layers of the manifest; NULL as long as there is none */
        FetchedOci fetched;
} Pull;

void fetch_document_done(FetchDocument *document) {
        free(document->bytes);
        *document = FETCH_DOCUMENT_NULL;
}

void fetched_oci_done(FetchedOci *fetched) {
        fetch_document_done(&fetched->manifest);
        fetch_document_done(&fetched->config);
        (void) oci_manifest_free(fetched->image);
        (void) oci_config_free(fetched->execution);
        *fetched = (FetchedOci){};
}

/* What is asked for next, and what is known of it. */
typedef struct Wanted {
        char path[sizeof("manifests/") + OCI_DIGEST_LENGTH_MAX];
        OciDigest digest; /* may not be set */
        int64_t size;
        char *type; /* that it is said to have; may be NULL */
} Wanted;

static void wanted_done(Wanted *wanted) {
        free(wanted->type);
}

static void want_digest(Wanted *wanted, const OciDigest *digest, int64_t size) {
        (void) snprintf(wanted->path, sizeof(wanted->path), "manifests/%s", digest->text);
        wanted->digest = *digest;
        wanted->size = size;
}

static void want_name(const Pull *pull, Wanted *wanted) {
        /* A tag that was found out at another place means the same thing here. */
        if (pull->n_digests > 0)
                want_digest(wanted, &pull->digests[0], FETCH_SIZE_UNKNOWN);
        else if (oci_digest_is_set(&pull->wanted->reference->digest))
                want_digest(wanted, &pull->wanted->reference->digest, FETCH_SIZE_UNKNOWN);
        else
                (void) snprintf(wanted->path, sizeof(wanted->path), "manifests/%s",
                                pull->wanted->reference->tag);
}

/* Follows an index; returns 1 there, 0 at a manifest. */
static int
step(Pull *pull, FetchRegistry *registry, Wanted *wanted, FetchDocument *bytes, Error *e) {
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *type = NULL;
        const OciDescriptor *chosen = NULL;
        const OciDigest *expected = oci_digest_is_set(&wanted->digest) ? &wanted->digest : NULL;
        int r = fetch_registry_document(registry, wanted->path, expected, wanted->size, bytes,
                                        &type, e);

        if (r >= 0)
                r = oci_document_parse(bytes->bytes, bytes->n, wanted->type ?: type, &document, e);
        if (r < 0)
                return r;
        pull->digests[pull->n_digests++] = expected ? *expected : bytes->sha256;
        if (document.manifest) {
                pull->fetched.image = ptr_take(&document.manifest);
                return 0;
        }
        r = oci_index_choose(document.index, pull->wanted->os, pull->wanted->architecture,
                             pull->wanted->variant, &chosen, e);
        if (r < 0)
                return r;
        want_digest(wanted, &chosen->digest, chosen->size);
        free(wanted->type);
        wanted->type = strdup(chosen->media_type);
        fetch_document_done(bytes);
        return wanted->type ? 1 : -ENOMEM;
}

static int find_manifest(Pull *pull, FetchRegistry *registry, Error *e) {
        _cleanup_(fetch_document_done) FetchDocument bytes = FETCH_DOCUMENT_NULL;
        _cleanup_(wanted_done) Wanted wanted = { .size = FETCH_SIZE_UNKNOWN };
        int r = 1;

        want_name(pull, &wanted);
        pull->n_digests = 0;
        for (unsigned depth = 0; r > 0; depth++) {
                if (depth > OCI_INDEX_DEPTH_MAX)
                        return error_new(e, -ELOOP, "too many indexes lead from one to another");
                r = step(pull, registry, &wanted, &bytes, e);
        }
        if (r >= 0)
                r = oci_manifest_check_image(pull->fetched.image, e);
        if (r >= 0)
                pull->fetched.manifest = struct_take(&bytes);
        return r;
}

/* The manifest's digest first. */
static int check_signature(Pull *pull, Error *e) {
        OciDigest digests[] = { pull->digests[pull->n_digests - 1], pull->digests[0] };
        int r = 0;

        if (pull->context->insecure & FETCH_INSECURE_IMAGE)
                return 0;
        r = fetch_lookaside_verify(pull->context, pull->wanted->reference, digests,
                                   pull->n_digests > 1 ? 2 : 1, e);
        pull->fetched.verified = r >= 0;
        return r;
}

static int find_config(Pull *pull, FetchRegistry *registry, Error *e) {
        const OciDescriptor *config = &pull->fetched.image->config;
        char path[sizeof("blobs/") + OCI_DIGEST_LENGTH_MAX];
        int r = 0;

        (void) snprintf(path, sizeof(path), "blobs/%s", config->digest.text);
        r = fetch_registry_document(registry, path, &config->digest, config->size,
                                    &pull->fetched.config, NULL, e);
        if (r >= 0)
                r = oci_config_parse(pull->fetched.config.bytes, pull->fetched.config.n,
                                     &pull->fetched.execution, e);
        if (r >= 0)
                r = oci_config_check_layers(pull->fetched.execution, pull->fetched.image->layers.n,
                                            e);
        return r;
}

/* All but what another place brought already. */
static int pull_from(Pull *pull, FetchRegistry *registry, Error *e) {
        int r = 0;

        if (!pull->fetched.image)
                r = find_manifest(pull, registry, e);
        if (r >= 0 && !pull->fetched.verified)
                r = check_signature(pull, e);
        if (r >= 0 && !pull->fetched.execution) {
                fetch_document_done(&pull->fetched.config);
                r = find_config(pull, registry, e);
        }
        if (r >= 0 && !pull->done) {
                pull->done = calloc(pull->fetched.image->layers.n + 1, sizeof(bool));
                r = pull->done ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = fetch_layers(registry, pull->sink, pull->fetched.image, pull->fetched.execution,
                                 pull->done, e);
        return r;
}

/* Whether another place may do better. One whose certificate is bad (-EKEYREJECTED, too) is just another
 * place that has nothing; an image that nobody vouches for is none anywhere. */
static bool is_place_s_fault(const Pull *pull, int r) {
        bool is_vouched_for =
                pull->fetched.verified || (pull->context->insecure & FETCH_INSECURE_IMAGE);

        if (r == -EKEYREJECTED)
                return !pull->fetched.manifest.bytes || is_vouched_for;
        return r != -ENOMEM && r != -ENOSPC && r != -EROFS;
}

static int try_place(Pull *pull, const FetchPlace *place, Error *e) {
        _cleanup_(fetch_registry_freep) FetchRegistry *registry = NULL;
        int r = fetch_registry_new(pull->context, pull->sink, place->host, place->repository,
                                   place->rule, &registry);

        if (r >= 0)
                r = pull_from(pull, registry, e);
        if (r < 0 && !pull->fetched.manifest.bytes) { /* of half a manifest, nothing is kept */
                (void) oci_manifest_free(ptr_take(&pull->fetched.image));
                if (pull->n_digests > 1)
                        pull->n_digests = 1;
        }
        return r;
}

int fetch_oci(const FetchContext *context,
              const FetchSink *sink,
              const FetchOciWanted *wanted,
              FetchedOci *ret,
              Error *e) {
        _cleanup_(fetch_places_done) FetchPlaces places = FETCH_PLACES_NULL;
        Pull pull = {
                .context = context,
                .sink = sink,
                .wanted = wanted,
        };
        int r = fetch_places_list(context->rules, wanted->reference, &places);

        for (size_t i = 0; r >= 0 && i < places.n; i++) {
                if (e)
                        error_done(e);
                r = try_place(&pull, &places.items[i], e);
                if (r >= 0 || !is_place_s_fault(&pull, r))
                        break;
                if (i + 1 < places.n)
                        r = 0;
        }
        free(pull.done);
        if (r >= 0)
                *ret = struct_take(&pull.fetched);
        fetched_oci_done(&pull.fetched);
        return r < 0 ? error_wrap(e, r, "cannot fetch \"%s\"", wanted->reference->original) : 0;
}
