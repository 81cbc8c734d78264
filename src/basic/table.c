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
        size_t n_text, text_capacity;
        size_t *cells; /* where each begins */
        size_t n_cells, capacity;
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
        free(table->cells);
        free(table);
        return NULL;
}

static int make_room(Table *table, size_t n) {
        if (table->n_cells == table->capacity) {
                size_t capacity = table->capacity ? 2 * table->capacity : 64;
                size_t *grown = reallocarray(table->cells, capacity, sizeof(size_t));

                if (!grown)
                        return -ENOMEM;
                table->cells = grown;
                table->capacity = capacity;
        }
        if (table->text_capacity - table->n_text < n) {
                size_t capacity = 2 * table->text_capacity + n;
                char *grown = realloc(table->text, capacity);

                if (!grown)
                        return -ENOMEM;
                table->text = grown;
                table->text_capacity = capacity;
        }
        return 0;
}

int table_add(Table *table, const char *cell) {
        _cleanup_(freep) char *escaped = text_escape(cell ? cell : "");
        size_t n = escaped ? strlen(escaped) + 1 : 0;
        int r = escaped ? make_room(table, n) : -ENOMEM;

        if (r < 0)
                return r;
        memcpy(table->text + table->n_text, escaped, n);
        table->cells[table->n_cells++] = table->n_text;
        table->n_text += n;
        return 0;
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

static const char *cell_at(const Table *table, size_t i) {
        return table->text + table->cells[i];
}

static size_t column_width(const Table *table, size_t column) {
        size_t widest = 0;

        for (size_t i = column; i < table->n_cells; i += table->n_columns) {
                size_t width = text_width(cell_at(table, i)) + PADDING;

                if (width > widest)
                        widest = width;
        }
        return (widest + TAB_WIDTH - 1) / TAB_WIDTH * TAB_WIDTH;
}

void table_write(const Table *table, FILE *out) {
        size_t *widths = calloc(table->n_columns, sizeof(size_t));

        if (!widths)
                return;
        for (size_t column = 0; column < table->n_columns; column++)
                widths[column] = column_width(table, column);

        for (size_t i = 0; i < table->n_cells; i++) {
                size_t column = i % table->n_columns;
                size_t width = text_width(cell_at(table, i));

                fputs(cell_at(table, i), out);
                if (column + 1 == table->n_columns) {
                        fputc('\n', out);
                        continue;
                }
                for (; width < widths[column]; width = (width / TAB_WIDTH + 1) * TAB_WIDTH)
                        fputc('\t', out);
        }
        free(widths);
}
