/*
 * A plugin that takes documents, and breaks one rule of cm.ingest/1: -DFAULT=NAME says which. Without, it keeps
 * all of them: it counts a document's bytes and braces.
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NONE,
    SHORT_SIZE,
    NO_INGEST,
    NO_KINDS,
    MANY_KINDS,
    BAD_KIND,
    KIND_TWICE,
    ANOTHER_EACH_TIME,
    LEAVES_DESCRIPTOR,
    ACCEPTS_ALL,
    EMITS_NOTHING,
    NO_SENTENCE,
    READS_BEHIND,
    READS_CUT,
    EXACT_SIZE,
    KEEPS_DOCUMENT,
    WRITES_DOCUMENT,
    LEAKS,
    PASSES_ON_BYTES,
    CRASHES_ON_DEPTH,
    INSISTS,
    READS_MACHINE,
    STATELESS, /* no fault: says that it keeps nothing of a document, and keeps nothing */
    COUNTS_DOCUMENTS,
    ADDS_SAMPLES,
    NEEDS_NAME,
    KEEPS_HOST,
    UNKNOWN_FLAG,
    TIME_BLINDLY,
    TIME_IN_COLLECT,
    TIME_NOT_FINITE,
};
#ifndef FAULT
#define FAULT NONE
#endif
#define IS(fault) (FAULT == (fault))

typedef struct {
    char host[64]; /* of the first document */
    const char *kept;
    int documents;
} state;

static cm_string text_of(const char *text) { return (cm_string){text, strlen(text)}; }

static void *create(const cm_host *host, const cm_config *config) {
    (void)config;
    if (IS(NEEDS_NAME) && host->name.length == 0) return NULL;
    return calloc(1, sizeof(state));
}

static void destroy(void *self) { free(self); }

static uint32_t collect(void *self, const cm_tick *tick, const cm_sink *sink) {
    (void)self, (void)tick;
    if (IS(TIME_IN_COLLECT) && CM_HOLDS(sink, taken) && sink->taken(sink, 1) != CM_INVALID) abort();
    return CM_OK;
}

static uint32_t fail(const cm_sink *sink, const char *sentence) {
    if (!IS(NO_SENTENCE)) sink->fail(sink, CM_FAILED, text_of(sentence));
    return CM_FAILED;
}

static uint32_t emit(const cm_sink *sink, const char *instance, double number) {
    cm_sample sample = {.size = sizeof sample, .instance = text_of(instance), .number = number};
    uint32_t code;
    do code = sink->emit(sink, &sample);
    while (IS(INSISTS) && code == CM_LIMIT);
    return code;
}

/* Whether all brackets are closed, outside of texts; -1 where one is too many. */
static int depth_of(const char *data, uint64_t length, int *deepest) {
    int depth = 0, is_text = 0;
    for (uint64_t i = 0; i < length; i++) {
        if (data[i] == '"') is_text = !is_text;
        if (is_text) continue;
        if (data[i] == '{' || data[i] == '[') depth++;
        if (data[i] == '}' || data[i] == ']') depth--;
        if (depth > *deepest) *deepest = depth;
    }
    return depth;
}

/* Passes on the document's own time, before anything else can be wrong with it. */
static void tell_time(const char *data, uint64_t length, const cm_sink *sink) {
    static const char key[] = "\"timestamp\": ";
    if (IS(TIME_BLINDLY)) sink->taken(sink, 1);
    if (!CM_HOLDS(sink, taken)) return;
    if (IS(TIME_NOT_FINITE) && sink->taken(sink, NAN) != CM_INVALID) abort();
    for (uint64_t i = 0; i + sizeof key < length; i++) {
        if (memcmp(data + i, key, sizeof key - 1) != 0) continue;
        char digits[32] = "";
        uint64_t rest = length - i - (sizeof key - 1);
        memcpy(digits, data + i + sizeof key - 1, rest < 31 ? rest : 31);
        double time = strtod(digits, NULL);
        if (isfinite(time) && sink->taken(sink, time) != CM_OK) abort();
    }
}

