/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-property.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static void item_done(SysdItem *item) {
        free(item->first);
        free(item->second);
        strv_free(item->list);
}

static void property_clear(SysdProperty *property) {
        for (size_t i = 0; i < property->n_items; i++)
                item_done(&property->items[i]);
        free(property->items);
        free(property->text);
        strv_free(property->list);
        property->items = NULL;
        property->n_items = 0;
        property->text = NULL;
        property->list = NULL;
}

void sysd_properties_done(SysdProperties *properties) {
        for (size_t i = 0; i < properties->n; i++) {
                property_clear(&properties->items[i]);
                free(properties->items[i].name);
        }
        free(properties->items);
        *properties = SYSD_PROPERTIES_NULL;
}

static SysdProperty *find(const SysdProperties *p, const char *name) {
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->items[i].name, name) == 0)
                        return &p->items[i];
        return NULL;
}

const SysdProperty *sysd_property_get(const SysdProperties *p, const char *name) {
        return find(p, name);
}

/* The slot of that name, new or as it is. NULL when out of memory. */
static SysdProperty *find_or_add(SysdProperties *p, const char *name, SysdKind kind) {
        SysdProperty *slot = find(p, name), *grown = NULL;

        if (slot)
                return slot;
        grown = reallocarray(p->items, p->n + 1, sizeof(SysdProperty));
        if (!grown)
                return NULL;
        p->items = grown;
        slot = &p->items[p->n];
        *slot = (SysdProperty){ .name = strdup(name), .kind = kind };
        if (!slot->name)
                return NULL;
        p->n++;
        return slot;
}

/* To append to: what is there already is of the same kind. */
static SysdProperty *take_slot(SysdProperties *p, const char *name, SysdKind kind) {
        SysdProperty *slot = find_or_add(p, name, kind);

        assert(!slot || slot->kind == kind);
        return slot;
}

static SysdProperty *replace_slot(SysdProperties *p, const char *name, SysdKind kind) {
        SysdProperty *slot = find_or_add(p, name, kind);

        if (slot) {
                property_clear(slot);
                slot->kind = kind;
        }
        return slot;
}

static int set_number(SysdProperties *p, const char *name, SysdKind kind, uint64_t number) {
        SysdProperty *slot = replace_slot(p, name, kind);

        if (!slot)
                return -ENOMEM;
        slot->number = number;
        return 0;
}

int sysd_set_bool(SysdProperties *p, const char *name, bool value) {
        return set_number(p, name, SYSD_BOOL, value);
}

int sysd_set_i32(SysdProperties *p, const char *name, int32_t value) {
        return set_number(p, name, SYSD_I32, (uint64_t) (int64_t) value);
}

int sysd_set_u32(SysdProperties *p, const char *name, uint32_t value) {
        return set_number(p, name, SYSD_U32, value);
}

int sysd_set_u64(SysdProperties *p, const char *name, uint64_t value) {
        return set_number(p, name, SYSD_U64, value);
}

int sysd_set_pid(SysdProperties *p, const char *name, uint32_t pid) {
        return set_number(p, name, SYSD_PIDS, pid);
}

int sysd_set_fd(SysdProperties *p, const char *name, int fd) {
        return set_number(p, name, SYSD_FD, (uint64_t) fd);
}

/* NULL when out of memory. */
static SysdProperty *
put_string(SysdProperties *p, const char *name, SysdKind kind, const char *value) {
        _cleanup_(freep) char *copy = strdup(value);
        SysdProperty *slot = copy ? replace_slot(p, name, kind) : NULL;

        if (slot)
                slot->text = ptr_take(&copy);
        return slot;
}

static SysdProperty *
put_strv(SysdProperties *p, const char *name, SysdKind kind, char *const *list) {
        _cleanup_(strv_freep) Strv copy = NULL;
        SysdProperty *slot = strv_copy(list, &copy) < 0 ? NULL : replace_slot(p, name, kind);

        if (slot)
                slot->list = ptr_take(&copy);
        return slot;
}

int sysd_set_string(SysdProperties *p, const char *name, const char *value) {
        return put_string(p, name, SYSD_STRING, value) ? 0 : -ENOMEM;
}

int sysd_set_optional(SysdProperties *p, const char *name, bool may_fail, const char *value) {
        SysdProperty *slot = put_string(p, name, SYSD_OPTIONAL, value);

        if (!slot)
                return -ENOMEM;
        slot->number = may_fail;
        return 0;
}

int sysd_set_strv(SysdProperties *p, const char *name, char *const *list) {
        return put_strv(p, name, SYSD_STRV, list) ? 0 : -ENOMEM;
}

int sysd_set_calls(SysdProperties *p, const char *name, bool allow, char *const *calls) {
        SysdProperty *slot = put_strv(p, name, SYSD_CALLS, calls);

        if (!slot)
                return -ENOMEM;
        slot->number = allow;
        return 0;
}

int sysd_add_string(SysdProperties *p, const char *name, const char *text) {
        SysdProperty *slot = take_slot(p, name, SYSD_STRV);

        return slot ? strv_append(&slot->list, text) : -ENOMEM;
}

