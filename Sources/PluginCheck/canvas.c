/* A canvas that writes down what it is told, and whether it makes sense. */
#include "check.h"

#include <stdarg.h>

static drawing *target;
static bool is_wild; /* statuses of the view are out of range, and so may be those of the calls */

enum { QUOTA = 20000, FAR_TOO_MANY = 3000000, LONGEST = 16 << 20 };

static void add(const void *bytes, size_t size) {
    if (target->count + size > target->capacity) {
        target->capacity = 2 * target->capacity + size + 4096;
        target->bytes = grow(target->bytes, target->count, target->capacity);
    }
    memcpy(target->bytes + target->count, bytes, size);
    target->count += size;
}

static void add_number(uint64_t number) { add(&number, sizeof number); }

static void add_double(double number) {
    /* All that is not a number is the same. */
    static const double nothing = __builtin_nan("");
    add(number == number ? &number : &nothing, sizeof number);
}

static void add_limits(cm_limits limits) {
    add_double(limits.warning);
    add_double(limits.critical);
}

static void add_text(cm_string text, const char *what) {
    if (text.length && !text.data)
        fail("draw gives %s a text of %llu bytes at NULL", what, (unsigned long long)text.length);
    if (text.length > LONGEST)
        fail("draw gives %s a text of %llu bytes", what, (unsigned long long)text.length);
    if (!is_utf8(text))
        complain("draw gives %s \"%s\", which is not UTF-8 (TEXT in cm_plugin.h)", what, shown(text));
    add_number(text.length);
    if (text.length) add(text.data, (size_t)text.length);
}

static void add_floats(const float *values, uint64_t count, const char *what) {
    if (count && !values) fail("draw gives %s %llu values at NULL", what, (unsigned long long)count);
    if (count > LONGEST) fail("draw gives %s %llu values", what, (unsigned long long)count);
    add_number(count);
    for (uint64_t i = 0; i < count; i++) add_double(values[i]);
}

static void check_range(const char *what, uint32_t value, uint32_t highest, const char *names) {
    if (value > highest) complain("draw gives %s %u; it is %s, 0 to %u", what, value, names, highest);
}

static void check_role(const char *call, uint32_t role) {
    char what[64];
    snprintf(what, sizeof what, "%s the role", call);
    check_range(what, role, CM_ROLE_UNKNOWN, "CM_ROLE_VALUE to CM_ROLE_UNKNOWN");
}

static void check_align(const char *call, uint32_t align) {
    char what[64];
    snprintf(what, sizeof what, "%s the alignment", call);
    check_range(what, align, CM_ALIGN_CENTER, "CM_ALIGN_LEFT to CM_ALIGN_CENTER");
}

static void begin(const cm_canvas *canvas, const char *call, int32_t x, int32_t y) {
    char name[48];
    snprintf(name, sizeof name, "cm_canvas.%s", call);
    check_caller(name);
    if (call_now != CALL_DRAW) fail("%s is called in %s; it is for draw alone", name, verdict->call);
    if (!canvas) fail("%s is called with NULL as the canvas; pass the canvas that draw got", name);
    if (++target->calls > FAR_TOO_MANY)
        fail("draw makes calls without end; the host heeds 20,000 a draw (cm_canvas in cm_plugin.h)");
    snprintf(target->last, sizeof target->last, "%s", call);
    add(call, 4);
    add_number((uint32_t)x);
    add_number((uint32_t)y);
}

static void canvas_text(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                        uint32_t role, cm_string text) {
    begin(canvas, "text", x, y);
    check_align("cm_canvas.text", align);
    check_role("cm_canvas.text", role);
    add_number(width);
    add_number(align);
    add_number(role);
    add_text(text, "cm_canvas.text");
}

static void canvas_number(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                          uint32_t role, double number, cm_string unit) {
    begin(canvas, "number", x, y);
    check_align("cm_canvas.number", align);
    check_role("cm_canvas.number", role);
    add_number(width);
    add_number(align);
    add_number(role);
    add_double(number);
    add_text(unit, "cm_canvas.number");
}

static void canvas_status(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t status) {
    begin(canvas, "status", x, y);
    if (!is_wild)
        check_range("cm_canvas.status the status", status, CM_STATUS_UNKNOWN,
                    "CM_STATUS_AUTO to CM_STATUS_UNKNOWN");
    add_number(status);
}

static void canvas_gauge(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, double fraction,
                         cm_limits limits) {
    begin(canvas, "gauge", x, y);
    add_number(width);
    add_double(fraction);
    add_limits(limits);
}

static void canvas_spark(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         uint32_t role, const float *values, uint64_t count, double minimum, double maximum) {
    begin(canvas, "spark", x, y);
    check_role("cm_canvas.spark", role);
    add_number(width);
    add_number(height);
    add_number(role);
    add_floats(values, count, "cm_canvas.spark");
    add_double(minimum);
    add_double(maximum);
}

static void canvas_peaks(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         uint32_t role, const float *values, const float *high, uint64_t count, double minimum,
                         double maximum) {
    begin(canvas, "peaks", x, y);
    check_role("cm_canvas.peaks", role);
    add_number(width);
    add_number(height);
    add_number(role);
    add_floats(values, count, "cm_canvas.peaks");
    if (high) add_floats(high, count, "cm_canvas.peaks");
    add_double(minimum);
    add_double(maximum);
}

