/* SPDX-License-Identifier: Apache-2.0 */
#include "json-read.h"

#include <json-c/json.h>

#include "text.h"

/* json-c is the tree builder. Even when strict it takes 'x' and NaN, a key twice, lone surrogates,
 * and numbers beyond 64 bits; what follows refuses those. All casts between Json and json_object
 * are in this file. */

static json_object *inner(const Json *value) {
        return (json_object *) (uintptr_t) value;
}

static const Json *outer(const json_object *value) {
        return (const Json *) value;
}

/* What a glance at the bytes tells before they are parsed. */
typedef struct Scan {
        const char *text;
        size_t n, at;
        size_t n_colons; /* outside strings: as many as there are members */
        size_t n_values, n_containers;
        unsigned depth;
} Scan;

static int scan_error(const Scan *s, Error *e, const char *what) {
        unsigned line = 1;
        size_t column = 1;

        for (size_t i = 0; i < s->at && i < s->n; i++, column++)
                if (s->text[i] == '\n') {
                        line++;
                        column = 0;
                }
        return error_new(e, -EBADMSG, "line %u, column %zu: %s", line, column, what);
}

static int scan_hex4(const Scan *s, unsigned *ret) {
        unsigned value = 0;

        if (s->n - s->at < 6)
                return -EBADMSG;
        for (size_t i = s->at + 2; i < s->at + 6; i++) {
                const char *digits = "0123456789abcdef";
                const char *digit = s->text[i] ? strchr(digits, s->text[i] | 0x20) : NULL;

                if (!digit)
                        return -EBADMSG;
                value = value * 16 + (unsigned) (digit - digits);
        }
        *ret = value;
        return 0;
}

/* At a backslash. Only \u needs a look: json-c turns a lone surrogate into U+FFFD. */
static int scan_escape(Scan *s, Error *e) {
        unsigned unit = 0, low = 0;

        if (s->n - s->at < 2)
                return scan_error(s, e, "unfinished string");
        if (s->text[s->at + 1] != 'u') {
                s->at += 2;
                return 0;
        }
        if (scan_hex4(s, &unit) < 0)
                return scan_error(s, e, "bad \\u escape");
        if (unit == 0)
                return scan_error(s, e, "NUL in a string");
        if (unit >= 0xdc00 && unit <= 0xdfff)
                return scan_error(s, e, "lone surrogate");
        s->at += 6;
        if (unit < 0xd800 || unit > 0xdbff)
                return 0;
        if (s->n - s->at < 2 || s->text[s->at] != '\\' || s->text[s->at + 1] != 'u' ||
            scan_hex4(s, &low) < 0 || low < 0xdc00 || low > 0xdfff)
                return scan_error(s, e, "lone surrogate");
        s->at += 6;
        return 0;
}

/* At an opening quote; ends behind the closing one. */
static int scan_string(Scan *s, Error *e) {
        s->at++;
        while (s->at < s->n) {
                unsigned char c = (unsigned char) s->text[s->at];

                if (c == '"') {
                        s->at++;
                        return 0;
                }
                if (c < 0x20)
                        return scan_error(s, e, "control character in a string");
                if (c == '\\') {
                        int r = scan_escape(s, e);
                        if (r < 0)
                                return r;
                } else
                        s->at++;
        }
        return scan_error(s, e, "unfinished string");
}

static size_t skip_digits(Scan *s) {
        size_t from = s->at;

        while (s->at < s->n && s->text[s->at] >= '0' && s->text[s->at] <= '9')
                s->at++;
        return s->at - from;
}

static bool skip_one_of(Scan *s, const char *characters) {
        if (s->at >= s->n || !s->text[s->at] || !strchr(characters, s->text[s->at]))
                return false;
        s->at++;
        return true;
}

/* Whether json-c can hold the integer: beyond 64 bits it takes the nearest it has instead. */
static bool fits_64_bits(const char *digits, size_t n, bool negative) {
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                if (__builtin_mul_overflow(value, (uint64_t) 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (digits[i] - '0'), &value))
                        return false;
        return !negative || value <= (uint64_t) INT64_MAX + 1;
}

