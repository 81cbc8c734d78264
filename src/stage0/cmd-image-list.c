/* SPDX-License-Identifier: Apache-2.0 */
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
} Settings;

/* A row; its name is the one it is listed and sorted by. */
typedef struct Row {
        const StoreImage *image;
        char *name;
        size_t position; /* in the order of imports */
} Row;

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

static uint64_t total_size(const StoreImage *image) {
        return image->size + image->tree_size;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_field(const Row *a, const Row *b, Field field) {
        switch (field) {
        case FIELD_NAME:
                return strcmp(a->name, b->name);
        case FIELD_SIZE:
                return COMPARE(total_size(a->image), total_size(b->image));
        case FIELD_LAST_USED:
                return COMPARE(a->image->used, b->image->used);
        default:
                return COMPARE(a->image->imported, b->image->imported);
        }
}

/* Equal rows keep the order of their imports, whichever way the others are sorted. */
static int compare_rows(const void *a_pointer, const void *b_pointer, void *settings_pointer) {
        const Settings *settings = settings_pointer;
        const Row *a = a_pointer, *b = b_pointer;

        for (size_t i = 0; i < settings->sorted.n; i++) {
                int order = compare_field(a, b, settings->sorted.items[i]);

                if (order != 0)
                        return settings->descending ? -order : order;
        }
        return COMPARE(a->position, b->position);
}

static int add_time(Table *table, int64_t time, bool full) {
        _cleanup_(freep) char *text = full ? human_time(time) : human_age(time, human_now());

        return text ? table_add(table, text) : -ENOMEM;
}

static int add_size(Table *table, const StoreImage *image, bool full) {
        _cleanup_(freep) char *text = NULL;

        if (full)
                return table_addf(table, "%ju", (uintmax_t) total_size(image));
        text = human_size(total_size(image));
        return text ? table_add(table, text) : -ENOMEM;
}

static int add_cell(Table *table, const Row *row, Field field, bool full) {
        switch (field) {
        case FIELD_ID:
                return full ? table_add(table, row->image->id)
                            : table_addf(table, "%.*s", SHORT_ID, row->image->id);
        case FIELD_NAME:
                return table_add(table, row->name);
        case FIELD_SIZE:
                return add_size(table, row->image, full);
        case FIELD_IMPORT_TIME:
                return add_time(table, row->image->imported, full);
        default:
                return add_time(table, row->image->used, full);
        }
}

static int print_table(const Row *rows, size_t n, const Settings *settings) {
        const FieldList *shown = &settings->shown;
        _cleanup_(table_freep) Table *table = table_new(shown->n);
        int r = table ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && !settings->no_legend && i < shown->n; i++)
                r = table_add(table, fields[shown->items[i]].legend);
        for (size_t k = 0; k < n; k++)
                for (size_t i = 0; r >= 0 && i < shown->n; i++)
                        r = add_cell(table, &rows[k], shown->items[i], settings->full);
        if (r >= 0)
                table_write(table, stdout);
        return r;
}

static void print_json(const Row *rows, size_t n, bool pretty) {
        JsonWriter w = JSON_WRITER(stdout, pretty);

        if (n == 0)
                json_write_null(&w); /* Go's nil slice */
        else
                json_write_begin(&w, '[');
        for (size_t i = 0; i < n; i++) {
                const StoreImage *image = rows[i].image;

                json_write_begin(&w, '{');
                json_write_member_string(&w, "id", image->id);
                json_write_member_string(&w, "name", rows[i].name);
                json_write_member_i64(&w, "import_time", image->imported);
                json_write_member_i64(&w, "last_used_time", image->used);
                json_write_member_u64(&w, "size", total_size(image));
                json_write_end(&w, '}');
        }
        if (n > 0)
                json_write_end(&w, ']');
        fputc('\n', stdout);
}

static void rows_free(Row *rows, size_t n) {
        for (size_t i = 0; rows && i < n; i++)
                free(rows[i].name);
        free(rows);
}

static int print(const StoreImages *images, Settings *settings) {
        Row *rows = calloc(images->n + 1, sizeof(*rows));
        int r = rows ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < images->n; i++) {
                rows[i] = (Row){ &images->items[i], image_full_name(&images->items[i]), i };
                if (!rows[i].name)
                        r = -ENOMEM;
        }
        if (r >= 0) {
                qsort_r(rows, images->n, sizeof(*rows), compare_rows, settings);
                if (settings->format == OUTPUT_TABLE)
                        r = print_table(rows, images->n, settings);
                else
                        print_json(rows, images->n, settings->format == OUTPUT_JSON_PRETTY);
        }
        rows_free(rows, images->n);
        return r;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        Settings *settings = settings_pointer;
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = image_store_open(rkt, &store, &e);

        (void) words;
        if (r >= 0)
                r = store_image_list(store, &images, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        if (settings->shown.n == 0)
                for (Field field = 0; field < _FIELD_MAX; field++)
                        settings->shown.items[settings->shown.n++] = field;
        if (settings->sorted.n == 0)
                settings->sorted = (FieldList){ { FIELD_IMPORT_TIME }, 1 };
        r = print(&images, settings);
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
