/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-render: the program that touches the bytes of images. It reads one job from its arguments,
 * confines itself, works on the descriptors it was given, writes a report and ends:
 *
 *   unpack   read an archive or document: copy, hash, decompress, extract
 *   list     tell what lies where in an archive that holds images
 *   seal     look at every file of a tree and write its seal
 *   pack     make an archive of a tree
 *
 * The exit status only tells whether there is a report. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "json-write.h"
#include "render-confine.h"
#include "render-extract.h"
#include "render-list.h"
#include "render-pack.h"
#include "render-pipeline.h"
#include "render-protocol.h"
#include "render-seal.h"
#include "text.h"

#ifdef RENDER_SANITIZED
/* It would look at other threads from a process of its own. Asked for by a shared library. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void) {
        return "detect_leaks=0";
}
#endif

typedef struct Job {
        RenderMode mode;
        RenderLimits limits;
        uint64_t offset, n, there;
        RenderDigestSet delivered, unpacked;
        uint64_t format; /* RenderFormat plus one; 0: no archive, or not to be extracted */
        uint64_t below, if_packed;
        const char *prefix;
        int tree_fd;
        RenderExtractResult extracted;
} Job;

/* Descriptors that were not given are closed. */
static int given(int fd) {
        return fcntl(fd, F_GETFD) >= 0 ? fd : -EBADF;
}

static int parse_argument(Job *job, const char *argument, Error *e) {
        uint64_t delivered = 0, unpacked = 0;
        const struct {
                const char *name;
                uint64_t *slot;
        } numbers[] = {
                { "offset=", &job->offset },
                { "bytes=", &job->n },
                { "there=", &job->there },
                { "delivered=", &delivered },
                { "unpacked=", &unpacked },
                { "format=", &job->format },
                { "below=", &job->below },
                { "if-packed=", &job->if_packed },
                { "expanded-max=", &job->limits.expanded },
                { "entries-max=", &job->limits.entries },
                { "ratio-max=", &job->limits.ratio },
                { "manifest-max=", &job->limits.manifest },
        };

        job->prefix = text_after(argument, "prefix=") ?: job->prefix;
        if (text_after(argument, "prefix="))
                return 0;
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
                const char *value = text_after(argument, numbers[i].name);

                if (!value)
                        continue;
                if (text_parse_u64(value, UINT64_MAX, numbers[i].slot) < 0)
                        break;
                job->delivered |= (RenderDigestSet) delivered;
                job->unpacked |= (RenderDigestSet) unpacked;
                return 0;
        }
        return error_new(e, -EINVAL, "bad argument \"%s\"", argument);
}

static int parse_arguments(Job *job, int argc, char **argv, Error *e) {
        static const char *const modes[] = {
                [RENDER_UNPACK] = "unpack",
                [RENDER_LIST] = "list",
                [RENDER_SEAL] = "seal",
                [RENDER_PACK] = "pack",
        };

        job->mode = _RENDER_MODE_INVALID;
        for (unsigned i = 0; argc > 1 && i < N_ELEMENTS(modes); i++)
                if (strcmp(argv[1], modes[i]) == 0)
                        job->mode = (RenderMode) i;
        if (job->mode < 0)
                return error_new(e, -EINVAL, "this program is run by rkt");
        for (int i = 2; i < argc; i++) {
                int r = parse_argument(job, argv[i], e);

                if (r < 0)
                        return r;
        }
        if (job->limits.ratio == 0 || job->format > _RENDER_FORMAT_MAX)
                return error_new(e, -EINVAL, "bad argument");
        return 0;
}

static int extract(const RenderSource *source, void *userdata, Error *e) {
        Job *job = userdata;
        const RenderExtractSpec spec = {
                .format = (RenderFormat) (job->format - 1),
                .limits = &job->limits,
                .tree_fd = job->tree_fd,
                .seal_fd = RENDER_FD_SEAL,
                .scratch_fd = RENDER_FD_SCRATCH,
                .manifest_fd = RENDER_FD_MANIFEST,
                .needs_fd = given(RENDER_FD_NEEDS),
                .below = job->below,
        };

        return render_extract(source, &spec, &job->extracted, e);
}

static void write_stream(JsonWriter *w,
                         const char *key,
                         uint64_t n,
                         char *const digests[_RENDER_DIGEST_KIND_MAX]) {
        json_write_key(w, key);
        json_write_begin(w, '{');
        json_write_member_u64(w, "bytes", n);
        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                if (digests[i])
                        json_write_member_string(w, render_digest_kind_name((RenderDigestKind) i),
                                                 digests[i]);
        json_write_end(w, '}');
}

