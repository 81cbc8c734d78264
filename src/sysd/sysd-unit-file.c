/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-unit-file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sysd-value.h"

#define USEC_PER_PERCENT 10000

/* Without quotes: nothing in it may mean anything but itself. */
static int put_plain(const char *name, const char *text, FILE *out, Error *e) {
        if (text[strcspn(text, "\n\r")] != '\0' || text_ends_with(text, "\\"))
                return error_new(e, -EINVAL, "%s cannot be \"%s\" in a unit file", name, text);
        for (; *text; text++) {
                if (*text == '%')
                        fputc('%', out);
                fputc(*text, out);
        }
        return 0;
}

/* A quoted word. @is_argument: of a command, where "$" starts a variable. */
static void put_quoted(const char *text, bool is_argument, FILE *out) {
        fputc('"', out);
        for (; *text; text++) {
                unsigned char c = (unsigned char) *text;

                if (c == '"' || c == '\\')
                        fprintf(out, "\\%c", c);
                else if (c < ' ' || c == 0x7f)
                        fprintf(out, "\\x%02x", c);
                else if (c == '%' || (c == '$' && is_argument))
                        fprintf(out, "%c%c", c, c);
                else
                        fputc(c, out);
        }
        fputc('"', out);
}

static int put_strings(const SysdProperty *p, FILE *out, Error *e) {
        int r = 0;

        for (char **text = p->list; text && *text && r >= 0; text++) {
                fprintf(out, "%s=", p->name);
                if (strcmp(p->name, "Environment") == 0)
                        put_quoted(*text, false, out);
                else
                        r = put_plain(p->name, *text, out, e);
                fputc('\n', out);
        }
        return r;
}

static void put_commands(const SysdProperty *p, FILE *out) {
        for (size_t i = 0; i < p->n_items; i++) {
                fprintf(out, "%s=@", p->name);
                put_quoted(p->items[i].first, true, out);
                for (char **word = p->items[i].list; word && *word; word++) {
                        fputc(' ', out);
                        put_quoted(*word, true, out);
                }
                fputc('\n', out);
        }
}

static void put_binds(const SysdProperty *p, FILE *out) {
        for (size_t i = 0; i < p->n_items; i++) {
                fprintf(out, "%s=", p->name);
                put_quoted(p->items[i].first, false, out);
                fputc(':', out);
                put_quoted(p->items[i].second, false, out);
                fprintf(out, ":%s\n", p->items[i].number ? "rbind" : "norbind");
        }
}

static void put_calls(const SysdProperty *p, FILE *out) {
        fprintf(out, "%s=%s", p->name, p->number ? "" : "~");
        for (char **name = p->list; name && *name; name++)
                fprintf(out, "%s%s", name == p->list ? "" : " ", *name);
        fputc('\n', out);
}

/* Those that are allowed, by name; a number on the bus. */
static void put_namespaces(const SysdProperty *p, FILE *out) {
        fprintf(out, "%s=", p->name);
        if (p->number == 0)
                fputs("yes", out);
        for (size_t i = 0, n = 0; i < SYSD_NAMESPACES_MAX; i++)
                if (p->number & sysd_namespaces[i].flag)
                        fprintf(out, "%s%s", n++ == 0 ? "" : " ", sysd_namespaces[i].name);
        fputc('\n', out);
}

/* Times have another name on the bus, and are in seconds where no unit stands behind them. */
static void put_number(const SysdProperty *p, FILE *out) {
        bool is_time = text_ends_with(p->name, "USec");
        int n = (int) strlen(p->name) - (is_time ? (int) strlen("USec") : 0);

        if (strcmp(p->name, "RestrictNamespaces") == 0)
                put_namespaces(p, out);
        else if (strcmp(p->name, "CPUQuotaPerSecUSec") == 0)
                fprintf(out, "CPUQuota=%" PRIu64 ".%02" PRIu64 "%%\n", p->number / USEC_PER_PERCENT,
                        p->number % USEC_PER_PERCENT / (USEC_PER_PERCENT / 100));
        else if (p->number == UINT64_MAX)
                fprintf(out, "%.*s%s=infinity\n", n, p->name, is_time ? "Sec" : "");
        else
                fprintf(out, "%.*s%s=%" PRIu64 "%s\n", n, p->name, is_time ? "Sec" : "", p->number,
                        is_time ? "us" : "");
}

static int put_one(const SysdProperty *p, FILE *out, Error *e) {
        int r = 0;

        switch (p->kind) {
        case SYSD_BOOL:
                fprintf(out, "%s=%s\n", p->name, p->number ? "yes" : "no");
                return 0;
        case SYSD_I32:
                fprintf(out, "%s=%" PRIi64 "\n", p->name, (int64_t) p->number);
                return 0;
        case SYSD_U32:
        case SYSD_U64:
                put_number(p, out);
                return 0;
        case SYSD_STRING:
        case SYSD_OPTIONAL:
                fprintf(out, "%s=%s", p->name, p->kind == SYSD_OPTIONAL && p->number ? "-" : "");
                r = put_plain(p->name, p->text, out, e);
                fputc('\n', out);
                return r;
        case SYSD_STRV:
                return put_strings(p, out, e);
        case SYSD_CALLS:
                put_calls(p, out);
                return 0;
        case SYSD_EXEC:
                put_commands(p, out);
                return 0;
        case SYSD_BINDS:
                put_binds(p, out);
                return 0;
        case SYSD_LIMITS:
                for (size_t i = 0; i < p->n_items; i++)
                        fprintf(out, "%s=%s %" PRIu64 "\n", p->name, p->items[i].first,
                                p->items[i].number);
                return 0;
        default:
                return error_new(e, -EOPNOTSUPP, "a unit file cannot hold property '%s'", p->name);
        }
}

int sysd_unit_file_write(const SysdProperties *p, FILE *out, Error *e) {
        int r = 0;

        for (size_t i = 0; i < p->n && r >= 0; i++)
                r = put_one(&p->items[i], out, e);
        return r;
}
