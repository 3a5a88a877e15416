/*
 * probe - the smallest host a plugin can be tried in: no worker, no layout, no
 * terminal. It loads one .so, collects, prints the samples, and draws them into
 * a crude grid of characters.
 *
 *     gcc -o probe Tests/Support/probe.c -ISources/PluginAPI/include -ldl -lm
 *     probe plugin.so [--describe] [--root DIR] [--time UNIX] [--ticks N] [--interval SECONDS]
 *           [--no-sleep] [--between COMMAND] [--size WxH] [--zoom] [--no-draw] [--bench N]
 *           [--host NAME] [--ingest KIND=FILE] [--again] [key=value ...]
 *
 * COMMAND is run by the shell between two collects: it may change the captured machine.
 * With --ingest the plugin is given FILE as a document of that KIND in place of each collect.
 * With --again a child does all of that once for each line of standard input, and how it ended is printed.
 * Exits with 0, with 1 when the plugin failed, with 2 when it was called wrongly.
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <dlfcn.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { MAX_SAMPLES = 100000, MAX_HISTORY = 300, MAX_WIDTH = 512, MAX_HEIGHT = 256 };

static const char *const status_words[] = {"-", "ok", "warning", "critical", "unknown"};
static const char *const outcome_words[] = {"ok", "failed", "unavailable", "denied", "timeout", "invalid",
                                            "limit"};

static const char *status_word(uint32_t status) { return status < 5 ? status_words[status] : "?"; }
static const char *outcome_word(uint32_t code) { return code < 7 ? outcome_words[code] : "?"; }

_Noreturn static void stop(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("probe: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(code);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) stop(1, "out of memory");
    return memory;
}

static cm_string text_of(const char *string) { return (cm_string){string, strlen(string)}; }

static cm_string copy_of(cm_string string)
{
    char *data = allocate(string.length + 1, 1);
    if (string.length) memcpy(data, string.data, string.length);
    return (cm_string){data, string.length};
}

static int same(cm_string a, cm_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static void print_text(cm_string string) { fwrite(string.data ? string.data : "", 1, string.length, stdout); }

/* ------------------------------------------------------------------------- */
/* The descriptor and its options                                              */
/* ------------------------------------------------------------------------- */

static const cm_plugin *plugin;
static const cm_ingest *extension; /* set where documents are ingested */

static const cm_metric *metric_at(uint64_t index)
{
    return (const void *)((const char *)plugin->metrics + index * plugin->metric_stride);
}

static const cm_option *option_at(uint64_t index)
{
    return (const void *)((const char *)plugin->options + index * plugin->option_stride);
}

static void describe(void)
{
    static const char *const kinds[] = {"gauge", "counter", "text", "state"};
    static const char *const types[] = {"bool", "integer", "float", "text", "duration", "size", "list"};
    printf("%.*s %.*s, \"%.*s\" %.*s: %.*s\n", (int)plugin->id.length, plugin->id.data,
           (int)plugin->version.length,
           plugin->version.data, (int)plugin->name.length, plugin->name.data, (int)plugin->icon.length,
           plugin->icon.data, (int)plugin->summary.length, plugin->summary.data);
    for (uint64_t i = 0; i < plugin->option_count; i++) {
        const cm_option *o = option_at(i);
        printf("  option %.*s (%s) = \"%.*s\" [%g..%g]  %.*s\n", (int)o->key.length, o->key.data,
               o->type < 7 ? types[o->type] : "?", (int)o->default_value.length, o->default_value.data,
                   o->minimum,
               o->maximum, (int)o->help.length, o->help.data);
    }
    for (uint64_t i = 0; i < plugin->metric_count; i++) {
        const cm_metric *m = metric_at(i);
        printf("  metric %.*s \"%.*s\" %s %.*s %s %g/%g%s%s  %.*s\n", (int)m->id.length, m->id.data,
               (int)m->label.length, m->label.data, m->kind < 4 ? kinds[m->kind] : "?", (int)m->unit.length,
               m->unit.data, m->direction == 1 ? "higher is worse" : m->direction == 2 ? "lower is worse"
                   : "-",
               m->warning, m->critical, m->flags & CM_METRIC_HISTORY ? " history" : "",
               m->flags & CM_METRIC_HEADLINE ? " headline" : "", (int)m->help.length, m->help.data);
    }
}

