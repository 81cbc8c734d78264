/* SPDX-License-Identifier: Apache-2.0 */
#include "render-pax.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XATTR_PREFIX "SCHILY.xattr."

void render_pax_done(RenderPax *pax) {
        free(pax->extents);
        *pax = (RenderPax){};
}

int render_decimal_parse(RenderSpan text, uint64_t *ret) {
        uint64_t value = 0;

        if (text.n == 0)
                return -EBADMSG;
        for (size_t i = 0; i < text.n; i++) {
                if (text.at[i] < '0' || text.at[i] > '9')
                        return -EBADMSG;
                if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
                    __builtin_add_overflow(value, (uint64_t) (text.at[i] - '0'), &value))
                        return -ERANGE;
        }
        if (value > INT64_MAX)
                return -ERANGE;
        *ret = value;
        return 0;
}

int render_extents_push(RenderExtent **list, size_t *n, RenderExtent extent) {
        if (*n >= RENDER_EXTENTS_MAX)
                return -E2BIG;
        if ((*n & (*n - 1)) == 0) { /* full at each power of two */
                RenderExtent *grown = reallocarray(*list, *n ? *n * 2 : 1, sizeof(**list));

                if (!grown)
                        return -ENOMEM;
                *list = grown;
        }
        (*list)[(*n)++] = extent;
        return 0;
}

static bool span_equal(RenderSpan span, const char *text) {
        return span.n == strlen(text) && memcmp(span.at, text, span.n) == 0;
}

static int set_text(RenderSpan *slot, RenderSpan value) {
        if (slot->at || value.n == 0 || memchr(value.at, '\0', value.n))
                return -EBADMSG;
        *slot = value;
        return 0;
}

static int set_number(bool *has, uint64_t *slot, RenderSpan value) {
        if (*has)
                return -EBADMSG;
        *has = true;
        return render_decimal_parse(value, slot);
}

static int on_path(RenderPax *pax, RenderSpan value) {
        return set_text(&pax->path, value);
}

static int on_linkpath(RenderPax *pax, RenderSpan value) {
        return set_text(&pax->linkpath, value);
}

static int on_size(RenderPax *pax, RenderSpan value) {
        return set_number(&pax->has_size, &pax->size, value);
}

static int on_uid(RenderPax *pax, RenderSpan value) {
        return set_number(&pax->has_uid, &pax->uid, value);
}

static int on_gid(RenderPax *pax, RenderSpan value) {
        return set_number(&pax->has_gid, &pax->gid, value);
}

/* Nine digits of the fraction count; all must be digits. */
static int parse_fraction(RenderSpan text, uint32_t *ret) {
        uint32_t value = 0, unit = 100000000;

        for (size_t i = 0; i < text.n; i++, unit /= 10) {
                if (text.at[i] < '0' || text.at[i] > '9')
                        return -EBADMSG;
                value += unit * (uint32_t) (text.at[i] - '0');
        }
        *ret = value;
        return 0;
}

static int on_mtime(RenderPax *pax, RenderSpan value) {
        bool negative = value.n > 0 && value.at[0] == '-';
        RenderSpan whole = { value.at + negative, value.n - negative }, fraction = {};
        const char *point = memchr(whole.at, '.', whole.n);
        uint64_t seconds = 0;
        int r = 0;

        if (pax->has_mtime)
                return -EBADMSG;
        pax->has_mtime = true;
        if (point) {
                fraction = (RenderSpan){ point + 1, whole.n - (size_t) (point + 1 - whole.at) };
                whole.n = (size_t) (point - whole.at);
        }
        r = render_decimal_parse(whole, &seconds);
        if (r >= 0)
                r = parse_fraction(fraction, &pax->mtime_nsec);
        if (r < 0)
                return r;
        pax->mtime = negative ? -(int64_t) seconds : (int64_t) seconds;
        if (negative && pax->mtime_nsec > 0) { /* nanoseconds count forwards */
                pax->mtime--;
                pax->mtime_nsec = 1000000000 - pax->mtime_nsec;
        }
        return 0;
}

static int on_sparse_major(RenderPax *pax, RenderSpan value) {
        if (pax->sparse_in_data || !span_equal(value, "1"))
                return -EBADMSG;
        pax->sparse_in_data = true;
        return 0;
}

static int on_sparse_minor(RenderPax *pax, RenderSpan value) {
        (void) pax;
        return span_equal(value, "0") ? 0 : -EBADMSG;
}

static int on_sparse_name(RenderPax *pax, RenderSpan value) {
        return set_text(&pax->sparse_name, value);
}

static int on_real_size(RenderPax *pax, RenderSpan value) {
        return set_number(&pax->has_real_size, &pax->real_size, value);
}

static int on_sparse_offset(RenderPax *pax, RenderSpan value) {
        RenderExtent extent = {};
        int r = render_decimal_parse(value, &extent.offset);

        if (r < 0 || pax->extent_open)
                return r < 0 ? r : -EBADMSG;
        pax->extent_open = true;
        return render_extents_push(&pax->extents, &pax->n_extents, extent);
}

static int on_sparse_numbytes(RenderPax *pax, RenderSpan value) {
        if (!pax->extent_open)
                return -EBADMSG;
        pax->extent_open = false;
        return render_decimal_parse(value, &pax->extents[pax->n_extents - 1].n);
}

