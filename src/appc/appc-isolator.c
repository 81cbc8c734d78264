/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-isolator.h"

#include "appc-read.h"

static const char *const kind_names[_APPC_ISOLATOR_MAX] = {
        [APPC_ISOLATOR_CPU] = "resource/cpu",
        [APPC_ISOLATOR_MEMORY] = "resource/memory",
        [APPC_ISOLATOR_BLOCK_BANDWIDTH] = "resource/block-bandwidth",
        [APPC_ISOLATOR_BLOCK_IOPS] = "resource/block-iops",
        [APPC_ISOLATOR_NETWORK_BANDWIDTH] = "resource/network-bandwidth",
        [APPC_ISOLATOR_CAPABILITIES_RETAIN] = "os/linux/capabilities-retain-set",
        [APPC_ISOLATOR_CAPABILITIES_REMOVE] = "os/linux/capabilities-remove-set",
        [APPC_ISOLATOR_SECCOMP_RETAIN] = "os/linux/seccomp-retain-set",
        [APPC_ISOLATOR_SECCOMP_REMOVE] = "os/linux/seccomp-remove-set",
        [APPC_ISOLATOR_NO_NEW_PRIVILEGES] = "os/linux/no-new-privileges",
        [APPC_ISOLATOR_OOM_SCORE_ADJ] = "os/linux/oom-score-adj",
        [APPC_ISOLATOR_CPU_SHARES] = "os/linux/cpu-shares",
        [APPC_ISOLATOR_SELINUX_CONTEXT] = "os/linux/selinux-context",
        [APPC_ISOLATOR_APPARMOR_PROFILE] = "os/linux/apparmor-profile",
        [APPC_ISOLATOR_SYSCTL] = "os/unix/sysctl",
};

AppcIsolatorKind appc_isolator_kind_from_name(const char *name) {
        for (int kind = 0; kind < _APPC_ISOLATOR_MAX; kind++)
                if (kind_names[kind] && text_equal(kind_names[kind], name))
                        return (AppcIsolatorKind) kind;
        return APPC_ISOLATOR_UNKNOWN;
}

const char *appc_isolator_kind_name(AppcIsolatorKind kind) {
        return kind >= 0 && kind < _APPC_ISOLATOR_MAX ? kind_names[kind] : NULL;
}

const AppcIsolator *appc_isolators_get(const AppcIsolators *isolators, AppcIsolatorKind kind) {
        for (size_t i = isolators->n; i > 0; i--)
                if (isolators->items[i - 1].kind == kind)
                        return &isolators->items[i - 1];
        return NULL;
}

void appc_isolator_done(AppcIsolator *isolator) {
        free(isolator->name);
        appc_quantity_done(&isolator->request);
        appc_quantity_done(&isolator->limit);
        strv_free(isolator->set);
        free(isolator->errno_name);
        free(isolator->label);
        appc_pairs_done(&isolator->sysctls);
        free(isolator->raw);
        *isolator = (AppcIsolator){};
}

void appc_isolators_done(AppcIsolators *isolators) {
        for (size_t i = 0; i < isolators->n; i++)
                appc_isolator_done(&isolators->items[i]);
        free(isolators->items);
        *isolators = APPC_ISOLATORS_NULL;
}

int appc_isolators_push(AppcIsolators *isolators, AppcIsolator *isolator) {
        AppcIsolator *grown =
                reallocarray(isolators->items, isolators->n + 1, sizeof(AppcIsolator));

        if (!grown) {
                appc_isolator_done(isolator);
                return -ENOMEM;
        }
        grown[isolators->n++] = struct_take(isolator);
        isolators->items = grown;
        return 0;
}

void appc_isolators_remove(AppcIsolators *isolators, AppcIsolatorKind kind) {
        size_t kept = 0;

        for (size_t i = 0; i < isolators->n; i++)
                if (isolators->items[i].kind == kind)
                        appc_isolator_done(&isolators->items[i]);
                else
                        isolators->items[kept++] = isolators->items[i];
        isolators->n = kept;
}

static int copy_quantity(const AppcQuantity *quantity, AppcQuantity *ret) {
        ret->nano = quantity->nano;
        return appc_text_copy(quantity->text, &ret->text);
}

int appc_isolator_copy(const AppcIsolator *from, AppcIsolator *ret) {
        _cleanup_(appc_isolator_done) AppcIsolator copy = {
                .kind = from->kind,
                .flag = from->flag,
                .number = from->number,
        };

        if (appc_text_copy(from->name, &copy.name) < 0 ||
            copy_quantity(&from->request, &copy.request) < 0 ||
            copy_quantity(&from->limit, &copy.limit) < 0 || strv_copy(from->set, &copy.set) < 0 ||
            appc_text_copy(from->errno_name, &copy.errno_name) < 0 ||
            appc_text_copy(from->label, &copy.label) < 0 ||
            appc_pairs_copy(&from->sysctls, &copy.sysctls) < 0 ||
            appc_text_copy(from->raw, &copy.raw) < 0)
                return -ENOMEM;
        *ret = struct_take(&copy);
        return 0;
}

int appc_isolators_copy(const AppcIsolators *isolators, AppcIsolators *ret) {
        _cleanup_(appc_isolators_done) AppcIsolators copy = APPC_ISOLATORS_NULL;

        if (isolators->n > 0) {
                copy.items = calloc(isolators->n, sizeof(AppcIsolator));
                if (!copy.items)
                        return -ENOMEM;
        }
        for (; copy.n < isolators->n; copy.n++)
                if (appc_isolator_copy(&isolators->items[copy.n], &copy.items[copy.n]) < 0)
                        return -ENOMEM;
        *ret = struct_take(&copy);
        return 0;
}

/* The raw value is one line, which does for a writer that writes one. */
static void write_value(JsonWriter *w, const char *raw) {
        _cleanup_(json_freep) Json *value = NULL;

        if (w->pretty && json_parse(raw, strlen(raw), &value, NULL) >= 0)
                json_write_value(w, value);
        else
                json_write_raw(w, raw);
}

void appc_isolators_write(JsonWriter *w, const AppcIsolators *isolators) {
        json_write_begin(w, '[');
        for (size_t i = 0; i < isolators->n; i++) {
                json_write_begin(w, '{');
                json_write_member_string(w, "name", isolators->items[i].name);
                json_write_key(w, "value");
                write_value(w, isolators->items[i].raw);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}
