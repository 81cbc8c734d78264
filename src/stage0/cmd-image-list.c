/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "commands.h"
#include "human.h"
#include "image-store.h"
#include "json-write.h"
#include "output-format.h"
#include "table.h"

#define SHORT_ID 19

typedef enum Field {
        FIELD_ID,
        FIELD_NAME,
        FIELD_SIZE,
        FIELD_IMPORT_TIME,
        FIELD_LAST_USED,
        _FIELD_MAX,
        _FIELD_INVALID = -EINVAL,
} Field;

static const struct {
        const char *name, *legend;
        bool sortable;
} fields[] = {
        [FIELD_ID] = { "id", "ID", false },
        [FIELD_NAME] = { "name", "NAME", true },
        [FIELD_SIZE] = { "size", "SIZE", true },
        [FIELD_IMPORT_TIME] = { "importtime", "IMPORT TIME", true },
        [FIELD_LAST_USED] = { "lastused", "LAST USED", true },
};

typedef struct FieldList {
        Field items[_FIELD_MAX];
        size_t n;
} FieldList;

typedef struct Settings {
        FieldList shown, sorted;
        bool descending, full, no_legend;
        OutputFormat format;
        int64_t now;
} Settings;

static int add_field(const char *word, bool sortable, FieldList *list, Error *e) {
        for (Field field = 0; field < _FIELD_MAX; field++) {
                if (strcmp(word, fields[field].name) != 0 || (sortable && !fields[field].sortable))
                        continue;
                for (size_t i = 0; i < list->n; i++)
                        if (list->items[i] == field)
                                return error_new(e, -EINVAL, "duplicated option \"%s\"", word);
                list->items[list->n++] = field;
                return 0;
        }
        return error_new(e, -EINVAL, "unknown option \"%s\"", word);
}

static int set_list(FieldList *slot, const char *value, bool sortable, Error *e) {
        _cleanup_(strv_freep) Strv words = NULL;
        FieldList list = {};
        int r = strv_split(value, ',', &words);

        for (char **word = words; r >= 0 && *word; word++)
                r = add_field(*word, sortable, &list, e);
        if (r >= 0)
                *slot = list;
        return r;
}

static int set_fields(void *settings, const char *value, Error *e) {
        return set_list(&((Settings *) settings)->shown, value, false, e);
}

static int set_sort(void *settings, const char *value, Error *e) {
        return set_list(&((Settings *) settings)->sorted, value, true, e);
}

static int set_order(void *settings, const char *value, Error *e) {
        bool descending = strcasecmp(value, "desc") == 0;

        if (!descending && strcasecmp(value, "asc") != 0)
                return error_new(e, -EINVAL, "wrong sort order");
        ((Settings *) settings)->descending = descending;
        return 0;
}

static int set_full(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->full, value);
}

static int set_no_legend(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->no_legend, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        return output_format_set(&((Settings *) settings)->format, value, e);
}

static const Option options[] = {
        { "fields", NULL, "id,name,size,importtime,lastused", set_fields,
          "comma-separated list of fields to display. Allowed values: \"id\", \"name\", \"size\", \"importtime\", \"lastused\"",
          0, NULL },
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as key value pairs",
          0, NULL },
        { "full", "true", "false", set_full, "use long output format", 0, NULL },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL },
        { "order", NULL, "asc", set_order,
          "choose the sorting order if at least one sort field is provided (\"asc\", \"desc\")", 0,
          NULL },
        { "sort", NULL, "importtime", set_sort,
          "sort the output according to the provided comma-separated list of fields. Allowed values: \"name\", \"importtime\", \"lastused\", \"size\"",
          0, NULL },
        {},
};

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_field(const StoreListed *a, const StoreListed *b, Field field) {
        switch (field) {
        case FIELD_NAME:
                return strcmp(a->name, b->name);
        case FIELD_SIZE:
                return COMPARE(a->size, b->size);
        case FIELD_LAST_USED:
                return COMPARE(a->used, b->used);
        default:
                return COMPARE(a->imported, b->imported);
        }
}

