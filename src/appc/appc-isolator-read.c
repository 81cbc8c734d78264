/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-isolator-check.h"
#include "appc-read.h"

/* Isolators as JSON: each kind has a value of its own shape. */

typedef int (*ValueReader)(const Json *value, AppcIsolator *ret, Error *e);

typedef struct Resource {
        bool is_default;
        AppcQuantity request, limit;
} Resource;

static void resource_done(Resource *resource) {
        appc_quantity_done(&resource->request);
        appc_quantity_done(&resource->limit);
}

static const JsonField resource_fields[] = {
        { "default", json_read_bool, offsetof(Resource, is_default), JSON_NULL_OK },
        { "request", appc_quantity_read, offsetof(Resource, request), JSON_NULL_OK },
        { "limit", appc_quantity_read, offsetof(Resource, limit), JSON_NULL_OK },
        {},
};

static int read_resource(const Json *value, bool is_default, AppcIsolator *ret, Error *e) {
        _cleanup_(resource_done) Resource resource = {};
        int r = json_read_object(value, resource_fields, &resource, e);

        if (r < 0)
                return r;
        if (resource.is_default != is_default)
                return error_new(e, -EINVAL, "default must be %s", is_default ? "true" : "false");
        if (is_default && resource.request.text)
                return error_new(e, -EINVAL,
                                 "request not supported by this resource, must be empty");
        ret->request = struct_take(&resource.request);
        ret->limit = struct_take(&resource.limit);
        return 0;
}

static int read_requestable(const Json *value, AppcIsolator *ret, Error *e) {
        return read_resource(value, false, ret, e);
}

static int read_default_limit(const Json *value, AppcIsolator *ret, Error *e) {
        return read_resource(value, true, ret, e);
}

/* Bounded before it is copied. */
static int read_set(const Json *value, void *slot, Error *e) {
        if (json_array_length(value) > APPC_ISOLATOR_SET_MAX)
                return error_new(e, -ERANGE, "more than %d items", APPC_ISOLATOR_SET_MAX);
        return json_read_strv(value, slot, e);
}

static int read_capabilities(const Json *value, AppcIsolator *ret, Error *e) {
        static const JsonField fields[] = {
                { "set", read_set, offsetof(AppcIsolator, set), 0 },
                {},
        };
        int r = json_read_object(value, fields, ret, e);

        return r < 0 ? r : appc_isolator_set_check(ret->set, e);
}

static int read_seccomp(const Json *value, AppcIsolator *ret, Error *e) {
        static const JsonField fields[] = {
                { "set", read_set, offsetof(AppcIsolator, set), 0 },
                { "errno", json_read_string, offsetof(AppcIsolator, errno_name), JSON_NULL_OK },
                {},
        };
        int r = json_read_object(value, fields, ret, e);

        return r < 0 ? r : appc_isolator_seccomp_check(ret, e);
}

static int read_flag(const Json *value, AppcIsolator *ret, Error *e) {
        return json_read_bool(value, &ret->flag, e);
}

static int read_number(const Json *value, AppcIsolator *ret, Error *e) {
        int r = json_read_i64(value, &ret->number, e);

        return r < 0 ? r : appc_isolator_number_check(ret->kind, ret->number, e);
}

typedef struct Context {
        char *user, *role, *type, *level;
} Context;

static void context_done(Context *context) {
        free(context->user);
        free(context->role);
        free(context->type);
        free(context->level);
}

/* A part of a context; only the last, the level, may hold the separator. */
static int check_part(const char *text, bool is_last, const char *what, Error *e) {
        if (text_is_empty(text) || (!is_last && strchr(text, ':')))
                return error_new(e, -EINVAL, "invalid %s value \"%s\"", what, text ? text : "");
        return 0;
}

static int read_selinux(const Json *value, AppcIsolator *ret, Error *e) {
        static const JsonField fields[] = {
                { "user", json_read_string, offsetof(Context, user), JSON_NULL_OK },
                { "role", json_read_string, offsetof(Context, role), JSON_NULL_OK },
                { "type", json_read_string, offsetof(Context, type), JSON_NULL_OK },
                { "level", json_read_string, offsetof(Context, level), JSON_NULL_OK },
                {},
        };
        _cleanup_(context_done) Context context = {};
        char *label = NULL;
        int r = json_read_object(value, fields, &context, e);

        if (r >= 0)
                r = check_part(context.user, false, "user", e);
        if (r >= 0)
                r = check_part(context.role, false, "role", e);
        if (r >= 0)
                r = check_part(context.type, false, "type", e);
        if (r >= 0)
                r = check_part(context.level, true, "level", e);
        if (r < 0)
                return r;
        if (asprintf(&label, "%s:%s:%s:%s", context.user, context.role, context.type,
                     context.level) < 0)
                return -ENOMEM;
        ret->label = label;
        return 0;
}

static int read_apparmor(const Json *value, AppcIsolator *ret, Error *e) {
        static const JsonField fields[] = {
                { "profile", json_read_string, offsetof(AppcIsolator, label), JSON_NULL_OK },
                {},
        };
        int r = json_read_object(value, fields, ret, e);

        if (r < 0)
                return r;
        return text_is_empty(ret->label) ? error_new(e, -EINVAL, "profile must be non-empty") : 0;
}

