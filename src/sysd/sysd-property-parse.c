/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-property-parse.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "sysd-value.h"

#define USEC_PER_SEC ((uint64_t) 1000000)

/* Each reads @value and sets property @name, under whatever name the bus has for it. */
typedef int (*Setter)(SysdProperties *p, const char *name, const char *value);

static int set_bool(SysdProperties *p, const char *name, const char *value) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

        for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
                if (strcasecmp(value, yes[i]) == 0)
                        return sysd_set_bool(p, name, true);
                if (strcasecmp(value, no[i]) == 0)
                        return sysd_set_bool(p, name, false);
        }
        return -EINVAL;
}

static int set_string(SysdProperties *p, const char *name, const char *value) {
        return sysd_set_string(p, name, value);
}

/* Words separated by blanks; none of the properties that take lists needs quoted ones. */
static int split_words(const char *value, Strv *ret) {
        _cleanup_(freep) char *copy = strdup(value);
        int r = copy ? 0 : -ENOMEM;

        if (r < 0)
                return r;
        for (char *state = NULL, *word = strtok_r(copy, " \t", &state); word && r >= 0;
             word = strtok_r(NULL, " \t", &state))
                r = strv_append(ret, word);
        return r;
}

/* Adds to what is there; an empty value takes that back, as in a unit file. */
static int set_strv(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(strv_freep) Strv words = NULL;
        int r = split_words(value, &words);

        if (r >= 0 && !words)
                return sysd_set_strv(p, name, NULL);
        for (char **word = words; r >= 0 && *word; word++)
                r = sysd_add_string(p, name, *word);
        return r;
}

/* One assignment, blanks and all. */
static int set_environment(SysdProperties *p, const char *name, const char *value) {
        return strchr(value, '=') ? sysd_add_string(p, name, value) : -EINVAL;
}

static int parse_bytes(const char *value, uint64_t *ret) {
        return sysd_value_size(value, 1024, ret);
}

static int set_size(SysdProperties *p, const char *name, const char *value) {
        uint64_t size = 0;
        int r = parse_bytes(value, &size);

        return r < 0 ? r : sysd_set_u64(p, name, size);
}

static int set_count(SysdProperties *p, const char *name, const char *value) {
        uint64_t number = 0;
        int r = sysd_value_number(value, &number);

        return r < 0 ? r : sysd_set_u64(p, name, number);
}

/* "SOFT:HARD" or one for both. */
static int add_limits(SysdProperties *p,
                      const char *name,
                      const char *value,
                      int (*parse)(const char *text, uint64_t *ret)) {
        _cleanup_(freep) char *soft_name = NULL, *copy = strdup(value);
        char *colon = copy ? strchr(copy, ':') : NULL;
        uint64_t soft = 0, hard = 0;
        int r = 0;

        if (!copy || asprintf(&soft_name, "%sSoft", name) < 0) {
                soft_name = NULL;
                return -ENOMEM;
        }
        if (colon)
                *colon++ = '\0';
        r = parse(copy, &soft);
        if (r >= 0)
                r = parse(colon ? colon : copy, &hard);
        if (r >= 0 && soft > hard)
                r = -EINVAL;
        if (r >= 0)
                r = sysd_set_u64(p, name, hard);
        return r < 0 ? r : sysd_set_u64(p, soft_name, soft);
}

static int set_byte_limit(SysdProperties *p, const char *name, const char *value) {
        return add_limits(p, name, value, parse_bytes);
}

/* Plain numbers, also of seconds and microseconds. */
static int set_limit(SysdProperties *p, const char *name, const char *value) {
        return add_limits(p, name, value, sysd_value_number);
}

static int set_u64(SysdProperties *p, const char *name, const char *value) {
        uint64_t number = 0;
        int r = text_parse_u64(value, UINT64_MAX, &number);

        return r < 0 ? r : sysd_set_u64(p, name, number);
}

static int set_u32(SysdProperties *p, const char *name, const char *value) {
        uint64_t number = 0;
        int r = text_parse_u64(value, UINT32_MAX, &number);

        return r < 0 ? r : sysd_set_u32(p, name, (uint32_t) number);
}

