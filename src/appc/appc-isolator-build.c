/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-isolator-check.h"
#include "appc-query.h"
#include "appc-read.h"

/* Isolators from the command line. Their JSON is what the original wrote for the same flag: its
 * structs have no optional members. */

#define MEMORY_MIN INT64_C(4096)

static void write_quantity(JsonWriter *w, const char *key, const AppcQuantity *quantity) {
        json_write_member_string(w, key, quantity->text);
}

static void write_set(JsonWriter *w, char *const *set) {
        json_write_key(w, "set");
        json_write_strv(w, set);
}

static void write_value(JsonWriter *w, const AppcIsolator *isolator) {
        switch (isolator->kind) {
        case APPC_ISOLATOR_CPU:
        case APPC_ISOLATOR_MEMORY:
                json_write_begin(w, '{');
                json_write_member_bool(w, "default", false);
                write_quantity(w, "request", &isolator->request);
                write_quantity(w, "limit", &isolator->limit);
                json_write_end(w, '}');
                break;
        case APPC_ISOLATOR_CAPABILITIES_RETAIN:
        case APPC_ISOLATOR_CAPABILITIES_REMOVE:
                json_write_begin(w, '{');
                write_set(w, isolator->set);
                json_write_end(w, '}');
                break;
        case APPC_ISOLATOR_SECCOMP_RETAIN:
        case APPC_ISOLATOR_SECCOMP_REMOVE:
                json_write_begin(w, '{');
                write_set(w, isolator->set);
                json_write_member_string(w, "errno",
                                         isolator->errno_name ? isolator->errno_name : "");
                json_write_end(w, '}');
                break;
        default:
                json_write_i64(w, isolator->number);
        }
}

/* Adds name and raw value to what is filled in, and hands the whole over. */
static int finish(AppcIsolator *isolator, AppcIsolator *ret) {
        JsonText out;

        if (json_text_begin(&out) < 0)
                return -ENOMEM;
        write_value(&out.w, isolator);
        isolator->raw = json_text_end(&out);
        if (!isolator->raw)
                return -ENOMEM;
        if (appc_text_copy(appc_isolator_kind_name(isolator->kind), &isolator->name) < 0)
                return -ENOMEM;
        *ret = struct_take(isolator);
        return 0;
}

static int parse_resource(const char *quantity, AppcIsolator *isolator, Error *e) {
        int r = appc_quantity_parse(quantity, &isolator->request, e);

        if (r < 0)
                return error_prefix(e, r, "error parsing request: ");
        return appc_quantity_parse(quantity, &isolator->limit, e);
}

int appc_isolator_memory(const char *quantity, AppcIsolator *ret, Error *e) {
        _cleanup_(appc_isolator_done) AppcIsolator isolator = { .kind = APPC_ISOLATOR_MEMORY };
        int r = parse_resource(quantity, &isolator, e);
        int64_t bytes = 0;

        if (r < 0)
                return r;
        /* Nothing runs in less, so it is a mistake: "16m" are 16 thousandths of a byte. */
        bytes = appc_quantity_value(&isolator.limit);
        if (bytes < MEMORY_MIN)
                return error_new(e, -ERANGE,
                                 "memory limit of %lld bytes too low. Try a reasonable value, such "
                                 "as --memory=16M",
                                 (long long) bytes);
        return finish(&isolator, ret);
}

int appc_isolator_cpu(const char *quantity, AppcIsolator *ret, Error *e) {
        _cleanup_(appc_isolator_done) AppcIsolator isolator = { .kind = APPC_ISOLATOR_CPU };
        int r = parse_resource(quantity, &isolator, e);

        return r < 0 ? r : finish(&isolator, ret);
}

static int build_number(const char *text, AppcIsolatorKind kind, AppcIsolator *ret, Error *e) {
        _cleanup_(appc_isolator_done) AppcIsolator isolator = { .kind = kind };
        int r = appc_query_read_int(text, &isolator.number, e);

        if (r < 0)
                return r;
        r = appc_isolator_number_check(kind, isolator.number, e);
        return r < 0 ? r : finish(&isolator, ret);
}

int appc_isolator_cpu_shares(const char *number, AppcIsolator *ret, Error *e) {
        return build_number(number, APPC_ISOLATOR_CPU_SHARES, ret, e);
}

int appc_isolator_oom_score_adj(const char *number, AppcIsolator *ret, Error *e) {
        return build_number(number, APPC_ISOLATOR_OOM_SCORE_ADJ, ret, e);
}

/* An empty text is a set of one empty name, which is how all capabilities are dropped. */
int appc_isolator_capabilities(const char *csv, bool retain, AppcIsolator *ret, Error *e) {
        _cleanup_(appc_isolator_done) AppcIsolator isolator = {
                .kind = retain ? APPC_ISOLATOR_CAPABILITIES_RETAIN
                               : APPC_ISOLATOR_CAPABILITIES_REMOVE,
        };
        int r = strv_split(csv, ',', &isolator.set);

        if (r < 0)
                return r;
        r = appc_isolator_set_check(isolator.set, e);
        return r < 0 ? r : finish(&isolator, ret);
}

/* "mode" and "errno" as keys, the last one holds; anything without "=" is a member of the set. */
static int read_seccomp_part(const char *part, AppcIsolator *isolator, Error *e) {
        const char *mode = text_after(part, "mode="), *number = text_after(part, "errno=");

        if (mode) {
                if (text_equal(mode, "retain"))
                        isolator->kind = APPC_ISOLATOR_SECCOMP_RETAIN;
                else if (text_equal(mode, "remove"))
                        isolator->kind = APPC_ISOLATOR_SECCOMP_REMOVE;
                else
                        return error_new(e, -EINVAL, "invalid seccomp mode command-line override");
                return 0;
        }
        if (number) {
                free(isolator->errno_name);
                return appc_text_copy(number, &isolator->errno_name);
        }
        if (strchr(part, '='))
                return error_new(e, -EINVAL, "invalid seccomp command-line override");
        return strv_append(&isolator->set, part);
}

int appc_isolator_seccomp(const char *spec, AppcIsolator *ret, Error *e) {
        _cleanup_(appc_isolator_done) AppcIsolator isolator = { .kind = APPC_ISOLATOR_UNKNOWN };
        _cleanup_(strv_freep) Strv parts = NULL;
        int r = strv_split(spec, ',', &parts);

        if (r < 0)
                return r;
        if (strv_length(parts) > APPC_ISOLATOR_SET_MAX)
                return error_new(e, -ERANGE, "more than %d items", APPC_ISOLATOR_SET_MAX);
        for (char **part = parts; *part; part++) {
                r = read_seccomp_part(*part, &isolator, e);
                if (r < 0)
                        return r;
        }
        if (isolator.kind == APPC_ISOLATOR_UNKNOWN)
                return error_new(e, -EINVAL, "invalid seccomp mode command-line override");
        r = appc_isolator_seccomp_check(&isolator, e);
        return r < 0 ? r : finish(&isolator, ret);
}