/* A number as the grammar has it; json-c would take "01", "1." and "-". */
static int scan_number(Scan *s, Error *e) {
        bool negative = skip_one_of(s, "-"), is_integer = true;
        const char *digits = s->text + s->at;
        size_t n = skip_digits(s);

        if (n > 1 && digits[0] == '0')
                return scan_error(s, e, "number with a leading zero");
        if (n == 0)
                return scan_error(s, e, "bad number");
        if (skip_one_of(s, ".")) {
                is_integer = false;
                if (skip_digits(s) == 0)
                        return scan_error(s, e, "bad number");
        }
        if (skip_one_of(s, "eE")) {
                is_integer = false;
                (void) skip_one_of(s, "+-");
                if (skip_digits(s) == 0)
                        return scan_error(s, e, "bad number");
        }
        if (is_integer && !fits_64_bits(digits, n, negative))
                return scan_error(s, e, "number out of range");
        return 0;
}

/* Each value but the first of its list or object follows a comma. An object takes 800 bytes in the
 * tree, however empty: without the second bound a document of 4 MiB could ask for a gigabyte. Both
 * together keep it below 60 MiB (json-c 0.16). */
static int scan_structure(Scan *s, char c, Error *e) {
        switch (c) {
        case '{':
        case '[':
                if (++s->depth > JSON_DEPTH_MAX)
                        return scan_error(s, e, "nested too deeply");
                if (++s->n_containers > JSON_CONTAINERS_MAX)
                        return scan_error(s, e, "too many objects and lists");
                break;
        case '}':
        case ']':
                if (s->depth > 0)
                        s->depth--;
                break;
        case ',':
                if (++s->n_values > JSON_VALUES_MAX)
                        return scan_error(s, e, "too many values");
                break;
        case ':':
                s->n_colons++;
                break;
        default:
                break;
        }
        return 0;
}

static int scan_one(Scan *s, Error *e) {
        char c = s->text[s->at];
        int r = 0;

        if (c == '"')
                return scan_string(s, e);
        if (c == '-' || (c >= '0' && c <= '9'))
                return scan_number(s, e);
        r = scan_structure(s, c, e);
        if (r < 0)
                return r;
        /* Structure, blanks, and the letters of true, false and null. */
        if (!c || !strchr("{}[]:, \t\r\ntruefalsn", c))
                return scan_error(s, e, "unexpected character");
        s->at++;
        return 0;
}

static size_t count_members(json_object *value) {
        size_t n = 0;

        if (json_object_is_type(value, json_type_object)) {
                json_object_object_foreach(value, key, member) {
                        (void) key;
                        n += 1 + count_members(member);
                }
        } else if (json_object_is_type(value, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(value); i++)
                        n += count_members(json_object_array_get_idx(value, i));
        }
        return n;
}

static json_tokener *tokener_free(json_tokener *tokener) {
        if (tokener)
                json_tokener_free(tokener);
        return NULL;
}

DEFINE_CLEANUP(json_tokener, tokener_free);

/* Bytes of the character that begins so, in UTF-8. */
static size_t character_length(unsigned char first) {
        return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0x80 ? 2 : 1;
}

/* A character beyond ASCII as one or two "\\uXXXX". Returns the end of what was written. */
static char *escape_character(const unsigned char *text, size_t n, char *to) {
        uint32_t code = text[0] & (0x7fU >> n);

        for (size_t i = 1; i < n; i++)
                code = code << 6 | (text[i] & 0x3fU);
        if (code > 0xffff) {
                code -= 0x10000;
                to += sprintf(to, "\\u%04x", 0xd800 + (code >> 10));
                code = 0xdc00 + (code & 0x3ff);
        }
        return to + sprintf(to, "\\u%04x", code);
}

/* json-c 0.18 takes each byte beyond ASCII in a string for a control character, which strict readers
 * refuse: it is given escapes. Where such a character is wrong, behind a backslash, it stays. */
static int make_ascii(const Scan *s, char **ret, size_t *ret_n) {
        const unsigned char *text = (const unsigned char *) s->text;
        char *out = malloc(3 * s->n + 1), *to = out; /* two bytes become six at worst */
        bool quoted = false;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0, n = 0; i < s->n; i += n) {
                n = character_length(text[i]);
                if (n > 1 && !quoted) {
                        to = escape_character(text + i, n, to);
                } else {
                        memcpy(to, text + i, n);
                        to += n;
                }
                quoted = text[i] == '\\' && !quoted;
        }
        *ret = out;
        *ret_n = (size_t) (to - out);
        return 0;
}

