/*
 * A healthy plugin that measures its host: for each collect it appends "NUMBER TICK NOW" to the file of its option
 * `file`, the tick's number, the tick's moment and the moment now, both of CLOCK_MONOTONIC in nanoseconds.
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int file;
    unsigned collects;
} state;

static void *create(const cm_host *host, const cm_config *config) {
    cm_string path = config->values[0].text;
    char name[4096];
    if (path.length == 0 || path.length >= sizeof name) {
        host->fail(host, CM_INVALID, (cm_string){CM_TEXT("option file must name a file")});
        return NULL;
    }
    memcpy(name, path.data, (size_t)path.length);
    name[path.length] = 0;
    state *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (self->file < 0) {
        host->fail(host, CM_FAILED, (cm_string){CM_TEXT("the file of option file cannot be written")});
        free(self);
        return NULL;
    }
    return self;
}

static void destroy(void *self) {
    close(((state *)self)->file);
    free(self);
}

static uint32_t collect(void *self, const cm_tick *tick, const cm_sink *sink) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    state *me = self;
    uint64_t moment = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    char line[80];
    int length = snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", tick->number, tick->monotonic_ns,
                          moment);
    if (write(me->file, line, (size_t)length) != length) {
        sink->fail(sink, CM_FAILED, (cm_string){CM_TEXT("the file of option file cannot be written")});
        return CM_FAILED;
    }
    cm_sample sample = {.size = sizeof sample, .metric = 0, .number = ++me->collects};
    return sink->emit(sink, &sample);
}

static const cm_metric metrics[] = {
    {{CM_TEXT("beats")}, {CM_TEXT("Beats")}, {CM_TEXT("count")}, {CM_TEXT("Calls so far.")}, CM_METRIC_COUNTER,
     CM_DIRECTION_NONE, NAN, NAN, 0, .remember_days = 0},
};

static const cm_option options[] = {
    {{CM_TEXT("file")}, CM_OPTION_TEXT, 0, {CM_TEXT("")}, NAN, NAN, {CM_TEXT("Where the moments are written.")}},
};

static const cm_plugin descriptor = {
    .size = sizeof descriptor,
    .abi = CM_ABI_VERSION,
    .id = {CM_TEXT("beat")},
    .name = {CM_TEXT("Beat")},
    .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("Writes down when it is asked.")},
    .metrics = metrics,
    .metric_count = sizeof metrics / sizeof *metrics,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .metric_stride = sizeof *metrics,
    .option_stride = sizeof *options,
    .create = create,
    .destroy = destroy,
    .collect = collect,
};

const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &descriptor : NULL;
}
