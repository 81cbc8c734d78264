/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sink that keeps everything in memory and checks it with libcrypto. */

#include <openssl/evp.h>
#include <sys/mman.h>

#include "fetch-memory.h"
#include "fetch.h"
#include "test.h"

#define TEST_LAYERS_MAX 16

typedef struct TestSink {
        FetchSink sink;
        OciDigest there[TEST_LAYERS_MAX]; /* layers that need not be fetched, and those that were */
        size_t n_there;
        int fds[TEST_LAYERS_MAX]; /* of layers on their way, by number */
        unsigned n_elsewhere;     /* so many times, somebody else brings what is asked for */
        bool others_fail;
        unsigned n_begun, n_ended, n_aborted, n_waited, n_documents;
} TestSink;

static inline void test_digest(int fd, OciDigest *ret) {
        _cleanup_(freep) char *bytes = NULL;
        uint8_t hash[EVP_MAX_MD_SIZE];
        unsigned n_hash = 0;
        size_t n = 0;

        assert_int_equal(fetch_memory_read(fd, 64 * 1024 * 1024, &bytes, &n), 0);
        assert_int_equal(EVP_Digest(bytes, n, hash, &n_hash, EVP_sha256(), NULL), 1);
        oci_digest_from_bytes(OCI_SHA256, hash, ret);
}

static inline int test_sink_document(void *userdata,
                                     int fd,
                                     const OciDigest *expected,
                                     size_t max,
                                     FetchDocument *ret,
                                     Error *e) {
        TestSink *sink = userdata;
        FetchDocument document = FETCH_DOCUMENT_NULL;
        int r = fetch_memory_read(fd, max, &document.bytes, &document.n);

        if (r < 0)
                return r;
        test_digest(fd, &document.sha256);
        if (expected && !oci_digest_equal(expected, &document.sha256)) {
                free(document.bytes);
                return error_new(e, -EBADMSG, "a document has another digest");
        }
        sink->n_documents++;
        *ret = document;
        return 0;
}

static inline int test_sink_layer_begin(void *userdata,
                                        const FetchLayer *layer,
                                        bool wait,
                                        int *ret_fd,
                                        uint64_t *ret_there,
                                        Error *e) {
        TestSink *sink = userdata;

        (void) e;
        *ret_there = 0;
        for (size_t i = 0; i < sink->n_there; i++)
                if (oci_digest_equal(&sink->there[i], &layer->descriptor->digest))
                        return 0;
        assert_true(layer->i < TEST_LAYERS_MAX);
        if (sink->n_elsewhere > 0 && !wait) {
                sink->n_elsewhere--;
                return FETCH_LAYER_ELSEWHERE;
        }
        if (wait) {
                assert_int_equal(sink->n_begun, sink->n_ended); /* nothing is under way */
                sink->n_waited++;
                if (!sink->others_fail) {
                        sink->there[sink->n_there++] = layer->descriptor->digest;
                        return 0;
                }
        }
        assert_true(oci_digest_is_set(layer->diff_id));
        *ret_fd = fetch_memory_new();
        assert_true(*ret_fd >= 0);
        sink->fds[layer->i] = dup(*ret_fd);
        sink->n_begun++;
        return 1;
}

static inline int test_sink_layer_end(void *userdata, const FetchLayer *layer, Error *e) {
        TestSink *sink = userdata;
        OciDigest digest = OCI_DIGEST_NULL;

        test_digest(sink->fds[layer->i], &digest);
        close(sink->fds[layer->i]);
        sink->n_ended++;
        if (!oci_digest_equal(&digest, &layer->descriptor->digest))
                return error_new(e, -EBADMSG, "a layer has another digest");
        sink->there[sink->n_there++] = digest;
        return 0;
}

static inline void test_sink_layer_abort(void *userdata, const FetchLayer *layer, bool keep) {
        TestSink *sink = userdata;

        (void) keep;
        close(sink->fds[layer->i]);
        sink->n_aborted++;
}

static inline void test_sink_init(TestSink *sink) {
        *sink = (TestSink){ .sink = { .document = test_sink_document,
                                      .layer_begin = test_sink_layer_begin,
                                      .layer_end = test_sink_layer_end,
                                      .layer_abort = test_sink_layer_abort } };
        sink->sink.userdata = sink;
}