static double scaled(const char *text, const char *const suffixes[], const double factors[], const char *key)
{
    char *end;
    double number = strtod(text, &end);
    for (int i = 0; suffixes[i]; i++)
        if (end != text && strcmp(end, suffixes[i]) == 0) return number * factors[i];
    stop(2, "\"%s\" is no value for %s", text, key);
}

static double number_of(const char *text, uint32_t type, const char *key)
{
    static const char *const plain[] = {"", NULL};
    static const char *const durations[] = {"", "ms", "s", "m", "h", "d", NULL};
    static const char *const sizes[] = {"", "K", "M", "G", "T", NULL};
    static const double seconds[] = {1, 0.001, 1, 60, 3600, 86400};
    static const double bytes[] = {1, 1024.0, 1048576.0, 1073741824.0, 1099511627776.0};
    if (type == CM_OPTION_BOOL) {
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) stop(2, "%s is true or false", key);
        return text[0] == 't';
    }
    if (type == CM_OPTION_DURATION) return scaled(text, durations, seconds, key);
    return scaled(text, type == CM_OPTION_SIZE ? sizes : plain, bytes, key);
}

static void set_option(cm_option_value *value, const char *text, const char *key)
{
    if (value->type == CM_OPTION_TEXT) {
        value->text = copy_of(text_of(text));
    } else if (value->type == CM_OPTION_LIST) {
        cm_string *items = allocate(strlen(text) + 1, sizeof *items);
        value->item_count = 0;
        for (const char *rest = text; *rest;) {
            size_t length = strcspn(rest, ",");
            size_t blank = strspn(rest, " ");
            size_t skipped = blank < length ? blank : length;
            items[value->item_count++] = copy_of((cm_string){rest + skipped, length - skipped});
            rest += length + (rest[length] == ',');
        }
        value->items = items;
    } else {
        value->number = number_of(text, value->type, key);
    }
}

static cm_option_value *default_values(void)
{
    cm_option_value *values = allocate(plugin->option_count, sizeof *values);
    for (uint64_t i = 0; i < plugin->option_count; i++) {
        const cm_option *option = option_at(i);
        values[i].type = option->type;
        set_option(&values[i], copy_of(option->default_value).data, copy_of(option->key).data);
    }
    return values;
}

static void override(cm_option_value *values, char *assignment)
{
    char *sign = strchr(assignment, '=');
    if (!sign) stop(2, "\"%s\" is neither an option of probe nor key=value", assignment);
    *sign = 0;
    for (uint64_t i = 0; i < plugin->option_count; i++) {
        if (!same(option_at(i)->key, text_of(assignment))) continue;
        set_option(&values[i], sign + 1, assignment);
        values[i].is_set = 1;
        return;
    }
    stop(2, "the plugin has no option \"%s\"", assignment);
}

/* ------------------------------------------------------------------------- */
/* What the plugin calls while it is created and collects                      */
/* ------------------------------------------------------------------------- */

typedef struct cell {
    cm_string instance;
    uint32_t metric, status;
    double number;
    cm_string text;
    int is_fresh; /* emitted by the latest collect */
    float history[MAX_HISTORY];
    uint64_t history_count;
} cell;

static cell **cells; /* in order of their first sample */
static uint64_t cell_count;
enum { PLACES = 2 * MAX_SAMPLES };
static cell *cell_at[PLACES]; /* the same by instance and metric */
static cm_string note;
static uint32_t note_status;
static int is_quiet;

static void host_fail(const cm_host *host, uint32_t code, cm_string sentence)
{
    (void)host;
    printf("create failed (%s): %.*s\n", outcome_word(code), (int)sentence.length, sentence.data);
}

static void host_log(const cm_host *host, uint32_t level, cm_string line)
{
    (void)host;
    fprintf(stderr, "log %u: %.*s\n", level, (int)line.length, line.data);
}

static const void *no_extension(const cm_host *host, cm_string id)
{
    (void)host, (void)id;
    return NULL;
}

/* Where a cell stands in the table below, or the free place where it will. */
static uint64_t place_of(cm_string instance, uint32_t metric)
{
    uint64_t place = metric + 1;
    for (uint64_t i = 0; i < instance.length; i++) place = place * 31 + (unsigned char)instance.data[i];
    while (cell_at[place %= PLACES] &&
           (cell_at[place]->metric != metric || !same(cell_at[place]->instance, instance)))
        place++;
    return place;
}

