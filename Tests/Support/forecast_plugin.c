/*
 * A plugin in plain C, written against the header alone: "tank", a drive and a store whose numbers are options, so that
 * what the host makes of them can be told in advance. It draws what is foretold in as many cells as there are.
 */
#include <cm_plugin.h>

#include <math.h>
#include <stdlib.h>

enum { WEAR, WRITTEN, POWERED, SERIAL, USED, METRICS };

struct widget {
    double numbers[4];
};

static void *create(const cm_host *host, const cm_config *config) {
    if (!CM_HOLDS(config, value_count) || !CM_HOLDS(host, fail) || config->value_count < 4) return NULL;
    struct widget *self = malloc(sizeof *self);
    if (self == NULL) {
        host->fail(host, CM_FAILED, (cm_string){CM_TEXT("no memory for a widget")});
        return NULL;
    }
    for (unsigned i = 0; i < 4; i++) {
        const char *values = (const char *)config->values;
        self->numbers[i] = ((const cm_option_value *)(const void *)(values + i * config->value_stride))->number;
    }
    return self;
}

static void destroy(void *self) {
    free(self);
}

static uint32_t collect(void *state, const cm_tick *tick, const cm_sink *sink) {
    static const unsigned metrics[4] = {WEAR, WRITTEN, POWERED, USED};
    const struct widget *self = state;
    (void)tick;
    if (!CM_HOLDS(sink, emit)) return CM_INVALID;
    for (unsigned i = 0; i < 4; i++) {
        cm_sample sample = {.size = sizeof sample, .metric = metrics[i], .instance = {CM_TEXT("tank")}};
        sample.number = self->numbers[i];
        sink->emit(sink, &sample);
    }
    cm_sample serial = {.size = sizeof serial, .metric = SERIAL, .instance = {CM_TEXT("tank")}};
    serial.text = (cm_string){CM_TEXT("S1")};
    sink->emit(sink, &serial);
    return CM_OK;
}

static const cm_value *value_at(const cm_view *view, unsigned metric) {
    return (const void *)((const char *)view->instances->values + metric * view->value_stride);
}

/* The longest form that fits. */
static void outlook(const cm_view *view, const cm_canvas *canvas, unsigned metric, int32_t y) {
    const cm_value *value = value_at(view, metric);
    if (view->value_stride < offsetof(cm_value, forecast_status) + sizeof value->forecast_status) return;
    for (uint64_t i = 0; i < value->forecast_count; i++) {
        if (canvas->measure(canvas, value->forecast[i]) > canvas->width) continue;
        canvas->text(canvas, 0, y, canvas->width, CM_ALIGN_LEFT, CM_ROLE_MUTED, value->forecast[i]);
        return;
    }
}

static void draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    (void)self;
    if (!CM_HOLDS(view, value_stride) || !CM_HOLDS(canvas, measure) || view->instance_count == 0) return;
    outlook(view, canvas, WEAR, 0);
    outlook(view, canvas, USED, 1);
}

static const cm_metric metrics[METRICS] = {
    {.id = {CM_TEXT("wear")}, .label = {CM_TEXT("Wear")}, .unit = {CM_TEXT("percent")},
     .help = {CM_TEXT("Percent of its life.")}, .direction = CM_DIRECTION_HIGHER_IS_WORSE, .warning = NAN,
     .critical = NAN, .flags = CM_METRIC_HEADLINE, .forecast = CM_FORECAST_WEAR, .written = {CM_TEXT("written")},
     .powered = {CM_TEXT("powered")}, .identity = {CM_TEXT("serial")}, .minimum_effect = 5},
    {.id = {CM_TEXT("written")}, .label = {CM_TEXT("Written")}, .unit = {CM_TEXT("bytes")},
     .kind = CM_METRIC_COUNTER, .help = {CM_TEXT("Bytes written.")}, .warning = NAN, .critical = NAN},
    {.id = {CM_TEXT("powered")}, .label = {CM_TEXT("Powered")}, .unit = {CM_TEXT("seconds")},
     .kind = CM_METRIC_COUNTER, .help = {CM_TEXT("Time powered on.")}, .warning = NAN, .critical = NAN},
    {.id = {CM_TEXT("serial")}, .label = {CM_TEXT("Serial")}, .kind = CM_METRIC_TEXT,
     .help = {CM_TEXT("Serial number.")}, .warning = NAN, .critical = NAN},
    {.id = {CM_TEXT("used")}, .label = {CM_TEXT("Used")}, .unit = {CM_TEXT("percent")},
     .help = {CM_TEXT("Percent of its room.")}, .warning = NAN, .critical = NAN, .forecast = CM_FORECAST_FILL,
     .full = 100},
};

#define NUMBER(name, usual)                                                                                        \
    {.key = {CM_TEXT(name)}, .type = CM_OPTION_FLOAT, .default_value = {CM_TEXT(usual)}, .minimum = NAN,            \
     .maximum = NAN, .help = {CM_TEXT("The number that is emitted.")}}

static const cm_option options[] = {
    NUMBER("wear_now", "40"), NUMBER("written_now", "40000000000000"), NUMBER("powered_now", "72000000"),
    NUMBER("used_now", "50"),
};

static const cm_plugin plugin = {
    .size = sizeof plugin, .abi = CM_ABI_VERSION,
    .id = {CM_TEXT("tank")}, .name = {CM_TEXT("Tank")}, .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("A drive and a store.")},
    .metrics = metrics, .metric_count = METRICS, .metric_stride = sizeof *metrics,
    .options = options, .option_count = 4, .option_stride = sizeof *options,
    .create = create, .destroy = destroy, .collect = collect, .draw = draw,
};

CM_EXPORT const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &plugin : NULL;
}