static int read_sysctl(const Json *value, AppcIsolator *ret, Error *e) {
        return appc_user_map_read(value, &ret->sysctls, e);
}

static const ValueReader value_readers[_APPC_ISOLATOR_MAX] = {
        [APPC_ISOLATOR_CPU] = read_requestable,
        [APPC_ISOLATOR_MEMORY] = read_requestable,
        [APPC_ISOLATOR_BLOCK_BANDWIDTH] = read_default_limit,
        [APPC_ISOLATOR_BLOCK_IOPS] = read_default_limit,
        [APPC_ISOLATOR_NETWORK_BANDWIDTH] = read_default_limit,
        [APPC_ISOLATOR_CAPABILITIES_RETAIN] = read_capabilities,
        [APPC_ISOLATOR_CAPABILITIES_REMOVE] = read_capabilities,
        [APPC_ISOLATOR_SECCOMP_RETAIN] = read_seccomp,
        [APPC_ISOLATOR_SECCOMP_REMOVE] = read_seccomp,
        [APPC_ISOLATOR_NO_NEW_PRIVILEGES] = read_flag,
        [APPC_ISOLATOR_OOM_SCORE_ADJ] = read_number,
        [APPC_ISOLATOR_CPU_SHARES] = read_number,
        [APPC_ISOLATOR_SELINUX_CONTEXT] = read_selinux,
        [APPC_ISOLATOR_APPARMOR_PROFILE] = read_apparmor,
        [APPC_ISOLATOR_SYSCTL] = read_sysctl,
};

/* An unknown isolator keeps whatever value it has; a known one must have one. */
static int read_value(const Json *value, AppcIsolator *isolator, Error *e) {
        int r = 0;

        if (!value_readers[isolator->kind])
                return 0;
        if (!value)
                r = error_new(e, -EINVAL, "value must be set");
        else
                r = value_readers[isolator->kind](value, isolator, e);
        return r < 0 ? error_prefix(e, r, "%s: ", isolator->name) : 0;
}

static int isolator_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_identifier_read, offsetof(AppcIsolator, name), JSON_REQUIRED },
                {},
        };
        AppcIsolator *isolator = slot;
        int r = json_read_object(value, fields, isolator, e);

        if (r < 0)
                return r;
        isolator->kind = appc_isolator_kind_from_name(isolator->name);
        r = read_value(json_get(value, "value"), isolator, e);
        if (r < 0)
                return r;
        isolator->raw = json_value_text(json_get(value, "value"));
        return isolator->raw ? 0 : -ENOMEM;
}

static void isolator_done(void *item) {
        appc_isolator_done(item);
}

static int read_isolators(const Json *value, AppcIsolators *ret, Error *e) {
        static const AppcListType type = { sizeof(AppcIsolator), APPC_ISOLATORS_MAX, isolator_read,
                                           isolator_done };

        return appc_list_read(value, &type, &ret->items, &ret->n, e);
}

static void hand_over(AppcIsolators *isolators, void *slot) {
        AppcIsolators *target = slot;

        appc_isolators_done(target);
        *target = struct_take(isolators);
}

int appc_pod_isolators_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
        int r = read_isolators(value, &isolators, e);

        if (r < 0)
                return r;
        hand_over(&isolators, slot);
        return 0;
}

/* Resources, capability sets and the flag may come again, the later one holding; of these, a second
 * one would leave it open which was meant. */
static const bool comes_once[_APPC_ISOLATOR_MAX] = {
        [APPC_ISOLATOR_SECCOMP_RETAIN] = true,  [APPC_ISOLATOR_SECCOMP_REMOVE] = true,
        [APPC_ISOLATOR_OOM_SCORE_ADJ] = true,   [APPC_ISOLATOR_CPU_SHARES] = true,
        [APPC_ISOLATOR_SELINUX_CONTEXT] = true, [APPC_ISOLATOR_APPARMOR_PROFILE] = true,
        [APPC_ISOLATOR_SYSCTL] = true,
};

static int check_set(const AppcIsolators *isolators, Error *e) {
        unsigned seen[_APPC_ISOLATOR_MAX] = {};

        for (size_t i = 0; i < isolators->n; i++) {
                AppcIsolatorKind kind = isolators->items[i].kind;

                if (seen[kind]++ > 0 && comes_once[kind])
                        return error_new(e, -EINVAL,
                                         "isolators set contains too many instances of type %s",
                                         isolators->items[i].name);
        }
        if (seen[APPC_ISOLATOR_SECCOMP_RETAIN] > 0 && seen[APPC_ISOLATOR_SECCOMP_REMOVE] > 0)
                return error_new(e, -EINVAL, "isolators set contains incompatible types");
        return 0;
}

int appc_app_isolators_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_isolators_done) AppcIsolators isolators = APPC_ISOLATORS_NULL;
        int r = read_isolators(value, &isolators, e);

        if (r < 0)
                return r;
        r = check_set(&isolators, e);
        if (r < 0)
                return r;
        hand_over(&isolators, slot);
        return 0;
}