static cell *cell_for(cm_string instance, uint32_t metric)
{
    uint64_t place = place_of(instance, metric);
    if (cell_at[place]) return cell_at[place];
    cells = realloc(cells, (cell_count + 1) * sizeof *cells);
    if (!cells) stop(1, "out of memory");
    cell *new = cell_at[place] = cells[cell_count++] = allocate(1, sizeof *new);
    new->instance = copy_of(instance);
    new->metric = metric;
    return new;
}

static uint32_t sink_emit(const cm_sink *sink, const cm_sample *sample)
{
    (void)sink;
    if (is_quiet) return CM_OK;
    if (sample->metric >= plugin->metric_count || sample->instance.length > 256) {
        printf("INVALID sample: metric %u of %u, instance of %u bytes\n", sample->metric,
               (unsigned)plugin->metric_count, (unsigned)sample->instance.length);
        return CM_INVALID;
    }
    if (cell_count >= MAX_SAMPLES) return CM_LIMIT;
    cell *target = cell_for(sample->instance, sample->metric);
    uint32_t kind = metric_at(sample->metric)->kind;
    target->number = kind == CM_METRIC_GAUGE || kind == CM_METRIC_COUNTER ? sample->number : NAN;
    free((char *)target->text.data);
    target->text = copy_of(sample->text);
    target->status = sample->status;
    target->is_fresh = 1;
    return CM_OK;
}

static uint32_t sink_note(const cm_sink *sink, uint32_t status, cm_string sentence)
{
    (void)sink;
    if (is_quiet) return CM_OK;
    free((char *)note.data);
    note = copy_of(sentence);
    note_status = status;
    return CM_OK;
}

static uint32_t sink_fail(const cm_sink *sink, uint32_t code, cm_string sentence)
{
    (void)sink;
    if (!is_quiet) printf("%s failed (%s): %.*s\n", extension ? "ingest" : "collect", outcome_word(code),
                          (int)sentence.length, sentence.data);
    return CM_OK;
}

static uint32_t sink_cancelled(const cm_sink *sink)
{
    (void)sink;
    return 0;
}

static uint32_t sink_taken(const cm_sink *sink, double unix_seconds)
{
    (void)sink;
    if (!is_quiet) printf("taken %.17g\n", unix_seconds);
    return CM_OK;
}

/* ------------------------------------------------------------------------- */
/* The view                                                                    */
/* ------------------------------------------------------------------------- */

static int is_number(const cm_metric *metric)
{
    return metric->kind == CM_METRIC_GAUGE || metric->kind == CM_METRIC_COUNTER;
}

static uint32_t judged(const cell *value)
{
    const cm_metric *metric = metric_at(value->metric);
    if (value->status != CM_STATUS_AUTO || !is_number(metric) || isnan(value->number)) return value->status;
    if (isnan(metric->warning) && isnan(metric->critical)) return CM_STATUS_AUTO;
    if (metric->direction == CM_DIRECTION_NONE) return CM_STATUS_AUTO;
    int higher = metric->direction == CM_DIRECTION_HIGHER_IS_WORSE;
    double number = value->number;
    if (higher ? number >= metric->critical : number <= metric->critical) return CM_STATUS_CRITICAL;
    return (higher ? number >= metric->warning : number <= metric->warning) ? CM_STATUS_WARNING
        : CM_STATUS_OK;
}

static void remember(void)
{
    for (uint64_t i = 0; i < cell_count; i++) {
        cell *value = cells[i];
        if (!(metric_at(value->metric)->flags & CM_METRIC_HISTORY)) continue;
        if (value->history_count == MAX_HISTORY)
            memmove(value->history, value->history + 1, --value->history_count * sizeof(float));
        value->history[value->history_count++] = value->is_fresh ? (float)value->number : NAN;
    }
}