static uint32_t ingest(void *given, const cm_tick *tick, const cm_document *document, const cm_sink *sink) {
    state *self = given;
    (void)tick;
    if (!CM_HOLDS(sink, fail)) return CM_INVALID;
    if (!IS(READS_CUT) && !CM_HOLDS(document, length)) return fail(sink, "the document has no length");
    if (IS(EXACT_SIZE) && document->size != sizeof *document) return fail(sink, "not what was expected");
    const char *data = document->data;
    uint64_t length = document->length;
    if (IS(KEEPS_DOCUMENT) && self->kept && *self->kept == 'q') abort();
    self->kept = data;
    if (IS(READS_MACHINE)) close(open("/proc/loadavg", O_RDONLY));
    if (IS(LEAKS) && !malloc(200)) abort();
    if (IS(ACCEPTS_ALL)) return emit(sink, "", 1), CM_OK;
    tell_time(data, length, sink);
    if (length == 0) return fail(sink, "the document is empty");
    if (IS(READS_BEHIND) && strlen(data) == 4711) abort();
    if (IS(WRITES_DOCUMENT)) ((char *)(uintptr_t)data)[0] = ' ';
    int deepest = 0, depth = depth_of(data, length, &deepest);
    if (IS(CRASHES_ON_DEPTH) && deepest > 10000) abort();
    if (data[0] != '{' || depth != 0 || length < 150 || length > 100000) return fail(sink, "the document is no whole object");
    if (IS(EMITS_NOTHING)) return CM_OK;
    if (IS(PASSES_ON_BYTES)) {
        char line[32] = "";
        memcpy(line, data + 100, 31);
        return emit(sink, line, 1), CM_OK;
    }
    self->documents++;
    if (IS(KEEPS_HOST) && CM_HOLDS(document, host)) {
        if (!self->host[0]) memcpy(self->host, document->host.data, document->host.length);
        sink->note(sink, CM_STATUS_OK, text_of(self->host));
    }
    if (IS(ADDS_SAMPLES) && self->documents > 1) emit(sink, "documents", self->documents);
    emit(sink, "bytes", (double)length + (IS(COUNTS_DOCUMENTS) ? self->documents : 0));
    emit(sink, "depth", deepest);
    return CM_OK;
}

static const cm_metric metrics[] = {
    {{CM_TEXT("size")}, {CM_TEXT("Size")}, {CM_TEXT("count")}, {CM_TEXT("Of the document.")}, 0, 0, NAN, NAN, 0,
     .remember_days = 0}};

static const cm_string kinds[17] = {
    {IS(BAD_KIND) ? "Drives" : "drives", 6}, {IS(KIND_TWICE) ? "drives" : "papers", 6}};

static const cm_ingest table = {
    .size = IS(SHORT_SIZE) ? 8 : sizeof table,
    .flags = IS(UNKNOWN_FLAG) ? 6 : FAULT >= STATELESS ? CM_INGEST_STATELESS : 0,
    .kinds = IS(NO_KINDS) ? NULL : kinds,
    .kind_count = IS(MANY_KINDS) ? 17 : 2,
    .ingest = IS(NO_INGEST) ? NULL : ingest,
};

static const void *get_extension(cm_string id) {
    if (id.length != strlen(CM_INGEST_1) || memcmp(id.data, CM_INGEST_1, id.length) != 0) return NULL;
    if (IS(LEAVES_DESCRIPTOR) && open("/dev/null", O_RDONLY) < 0) abort();
    if (!IS(ANOTHER_EACH_TIME)) return &table;
    cm_ingest *fresh = malloc(sizeof *fresh);
    if (fresh) *fresh = table;
    return fresh;
}

static const cm_plugin plugin = {
    .size = sizeof plugin,
    .abi = CM_ABI_VERSION,
    .id = {CM_TEXT("papers")},
    .name = {CM_TEXT("Papers")},
    .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("Counts documents.")},
    .metrics = metrics,
    .metric_count = 1,
    .metric_stride = sizeof *metrics,
    .create = create,
    .destroy = destroy,
    .collect = collect,
    .get_extension = get_extension,
};

const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    return host_abi >> 16 == CM_ABI_MAJOR ? &plugin : NULL;
}
