/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "text.h"

#define TAB_WIDTH 8
#define PADDING 1

/* Cells lie one behind another in memory, as a list of ten thousand images makes fifty thousand. */
struct Table {
        size_t n_columns;
        char *text; /* escaped, row by row, each with its NUL */
        size_t n, capacity;
};

Table *table_new(size_t n_columns) {
        Table *table = calloc(1, sizeof(Table));

        if (table)
                table->n_columns = n_columns;
        return table;
}

Table *table_free(Table *table) {
        if (!table)
                return NULL;
        free(table->text);
        free(table);
        return NULL;
}

static char *make_room(Table *table, size_t n) {
        if (table->capacity - table->n < n) {
                size_t capacity = 2 * table->capacity + n;
                char *grown = realloc(table->text, capacity);

                if (!grown)
                        return NULL;
                table->text = grown;
                table->capacity = capacity;
        }
        table->n += n;
        return table->text + table->n - n;
}

static int add_plain(Table *table, const char *cell, size_t n) {
        char *room = make_room(table, n + 1);

        if (!room)
                return -ENOMEM;
        if (n > 0)
                memcpy(room, cell, n);
        room[n] = '\0';
        return 0;
}

int table_add(Table *table, const char *cell) {
        _cleanup_(freep) char *escaped = NULL;
        size_t n = cell ? strlen(cell) : 0;

        if (text_is_plain(cell, n))
                return add_plain(table, cell, n);
        escaped = text_escape(cell);
        return escaped ? add_plain(table, escaped, strlen(escaped)) : -ENOMEM;
}

int table_addf(Table *table, const char *format, ...) {
        _cleanup_(freep) char *cell = NULL;
        va_list ap;
        int n = 0;

        va_start(ap, format);
        n = vasprintf(&cell, format, ap);
        va_end(ap);
        if (n < 0) {
                cell = NULL;
                return -ENOMEM;
        }
        return table_add(table, cell);
}

/* Characters, as Go counts them: each byte that does not continue one. */
static size_t text_width(const char *text) {
        size_t width = 0;

        for (; *text; text++)
                if (((unsigned char) *text & 0xc0) != 0x80)
                        width++;
        return width;
}

/* The cell at @at, which then is the next one's place. */
static const char *take_cell(const Table *table, size_t *at) {
        const char *cell = table->text + *at;

        *at += strlen(cell) + 1;
        return cell;
}

/* Sets the places that columns take. */
static void measure(const Table *table, size_t *widths) {
        size_t column = 0;

        for (size_t at = 0; at < table->n;) {
                size_t width = text_width(take_cell(table, &at)) + PADDING;

                if (width > widths[column])
                        widths[column] = width;
                column = (column + 1) % table->n_columns;
        }
        for (column = 0; column < table->n_columns; column++)
                widths[column] = (widths[column] + TAB_WIDTH - 1) / TAB_WIDTH * TAB_WIDTH;
}

void table_write(const Table *table, FILE *out) {
        size_t *widths = calloc(table->n_columns, sizeof(size_t)), column = 0;

        if (!widths)
                return;
        measure(table, widths);
        for (size_t at = 0; at < table->n;) {
                const char *cell = take_cell(table, &at);
                size_t width = text_width(cell);

                fputs(cell, out);
                if (++column == table->n_columns) {
                        fputc('\n', out);
                        column = 0;
                        continue;
                }
                for (; width < widths[column - 1]; width = (width / TAB_WIDTH + 1) * TAB_WIDTH)
                        fputc('\t', out);
        }
        free(widths);
}