static void print_samples(void)
{
    for (uint64_t i = 0; i < cell_count; i++) {
        const cell *value = cells[i];
        if (!value->is_fresh) continue;
        const cm_metric *metric = metric_at(value->metric);
        printf("%-16.*s %-24.*s ", (int)value->instance.length, value->instance.data, (int)metric->id.length,
               metric->id.data);
        char number[40];
        snprintf(number, sizeof number, "%.15g", value->number);
        if (strtod(number, NULL) != value->number) snprintf(number, sizeof number, "%.17g", value->number);
        if (is_number(metric))
            printf("%s %.*s", number, (int)metric->unit.length, metric->unit.data);
        else
            print_text(value->text);
        printf("  [%s]\n", status_word(judged(value)));
    }
    if (note.length) printf("note (%s): %.*s\n", status_word(note_status), (int)note.length, note.data);
}

static void add_value(cm_instance *instances, uint64_t *count, const cell *source)
{
    uint64_t index = 0;
    while (index < *count && !same(instances[index].name, source->instance)) index++;
    if (index == *count)
        instances[(*count)++] =
            (cm_instance){source->instance, allocate(plugin->metric_count, sizeof(cm_value))};
    cm_value *value = (cm_value *)instances[index].values + source->metric;
    int number = is_number(metric_at(source->metric));
    value->kind = !number ? CM_VALUE_TEXT : isnan(source->number) ? CM_VALUE_ABSENT : CM_VALUE_NUMBER;
    value->status = judged(source);
    value->number = source->number;
    value->text = source->text;
    value->history = source->history_count ? source->history : NULL;
    value->history_count = source->history_count;
}

static cm_view view_of(const cm_tick *tick, int is_zoomed)
{
    cm_instance *instances = allocate(cell_count, sizeof *instances);
    cm_limits *limits = allocate(plugin->metric_count, sizeof *limits);
    uint64_t count = 0;
    for (uint64_t i = 0; i < plugin->metric_count; i++)
        limits[i] = (cm_limits){metric_at(i)->warning, metric_at(i)->critical};
    for (uint64_t i = 0; i < cell_count; i++)
        if (cells[i]->is_fresh) add_value(instances, &count, cells[i]);
    return (cm_view){.size = sizeof(cm_view), .flags = is_zoomed ? CM_VIEW_ZOOMED : 0,
                     .taken_unix_ns = tick->unix_ns, .now_unix_ns = tick->unix_ns,
                     .interval_ns = tick->interval_ns, .instances = instances, .instance_count = count,
                     .instance_stride = sizeof(cm_instance), .value_stride = sizeof(cm_value),
                     .limits = limits, .metric_count = plugin->metric_count, .note = note,
                     .host = {CM_TEXT("probe")}};
}

/* ------------------------------------------------------------------------- */
/* The canvas: a grid of characters                                            */
/* ------------------------------------------------------------------------- */

static wchar_t grid[MAX_HEIGHT][MAX_WIDTH]; /* 0: the second half of a wide character */
static uint32_t call_count;

static void put(const cm_canvas *canvas, int32_t x, int32_t y, wchar_t character)
{
    if (x >= 0 && y >= 0 && x < (int32_t)canvas->width && y < (int32_t)canvas->height) grid[y][x] = character;
}

static size_t decode(cm_string text, wchar_t *into, size_t capacity)
{
    size_t count = 0;
    mbstate_t state = {0};
    for (uint64_t i = 0; i < text.length && count < capacity;) {
        size_t used = mbrtowc(&into[count], text.data + i, text.length - i, &state);
        if (used == 0 || used > text.length) {
            into[count] = L'?', used = 1;
            memset(&state, 0, sizeof state);
        }
        if (wcwidth(into[count]) < 0) into[count] = L'?';
        count++, i += used;
    }
    return count;
}

static uint32_t wide(const wchar_t *characters, size_t count)
{
    uint32_t width = 0;
    for (size_t i = 0; i < count; i++) width += (uint32_t)wcwidth(characters[i]);
    return width;
}

static void canvas_text(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                        uint32_t role,
                        cm_string text)
{
    (void)role;
    call_count++;
    wchar_t characters[4096];
    size_t count = decode(text, characters, 4095);
    if (width && wide(characters, count) > width) {
        while (count && wide(characters, count) > width - 1) count--;
        characters[count++] = L'…';
    } else if (!width) {
        return;
    }
    uint32_t taken = wide(characters, count);
    if (align != CM_ALIGN_LEFT) x += (int32_t)((width - taken) / (align == CM_ALIGN_CENTER ? 2 : 1));
    for (size_t i = 0; i < count; i++) {
        int cells_taken = wcwidth(characters[i]);
        if (cells_taken > 0) put(canvas, x, y, characters[i]);
        if (cells_taken == 2) put(canvas, x + 1, y, 0);
        x += cells_taken;
    }
}