static void write_streams(JsonWriter *w, const RenderPipelineResult *result) {
        json_write_member_string(w, "compression", render_compression_name(result->compression));
        write_stream(w, "delivered", result->n_delivered, result->delivered);
        write_stream(w, "unpacked", result->n_unpacked, result->unpacked);
}

/* An ACI is looked through for its manifest, whether it becomes a tree or not. */
static bool wants_extraction(const Job *job) {
        return job->format == RENDER_ACI + 1 || (job->format > 0 && job->tree_fd >= 0);
}

static int run_unpack(Job *job, JsonWriter *w, Error *e) {
        _cleanup_(render_pipeline_result_done) RenderPipelineResult result = {};
        const RenderPipelineSpec spec = {
                .in_fd = RENDER_FD_IN,
                .offset = job->offset,
                .n = job->n,
                .there_fd = RENDER_FD_THERE,
                .n_there = job->there,
                .delivered_fd = given(RENDER_FD_DELIVERED),
                .unpacked_fd = given(RENDER_FD_UNPACKED),
                .delivered = job->delivered,
                .unpacked = job->unpacked,
                .if_packed = job->if_packed,
                .limits = &job->limits,
                .consume = wants_extraction(job) ? extract : NULL,
                .userdata = job,
        };
        int r = render_pipeline_run(&spec, &result, e);

        if (r < 0)
                return r;
        write_streams(w, &result);
        if (spec.consume) {
                json_write_member_u64(w, "entries", job->extracted.n_sealed);
                json_write_member_u64(w, "manifest", job->extracted.n_manifest);
                json_write_member_u64(w, "implicit", job->extracted.n_implicit);
                json_write_member_u64(w, "missing", job->extracted.n_missing);
                json_write_member_u64(w, "skipped-devices", job->extracted.n_skipped_devices);
                json_write_member_u64(w, "dropped-xattrs", job->extracted.n_dropped_xattrs);
        }
        return 0;
}

static int list(const RenderSource *source, void *userdata, Error *e) {
        return render_list(source, userdata, e);
}

/* What is compressed, or no file, is spooled: then places are those in the spool. */
static int list_spooled(Job *job, RenderMembers *members, bool *ret_spooled, Error *e) {
        _cleanup_(render_pipeline_result_done) RenderPipelineResult result = {};
        const RenderPipelineSpec spec = {
                .in_fd = RENDER_FD_IN,
                .n = RENDER_UNTIL_END,
                .delivered_fd = -EBADF,
                .unpacked_fd = given(RENDER_FD_UNPACKED),
                .unpacked = 1U << RENDER_SHA256,
                .limits = &job->limits,
                .consume = list,
                .userdata = members,
        };

        *ret_spooled = true;
        return render_pipeline_run(&spec, &result, e);
}

static int list_file(RenderMembers *members, Error *e) {
        _cleanup_(freep) RenderFile *file = calloc(1, sizeof(*file));
        off_t end = lseek(RENDER_FD_IN, 0, SEEK_END);
        RenderSource source;

        if (!file)
                return -ENOMEM;
        file->fd = RENDER_FD_IN;
        file->end = end < 0 ? 0 : (uint64_t) end;
        source = render_file_source(file);
        return render_list(&source, members, e);
}