/* Equal rows keep the order of their imports, whichever way the others are sorted. */
static int compare_rows(const void *a_pointer, const void *b_pointer, void *settings_pointer) {
        const Settings *settings = settings_pointer;
        const StoreListed *a = a_pointer, *b = b_pointer;
        int order = 0;

        for (size_t i = 0; order == 0 && i < settings->sorted.n; i++)
                order = compare_field(a, b, settings->sorted.items[i]);
        if (order != 0)
                return settings->descending ? -order : order;
        return store_compare_imports(a, b);
}

static int add_time(Table *table, int64_t time, const Settings *settings) {
        _cleanup_(freep) char *text =
                settings->full ? human_time(time) : human_age(time, settings->now);

        return text ? table_add(table, text) : -ENOMEM;
}

static int add_size(Table *table, uint64_t size, bool full) {
        _cleanup_(freep) char *text = NULL;

        if (full)
                return table_addf(table, "%" PRIu64, size);
        text = human_size(size);
        return text ? table_add(table, text) : -ENOMEM;
}

static int add_cell(Table *table, const StoreListed *image, Field field, const Settings *settings) {
        switch (field) {
        case FIELD_ID:
                return table_add(table, image->id);
        case FIELD_NAME:
                return table_add(table, image->name);
        case FIELD_SIZE:
                return add_size(table, image->size, settings->full);
        case FIELD_IMPORT_TIME:
                return add_time(table, image->imported, settings);
        default:
                return add_time(table, image->used, settings);
        }
}

static int print_table(const StoreImages *images, const Settings *settings) {
        const FieldList *shown = &settings->shown;
        _cleanup_(table_freep) Table *table = table_new(shown->n);
        int r = table ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && !settings->no_legend && i < shown->n; i++)
                r = table_add(table, fields[shown->items[i]].legend);
        for (size_t k = 0; k < images->n; k++)
                for (size_t i = 0; r >= 0 && i < shown->n; i++)
                        r = add_cell(table, &images->items[k], shown->items[i], settings);
        if (r >= 0)
                table_write(table, stdout);
        return r;
}

static void print_json(const StoreImages *images, bool pretty) {
        JsonWriter w = JSON_WRITER(stdout, pretty);

        if (images->n == 0)
                json_write_null(&w); /* Go's nil slice */
        else
                json_write_begin(&w, '[');
        for (size_t i = 0; i < images->n; i++) {
                const StoreListed *image = &images->items[i];

                json_write_begin(&w, '{');
                json_write_member_string(&w, "id", image->id);
                json_write_member_string(&w, "name", image->name);
                json_write_member_i64(&w, "import_time", image->imported);
                json_write_member_i64(&w, "last_used_time", image->used);
                json_write_member_u64(&w, "size", image->size);
                json_write_end(&w, '}');
        }
        if (images->n > 0)
                json_write_end(&w, ']');
        fputc('\n', stdout);
}

/* The store lists them in the order of their imports. */
static void sort(StoreImages *images, Settings *settings) {
        const FieldList *sorted = &settings->sorted;
        bool is_sorted = sorted->n == 1 && sorted->items[0] == FIELD_IMPORT_TIME;

        if (images->n > 0 && (!is_sorted || settings->descending))
                qsort_r(images->items, images->n, sizeof(*images->items), compare_rows, settings);
}

static size_t id_length(const Settings *settings) {
        return settings->full || settings->format != OUTPUT_TABLE ? APPC_KEY_LENGTH : SHORT_ID;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        Settings *settings = settings_pointer;
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = image_store_open(rkt, &store, &e);

        (void) words;
        if (r >= 0)
                r = store_image_list(store, id_length(settings), &images, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        if (settings->shown.n == 0)
                for (Field field = 0; field < _FIELD_MAX; field++)
                        settings->shown.items[settings->shown.n++] = field;
        if (settings->sorted.n == 0)
                settings->sorted = (FieldList){ { FIELD_IMPORT_TIME }, 1 };
        settings->now = human_now();
        sort(&images, settings);
        if (settings->format == OUTPUT_TABLE)
                r = print_table(&images, settings);
        else
                print_json(&images, settings->format == OUTPUT_JSON_PRETTY);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_image_list = {
        .name = "list",
        .arguments = "[--fields=LIST] [--sort=LIST] [--order=ORDER] [--no-legend] [--full]",
        .summary = "List images in the local store",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