/* The number as a host would write it, more or less: three significant digits. */
static void format_number(char *into, size_t size, double number, cm_string unit)
{
    static const char *const powers[] = {"", "K", "M", "G", "T", "P", "E"};
    int bytes = unit.length >= 5 && memcmp(unit.data, "bytes", 5) == 0;
    int scales = bytes || same(unit, text_of("hertz")) || same(unit, text_of("count"));
    double base = bytes ? 1024 : 1000;
    int power = 0;
    while (scales && fabs(number) >= base && power < 6) number /= base, power++;
    const char *sign = same(unit, text_of("percent"))   ? "%"
                       : same(unit, text_of("celsius")) ? "°C"
                       : same(unit, text_of("seconds")) ? "s"
                       : same(unit, text_of("watts"))   ? "W"
                       : same(unit, text_of("hertz"))   ? "Hz"
                       : bytes && unit.length > 5       ? "B/s"
                                                        : "";
    int digits = fabs(number) >= 99.95 || number == floor(number) ? 0 : fabs(number) >= 9.995 ? 1 : 2;
    snprintf(into, size, "%.*f%s%s", digits, number, powers[power], sign);
}

static void canvas_number(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                          uint32_t role, double number, cm_string unit)
{
    char text[64] = "-";
    if (!isnan(number)) format_number(text, sizeof text, number, unit);
    canvas_text(canvas, x, y, width, align, role, text_of(text));
}

static void canvas_status(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t status)
{
    static const char *const signs[] = {"  ", "ok", "W!", "C!", "??"};
    canvas_text(canvas, x, y, 2, CM_ALIGN_LEFT, 0, text_of(status < 5 ? signs[status] : "??"));
}

static void canvas_gauge(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, double fraction,
                         cm_limits limits)
{
    call_count++;
    for (uint32_t i = 0; i < width; i++) {
        int is_limit = (!isnan(limits.warning) && (uint32_t)(limits.warning * width) == i) ||
                       (!isnan(limits.critical) && (uint32_t)(limits.critical * width) == i);
        put(canvas, x + (int32_t)i, y, i + 0.5 < fraction * width ? L'#' : is_limit ? L'|' : L'-');
    }
}

static void canvas_spark(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         uint32_t role, const float *values, uint64_t count, double minimum, double maximum)
{
    (void)role, (void)minimum, (void)maximum;
    call_count++;
    for (uint32_t row = 0; row < height; row++)
        for (uint32_t i = 0; i < width; i++) {
            int is_known = width - i <= count && !isnan(values[count - (width - i)]);
            put(canvas, x + (int32_t)i, y + (int32_t)row, is_known ? L'~' : L'.');
        }
}

static void canvas_peaks(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         uint32_t role, const float *values, const float *high, uint64_t count, double minimum,
                         double maximum)
{
    (void)high;
    canvas_spark(canvas, x, y, width, height, role, values, count, minimum, maximum);
}

static void canvas_fill(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                        uint32_t role,
                        uint32_t character)
{
    (void)role;
    call_count++;
    for (uint32_t row = 0; row < height && row < canvas->height; row++)
        for (uint32_t i = 0; i < width && i < canvas->width; i++)
            put(canvas, x + (int32_t)i, y + (int32_t)row, (wchar_t)character);
}

static uint32_t canvas_measure(const cm_canvas *canvas, cm_string text)
{
    (void)canvas;
    wchar_t characters[4096];
    return wide(characters, decode(text, characters, 4096));
}

static uint32_t cell_width(const cm_canvas *canvas, const cm_cell *entry)
{
    char text[64];
    switch (entry->kind) {
    case CM_CELL_TEXT: return canvas_measure(canvas, entry->text);
    case CM_CELL_NUMBER:
        format_number(text, sizeof text, entry->number, entry->text);
        return canvas_measure(canvas, text_of(text));
    case CM_CELL_GAUGE:
    case CM_CELL_SPARK: return 8;
    case CM_CELL_STATUS: return 2 + (entry->text.length ? 1 + canvas_measure(canvas, entry->text) : 0);
    default: return 0;
    }
}