static int build(Scan *s, json_object **ret, Error *e) {
        _cleanup_(tokener_freep) json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        _cleanup_(freep) char *ascii = NULL;
        size_t n = 0;
        json_object *root = NULL;
        enum json_tokener_error error;

        if (!tokener || make_ascii(s, &ascii, &n) < 0)
                return -ENOMEM;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        root = json_tokener_parse_ex(tokener, ascii, (int) n);
        error = json_tokener_get_error(tokener);
        if (error == json_tokener_continue)
                root = json_tokener_parse_ex(tokener, "", 1); /* a bare number ends with its text */
        error = json_tokener_get_error(tokener);
        if (error != json_tokener_success) {
                s->at = json_tokener_get_parse_end(tokener);
                json_object_put(root);
                return scan_error(s, e, json_tokener_error_desc(error));
        }
        *ret = root;
        return 0;
}

int json_parse(const char *text, size_t n, Json **ret, Error *e) {
        Scan s = { .text = text, .n = n };
        json_object *root = NULL;
        int r = 0;

        if (n > JSON_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "document has more than %zu bytes", JSON_SIZE_MAX);
        if (!text_is_utf8(text, n))
                return error_new(e, -EBADMSG, "document is not UTF-8");
        while (s.at < n) {
                r = scan_one(&s, e);
                if (r < 0)
                        return r;
        }

        r = build(&s, &root, e);
        if (r < 0)
                return r;
        if (count_members(root) != s.n_colons) {
                json_object_put(root);
                return error_new(e, -EBADMSG, "a member's name is there twice");
        }
        *ret = (Json *) root;
        return 0;
}

Json *json_free(Json *root) {
        json_object_put(inner(root));
        return NULL;
}

JsonKind json_kind(const Json *value) {
        switch (json_object_get_type(inner(value))) {
        case json_type_boolean:
                return JSON_BOOL;
        case json_type_int:
                return JSON_INTEGER;
        case json_type_double:
                return JSON_REAL;
        case json_type_string:
                return JSON_STRING;
        case json_type_array:
                return JSON_ARRAY;
        case json_type_object:
                return JSON_OBJECT;
        case json_type_null:
        default:
                return JSON_NULL;
        }
}

const char *json_kind_name(JsonKind kind) {
        static const char *const names[] = {
                [JSON_NULL] = "null",          [JSON_BOOL] = "a boolean",
                [JSON_INTEGER] = "an integer", [JSON_REAL] = "a fractional number",
                [JSON_STRING] = "a string",    [JSON_ARRAY] = "a list",
                [JSON_OBJECT] = "an object",
        };

        return names[kind];
}

size_t json_array_length(const Json *array) {
        return json_kind(array) == JSON_ARRAY ? json_object_array_length(inner(array)) : 0;
}

const Json *json_array_get(const Json *array, size_t i) {
        return i < json_array_length(array) ? outer(json_object_array_get_idx(inner(array), i))
                                            : NULL;
}

const Json *json_get(const Json *object, const char *key) {
        json_object *value = NULL;

        if (json_kind(object) != JSON_OBJECT)
                return NULL;
        return json_object_object_get_ex(inner(object), key, &value) ? outer(value) : NULL;
}