static int set_mode(SysdProperties *p, const char *name, const char *value) {
        size_t n = strspn(value, "01234567");
        unsigned long mode = strtoul(value, NULL, 8);

        if (n == 0 || value[n] != '\0' || mode > 07777)
                return -EINVAL;
        return sysd_set_u32(p, name, (uint32_t) mode);
}

static int set_i32(SysdProperties *p, const char *name, const char *value) {
        uint64_t number = 0;
        bool negative = *value == '-';
        int r = text_parse_u64(value + negative, INT32_MAX, &number);

        if (r < 0)
                return r;
        return sysd_set_i32(p, name, negative ? -(int32_t) number : (int32_t) number);
}

static int set_signal(SysdProperties *p, const char *name, const char *value) {
        int number = sysd_value_signal(value);

        return number < 0 ? number : sysd_set_i32(p, name, number);
}

/* Exit statuses by number and signals by name, in any order. */
static int set_statuses(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(strv_freep) Strv words = NULL;
        int r = split_words(value, &words);

        if (r >= 0 && !words)
                return -EINVAL;
        for (char **word = words; r >= 0 && *word; word++) {
                uint64_t status = 0;
                bool is_number = text_parse_u64(*word, UINT8_MAX, &status) >= 0;
                int number = is_number ? (int) status : sysd_value_signal(*word);

                r = number < 0 ? number : sysd_add_status(p, name, !is_number, number);
        }
        return r;
}

/* By name in unit files, by the kernel's number on the bus. */
static int set_scheduler(SysdProperties *p, const char *name, const char *value) {
        static const struct {
                const char *name;
                int policy;
        } policies[] = {
                { "other", SCHED_OTHER }, { "batch", SCHED_BATCH }, { "idle", SCHED_IDLE },
                { "fifo", SCHED_FIFO },   { "rr", SCHED_RR },
        };

        for (size_t i = 0; i < N_ELEMENTS(policies); i++)
                if (strcmp(policies[i].name, value) == 0)
                        return sysd_set_i32(p, name, policies[i].policy);
        return -EINVAL;
}

/* "TimeoutStopSec" is "TimeoutStopUSec" on the bus. */
static int set_time(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(freep) char *bus_name = NULL;
        uint64_t usec = 0;
        int r = sysd_value_time(value, &usec);

        if (r < 0)
                return r;
        if (asprintf(&bus_name, "%.*sUSec", (int) (strlen(name) - strlen("Sec")), name) < 0) {
                bus_name = NULL;
                return -ENOMEM;
        }
        return sysd_set_u64(p, bus_name, usec);
}

static int set_both_timeouts(SysdProperties *p, const char *name, const char *value) {
        int r = set_time(p, "TimeoutStartSec", value);

        (void) name;
        return r < 0 ? r : set_time(p, "TimeoutStopSec", value);
}

static int set_cpu_quota(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(freep) char *copy = strdup(value);
        size_t n = strlen(value);
        uint64_t percent = 0;
        int r = 0;

        (void) name;
        if (!copy || n < 2 || copy[n - 1] != '%')
                return copy ? -EINVAL : -ENOMEM;
        copy[n - 1] = '\0';
        r = text_parse_u64(copy, UINT64_MAX / USEC_PER_SEC, &percent);
        return r < 0 ? r : sysd_set_u64(p, "CPUQuotaPerSecUSec", percent * USEC_PER_SEC / 100);
}

/* "~a b" refuses, "a b" allows. */
static int set_calls(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(strv_freep) Strv calls = NULL;
        int r = split_words(value + (*value == '~'), &calls);

        return r < 0 ? r : sysd_set_calls(p, name, *value != '~', calls);
}

/* By name in unit files, the kernel's flags of those that are allowed on the bus. */
static int set_namespaces(SysdProperties *p, const char *name, const char *value) {
        uint64_t allowed = 0;
        int r = sysd_value_namespaces(value, &allowed);

        return r < 0 ? r : sysd_set_u64(p, name, allowed);
}