static const cm_column *column_at(const cm_table *table, uint64_t index)
{
    return (const void *)((const char *)table->columns + index * table->column_stride);
}

static const cm_cell *table_cell(const cm_table *table, uint64_t row, uint64_t column)
{
    uint64_t index = row * table->column_count + column;
    return (const void *)((const char *)table->cells + index * table->cell_stride);
}

/* Widths of the columns; a width of UINT32_MAX is a column for which there is no room. */
static void fit_columns(const cm_canvas *canvas, const cm_table *table, uint32_t room, uint32_t *widths)
{
    uint32_t needed = 0;
    for (uint64_t c = 0; c < table->column_count; c++) {
        widths[c] = column_at(table, c)->width;
        for (uint64_t r = 0; r <= table->row_count && !column_at(table, c)->width; r++) {
            uint32_t one = r < table->row_count ? cell_width(canvas, table_cell(table, r, c))
                                                : canvas_measure(canvas, column_at(table, c)->title);
            if (one > widths[c]) widths[c] = one;
        }
        needed += widths[c] + (c > 0);
    }
    while (needed > room) {
        uint64_t worst = table->column_count;
        for (uint64_t c = 0; c < table->column_count; c++)
            if (widths[c] != UINT32_MAX && column_at(table, c)->priority &&
                (worst == table->column_count || column_at(table, c)->priority >= column_at(table,
                                                                                            worst)->priority))
                worst = c;
        if (worst == table->column_count) return;
        needed -= widths[worst] + 1;
        widths[worst] = UINT32_MAX;
    }
    for (uint64_t c = 0; c < table->column_count; c++) {
        if (widths[c] == UINT32_MAX || !column_at(table, c)->grow) continue;
        widths[c] += room - needed; /* a real host shares it; here the first takes all */
        return;
    }
}

static void draw_cell(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                      const cm_cell *entry)
{
    switch (entry->kind) {
    case CM_CELL_TEXT: canvas_text(canvas, x, y, width, align, entry->role, entry->text); break;
    case CM_CELL_NUMBER:
        canvas_number(canvas, x, y, width, align, entry->role, entry->number, entry->text);
        break;
    case CM_CELL_GAUGE: canvas_gauge(canvas, x, y, width, entry->number, entry->limits); break;
    case CM_CELL_SPARK:
        canvas_spark(canvas, x, y, width, 1, entry->role, entry->history, entry->history_count, NAN, NAN);
        break;
    case CM_CELL_STATUS:
        canvas_status(canvas, x, y, entry->status);
        if (width > 3) canvas_text(canvas, x + 3, y, width - 3, CM_ALIGN_LEFT, entry->role, entry->text);
        break;
    default: break;
    }
}

static void canvas_table(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                         const cm_table *table)
{
    call_count++;
    uint32_t widths[64];
    if (table->column_count > 64) stop(1, "a table of %u columns", (unsigned)table->column_count);
    fit_columns(canvas, table, width, widths);
    for (uint64_t c = 0; c < table->column_count; c++) {
        const cm_column *column = column_at(table, c);
        if (widths[c] == UINT32_MAX) continue;
        canvas_text(canvas, x, y, widths[c], column->align, CM_ROLE_LABEL, column->title);
        for (uint64_t r = 0; r < table->row_count && r + 1 < height; r++)
            draw_cell(canvas, x, y + 1 + (int32_t)r, widths[c], column->align, table_cell(table, r, c));
        x += (int32_t)widths[c] + 1;
    }
}

static cm_canvas make_canvas(uint32_t width, uint32_t height)
{
    return (cm_canvas){.size = sizeof(cm_canvas), .width = width, .height = height, .text = canvas_text,
                       .number = canvas_number, .status = canvas_status, .gauge = canvas_gauge,
                       .spark = canvas_spark, .peaks = canvas_peaks, .fill = canvas_fill, .table = canvas_table,
                           .measure = canvas_measure};
}

