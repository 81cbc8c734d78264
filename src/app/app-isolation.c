/* SPDX-License-Identifier: Apache-2.0 */
#include "app-isolation.h"

#include <errno.h>
#include <inttypes.h>

#include "app-capabilities.h"

#define USEC_PER_SEC ((uint64_t) 1000000)
#define CPU_SHARES_DEFAULT 1024
#define CPU_WEIGHT_DEFAULT 100
#define CPU_WEIGHT_MAX 10000

static int set_capabilities(const AppcIsolators *isolators,
                            const AppIsolation *how,
                            SysdProperties *p,
                            Error *e) {
        uint64_t set = 0;
        int r = 0;

        if (how->any_capabilities)
                return 0;
        r = app_capabilities(isolators, &set, e);
        return r < 0 ? r : sysd_set_u64(p, "CapabilityBoundingSet", set);
}

static int
set_calls(const AppcIsolators *isolators, const AppIsolation *how, SysdProperties *p, Error *e) {
        const AppcIsolator *nnp = appc_isolators_get(isolators, APPC_ISOLATOR_NO_NEW_PRIVILEGES);
        _cleanup_(app_seccomp_done) AppSeccomp seccomp = APP_SECCOMP_NULL;
        bool no_new_privileges = nnp && nnp->flag;
        int r = 0;

        if (!how->any_calls) {
                r = app_seccomp_resolve(isolators, how->calls_by_default, &seccomp, e);
                if (r < 0)
                        return r;
        }
        if (seccomp.filter) {
                r = sysd_set_calls(p, "SystemCallFilter", seccomp.allow, seccomp.calls);
                if (r >= 0 && seccomp.error > 0)
                        r = sysd_set_i32(p, "SystemCallErrorNumber", seccomp.error);
                if (r >= 0)
                        r = sysd_add_string(p, "SystemCallArchitectures", "native");
                if (r >= 0 && seccomp.no_namespaces)
                        r = sysd_set_u64(p, "RestrictNamespaces", APP_SECCOMP_NAMESPACES_LEFT);
                if (r < 0)
                        return r;
        }
        /* The kernel takes a filter from an unprivileged process only together with this. */
        if (no_new_privileges || (seccomp.filter && !how->is_root))
                return sysd_set_bool(p, "NoNewPrivileges", true);
        return 0;
}

uint64_t app_weight_from_shares(int64_t shares) {
        uint64_t weight = (uint64_t) shares * CPU_WEIGHT_DEFAULT / CPU_SHARES_DEFAULT;

        if (weight < 1)
                return 1;
        return weight > CPU_WEIGHT_MAX ? CPU_WEIGHT_MAX : weight;
}

static int set_memory(const AppcIsolator *isolator, SysdProperties *p) {
        int64_t bytes = isolator->limit.text ? appc_quantity_value(&isolator->limit) : 0;

        return bytes > 0 ? sysd_set_u64(p, "MemoryMax", (uint64_t) bytes) : 0;
}

static int set_cpu(const AppcIsolator *isolator, SysdProperties *p) {
        int64_t milli = isolator->limit.text ? appc_quantity_milli(&isolator->limit) : 0;

        if (milli <= 0 || (uint64_t) milli > UINT64_MAX / (USEC_PER_SEC / 1000))
                return 0;
        return sysd_set_u64(p, "CPUQuotaPerSecUSec", (uint64_t) milli * (USEC_PER_SEC / 1000));
}

/* Bytes or operations a second, of the device that the host's root is on. */
static int
set_io(const AppcIsolator *isolator, const char *read, const char *write, SysdProperties *p) {
        int64_t limit = isolator->limit.text ? appc_quantity_value(&isolator->limit) : 0;
        int r = 0;

        if (limit <= 0)
                return 0;
        r = sysd_add_limit(p, read, "/", (uint64_t) limit);
        return r < 0 ? r : sysd_add_limit(p, write, "/", (uint64_t) limit);
}

/* Returns 1 when it is enforced, 0 when not. */
static int set_one(const AppcIsolator *isolator, SysdProperties *p) {
        int r = 0;

        switch (isolator->kind) {
        case APPC_ISOLATOR_MEMORY:
                r = set_memory(isolator, p);
                break;
        case APPC_ISOLATOR_CPU:
                r = set_cpu(isolator, p);
                break;
        case APPC_ISOLATOR_CPU_SHARES:
                r = sysd_set_u64(p, "CPUWeight", app_weight_from_shares(isolator->number));
                break;
        case APPC_ISOLATOR_OOM_SCORE_ADJ:
                r = sysd_set_i32(p, "OOMScoreAdjust", (int32_t) isolator->number);
                break;
        case APPC_ISOLATOR_BLOCK_BANDWIDTH:
                r = set_io(isolator, "IOReadBandwidthMax", "IOWriteBandwidthMax", p);
                break;
        case APPC_ISOLATOR_BLOCK_IOPS:
                r = set_io(isolator, "IOReadIOPSMax", "IOWriteIOPSMax", p);
                break;
        case APPC_ISOLATOR_SELINUX_CONTEXT:
                r = sysd_set_string(p, "SELinuxContext", isolator->label);
                break;
        case APPC_ISOLATOR_APPARMOR_PROFILE:
                r = sysd_set_optional(p, "AppArmorProfile", false, isolator->label);
                break;
        case APPC_ISOLATOR_CAPABILITIES_RETAIN:
        case APPC_ISOLATOR_CAPABILITIES_REMOVE:
        case APPC_ISOLATOR_SECCOMP_RETAIN:
        case APPC_ISOLATOR_SECCOMP_REMOVE:
        case APPC_ISOLATOR_NO_NEW_PRIVILEGES:
                break; /* done as sets, by set_capabilities() and set_calls() */
        default:
                return 0;
        }
        return r < 0 ? r : 1;
}

int app_isolation(const AppcIsolators *isolators,
                  const AppIsolation *how,
                  SysdProperties *p,
                  Strv *ret_ignored,
                  Error *e) {
        _cleanup_(strv_freep) Strv ignored = NULL;
        int r = set_capabilities(isolators, how, p, e);

        if (r >= 0)
                r = set_calls(isolators, how, p, e);
        for (size_t i = 0; i < isolators->n && r >= 0; i++) {
                r = set_one(&isolators->items[i], p);
                if (r == 0)
                        r = strv_append(&ignored, isolators->items[i].name);
        }
        if (r < 0)
                return r;
        *ret_ignored = ptr_take(&ignored);
        return 0;
}

int app_isolation_limits(const AppcIsolators *isolators, SysdProperties *p) {
        int r = 0;

        for (size_t i = 0; i < isolators->n && r >= 0; i++)
                r = set_one(&isolators->items[i], p);
        return r < 0 ? r : 0;
}
