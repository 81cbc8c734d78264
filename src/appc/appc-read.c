/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-read.h"

#include <inttypes.h>

#include "appc-image.h"
#include "appc-name.h"
#include "text.h"

typedef int (*TextCheck)(const char *text, Error *e);

static int read_checked(const Json *value, TextCheck check, char **target, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = json_read_string(value, &text, e);

        if (r < 0)
                return r;
        r = check(text, e);
        if (r < 0)
                return r;
        free(*target);
        *target = ptr_take(&text);
        return 0;
}

int appc_name_read(const Json *value, void *slot, Error *e) {
        return read_checked(value, appc_name_check, slot, e);
}

int appc_identifier_read(const Json *value, void *slot, Error *e) {
        return read_checked(value, appc_identifier_check, slot, e);
}

static int check_id(const char *text, Error *e) {
        if (!appc_id_is_hash(text))
                return error_new(e, -EINVAL, "\"%s\" is not of the form %sHASH", text,
                                 APPC_ID_PREFIX);
        return 0;
}

int appc_id_read(const Json *value, void *slot, Error *e) {
        return read_checked(value, check_id, slot, e);
}

/* Cuts @text at the first @separator. Returns what stands behind it, or NULL. */
static char *cut(char *text, char separator) {
        char *at = strchr(text, separator);

        if (!at)
                return NULL;
        *at = '\0';
        return at + 1;
}

/* "MAJOR.MINOR.PATCH[-PRERELEASE][+METADATA]", as loose as the original: leading zeros count for
 * nothing, and what stands behind the numbers is free. */
static int normalize_version(char *text, char **ret) {
        char *metadata = cut(text, '+'), *prerelease = cut(text, '-');
        char *minor = cut(text, '.'), *patch = minor ? cut(minor, '.') : NULL;
        uint64_t numbers[3];

        if (!patch || text_parse_u64(text, INT64_MAX, &numbers[0]) < 0 ||
            text_parse_u64(minor, INT64_MAX, &numbers[1]) < 0 ||
            text_parse_u64(patch, INT64_MAX, &numbers[2]) < 0)
                return -EBADMSG;
        if (numbers[0] == 0 && numbers[1] == 0 && numbers[2] == 0 && text_is_empty(prerelease) &&
            text_is_empty(metadata))
                return -EINVAL;
        if (asprintf(ret, "%" PRIu64 ".%" PRIu64 ".%" PRIu64 "%s%s%s%s", numbers[0], numbers[1],
                     numbers[2], text_is_empty(prerelease) ? "" : "-", prerelease ? prerelease : "",
                     text_is_empty(metadata) ? "" : "+", metadata ? metadata : "") < 0)
                return -ENOMEM;
        return 0;
}

int appc_version_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *text = NULL;
        char *version = NULL, **target = slot;
        int r = json_read_string(value, &text, e);

        if (r < 0)
                return r;
        r = normalize_version(text, &version);
        if (r == -EBADMSG)
                return error_new(e, -EINVAL, "SemVer is bad");
        if (r == -EINVAL)
                return error_new(e, r, "SemVer cannot be zero");
        if (r < 0)
                return r;
        free(*target);
        *target = version;
        return 0;
}

int appc_kind_check(const Json *manifest, const char *expected, Error *e) {
        _cleanup_(freep) char *kind = NULL;

        if (json_kind(manifest) != JSON_OBJECT)
                return error_new(e, -EINVAL, "expected an object, found %s",
                                 json_kind_name(json_kind(manifest)));
        if (json_read_string(json_get(manifest, "acKind"), &kind, NULL) < 0 ||
            !text_equal(kind, expected))
                return error_new(e, -EINVAL, "missing or bad ACKind (must be \"%s\")", expected);
        return 0;
}

static void free_items(const AppcListType *type, char *items, size_t n) {
        for (size_t i = 0; i < n; i++)
                type->done(items + i * type->item_size);
        free(items);
}

int appc_list_read(
        const Json *value, const AppcListType *type, void *slot, size_t *ret_n, Error *e) {
        size_t n = json_array_length(value);
        char *items = NULL;

        if (value && json_kind(value) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected a list, found %s",
                                 json_kind_name(json_kind(value)));
        if (n > type->max)
                return error_new(e, -ERANGE, "more than %zu items", type->max);
        if (n > 0) {
                items = calloc(n, type->item_size);
                if (!items)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < n; i++) {
                int r = type->read(json_array_get(value, i), items + i * type->item_size, e);

                if (r < 0) {
                        free_items(type, items, n);
                        return error_prefix(e, r, "[%zu]: ", i);
                }
        }
        memcpy(slot, &items, sizeof(items));
        *ret_n = n;
        return 0;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

int appc_find_double(const void *items, size_t n, size_t item_size, const char **ret) {
        _cleanup_(freep) const char **names = NULL;

        if (n < 2)
                return 0;
        names = calloc(n, sizeof(char *));
        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                names[i] = *(const char *const *) ((const char *) items + i * item_size);
        qsort(names, n, sizeof(char *), compare_names);
        for (size_t i = 1; i < n; i++)
                if (strcmp(names[i - 1], names[i]) == 0) {
                        *ret = names[i];
                        return 1;
                }
        return 0;
}

int appc_text_copy(const char *text, char **ret) {
        char *copy = text ? strdup(text) : NULL;

        if (text && !copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}