static void print_picture(const cm_canvas *canvas)
{
    printf("+");
    for (uint32_t x = 0; x < canvas->width; x++) printf("-");
    printf("+ %ux%u\n", canvas->width, canvas->height);
    for (uint32_t y = 0; y < canvas->height; y++) {
        printf("|");
        for (uint32_t x = 0; x < canvas->width; x++)
            if (grid[y][x]) printf("%lc", (wint_t)grid[y][x]);
        printf("|\n");
    }
    printf("drawn with %u calls\n", call_count);
}

/* ------------------------------------------------------------------------- */

typedef struct settings {
    const char *library, *root, *between, *host, *document;
    char *kind;
    double unix_time, interval;
    long ticks, bench;
    unsigned width, height;
    int describes, sleeps, draws, is_zoomed, again;
} settings;

static settings parse(int count, char **arguments, char **assignments)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    settings s = {.root = "", .host = "probe", .unix_time = (double)now.tv_sec, .interval = 1, .ticks = 1, .width = 76,
                  .height = 10,
                  .sleeps = 1, .draws = 1};
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "--describe") == 0) { s.describes = 1; continue; }
        if (strcmp(name, "--no-sleep") == 0) { s.sleeps = 0; continue; }
        if (strcmp(name, "--no-draw") == 0) { s.draws = 0; continue; }
        if (strcmp(name, "--zoom") == 0) { s.is_zoomed = 1; continue; }
        if (strcmp(name, "--again") == 0) { s.again = 1; continue; }
        if (strncmp(name, "--", 2) != 0) {
            if (!s.library) s.library = name;
            else *assignments++ = arguments[i];
            continue;
        }
        const char *value = i + 1 < count ? arguments[++i] : "";
        if (strcmp(name, "--root") == 0) s.root = value;
        else if (strcmp(name, "--between") == 0) s.between = value;
        else if (strcmp(name, "--host") == 0) s.host = value;
        else if (strcmp(name, "--ingest") == 0) {
            const char *sign = strchr(value, '=');
            if (!sign) stop(2, "--ingest is KIND=FILE");
            s.kind = strndup(value, (size_t)(sign - value));
            s.document = sign + 1;
        }
        else if (strcmp(name, "--time") == 0) s.unix_time = atof(value);
        else if (strcmp(name, "--ticks") == 0) s.ticks = atol(value);
        else if (strcmp(name, "--interval") == 0) s.interval = atof(value);
        else if (strcmp(name, "--bench") == 0) s.bench = atol(value);
        else if (strcmp(name, "--size") != 0) stop(2, "unknown option %s", name);
        else if (sscanf(value, "%ux%u", &s.width, &s.height) != 2 || s.width > MAX_WIDTH
                 || s.height > MAX_HEIGHT)
            stop(2, "--size is WIDTHxHEIGHT, at most %dx%d", MAX_WIDTH, MAX_HEIGHT);
    }
    if (!s.library) stop(2, "usage: probe plugin.so [--describe] [--root DIR] [--size WxH] [key=value ...]");
    return s;
}

