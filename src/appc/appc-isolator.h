/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Isolators: what an app asks to be limited by or deprived of. Pure.
 * Source: appc spec 0.8.11 "Isolators"; appc-oci part 3. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appc-pairs.h"
#include "appc-quantity.h"
#include "text.h"

#define APPC_ISOLATORS_MAX 256     /* of one app or pod */
#define APPC_ISOLATOR_SET_MAX 4096 /* capabilities or system calls in one set */

typedef enum AppcIsolatorKind {
        APPC_ISOLATOR_UNKNOWN, /* kept as it came, reported, not enforced */
        APPC_ISOLATOR_CPU,
        APPC_ISOLATOR_MEMORY,
        APPC_ISOLATOR_BLOCK_BANDWIDTH,
        APPC_ISOLATOR_BLOCK_IOPS,
        APPC_ISOLATOR_NETWORK_BANDWIDTH,
        APPC_ISOLATOR_CAPABILITIES_RETAIN,
        APPC_ISOLATOR_CAPABILITIES_REMOVE,
        APPC_ISOLATOR_SECCOMP_RETAIN,
        APPC_ISOLATOR_SECCOMP_REMOVE,
        APPC_ISOLATOR_NO_NEW_PRIVILEGES,
        APPC_ISOLATOR_OOM_SCORE_ADJ,
        APPC_ISOLATOR_CPU_SHARES,
        APPC_ISOLATOR_SELINUX_CONTEXT,
        APPC_ISOLATOR_APPARMOR_PROFILE,
        APPC_ISOLATOR_SYSCTL,
        _APPC_ISOLATOR_MAX,
        _APPC_ISOLATOR_INVALID = -EINVAL,
} AppcIsolatorKind;

typedef struct AppcIsolator {
        AppcIsolatorKind kind;
        char *name;
        AppcQuantity request, limit; /* resource/...; text is NULL where absent */
        Strv set;                    /* capabilities-..., seccomp-...; never empty there */
        char *errno_name;            /* seccomp-...: "EPERM"; NULL means kill */
        bool flag;                   /* no-new-privileges */
        int64_t number;              /* oom-score-adj, cpu-shares */
        char *label;                 /* selinux-context "u:r:t:l", apparmor-profile */
        AppcPairs sysctls;
        char *raw; /* the value as compact JSON, as it came or as it would be written */
} AppcIsolator;

typedef struct AppcIsolators {
        AppcIsolator *items;
        size_t n;
} AppcIsolators;

#define APPC_ISOLATORS_NULL ((AppcIsolators){})

/* APPC_ISOLATOR_UNKNOWN for a name that appc does not have, and NULL the other way. */
AppcIsolatorKind appc_isolator_kind_from_name(const char *name);
const char *appc_isolator_kind_name(AppcIsolatorKind kind);

/* The last one of its kind, which is the one that holds; NULL if there is none. Borrowed. */
const AppcIsolator *appc_isolators_get(const AppcIsolators *isolators, AppcIsolatorKind kind);

/* Takes what @isolator owns, in every case. Returns 0; -ENOMEM. */
int appc_isolators_push(AppcIsolators *isolators, AppcIsolator *isolator);
void appc_isolators_remove(AppcIsolators *isolators, AppcIsolatorKind kind); /* all of them */
int appc_isolators_copy(const AppcIsolators *isolators, AppcIsolators *ret);
int appc_isolator_copy(const AppcIsolator *isolator, AppcIsolator *ret);
void appc_isolator_done(AppcIsolator *isolator);
void appc_isolators_done(AppcIsolators *isolators);

/* JsonReaders into an AppcIsolators; null reads as none. An app's set is checked for doubles and
 * conflicts, a pod's is not. */
int appc_app_isolators_read(const Json *value, void *slot, Error *e);
int appc_pod_isolators_read(const Json *value, void *slot, Error *e);
void appc_isolators_write(JsonWriter *w, const AppcIsolators *isolators);

/* Builders for the command line's overrides; each fills one isolator, raw included, on success
 * only. The words of their errors are the original's. Return 0; -EINVAL; -ERANGE; -ENOMEM.
 * Source: inventory 1.4. */
int appc_isolator_memory(const char *quantity, AppcIsolator *ret, Error *e); /* --memory */
int appc_isolator_cpu(const char *quantity, AppcIsolator *ret, Error *e);    /* --cpu */
int appc_isolator_cpu_shares(const char *number, AppcIsolator *ret, Error *e);
int appc_isolator_oom_score_adj(const char *number, AppcIsolator *ret, Error *e);
int appc_isolator_capabilities(const char *csv, bool retain, AppcIsolator *ret, Error *e);

/* "mode=retain|remove[,errno=EXXX],ITEM,ITEM..." */
int appc_isolator_seccomp(const char *spec, AppcIsolator *ret, Error *e);