/* "offset,size,offset,size" */
static int on_sparse_map(RenderPax *pax, RenderSpan value) {
        const char *at = value.at, *end = value.at + value.n;
        bool is_offset = true;

        if (pax->extents)
                return -EBADMSG;
        while (at < end) {
                const char *comma = memchr(at, ',', (size_t) (end - at));
                RenderSpan number = { at, (size_t) ((comma ? comma : end) - at) };
                int r = is_offset ? on_sparse_offset(pax, number) : on_sparse_numbytes(pax, number);

                if (r < 0)
                        return r;
                is_offset = !is_offset;
                at = comma ? comma + 1 : end;
        }
        return is_offset ? 0 : -EBADMSG;
}

static int on_foreign_sparse(RenderPax *pax, RenderSpan value) {
        (void) pax;
        (void) value;
        return -EOPNOTSUPP;
}

static const struct {
        const char *key;
        int (*set)(RenderPax *pax, RenderSpan value);
} keys[] = {
        { "path", on_path },
        { "linkpath", on_linkpath },
        { "size", on_size },
        { "uid", on_uid },
        { "gid", on_gid },
        { "mtime", on_mtime },
        { "GNU.sparse.major", on_sparse_major },
        { "GNU.sparse.minor", on_sparse_minor },
        { "GNU.sparse.name", on_sparse_name },
        { "GNU.sparse.realsize", on_real_size },
        { "GNU.sparse.size", on_real_size },
        { "GNU.sparse.offset", on_sparse_offset },
        { "GNU.sparse.numbytes", on_sparse_numbytes },
        { "GNU.sparse.map", on_sparse_map },
        { "SCHILY.realsize", on_foreign_sparse },
};

static int add_xattr(RenderPax *pax, RenderSpan name, RenderSpan value) {
        if (name.n == 0 || name.n > 255 || memchr(name.at, '\0', name.n))
                return -EBADMSG;
        for (unsigned i = 0; i < pax->n_xattrs; i++)
                if (pax->xattrs[i].name.n == name.n &&
                    memcmp(pax->xattrs[i].name.at, name.at, name.n) == 0)
                        return -EBADMSG;
        if (pax->n_xattrs == RENDER_XATTRS_MAX)
                return -E2BIG;
        pax->xattrs[pax->n_xattrs++] = (RenderXattr){ name, value };
        return 0;
}

static int add_record(RenderPax *pax, RenderSpan key, RenderSpan value, Error *e) {
        size_t prefix = strlen(XATTR_PREFIX);
        int r = 0;

        if (key.n > prefix && memcmp(key.at, XATTR_PREFIX, prefix) == 0) {
                r = add_xattr(pax, (RenderSpan){ key.at + prefix, key.n - prefix }, value);
        } else {
                for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                        if (span_equal(key, keys[i].key)) {
                                r = keys[i].set(pax, value);
                                break;
                        }
                if (key.n > 4 && memmem(key.at, key.n, "xattr.", 6))
                        pax->n_ignored_xattrs++;
        }
        if (r < 0)
                return error_new(e, r, "bad or repeated record \"%.*s\" in an extended header",
                                 (int) (key.n < 64 ? key.n : 64), key.at);
        return 0;
}

/* Takes one record off @text. Returns 0; -EBADMSG. */
static int next_record(RenderSpan *text, RenderSpan *ret_key, RenderSpan *ret_value) {
        const char *blank = memchr(text->at, ' ', text->n < 20 ? text->n : 20), *equal = NULL;
        RenderSpan body = {};
        uint64_t length = 0;

        if (!blank || render_decimal_parse((RenderSpan){ text->at, (size_t) (blank - text->at) },
                                           &length) < 0)
                return -EBADMSG;
        if (length > text->n || length < (size_t) (blank - text->at) + 4 ||
            text->at[length - 1] != '\n')
                return -EBADMSG;
        body = (RenderSpan){ blank + 1, length - (size_t) (blank + 1 - text->at) - 1 };
        equal = memchr(body.at, '=', body.n);
        if (!equal || equal == body.at)
                return -EBADMSG;
        *ret_key = (RenderSpan){ body.at, (size_t) (equal - body.at) };
        *ret_value = (RenderSpan){ equal + 1, body.n - ret_key->n - 1 };
        text->at += length;
        text->n -= length;
        return 0;
}

int render_pax_parse(const char *text, size_t n, RenderPax *ret, Error *e) {
        RenderSpan rest = { text, n };

        while (rest.n > 0) {
                RenderSpan key = {}, value = {};
                int r = next_record(&rest, &key, &value);

                if (r < 0)
                        return error_new(e, r, "malformed extended header");
                r = add_record(ret, key, value, e);
                if (r < 0)
                        return r;
        }
        if (ret->extent_open ||
            ((ret->extents || ret->sparse_in_data || ret->sparse_name.at) && !ret->has_real_size) ||
            (ret->sparse_in_data && ret->extents))
                return error_new(e, -EBADMSG, "incomplete sparse file in an extended header");
        return 0;
}

int render_pax_check_global(const char *text, size_t n, Error *e) {
        RenderSpan rest = { text, n };

        while (rest.n > 0) {
                RenderSpan key = {}, value = {};
                bool matters = false;
                int r = next_record(&rest, &key, &value);

                if (r < 0)
                        return error_new(e, r, "malformed global header");
                for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                        matters = matters || span_equal(key, keys[i].key);
                if (matters || (key.n > 7 && memcmp(key.at, "SCHILY.", 7) == 0))
                        return error_new(e, -EBADMSG, "global header sets \"%.*s\" for all files",
                                         (int) (key.n < 64 ? key.n : 64), key.at);
        }
        return 0;
}
