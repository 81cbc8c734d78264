/* SPDX-License-Identifier: Apache-2.0 */

/* Apart from the lists themselves, which programs without libsystemd write to unit files. */

#include "sysd-property.h"

/* systemd takes "$HOME" in an argument for a variable, and "$$" for a "$". */
static int append_argument(const char *text, sd_bus_message *m) {
        _cleanup_(freep) char *escaped = malloc(2 * strlen(text) + 1);
        char *to = escaped;

        if (!escaped)
                return -ENOMEM;
        for (const char *from = text; *from; from++) {
                *to++ = *from;
                if (*from == '$')
                        *to++ = '$';
        }
        *to = '\0';
        return sd_bus_message_append(m, "s", escaped);
}

/* Not in the form with flags, ExecStartEx, one of which turns variables off: that is the name under
 * which systemd 252 writes it to the unit's file, where it is unknown when units are reloaded. */
static int append_exec(const SysdItem *item, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'r', "sasb");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", item->first);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "s");
        for (char **word = item->list; word && *word && r >= 0; word++)
                r = append_argument(*word, m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_append(m, "b", 0);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_item(const SysdItem *item, SysdKind kind, sd_bus_message *m) {
        switch (kind) {
        case SYSD_PAIRS:
                return sd_bus_message_append(m, "(ss)", item->first, item->second);
        case SYSD_LIMITS:
                return sd_bus_message_append(m, "(st)", item->first, item->number);
        case SYSD_BINDS:
                return sd_bus_message_append(m, "(ssbt)", item->first, item->second, 0,
                                             item->number);
        default:
                return append_exec(item, m);
        }
}

static int append_items(const SysdProperty *property, const char *signature, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', signature);

        if (r < 0)
                return r;
        for (size_t i = 0; i < property->n_items; i++) {
                r = append_item(&property->items[i], property->kind, m);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(m);
}

static int append_calls(const SysdProperty *property, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'r', "bas");

        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "b", (int) property->number);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(m, property->list);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int append_bytes(const SysdProperty *property, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "ay");

        for (char **text = property->list; text && *text && r >= 0; text++)
                r = sd_bus_message_append_array(m, 'y', *text, strlen(*text));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_numbers(const SysdProperty *property, bool signals, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "i");

        for (size_t i = 0; i < property->n_items && r >= 0; i++)
                if (signals == (property->items[i].first != NULL))
                        r = sd_bus_message_append(m, "i", (int32_t) property->items[i].number);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_statuses(const SysdProperty *property, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'r', "aiai");

        if (r >= 0)
                r = append_numbers(property, false, m);
        if (r >= 0)
                r = append_numbers(property, true, m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(const SysdProperty *property, sd_bus_message *m) {
        switch (property->kind) {
        case SYSD_BOOL:
                return sd_bus_message_append(m, "b", (int) property->number);
        case SYSD_I32:
                return sd_bus_message_append(m, "i", (int32_t) property->number);
        case SYSD_U32:
                return sd_bus_message_append(m, "u", (uint32_t) property->number);
        case SYSD_U64:
                return sd_bus_message_append(m, "t", property->number);
        case SYSD_STRING:
                return sd_bus_message_append(m, "s", property->text);
        case SYSD_OPTIONAL:
                return sd_bus_message_append(m, "(bs)", (int) property->number, property->text);
        case SYSD_FD:
                return sd_bus_message_append(m, "h", (int) property->number);
        case SYSD_STRV:
                return sd_bus_message_append_strv(m, property->list);
        case SYSD_BYTES:
                return append_bytes(property, m);
        case SYSD_PIDS:
                return sd_bus_message_append(m, "au", 1, (uint32_t) property->number);
        case SYSD_CALLS:
                return append_calls(property, m);
        case SYSD_EXEC:
                return append_items(property, "(sasb)", m);
        case SYSD_PAIRS:
                return append_items(property, "(ss)", m);
        case SYSD_LIMITS:
                return append_items(property, "(st)", m);
        case SYSD_BINDS:
                return append_items(property, "(ssbt)", m);
        case SYSD_STATUSES:
                return append_statuses(property, m);
        }
        return -EINVAL;
}

static int append_one(const SysdProperty *property, sd_bus_message *m) {
        static const char *const signatures[] = {
                [SYSD_BOOL] = "b",        [SYSD_I32] = "i",
                [SYSD_U32] = "u",         [SYSD_U64] = "t",
                [SYSD_STRING] = "s",      [SYSD_OPTIONAL] = "(bs)",
                [SYSD_FD] = "h",          [SYSD_STRV] = "as",
                [SYSD_BYTES] = "aay",     [SYSD_PIDS] = "au",
                [SYSD_EXEC] = "a(sasb)",  [SYSD_CALLS] = "(bas)",
                [SYSD_PAIRS] = "a(ss)",   [SYSD_LIMITS] = "a(st)",
                [SYSD_BINDS] = "a(ssbt)", [SYSD_STATUSES] = "(aiai)",
        };
        int r = sd_bus_message_open_container(m, 'r', "sv");

        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", property->name);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'v', signatures[property->kind]);
        if (r < 0)
                return r;
        r = append_value(property, m);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

int sysd_properties_append(const SysdProperties *p, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "(sv)");

        if (r < 0)
                return r;
        for (size_t i = 0; i < p->n; i++) {
                r = append_one(&p->items[i], m);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(m);
}
