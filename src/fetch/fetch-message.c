/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-message.h"

#include "fetch-http.h"
#include "json-read.h"

#define HEADERS_MAX 32
#define ATTEMPTS_MAX 100
#define TIMEOUT_MAX_SEC (UINT64_C(7) * 24 * 3600)

typedef enum FieldKind {
        FIELD_STRING,
        FIELD_LIST,
        FIELD_U64,
        FIELD_I64,
        FIELD_BOOL,
        _FIELD_KIND_MAX,
} FieldKind;

/* One table for both directions. */
typedef struct Field {
        const char *key;
        FieldKind kind;
        size_t offset;
} Field;

static const JsonReader readers[] = {
        [FIELD_STRING] = json_read_string, [FIELD_LIST] = json_read_strv,
        [FIELD_U64] = json_read_u64,       [FIELD_I64] = json_read_i64,
        [FIELD_BOOL] = json_read_bool,
};

#define FIELD(Type, member, kind) \
        { #member, kind, offsetof(Type, member) }

static const Field request_fields[] = {
        FIELD(FetchRequest, id, FIELD_U64),
        FIELD(FetchRequest, url, FIELD_STRING),
        FIELD(FetchRequest, headers, FIELD_LIST),
        FIELD(FetchRequest, authorization, FIELD_STRING),
        FIELD(FetchRequest, aws_key, FIELD_STRING),
        FIELD(FetchRequest, aws_secret, FIELD_STRING),
        FIELD(FetchRequest, aws_region, FIELD_STRING),
        FIELD(FetchRequest, form, FIELD_STRING),
        FIELD(FetchRequest, size, FIELD_I64),
        FIELD(FetchRequest, size_max, FIELD_U64),
        FIELD(FetchRequest, offset, FIELD_U64),
        FIELD(FetchRequest, validator, FIELD_STRING),
        FIELD(FetchRequest, timeout_sec, FIELD_U64),
        FIELD(FetchRequest, stall_sec, FIELD_U64),
        FIELD(FetchRequest, attempts, FIELD_U64),
        FIELD(FetchRequest, plain, FIELD_BOOL),
        FIELD(FetchRequest, insecure_tls, FIELD_BOOL),
        FIELD(FetchRequest, has_authorities, FIELD_BOOL),
        FIELD(FetchRequest, has_certificate, FIELD_BOOL),
        FIELD(FetchRequest, has_key, FIELD_BOOL),
        {},
};

static const Field event_fields[] = {
        FIELD(FetchEvent, id, FIELD_U64),
        FIELD(FetchEvent, status, FIELD_U64),
        FIELD(FetchEvent, received, FIELD_U64),
        FIELD(FetchEvent, total, FIELD_I64),
        FIELD(FetchEvent, wait_msec, FIELD_U64),
        FIELD(FetchEvent, error, FIELD_I64),
        FIELD(FetchEvent, text, FIELD_STRING),
        FIELD(FetchEvent, body, FIELD_STRING),
        FIELD(FetchEvent, url, FIELD_STRING),
        FIELD(FetchEvent, type, FIELD_STRING),
        FIELD(FetchEvent, etag, FIELD_STRING),
        FIELD(FetchEvent, last_modified, FIELD_STRING),
        FIELD(FetchEvent, cache_control, FIELD_STRING),
        FIELD(FetchEvent, authenticate, FIELD_LIST),
        {},
};

/* The member that tells what a message is. */
#define KIND_KEY "kind"
#define KIND_REQUEST "get"
#define KIND_CANCEL "cancel"

static const char *const event_kinds[] = {
        [FETCH_EVENT_HEAD] = "head",
        [FETCH_EVENT_PROGRESS] = "progress",
        [FETCH_EVENT_RETRY] = "retry",
        [FETCH_EVENT_DONE] = "done",
};

static void write_field(JsonWriter *w, const Field *field, const void *message) {
        const void *slot = (const char *) message + field->offset;

        json_write_key(w, field->key);
        switch (field->kind) {
        case FIELD_STRING:
                json_write_string(w, *(char *const *) slot);
                break;
        case FIELD_LIST:
                json_write_strv(w, *(char *const *const *) slot);
                break;
        case FIELD_U64:
                json_write_u64(w, *(const uint64_t *) slot);
                break;
        case FIELD_I64:
                json_write_i64(w, *(const int64_t *) slot);
                break;
        default:
                json_write_bool(w, *(const bool *) slot);
        }
}

static bool is_absent(const Field *field, const void *message) {
        const void *slot = (const char *) message + field->offset;

        return (field->kind == FIELD_STRING || field->kind == FIELD_LIST) &&
               !*(const void *const *) slot;
}

static char *format(const char *kind, const Field *fields, const void *message) {
        JsonText out;

        if (json_text_begin(&out) < 0)
                return NULL;
        json_write_begin(&out.w, '{');
        json_write_member_string(&out.w, KIND_KEY, kind);
        for (; fields->key; fields++)
                if (!is_absent(fields, message))
                        write_field(&out.w, fields, message);
        json_write_end(&out.w, '}');
        return json_text_end(&out);
}

/* The document, if it is of the kind that is expected; @kind NULL takes any. */
static int parse_document(
        const char *bytes, size_t n, const char *kind, char **ret_kind, Json **ret, Error *e) {
        static const JsonField fields[] = { { KIND_KEY, json_read_string, 0, JSON_REQUIRED }, {} };
        _cleanup_(freep) char *found = NULL;
        _cleanup_(json_freep) Json *root = NULL;
        int r = 0;

        if (n > FETCH_MESSAGE_MAX)
                return error_new(e, -EMSGSIZE, "message of %zu bytes", n);
        r = json_parse(bytes, n, &root, e);
        if (r >= 0)
                r = json_read_object(root, fields, &found, e);
        if (r < 0)
                return r;
        if (kind && !text_equal(found, kind))
                return error_new(e, -EINVAL, "message of kind \"%s\"", found);
        *ret = ptr_take(&root);
        if (ret_kind)
                *ret_kind = ptr_take(&found);
        return 0;
}

static int read_fields(const Json *root, const Field *fields, void *message, Error *e) {
        int r = 0;

        for (; fields->key && r >= 0; fields++) {
                const JsonField one[] = { { fields->key, readers[fields->kind], fields->offset, 0 },
                                          {} };

                r = json_read_object(root, one, message, e);
        }
        return r;
}

void fetch_request_done(FetchRequest *request) {
        free(request->url);
        strv_free(request->headers);
        free(request->authorization);
        free(request->aws_key);
        free(request->aws_secret);
        free(request->aws_region);
        free(request->form);
        free(request->validator);
        *request = FETCH_REQUEST_NULL;
}

char *fetch_request_format(const FetchRequest *request) {
        return format(KIND_REQUEST, request_fields, request);
}

static int check_request(const FetchRequest *request, Error *e) {
        if (text_is_empty(request->url))
                return error_new(e, -EINVAL, "request without a URL");
        if (!request->aws_key != !request->aws_secret || !request->aws_key != !request->aws_region)
                return error_new(e, -EINVAL, "request with half of its credentials");
        if (strv_length(request->headers) > HEADERS_MAX)
                return error_new(e, -ERANGE, "request with too many headers");
        for (char **header = request->headers; header && *header; header++)
                if (!fetch_http_value_is_valid(*header))
                        return error_new(e, -EINVAL, "request with a header of bad characters");
        if ((request->authorization && !fetch_http_value_is_valid(request->authorization)) ||
            (request->validator && !fetch_http_value_is_valid(request->validator)))
                return error_new(e, -EINVAL, "request with a header of bad characters");
        if (request->attempts < 1 || request->attempts > ATTEMPTS_MAX || request->timeout_sec < 1 ||
            request->timeout_sec > TIMEOUT_MAX_SEC || request->stall_sec < 1 ||
            request->stall_sec > TIMEOUT_MAX_SEC || request->size < FETCH_SIZE_UNKNOWN ||
            request->size_max > INT64_MAX || request->offset > request->size_max)
                return error_new(e, -ERANGE, "request with a number out of range");
        return 0;
}

int fetch_request_parse(const char *bytes, size_t n, FetchRequest *ret, Error *e) {
        _cleanup_(fetch_request_done) FetchRequest request = FETCH_REQUEST_NULL;
        _cleanup_(json_freep) Json *root = NULL;
        int r = parse_document(bytes, n, KIND_REQUEST, NULL, &root, e);

        if (r >= 0)
                r = read_fields(root, request_fields, &request, e);
        if (r >= 0)
                r = check_request(&request, e);
        if (r < 0)
                return r;
        *ret = request;
        request = FETCH_REQUEST_NULL;
        return 0;
}

char *fetch_cancel_format(uint64_t id) {
        static const Field fields[] = { { "id", FIELD_U64, 0 }, {} };

        return format(KIND_CANCEL, fields, &id);
}

bool fetch_cancel_parse(const char *bytes, size_t n, uint64_t *ret_id) {
        static const JsonField fields[] = { { "id", json_read_u64, 0, JSON_REQUIRED }, {} };
        _cleanup_(json_freep) Json *root = NULL;
        uint64_t id = 0;

        if (parse_document(bytes, n, KIND_CANCEL, NULL, &root, NULL) < 0 ||
            json_read_object(root, fields, &id, NULL) < 0)
                return false;
        *ret_id = id;
        return true;
}

void fetch_event_done(FetchEvent *event) {
        free(event->text);
        free(event->body);
        free(event->url);
        free(event->type);
        free(event->etag);
        free(event->last_modified);
        free(event->cache_control);
        strv_free(event->authenticate);
        *event = FETCH_EVENT_NULL;
}

char *fetch_event_format(const FetchEvent *event) {
        return format(event_kinds[event->kind], event_fields, event);
}

static FetchEventKind find_event_kind(const char *name) {
        for (size_t i = 0; i < N_ELEMENTS(event_kinds); i++)
                if (text_equal(name, event_kinds[i]))
                        return (FetchEventKind) i;
        return _FETCH_EVENT_KIND_INVALID;
}

static int check_event(const FetchEvent *event, Error *e) {
        if (event->status > 999 || event->received > INT64_MAX || event->wait_msec > INT32_MAX ||
            event->total < FETCH_SIZE_UNKNOWN || event->error > 0 || event->error < -4095)
                return error_new(e, -ERANGE, "event with a number out of range");
        if (event->kind == FETCH_EVENT_DONE && event->error == 0 && event->status == 0)
                return error_new(e, -EINVAL, "event without a result");
        return 0;
}

int fetch_event_parse(const char *bytes, size_t n, FetchEvent *ret, Error *e) {
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(freep) char *kind = NULL;
        _cleanup_(json_freep) Json *root = NULL;
        int r = parse_document(bytes, n, NULL, &kind, &root, e), found = 0;

        if (r < 0)
                return r;
        found = find_event_kind(kind);
        if (found < 0)
                return error_new(e, -EINVAL, "message of kind \"%s\"", kind);
        event.kind = (FetchEventKind) found;
        r = read_fields(root, event_fields, &event, e);
        if (r >= 0)
                r = check_event(&event, e);
        if (r < 0)
                return r;
        *ret = event;
        event = FETCH_EVENT_NULL;
        return 0;
}
