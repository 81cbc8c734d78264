/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Unit properties as typed values, before they go into a message. Later ones of the same name
 * replace earlier ones, so that what a user asks for comes last and holds. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "errors.h"
#include "text.h"

typedef enum SysdKind {
        SYSD_BOOL,     /* b */
        SYSD_I32,      /* i */
        SYSD_U32,      /* u */
        SYSD_U64,      /* t */
        SYSD_STRING,   /* s */
        SYSD_OPTIONAL, /* (bs): true where failing to apply it is no failure */
        SYSD_FD,       /* h: borrowed, must stay open until the message is sent */
        SYSD_STRV,     /* as */
        SYSD_BYTES,    /* aay: each string as bytes */
        SYSD_PIDS,     /* au */
        SYSD_EXEC,     /* a(sasas): several commands, each a path, its arguments, its flags */
        SYSD_CALLS,    /* (bas): true for an allow-list */
        SYSD_PAIRS,    /* a(ss) */
        SYSD_LIMITS,   /* a(st): a path and a number */
        SYSD_BINDS,    /* a(ssbt): source, target, false, recursive */
        SYSD_STATUSES, /* (aiai): exit statuses and signals; a signal has a first */
} SysdKind;

/* One element of the kinds that are lists of structures; each uses the members it has. */
typedef struct SysdItem {
        char *first, *second;
        Strv list;
        uint64_t number;
} SysdItem;

typedef struct SysdProperty {
        char *name;
        SysdKind kind;
        uint64_t number; /* numbers, booleans, descriptors */
        char *text;
        Strv list;
        SysdItem *items;
        size_t n_items;
} SysdProperty;

typedef struct SysdProperties {
        SysdProperty *items;
        size_t n;
} SysdProperties;

#define SYSD_PROPERTIES_NULL ((SysdProperties){})

void sysd_properties_done(SysdProperties *properties);

/* All set or replace; 0 or -ENOMEM. What is passed is copied. */
int sysd_set_bool(SysdProperties *p, const char *name, bool value);
int sysd_set_i32(SysdProperties *p, const char *name, int32_t value);
int sysd_set_u32(SysdProperties *p, const char *name, uint32_t value);
int sysd_set_u64(SysdProperties *p, const char *name, uint64_t value);
int sysd_set_string(SysdProperties *p, const char *name, const char *value);
int sysd_set_optional(SysdProperties *p, const char *name, bool may_fail, const char *value);
int sysd_set_fd(SysdProperties *p, const char *name, int fd);
int sysd_set_strv(SysdProperties *p, const char *name, char *const *list);
int sysd_set_pid(SysdProperties *p, const char *name, uint32_t pid);
int sysd_set_calls(SysdProperties *p, const char *name, bool allow, char *const *calls);

/* These append to a list: ExecStart, ExecStartPre (arguments as they are), DeviceAllow,
 * BindPaths, SuccessExitStatus, and string lists such as After=. A name has one kind only. */
int sysd_add_exec(SysdProperties *p, const char *name, const char *path, char *const *argv);

/* Runs each command of @name by the program @path instead: @words in front of the command's own path
 * and arguments. */
int sysd_wrap_exec(SysdProperties *p, const char *name, const char *path, char *const *words);
int sysd_add_pair(SysdProperties *p, const char *name, const char *first, const char *second);
int sysd_add_limit(SysdProperties *p, const char *name, const char *path, uint64_t number);
int sysd_add_bind(SysdProperties *p,
                  const char *name,
                  const char *source,
                  const char *target,
                  bool recursive);
int sysd_add_status(SysdProperties *p, const char *name, bool is_signal, int number);
int sysd_add_string(SysdProperties *p, const char *name, const char *text);
int sysd_add_bytes(SysdProperties *p, const char *name, const char *text);

/* Sets each property of @from in @to; lists of units (After=, Requires=...) are joined. */
int sysd_properties_merge(SysdProperties *to, const SysdProperties *from);

/* NULL if it is not there. Borrowed. */
const SysdProperty *sysd_property_get(const SysdProperties *p, const char *name);

/* Appends all as "a(sv)". Returns 0; a negative errno. */
int sysd_properties_append(const SysdProperties *p, sd_bus_message *m);