static void load(const char *path)
{
    char *resolved = realpath(path, NULL);
    void *library = resolved ? dlopen(resolved, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) stop(2, "%s: %s", path, resolved ? dlerror() : "no such file");
    cm_plugin_entry entry;
    *(void **)&entry = dlsym(library, "cm_plugin_entry_v1");
    if (!entry) stop(2, "%s exports no cm_plugin_entry_v1", path);
    plugin = entry(CM_ABI_VERSION);
    if (!plugin) stop(1, "%s does not work with ABI %u.%u", path, CM_ABI_MAJOR, CM_ABI_MINOR);
    free(resolved);
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static cm_document document = {.size = sizeof document};

/* The plugin must have the extension; a kind that it does not name is tried all the same. */
static void find_extension(const char *kind)
{
    if (CM_HOLDS(plugin, get_extension) && plugin->get_extension)
        extension = plugin->get_extension(text_of(CM_INGEST_1));
    if (!extension) stop(2, "the plugin takes no documents");
    document.kind = text_of(kind);
    for (uint64_t i = 0; i < extension->kind_count; i++)
        if (same(extension->kinds[i], document.kind)) return;
    fprintf(stderr, "probe: the plugin does not name the kind %s\n", kind);
}

static void read_document(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) stop(2, "%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    document.length = (uint64_t)ftell(file);
    rewind(file);
    free((void *)document.data);
    void *data = allocate(document.length, 1);
    if (fread(data, 1, document.length, file) != document.length) stop(2, "%s cannot be read", path);
    document.data = data;
    fclose(file);
}

static uint32_t collect_once(void *self, cm_tick *tick, const cm_sink *sink)
{
    uint32_t code = extension ? extension->ingest(self, tick, &document, sink) : plugin->collect(self, tick, sink);
    tick->flags = 0;
    tick->number++;
    tick->monotonic_ns += tick->interval_ns;
    tick->unix_ns += (int64_t)tick->interval_ns;
    return code;
}

static void bench(void *self, cm_tick *tick, const cm_sink *sink, const cm_view *view,
                  const cm_canvas *canvas,
                  long count)
{
    is_quiet = 1;
    double start = cpu_seconds();
    for (long i = 0; i < count; i++) collect_once(self, tick, sink);
    double middle = cpu_seconds();
    for (long i = 0; i < count && plugin->draw; i++) plugin->draw(self, view, canvas);
    printf("CPU time of one collect: %.1f us, of one draw: %.1f us\n", (middle - start) / (double)count * 1e6,
           (cpu_seconds() - middle) / (double)count * 1e6);
}

/* Returns in a child for each line of standard input. A child that takes ten seconds is ended. */
static void fork_for_each_line(void)
{
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        pid_t child = fork();
        if (child < 0) stop(1, "no child");
        if (child == 0) {
            alarm(10);
            return;
        }
        int status;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) printf("ended by signal %d\n", WTERMSIG(status));
        else printf("ended with %d\n", WEXITSTATUS(status));
        fflush(stdout);
    }
    exit(0);
}

int main(int argument_count, char **arguments)
{
    setlocale(LC_ALL, "C.UTF-8");
    char **assignments = allocate((size_t)argument_count, sizeof *assignments);
    settings s = parse(argument_count, arguments, assignments);
    load(s.library);
    if (s.kind) find_extension(s.kind);
    if (s.describes) describe();
    if (s.again) fork_for_each_line();

    cm_option_value *values = default_values();
    for (char **assignment = assignments; *assignment; assignment++) override(values, *assignment);
    document.host = text_of(s.host);
    cm_host host = {.size = sizeof host, .abi = CM_ABI_VERSION, .name = text_of(s.host),
                    .root = text_of(s.root), .fail = host_fail, .log = host_log,
                        .get_extension = no_extension};
    cm_config config = {.size = sizeof config, .value_stride = sizeof *values, .values = values,
                        .value_count = plugin->option_count, .widget = plugin->id};
    void *self = plugin->create(&host, &config);
    if (!self) return 1;

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    cm_tick tick = {.size = sizeof tick, .flags = CM_TICK_FIRST,
                    .monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
                    .unix_ns = (int64_t)(s.unix_time * 1e9), .interval_ns = (uint64_t)(s.interval * 1e9)};
    cm_sink sink = {.size = sizeof sink, .emit = sink_emit, .note = sink_note, .fail = sink_fail,
                    .cancelled = sink_cancelled, .taken = sink_taken};
    uint32_t code = CM_OK;
    cm_tick latest = tick;
    for (long i = 0; i < s.ticks; i++) {
        if (i > 0 && s.between && system(s.between) != 0) stop(2, "%s failed", s.between);
        if (i > 0 && s.sleeps) usleep((useconds_t)(s.interval * 1e6));
        for (uint64_t c = 0; c < cell_count; c++) cells[c]->is_fresh = 0;
        note.length = 0;
        latest = tick;
        if (s.kind) read_document(s.document);
        code = collect_once(self, &tick, &sink);
        if (code != CM_OK) printf("collect %ld came to %s\n", i + 1, outcome_word(code));
        remember();
    }
    print_samples();

    cm_view view = view_of(&latest, s.is_zoomed);
    cm_canvas canvas = make_canvas(s.width, s.height);
    for (uint32_t y = 0; y < s.height; y++) wmemset(grid[y], L' ', s.width);
    if (s.draws && plugin->draw) {
        plugin->draw(self, &view, &canvas);
        print_picture(&canvas);
    }
    if (s.bench > 0) bench(self, &tick, &sink, &view, &canvas, s.bench);
    plugin->destroy(self);
    return code == CM_OK ? 0 : 1;
}
