/*
 * A plugin in plain C, written against the header alone: "rows", a table that is larger than any screen.
 * Its numbers follow from row and tick, so that every picture can be told in advance.
 */
#include <cm_plugin.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { METRIC_LOAD, METRIC_MEMORY, METRIC_STATE, METRICS };
enum { COLUMN_NAME, COLUMN_LOAD, COLUMN_GAUGE, COLUMN_MEMORY, COLUMN_STATE, COLUMNS };

struct widget {
    unsigned rows;
};

static cm_string text(const char *data, int length) {
    return (cm_string){data, length < 0 ? 0 : (uint64_t)length};
}

static void *create(const cm_host *host, const cm_config *config) {
    struct widget *self = malloc(sizeof *self);
    if (self == NULL) {
        host->fail(host, CM_FAILED, (cm_string){CM_TEXT("no memory for a widget")});
        return NULL;
    }
    self->rows = (unsigned)config->values[0].number;
    return self;
}

static void destroy(void *self) {
    free(self);
}

static uint32_t collect(void *state, const cm_tick *tick, const cm_sink *sink) {
    const struct widget *self = state;
    for (unsigned row = 0; row < self->rows; row++) {
        char name[24];
        double load = (double)((row * 37u + tick->number * 11u) % 1000u) / 10;
        cm_sample sample = {.size = sizeof sample, .number = load, .metric = METRIC_LOAD};
        sample.instance = text(name, snprintf(name, sizeof name, "row-%04u", row + 1));
        if (sink->emit(sink, &sample) == CM_LIMIT) return CM_OK;
        sample.metric = METRIC_MEMORY;
        sample.number = 1048576.0 * (row + 1);
        sink->emit(sink, &sample);
        sample.metric = METRIC_STATE;
        sample.status = load < 98 ? CM_STATUS_OK : CM_STATUS_WARNING;
        sample.text = load < 98 ? (cm_string){CM_TEXT("running")} : (cm_string){CM_TEXT("busy")};
        sink->emit(sink, &sample);
    }
    return CM_OK;
}

static void draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    static const cm_column columns[COLUMNS] = {
        {.title = {CM_TEXT("Name")}, .grow = 1},
        {.title = {CM_TEXT("Load")}, .align = CM_ALIGN_RIGHT, .width = 6},
        {.title = {CM_TEXT("")}, .width = 20, .priority = 2},
        {.title = {CM_TEXT("Memory")}, .align = CM_ALIGN_RIGHT, .width = 7, .priority = 1},
        {.title = {CM_TEXT("State")}, .width = 12},
    };
    (void)self;
    cm_cell *cells = calloc(view->instance_count * COLUMNS, sizeof *cells);
    if (cells == NULL) return;
    for (uint64_t row = 0; row < view->instance_count; row++) {
        const cm_instance *instance =
            (const void *)((const char *)view->instances + row * view->instance_stride);
        const cm_value *values[METRICS];
        for (unsigned metric = 0; metric < METRICS; metric++)
            values[metric] = (const void *)((const char *)instance->values + metric * view->value_stride);
        cm_cell *cell = cells + row * COLUMNS;
        double load = values[METRIC_LOAD]->number;
        cell[COLUMN_NAME] = (cm_cell){.kind = CM_CELL_TEXT, .text = instance->name, .number = NAN};
        cell[COLUMN_LOAD] = (cm_cell){.kind = CM_CELL_NUMBER, .number = load, .text = {CM_TEXT("percent")}};
        cell[COLUMN_GAUGE] = (cm_cell){.kind = CM_CELL_GAUGE, .number = load / 100, .limits = {0.98, NAN}};
        cell[COLUMN_MEMORY] = (cm_cell){
            .kind = CM_CELL_NUMBER, .number = values[METRIC_MEMORY]->number, .text = {CM_TEXT("bytes")}};
        cell[COLUMN_STATE] = (cm_cell){
            .kind = CM_CELL_STATUS, .status = values[METRIC_STATE]->status, .text = values[METRIC_STATE]->text,
            .number = NAN};
    }
    const cm_table table = {
        .size = sizeof table, .columns = columns, .column_count = COLUMNS, .column_stride = sizeof *columns,
        .cells = cells, .cell_stride = sizeof *cells, .row_count = view->instance_count};
    canvas->table(canvas, 0, 0, canvas->width, canvas->height, &table);
    free(cells);
}

static const void *get_extension(cm_string id) {
    (void)id;
    return NULL;
}

static const cm_metric metrics[METRICS] = {
    {.id = {CM_TEXT("load")}, .label = {CM_TEXT("Load")}, .unit = {CM_TEXT("percent")},
     .help = {CM_TEXT("A number that follows from row and tick.")}, .warning = NAN, .critical = NAN},
    {.id = {CM_TEXT("memory")}, .label = {CM_TEXT("Memory")}, .unit = {CM_TEXT("bytes")},
     .help = {CM_TEXT("One MiB for each row up to this one.")}, .warning = NAN, .critical = NAN},
    {.id = {CM_TEXT("state")}, .label = {CM_TEXT("State")}, .unit = {CM_TEXT("")},
     .help = {CM_TEXT("Busy from a load of 98 % on.")}, .kind = CM_METRIC_STATE, .warning = NAN, .critical = NAN},
};

static const cm_option options[] = {
    {.key = {CM_TEXT("rows")}, .type = CM_OPTION_INTEGER, .default_value = {CM_TEXT("5000")}, .minimum = 0,
     .maximum = 10000, .help = {CM_TEXT("How many rows the table has.")}},
};

static const cm_plugin plugin = {
    .size = sizeof plugin, .abi = CM_ABI_VERSION,
    .id = {CM_TEXT("rows")}, .name = {CM_TEXT("Rows")}, .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("A table of many rows.")},
    .metrics = metrics, .metric_count = METRICS, .metric_stride = sizeof *metrics,
    .options = options, .option_count = 1, .option_stride = sizeof *options,
    .create = create, .destroy = destroy, .collect = collect, .draw = draw, .get_extension = get_extension,
};

CM_EXPORT const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &plugin : NULL;
}