int sysd_add_bytes(SysdProperties *p, const char *name, const char *text) {
        SysdProperty *slot = take_slot(p, name, SYSD_BYTES);

        return slot ? strv_append(&slot->list, text) : -ENOMEM;
}

/* Takes what @item owns, in every case. */
static int add_item(SysdProperties *p, const char *name, SysdKind kind, SysdItem *item) {
        SysdProperty *slot = take_slot(p, name, kind);
        SysdItem *grown = NULL;

        if (slot)
                grown = reallocarray(slot->items, slot->n_items + 1, sizeof(SysdItem));
        if (!grown) {
                item_done(item);
                return -ENOMEM;
        }
        slot->items = grown;
        slot->items[slot->n_items++] = *item;
        return 0;
}

/* Appends an item of copies; each of them may be NULL. */
static int add_copies(SysdProperties *p,
                      const char *name,
                      SysdKind kind,
                      const char *first,
                      const char *second,
                      char *const *list,
                      uint64_t number) {
        SysdItem item = {
                .first = first ? strdup(first) : NULL,
                .second = second ? strdup(second) : NULL,
                .number = number,
        };

        if ((first && !item.first) || (second && !item.second) || strv_copy(list, &item.list) < 0) {
                item_done(&item);
                return -ENOMEM;
        }
        return add_item(p, name, kind, &item);
}

int sysd_add_exec(SysdProperties *p, const char *name, const char *path, char *const *argv) {
        return add_copies(p, name, SYSD_EXEC, path, NULL, argv, 0);
}

static int wrap_item(SysdItem *item, const char *path, char *const *words) {
        _cleanup_(strv_freep) Strv list = NULL;
        _cleanup_(freep) char *copy = strdup(path);
        int r = copy ? strv_copy(words, &list) : -ENOMEM;

        if (r >= 0)
                r = strv_append(&list, item->first);
        for (char **word = item->list; word && *word && r >= 0; word++)
                r = strv_append(&list, *word);
        if (r < 0)
                return r;
        item_done(item);
        item->first = ptr_take(&copy);
        item->list = ptr_take(&list);
        return 0;
}

int sysd_wrap_exec(SysdProperties *p, const char *name, const char *path, char *const *words) {
        int r = 0;

        for (size_t i = 0; i < p->n; i++)
                for (size_t k = 0;
                     strcmp(p->items[i].name, name) == 0 && r >= 0 && k < p->items[i].n_items; k++)
                        r = wrap_item(&p->items[i].items[k], path, words);
        return r;
}

int sysd_add_pair(SysdProperties *p, const char *name, const char *first, const char *second) {
        return add_copies(p, name, SYSD_PAIRS, first, second, NULL, 0);
}

int sysd_add_limit(SysdProperties *p, const char *name, const char *path, uint64_t number) {
        return add_copies(p, name, SYSD_LIMITS, path, NULL, NULL, number);
}

int sysd_add_bind(SysdProperties *p,
                  const char *name,
                  const char *source,
                  const char *target,
                  bool recursive) {
        /* systemd takes the mount flag: MS_REC or nothing. */
        return add_copies(p, name, SYSD_BINDS, source, target, NULL, recursive ? 0x4000 : 0);
}

int sysd_add_status(SysdProperties *p, const char *name, bool is_signal, int number) {
        return add_copies(p, name, SYSD_STATUSES, is_signal ? "signal" : NULL, NULL, NULL,
                          (uint64_t) number);
}

/* Properties that systemd itself adds to instead of replacing, in a unit file as on the bus. */
static bool is_dependency(const char *name) {
        static const char *const names[] = {
                "After",
                "Before",
                "BindsTo",
                "Conflicts",
                "JoinsNamespaceOf",
                "OnFailure",
                "OnSuccess",
                "PartOf",
                "PropagatesStopTo",
                "Requires",
                "RequiresMountsFor",
                "Requisite",
                "StopPropagatedFrom",
                "Upholds",
                "Wants",
        };

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static int copy_items(const SysdProperty *from, SysdProperties *to) {
        int r = 0;

        for (size_t i = 0; i < from->n_items && r >= 0; i++) {
                const SysdItem *item = &from->items[i];

                r = add_copies(to, from->name, from->kind, item->first, item->second, item->list,
                               item->number);
        }
        return r;
}

static int merge_one(SysdProperties *to, const SysdProperty *from) {
        SysdProperty *slot = NULL;

        if (from->kind == SYSD_STRV && is_dependency(from->name)) {
                int r = 0;

                for (char **text = from->list; text && *text && r >= 0; text++)
                        r = sysd_add_string(to, from->name, *text);
                return r;
        }
        slot = replace_slot(to, from->name, from->kind);
        if (!slot)
                return -ENOMEM;
        slot->number = from->number;
        if (from->text) {
                slot->text = strdup(from->text);
                if (!slot->text)
                        return -ENOMEM;
        }
        if (strv_copy(from->list, &slot->list) < 0)
                return -ENOMEM;
        return copy_items(from, to);
}

int sysd_properties_merge(SysdProperties *to, const SysdProperties *from) {
        for (size_t i = 0; i < from->n; i++) {
                int r = merge_one(to, &from->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}