int json_each_member(const Json *object, JsonMemberFn fn, void *userdata, Error *e) {
        if (json_kind(object) != JSON_OBJECT)
                return error_new(e, -EINVAL, "expected an object, found %s",
                                 json_kind_name(json_kind(object)));
        json_object_object_foreach(inner(object), key, value) {
                int r = fn(key, outer(value), userdata, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

int json_read_object(const Json *value, const JsonField *fields, void *target, Error *e) {
        if (json_kind(value) != JSON_OBJECT)
                return error_new(e, -EINVAL, "expected an object, found %s",
                                 json_kind_name(json_kind(value)));

        for (const JsonField *field = fields; field->key; field++) {
                json_object *member = NULL;
                int r = 0;

                if (!json_object_object_get_ex(inner(value), field->key, &member)) {
                        if (field->flags & JSON_REQUIRED)
                                return error_new(e, -EINVAL, "%s: missing", field->key);
                        continue;
                }
                if (!member && (field->flags & JSON_NULL_OK))
                        continue;
                r = field->read(outer(member), (char *) target + field->offset, e);
                if (r < 0)
                        return error_prefix(e, r, "%s: ", field->key);
        }
        return 0;
}

static int expect(const Json *value, JsonKind kind, Error *e) {
        if (json_kind(value) == kind)
                return 0;
        return error_new(e, -EINVAL, "expected %s, found %s", json_kind_name(kind),
                         json_kind_name(json_kind(value)));
}

int json_read_string(const Json *value, void *slot, Error *e) {
        char **target = slot, *copy = NULL;
        int r = expect(value, JSON_STRING, e);

        if (r < 0)
                return r;
        copy = strdup(json_object_get_string(inner(value)));
        if (!copy)
                return -ENOMEM;
        free(*target);
        *target = copy;
        return 0;
}

int json_read_strv(const Json *value, void *slot, Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        Strv *target = slot;
        size_t n = json_array_length(value);
        int r = 0;

        if (value) {
                r = expect(value, JSON_ARRAY, e);
                if (r < 0)
                        return r;
        }
        list = calloc(n + 1, sizeof(char *));
        if (!list)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                r = json_read_string(json_array_get(value, i), &list[i], e);
                if (r < 0)
                        return error_prefix(e, r, "[%zu]: ", i);
        }
        strv_free(*target);
        *target = ptr_take(&list);
        return 0;
}

int json_read_bool(const Json *value, void *slot, Error *e) {
        int r = expect(value, JSON_BOOL, e);

        if (r >= 0)
                *(bool *) slot = json_object_get_boolean(inner(value));
        return r;
}

/* json-c stops at the ends of the 64-bit ranges instead of failing; so the ends are out of range. */
int json_read_i64(const Json *value, void *slot, Error *e) {
        int64_t number = 0;
        int r = expect(value, JSON_INTEGER, e);

        if (r < 0)
                return r;
        number = json_object_get_int64(inner(value));
        if (number == INT64_MAX || number == INT64_MIN)
                return error_new(e, -ERANGE, "number out of range");
        *(int64_t *) slot = number;
        return 0;
}

int json_read_u64(const Json *value, void *slot, Error *e) {
        uint64_t number = 0;
        int r = expect(value, JSON_INTEGER, e);

        if (r < 0)
                return r;
        number = json_object_get_uint64(inner(value));
        if (number == UINT64_MAX || (number == 0 && json_object_get_int64(inner(value)) < 0))
                return error_new(e, -ERANGE, "number out of range");
        *(uint64_t *) slot = number;
        return 0;
}

static void write_object(JsonWriter *w, json_object *object) {
        json_write_begin(w, '{');
        json_object_object_foreach(object, key, member) {
                json_write_key(w, key);
                json_write_value(w, outer(member));
        }
        json_write_end(w, '}');
}

/* A fraction keeps the text it came with: json-c stores that beside the double. */
static void write_scalar(JsonWriter *w, json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                json_write_bool(w, json_object_get_boolean(value));
                break;
        case json_type_int:
                if (json_object_get_int64(value) < 0)
                        json_write_i64(w, json_object_get_int64(value));
                else
                        json_write_u64(w, json_object_get_uint64(value));
                break;
        case json_type_double:
                json_write_raw(w, json_object_to_json_string(value));
                break;
        case json_type_string:
                json_write_string(w, json_object_get_string(value));
                break;
        default:
                json_write_null(w);
        }
}

void json_write_value(JsonWriter *w, const Json *value) {
        if (json_kind(value) == JSON_OBJECT) {
                write_object(w, inner(value));
                return;
        }
        if (json_kind(value) != JSON_ARRAY) {
                write_scalar(w, inner(value));
                return;
        }
        json_write_begin(w, '[');
        for (size_t i = 0; i < json_array_length(value); i++)
                json_write_value(w, json_array_get(value, i));
        json_write_end(w, ']');
}

char *json_value_text(const Json *value) {
        JsonText out;

        if (json_text_begin(&out) < 0)
                return NULL;
        json_write_value(&out.w, value);
        return json_text_end(&out);
}
