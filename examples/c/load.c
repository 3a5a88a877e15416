/* load-c.so - how much the machine has to do: the load now, and averaged over 1, 5 and 15 minutes. */
#include "cm_plugin.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What it finds, and what a layout may set. Limits, history and checking are the host's. ---- */

enum { LOAD, PER_CPU };

static const cm_metric metrics[] = {
    [LOAD] = {.id = {CM_TEXT("load")}, .label = {CM_TEXT("Load")}, .flags = CM_METRIC_HISTORY,
              .help = {CM_TEXT("Threads that run or wait, from /proc/loadavg: now, or on average.")},
              .warning = NAN, .critical = NAN},
    [PER_CPU] = {.id = {CM_TEXT("per_cpu")}, .label = {CM_TEXT("Per CPU")}, .flags = CM_METRIC_HEADLINE,
                 .help = {CM_TEXT("The load divided by the CPUs in /proc/stat; above 1, threads wait.")},
                 .direction = CM_DIRECTION_HIGHER_IS_WORSE, .warning = 1, .critical = 2},
};

enum { SHOW_NOW, CPUS };

static const cm_option options[] = {
    [SHOW_NOW] = {.key = {CM_TEXT("now")}, .type = CM_OPTION_BOOL, .default_value = {CM_TEXT("true")},
                  .minimum = NAN, .maximum = NAN,
                  .help = {CM_TEXT("Whether the threads that run right now have a line of their own.")}},
    [CPUS] = {.key = {CM_TEXT("cpus")}, .type = CM_OPTION_INTEGER, .default_value = {CM_TEXT("0")},
              .minimum = 0, .maximum = 65536,
              .help = {CM_TEXT("CPUs to divide the load by, as for a container; 0: those in /proc/stat.")}},
};

/* ---- The state of one widget of a layout. ---- */

struct widget {
    char *root; /* goes before every path */
    bool shows_now;
    double cpus;
};

static double option(const cm_config *config, uint64_t index) {
    if (index >= config->value_count) return 0;
    const char *value = (const char *)config->values + index * config->value_stride;
    return ((const cm_option_value *)value)->number;
}

static void *create(const cm_host *host, const cm_config *config) {
    /* What we cannot do without; a struct cut short is a host that we cannot serve. */
    if (!CM_HOLDS(host, fail) || !CM_HOLDS(config, value_count)) return NULL;
    struct widget *self = calloc(1, sizeof *self);
    if (!self || !(self->root = calloc(1, (size_t)host->root.length + 1))) {
        free(self);
        host->fail(host, CM_FAILED, (cm_string){CM_TEXT("no memory for the widget")});
        return NULL;
    }
    if (host->root.length > 0) memcpy(self->root, host->root.data, (size_t)host->root.length);
    self->shows_now = option(config, SHOW_NOW) != 0;
    self->cpus = option(config, CPUS);
    return self;
}

static void destroy(void *state) {
    struct widget *self = state;
    free(self->root);
    free(self);
}

/* ---- A machine becomes samples. ---- */

/* Why this collect fails, in one sentence: what went wrong, where, what to do. */
static uint32_t fail(const cm_sink *sink, uint32_t code, const char *root, const char *path,
                     const char *what) {
    char sentence[1024];
    int length = snprintf(sentence, sizeof sentence, "%.500s%s: %s; check that /proc is mounted", root, path,
                          what);
    sink->fail(sink, code, (cm_string){sentence, (uint64_t)length});
    return code;
}

static FILE *open_file(const char *root, const char *path) {
    char full[4096];
    snprintf(full, sizeof full, "%s%s", root, path);
    return fopen(full, "re");
}

/* One line stands for all CPUs together, then "cpu0", "cpu1", …, and then other things. */
static double count_cpus(FILE *stat) {
    double count = 0;
    char line[512];
    while (fgets(line, sizeof line, stat) && strncmp(line, "cpu", 3) == 0) count += line[3] != ' ';
    return count;
}

static void emit(const cm_sink *sink, uint32_t metric, const char *instance, double number) {
    cm_sample sample = {.size = sizeof sample, .metric = metric, .number = number};
    sample.instance = (cm_string){instance, strlen(instance)};
    sink->emit(sink, &sample);
}

static uint32_t collect(void *state, const cm_tick *tick, const cm_sink *sink) {
    const struct widget *self = state;
    (void)tick;
    if (!CM_HOLDS(sink, fail)) return CM_INVALID;

    FILE *file = open_file(self->root, "/proc/stat");
    if (!file) return fail(sink, CM_UNAVAILABLE, self->root, "/proc/stat", strerror(errno));
    double cpus = self->cpus > 0 ? self->cpus : count_cpus(file);
    fclose(file);
    if (cpus == 0) return fail(sink, CM_FAILED, self->root, "/proc/stat", "no CPU in it");

    file = open_file(self->root, "/proc/loadavg");
    if (!file) return fail(sink, CM_UNAVAILABLE, self->root, "/proc/loadavg", strerror(errno));
    double now, average[3];
    int found = fscanf(file, "%lf %lf %lf %lf/", &average[0], &average[1], &average[2], &now);
    fclose(file);
    if (found != 4) return fail(sink, CM_FAILED, self->root, "/proc/loadavg", "not four numbers in it");

    static const char *const names[] = {"1 min", "5 min", "15 min"};
    if (self->shows_now) emit(sink, LOAD, "now", now);
    for (int i = 0; i < 3; i++) {
        emit(sink, LOAD, names[i], average[i]);
        emit(sink, PER_CPU, names[i], average[i] / cpus);
    }
    return CM_OK;
}

/* ---- Samples become a picture: sign, name, number, past. ---- */

static void draw(void *state, const cm_view *view, const cm_canvas *canvas) {
    (void)state;
    if (!CM_HOLDS(view, value_stride) || !CM_HOLDS(canvas, spark)) return;
    const char *place = (const char *)view->instances;
    for (uint64_t row = 0; row < view->instance_count && row < canvas->height; row++) {
        const cm_instance *instance = (const cm_instance *)(place + row * view->instance_stride);
        const char *values = (const char *)instance->values;
        const cm_value *load = (const cm_value *)(values + (size_t)LOAD * view->value_stride);
        const cm_value *per_cpu = (const cm_value *)(values + (size_t)PER_CPU * view->value_stride);
        int32_t y = (int32_t)row;
        canvas->status(canvas, 0, y, per_cpu->status);
        canvas->text(canvas, 3, y, 6, CM_ALIGN_LEFT, CM_ROLE_LABEL, instance->name);
        canvas->number(canvas, 10, y, 6, CM_ALIGN_RIGHT, CM_ROLE_VALUE, load->number,
                       (cm_string){CM_TEXT("")});
        if (canvas->width > 18)
            canvas->spark(canvas, 18, y, canvas->width - 18, 1, CM_ROLE_GRAPH, load->history,
                          load->history_count, 0, NAN);
    }
}

/* ---- What the host gets. ---- */

static const cm_plugin plugin = {
    .size = sizeof plugin,
    .abi = CM_ABI_VERSION,
    .id = {CM_TEXT("load-c")},
    .name = {CM_TEXT("Load in C")},
    .icon = {CM_TEXT("🚦")},
    .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("How much the machine has to do.")},
    .metrics = metrics,
    .metric_count = sizeof metrics / sizeof *metrics,
    .metric_stride = sizeof *metrics,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .option_stride = sizeof *options,
    .create = create,
    .destroy = destroy,
    .collect = collect,
    .draw = draw,
};

const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &plugin : NULL;
}