static int run_list(Job *job, JsonWriter *w, Error *e) {
        _cleanup_(render_members_done) RenderMembers members = {};
        bool spooled = false;
        uint8_t magic[RENDER_MAGIC_MAX];
        ssize_t n = pread(RENDER_FD_IN, magic, sizeof(magic), 0);
        int r = 0;

        if (n >= 0 && render_compression_sniff(magic, (size_t) n) == RENDER_PLAIN)
                r = list_file(&members, e);
        else
                r = list_spooled(job, &members, &spooled, e);
        if (r < 0)
                return r;
        json_write_member_bool(w, "spooled", spooled);
        json_write_key(w, "members");
        json_write_begin(w, '[');
        for (size_t i = 0; i < members.n; i++) {
                const RenderMember *member = &members.items[i];

                json_write_begin(w, '{');
                json_write_member_string(w, "name", member->name);
                if (member->link)
                        json_write_member_string(w, "link", member->link);
                json_write_member_u64(w, "at", member->position);
                json_write_member_u64(w, "bytes", member->size);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
        return 0;
}

static int run_seal(Job *job, JsonWriter *w, Error *e) {
        _cleanup_(render_content_freep) RenderContent *content = NULL;
        RenderSealSpec spec = { .root_fd = job->tree_fd, .seal_fd = RENDER_FD_SEAL };
        StoreSealManner manner;
        uint64_t n_entries = 0;
        int r = store_seal_ordered(RENDER_FD_SEAL, &manner);

        if (r < 0)
                return error_new(e, r, "cannot tell what seal is wanted");
        r = render_content_new(r > 0 ? &manner : NULL, &content, e);
        if (r < 0)
                return r;
        spec.content = content;
        r = render_seal(&spec, &n_entries, e);
        if (r >= 0)
                json_write_member_u64(w, "entries", n_entries);
        return r;
}

static int run_pack(Job *job, JsonWriter *w, Error *e) {
        _cleanup_(render_pack_result_done) RenderPackResult result = {};
        const RenderPackSpec spec = {
                .root_fd = job->tree_fd,
                .out_fd = RENDER_FD_UNPACKED,
                .prefix = job->prefix,
                .manifest_fd = given(RENDER_FD_MANIFEST),
        };
        int r = render_pack(&spec, &result, e);

        if (r < 0)
                return r;
        json_write_key(w, "unpacked");
        json_write_begin(w, '{');
        json_write_member_u64(w, "bytes", result.n_bytes);
        json_write_member_string(w, "sha256", result.sha256);
        json_write_member_string(w, "sha512", result.sha512);
        json_write_end(w, '}');
        json_write_member_u64(w, "entries", result.n_entries);
        json_write_member_u64(w, "skipped-devices", result.n_skipped);
        return 0;
}

static int run(Job *job, int argc, char **argv, JsonWriter *w, Error *e) {
        static int (*const modes[])(Job *, JsonWriter *, Error *) = {
                [RENDER_UNPACK] = run_unpack,
                [RENDER_LIST] = run_list,
                [RENDER_SEAL] = run_seal,
                [RENDER_PACK] = run_pack,
        };
        RenderAccess access = RENDER_ACCESS_NONE;
        int tree_fd = given(RENDER_FD_TREE), r = parse_arguments(job, argc, argv, e);

        if (r < 0)
                return r;
        if (tree_fd >= 0)
                access = job->mode == RENDER_UNPACK ? RENDER_ACCESS_WRITE : RENDER_ACCESS_READ;
        else if (job->mode == RENDER_SEAL || job->mode == RENDER_PACK)
                return error_new(e, -EINVAL, "no tree was given");
        render_digest_prepare();
        r = render_confine(access, tree_fd, &job->tree_fd, e);
        return r < 0 ? r : modes[job->mode](job, w, e);
}

static void write_error(JsonWriter *w, int r, const Error *e) {
        const char *cause = error_cause(e);

        json_write_key(w, "error");
        json_write_begin(w, '{');
        json_write_member_i64(w, "errno", -r);
        json_write_member_string(w, "text", cause ? cause : strerror(-r));
        json_write_end(w, '}');
}

/* A failed job's report says only why. */
static int report(const char *text, size_t n, int failure, const Error *e) {
        _cleanup_(freep) char *sorry = NULL;
        size_t n_sorry = 0;

        if (failure < 0) {
                FILE *out = open_memstream(&sorry, &n_sorry);
                JsonWriter w = JSON_WRITER(out, false);

                if (!out)
                        return -ENOMEM;
                json_write_begin(&w, '{');
                write_error(&w, failure, e);
                json_write_end(&w, '}');
                if (fclose(out) != 0)
                        return -ENOMEM;
                text = sorry;
                n = n_sorry;
        }
        return fd_write_all(RENDER_FD_REPORT, text, n);
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        Job job = {
                .limits = { .expanded = RENDER_EXPANDED_MAX,
                            .entries = RENDER_ENTRIES_MAX,
                            .ratio = RENDER_RATIO_MAX,
                            .manifest = (uint64_t) 4 * 1024 * 1024 },
                .n = RENDER_UNTIL_END,
                .prefix = "",
                .tree_fd = -EBADF,
        };
        FILE *out = open_memstream(&text, &n);
        JsonWriter w = JSON_WRITER(out, false);
        int r = 0;

        if (!out)
                return 1;
        json_write_begin(&w, '{');
        r = run(&job, argc, argv, &w, &e);
        json_write_end(&w, '}');
        if (fclose(out) != 0)
                return 1;
        return report(text, n, r, &e) < 0;
}