/* "PATH RIGHTS" */
static int set_pair(SysdProperties *p, const char *name, const char *value) {
        const char *blank = strchr(value, ' ');
        _cleanup_(freep) char *first =
                strndup(value, blank ? (size_t) (blank - value) : strlen(value));

        return first ? sysd_add_pair(p, name, first, blank ? blank + 1 : "rwm") : -ENOMEM;
}

/* "PATH LIMIT" */
static int add_path_limit(SysdProperties *p,
                          const char *name,
                          const char *value,
                          int (*parse)(const char *text, uint64_t *ret)) {
        const char *blank = strchr(value, ' ');
        _cleanup_(freep) char *path = blank ? strndup(value, (size_t) (blank - value)) : NULL;
        uint64_t limit = 0;
        int r = 0;

        if (!path)
                return blank ? -ENOMEM : -EINVAL;
        if (*path != '/')
                return -EINVAL;
        r = parse(blank + 1, &limit);
        return r < 0 ? r : sysd_add_limit(p, name, path, limit);
}

static int parse_rate(const char *value, uint64_t *ret) {
        return sysd_value_size(value, 1000, ret);
}

static int set_rate(SysdProperties *p, const char *name, const char *value) {
        return add_path_limit(p, name, value, parse_rate);
}

static int set_path_weight(SysdProperties *p, const char *name, const char *value) {
        return add_path_limit(p, name, value, sysd_value_number);
}

static int set_path_latency(SysdProperties *p, const char *name, const char *value) {
        (void) name;
        return add_path_limit(p, "IODeviceLatencyTargetUSec", value, sysd_value_time);
}

/* "SOURCE[:TARGET[:rbind|norbind]]" */
static int set_bind(SysdProperties *p, const char *name, const char *value) {
        _cleanup_(strv_freep) Strv parts = NULL;
        int r = strv_split(value, ':', &parts);
        size_t n = strv_length(parts);
        bool recursive = true;

        if (r < 0)
                return r;
        if (n > 3 || parts[0][0] != '/' || (n > 1 && parts[1][0] != '/'))
                return -EINVAL;
        recursive = n < 3 || strcmp(parts[2], "rbind") == 0;
        if (!recursive && strcmp(parts[2], "norbind") != 0)
                return -EINVAL;
        return sysd_add_bind(p, name, parts[0], n > 1 ? parts[1] : parts[0], recursive);
}

