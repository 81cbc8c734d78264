/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-html.h"

#include <ctype.h>
#include <strings.h>

#include "text.h"

#define BLANKS " \t\r\n\f"

/* All of the page, NUL-terminated, and how far it was read. */
typedef struct Page {
        char *next;
        unsigned n_metas;
} Page;

/* An attribute, where it stands in the page: both ends get a NUL once the tag was read. */
typedef struct Attribute {
        char *name, *value;
        size_t n_name, n_value;
} Attribute;

/* Elements whose content is no markup. */
static const char *const raw_elements[] = {
        "iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp",
};

static bool equals(const char *text, size_t n, const char *name) {
        return strlen(name) == n && strncasecmp(text, name, n) == 0;
}

/* To the first of @ends, or the end of the page. */
static void skip_to(Page *page, const char *ends) {
        page->next += strcspn(page->next, ends);
}

static void skip_blanks(Page *page) {
        page->next += strspn(page->next, BLANKS "/");
}

static void skip_comment(Page *page) {
        char *end = strstr(page->next, "-->");

        page->next = end ? end + strlen("-->") : page->next + strlen(page->next);
}

/* To the tag that ends a raw element, or the end of the page. */
static void skip_raw(Page *page, const char *element) {
        while (*page->next) {
                char *end = strstr(page->next, "</");

                if (!end) {
                        page->next += strlen(page->next);
                        return;
                }
                page->next = end + 2;
                if (strncasecmp(page->next, element, strlen(element)) == 0 &&
                    !isalnum((unsigned char) page->next[strlen(element)]))
                        return;
        }
}

/* One attribute. Returns whether there was one. */
static bool take_attribute(Page *page, Attribute *ret) {
        *ret = (Attribute){};
        skip_blanks(page);
        if (*page->next == '\0' || *page->next == '>')
                return false;
        ret->name = page->next;
        page->next++; /* a '=' may be the first character of a name */
        skip_to(page, BLANKS "/>=");
        ret->n_name = (size_t) (page->next - ret->name);
        page->next += strspn(page->next, BLANKS);
        if (*page->next != '=')
                return true;
        page->next++;
        page->next += strspn(page->next, BLANKS);
        if (*page->next == '"' || *page->next == '\'') {
                const char quote[] = { *page->next, '\0' };

                ret->value = ++page->next;
                skip_to(page, quote);
                ret->n_value = (size_t) (page->next - ret->value);
                if (*page->next)
                        page->next++;
                else
                        ret->value = NULL; /* the page ends within it: no tag */
        } else {
                ret->value = page->next;
                skip_to(page, BLANKS ">");
                ret->n_value = (size_t) (page->next - ret->value);
        }
        return true;
}

/* "&amp;" and the like, and numbers that mean a visible character of ASCII. Returns the length of
 * the reference, 0 if it is none. */
static size_t decode_entity(const char *text, char *ret) {
        static const struct {
                const char *name;
                char c;
        } names[] = { { "&amp;", '&' },
                      { "&lt;", '<' },
                      { "&gt;", '>' },
                      { "&quot;", '"' },
                      { "&apos;", '\'' } };
        const char *digits = text_after(text, "&#");
        int base = 10;
        size_t n = 0;
        long number = 0;

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (text_after(text, names[i].name)) {
                        *ret = names[i].c;
                        return strlen(names[i].name);
                }
        if (!digits)
                return 0;
        if (*digits == 'x' || *digits == 'X') {
                base = 16;
                digits++;
        }
        n = strspn(digits, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");
        if (n == 0 || n > 6 || digits[n] != ';')
                return 0;
        number = strtol(digits, NULL, base);
        if (number <= ' ' || number > '~')
                return 0;
        *ret = (char) number;
        return (size_t) (digits - text) + n + 1;
}

static void decode_entities(char *text) {
        char *out = text;

        while (*text) {
                char c = *text;
                size_t n = c == '&' ? decode_entity(text, &c) : 0;

                *out++ = c;
                text += n > 0 ? n : 1;
        }
        *out = '\0';
}

static int take_text(const Attribute *attribute, char **ret) {
        _cleanup_(freep) char *text = strndup(attribute->value, attribute->n_value);

        if (!text)
                return -ENOMEM;
        decode_entities(text);
        *ret = strdup(text_trim(text));
        return *ret ? 0 : -ENOMEM;
}

/* Of attributes that come twice, the first one counts. */
static int take_meta(Page *page, FetchMetaFn fn, void *userdata, Error *e) {
        _cleanup_(freep) char *name = NULL, *content = NULL;
        Attribute attribute;
        int r = 0;

        while (r >= 0 && take_attribute(page, &attribute)) {
                if (!attribute.value)
                        continue;
                if (!name && equals(attribute.name, attribute.n_name, "name"))
                        r = take_text(&attribute, &name);
                else if (!content && equals(attribute.name, attribute.n_name, "content"))
                        r = take_text(&attribute, &content);
        }
        /* A tag that the page's end cuts off is none. */
        if (r < 0 || *page->next != '>' || text_is_empty(name) || text_is_empty(content))
                return r;
        if (page->n_metas++ == FETCH_HTML_METAS_MAX)
                return error_new(e, -ERANGE, "the page has more than %d meta tags",
                                 FETCH_HTML_METAS_MAX);
        return fn(name, content, userdata, e);
}

/* Behind a '<'. */
static int take_tag(Page *page, FetchMetaFn fn, void *userdata, Error *e) {
        Attribute ignored;
        const char *name = page->next;
        size_t n = 0;

        if (text_after(name, "!--")) {
                page->next += strlen("!--");
                skip_comment(page);
                return 0;
        }
        if (*name == '!' || *name == '?') {
                skip_to(page, ">");
                return 0;
        }
        if (*name == '/')
                name = ++page->next;
        else if (!isalpha((unsigned char) *name))
                return 0;
        skip_to(page, BLANKS "/>");
        n = (size_t) (page->next - name);
        if (name[-1] != '/' && equals(name, n, "meta"))
                return take_meta(page, fn, userdata, e);
        while (take_attribute(page, &ignored))
                ;
        for (size_t i = 0; name[-1] != '/' && i < N_ELEMENTS(raw_elements); i++)
                if (equals(name, n, raw_elements[i]))
                        skip_raw(page, raw_elements[i]);
        return 0;
}

int fetch_html_metas(const char *html, size_t n, FetchMetaFn fn, void *userdata, Error *e) {
        _cleanup_(freep) char *copy = NULL;
        Page page = {};
        int r = 0;

        if (n > FETCH_HTML_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "the page has more than %zu bytes",
                                 FETCH_HTML_SIZE_MAX);
        copy = strndup(n > 0 ? html : "", n);
        if (!copy)
                return -ENOMEM;
        page.next = copy;
        while (r >= 0) {
                skip_to(&page, "<");
                if (*page.next == '\0')
                        break;
                page.next++;
                r = take_tag(&page, fn, userdata, e);
        }
        return r;
}