static void canvas_fill(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                        uint32_t role, uint32_t character) {
    begin(canvas, "fill", x, y);
    check_role("cm_canvas.fill", role);
    if (character < 32 || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        complain("draw gives cm_canvas.fill the character U+%04X; it is a Unicode scalar, one cell wide",
                 character);
    add_number(width);
    add_number(height);
    add_number(role);
    add_number(character);
}

static void add_cell(const cm_cell *cell) {
    check_range("a cm_cell the kind", cell->kind, CM_CELL_STATUS, "CM_CELL_EMPTY to CM_CELL_STATUS");
    add_number(cell->kind);
    if (cell->kind == CM_CELL_EMPTY) return;
    if (cell->kind == CM_CELL_STATUS) {
        if (!is_wild)
            check_range("a cm_cell the status", cell->status, CM_STATUS_UNKNOWN,
                        "CM_STATUS_AUTO to CM_STATUS_UNKNOWN");
        add_number(cell->status);
    } else {
        check_range("a cm_cell the role", cell->role, CM_ROLE_UNKNOWN, "CM_ROLE_VALUE to CM_ROLE_UNKNOWN");
        add_number(cell->role);
    }
    add_double(cell->number);
    if (cell->kind == CM_CELL_GAUGE) add_limits(cell->limits);
    else if (cell->kind == CM_CELL_SPARK) add_floats(cell->history, cell->history_count, "a cm_cell");
    else add_text(cell->text, "a cm_cell");
}

static void canvas_table(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         const cm_table *table) {
    begin(canvas, "table", x, y);
    if (!table) fail("draw gives cm_canvas.table NULL as the table");
    if (table->size < sizeof *table) {
        complain("cm_table.size is %u; set it to sizeof(cm_table), %zu", table->size, sizeof *table);
        return;
    }
    if (table->column_count > 64 || table->row_count > 10000)
        complain("draw gives cm_canvas.table %llu columns and %llu rows; at most 64 and 10,000 (cm_table in "
                 "cm_plugin.h)",
                 (unsigned long long)table->column_count, (unsigned long long)table->row_count);
    if (table->column_count > 64 || table->row_count > 10000) return;
    uint64_t cells = table->column_count * table->row_count;
    if ((table->column_count && table->column_stride < sizeof(cm_column)) ||
        (cells && table->cell_stride < offsetof(cm_cell, history_high))) {
        complain("cm_table.column_stride is %u and cell_stride %u; set them to sizeof(cm_column), %zu, and "
                 "sizeof(cm_cell), %zu",
                 table->column_stride, table->cell_stride, sizeof(cm_column), sizeof(cm_cell));
        return;
    }
    add_number(width);
    add_number(height);
    add_number(table->column_count);
    for (uint64_t i = 0; i < table->column_count; i++) {
        const cm_column *column =
            (const cm_column *)(const void *)((const char *)table->columns + i * table->column_stride);
        check_align("a cm_column", column->align);
        add_text(column->title, "a cm_column");
        add_number(column->align);
        add_number(column->width);
        add_number(column->grow);
        add_number(column->priority);
    }
    for (uint64_t i = 0; i < cells; i++)
{
        cm_cell cell = {0};
        memcpy(&cell, (const char *)table->cells + i * table->cell_stride,
               table->cell_stride < sizeof cell ? table->cell_stride : sizeof cell);
        add_cell(&cell);
    }
}

static uint32_t canvas_measure(const cm_canvas *canvas, cm_string text) {
    check_caller("cm_canvas.measure");
    if (!canvas) fail("cm_canvas.measure is called with NULL as the canvas; pass the canvas that draw got");
    if (!is_utf8(text))
        complain("draw gives cm_canvas.measure \"%s\", which is not UTF-8 (TEXT in cm_plugin.h)",
                 shown(text));
    uint32_t cells = 0;
    for (uint64_t i = 0; i < text.length; i++) cells += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return cells;
}

drawing *draw(const instance *widget, const picture_view *source, uint32_t width, uint32_t height) {
    static char context[8];
    cm_canvas canvas = {.size = sizeof canvas,
                        .context = context,
                        .width = width,
                        .height = height,
                        .text = canvas_text,
                        .number = canvas_number,
                        .status = canvas_status,
                        .gauge = canvas_gauge,
                        .spark = canvas_spark, .peaks = canvas_peaks,
                        .fill = canvas_fill,
                        .table = canvas_table,
                        .measure = canvas_measure};
    drawing *made = make(1, sizeof *made);
    size_t mark = loans();
    const cm_view *view = lend_view(source);
    const cm_canvas *lent_canvas = lend_struct(&canvas, &canvas_shape);
    target = made;
    is_wild = source->is_wild;
    call_draw(widget->self, view, lent_canvas);
    take_back(mark);
    if (made->calls > QUOTA)
        complain("draw makes %llu calls in %u x %u cells; the host ignores those past 20,000 (cm_canvas in "
                 "cm_plugin.h)",
                 (unsigned long long)made->calls, width, height);
    return made;
}

bool same_drawing(const drawing *one, const drawing *other, char *difference, size_t size) {
    if (one->count == other->count && (!one->count || memcmp(one->bytes, other->bytes, one->count) == 0))
        return true;
    if (one->calls != other->calls) {
        snprintf(difference, size, "%llu calls and then %llu", (unsigned long long)one->calls,
                 (unsigned long long)other->calls);
        return false;
    }
    size_t place = 0, shorter = one->count < other->count ? one->count : other->count;
    while (place < shorter && one->bytes[place] == other->bytes[place]) place++;
    /* The readable part around the place is a text, as a rule. */
    size_t start = place > 8 ? place - 8 : 0;
    snprintf(difference, size, "\"%s\" and then \"%s\"",
             shown((cm_string){(const char *)one->bytes + start,
                               one->count - start < 24 ? one->count - start : 24}),
             shown((cm_string){(const char *)other->bytes + start,
                               other->count - start < 24 ? other->count - start : 24}));
    return false;
}

void need_draw(void) {
    if (!plugin.draw) skip("it has no draw; the host draws a table");
}