static const struct {
        Setter set;
        const char *names; /* separated by blanks */
} known[] = {
        { set_bool,
          "CPUAccounting CPUSchedulingResetOnFork Delegate DynamicUser GuessMainPID IOAccounting "
          "IPAccounting IgnoreSIGPIPE LockPersonality MemoryAccounting MemoryDenyWriteExecute "
          "MountAPIVFS NoNewPrivileges NonBlocking PrivateDevices PrivateIPC PrivateMounts "
          "PrivateNetwork PrivateTmp PrivateUsers ProtectClock ProtectControlGroups ProtectHostname "
          "ProtectKernelLogs ProtectKernelModules ProtectKernelTunables RefuseManualStart "
          "RefuseManualStop RemainAfterExit RemoveIPC RestrictRealtime RestrictSUIDSGID SendSIGHUP "
          "SendSIGKILL StopWhenUnneeded SyslogLevelPrefix TTYReset TTYVHangup TTYVTDisallocate "
          "TasksAccounting" },
        { set_string,
          "CollectMode Description DevicePolicy ExitType FailureAction Group "
          "IPCNamespacePath KeyringMode KillMode LogNamespace ManagedOOMMemoryPressure "
          "ManagedOOMSwap NetworkNamespacePath NotifyAccess OOMPolicy PAMName ProcSubset "
          "ProtectHome ProtectProc ProtectSystem Restart RootDirectory RootImage "
          "RuntimeDirectoryPreserve Slice StandardError StandardInput StandardOutput SuccessAction "
          "SyslogIdentifier TTYPath TimeoutStartFailureMode TimeoutStopFailureMode Type User "
          "WorkingDirectory" },
        { set_strv,
          "After Before BindsTo CacheDirectory ConfigurationDirectory Conflicts Documentation "
          "ExecPaths ExecSearchPath InaccessiblePaths JoinsNamespaceOf LogsDirectory NoExecPaths "
          "OnFailure OnSuccess PartOf PassEnvironment PropagatesStopTo ReadOnlyPaths "
          "ReadWritePaths Requires RequiresMountsFor Requisite RuntimeDirectory StateDirectory "
          "StopPropagatedFrom SupplementaryGroups SystemCallArchitectures UnsetEnvironment Upholds "
          "Wants" },
        { set_environment, "Environment" },
        { set_size, "MemoryHigh MemoryLimit MemoryLow MemoryMax MemoryMin MemorySwapMax" },
        { set_count, "TasksMax" },
        { set_byte_limit,
          "LimitAS LimitCORE LimitDATA LimitFSIZE LimitMEMLOCK LimitMSGQUEUE LimitRSS "
          "LimitSTACK" },
        { set_limit, "LimitCPU LimitLOCKS LimitNICE LimitNOFILE LimitNPROC LimitRTPRIO LimitRTTIME "
                     "LimitSIGPENDING" },
        { set_u64,
          "BlockIOWeight CPUShares CPUWeight IOWeight StartupBlockIOWeight StartupCPUShares "
          "StartupCPUWeight StartupIOWeight" },
        { set_u32, "LogRateLimitBurst StartLimitBurst" },
        { set_mode, "CacheDirectoryMode RuntimeDirectoryMode StateDirectoryMode UMask" },
        { set_i32, "CPUSchedulingPriority Nice OOMScoreAdjust" },
        { set_scheduler, "CPUSchedulingPolicy" },
        { set_statuses, "RestartForceExitStatus RestartPreventExitStatus SuccessExitStatus" },
        { set_signal, "FinalKillSignal KillSignal RestartKillSignal WatchdogSignal" },
        { set_time,
          "CPUQuotaPeriodSec JobRunningTimeoutSec JobTimeoutSec LogRateLimitIntervalSec RestartSec "
          "RuntimeMaxSec StartLimitIntervalSec TimeoutAbortSec TimeoutStartSec TimeoutStopSec "
          "WatchdogSec" },
        { set_both_timeouts, "TimeoutSec" },
        { set_cpu_quota, "CPUQuota" },
        { set_calls, "RestrictAddressFamilies RestrictFileSystems SystemCallFilter" },
        { set_namespaces, "RestrictNamespaces" },
        { set_pair, "DeviceAllow" },
        { set_rate, "IOReadBandwidthMax IOReadIOPSMax IOWriteBandwidthMax IOWriteIOPSMax" },
        { set_path_weight, "IODeviceWeight" },
        { set_path_latency, "IODeviceLatencyTargetSec" },
        { set_bind, "BindPaths BindReadOnlyPaths" },
};

static bool lists(const char *names, const char *name) {
        size_t n = strlen(name);

        for (const char *at = strstr(names, name); at; at = strstr(at + n, name))
                if ((at == names || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
                        return true;
        return false;
}

int sysd_property_parse(const char *text, SysdProperties *p, Error *e) {
        const char *equals = strchr(text, '=');
        _cleanup_(freep) char *name = NULL;

        if (!equals || equals == text)
                return error_new(e, -EINVAL, "property \"%s\" must be given as NAME=VALUE", text);
        name = strndup(text, (size_t) (equals - text));
        if (!name)
                return -ENOMEM;
        for (size_t i = 0; i < N_ELEMENTS(known); i++) {
                int r = 0;

                if (strchr(name, ' ') || !lists(known[i].names, name))
                        continue;
                r = known[i].set(p, name, equals + 1);
                if (r == -EINVAL || r == -ERANGE)
                        return error_new(e, r, "invalid value \"%s\" for property %s", equals + 1,
                                         name);
                return r;
        }
        return error_new(e, -ENOKEY, "unknown unit property \"%s\"", name);
}
