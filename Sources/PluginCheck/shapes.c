/* The fields of the host's structs, in order: where each can be cut short. */
#include "check.h"

#define FIELD(type, name) {#name, offsetof(type, name), sizeof(((type *)0)->name)}
#define SHAPE(type, reader)                                                                                  \
    {#type, reader, type##_fields, sizeof type##_fields / sizeof *type##_fields, sizeof(type)}

static const field cm_host_fields[] = {
    FIELD(cm_host, size), FIELD(cm_host, abi),  FIELD(cm_host, context), FIELD(cm_host, name),
    FIELD(cm_host, root), FIELD(cm_host, fail), FIELD(cm_host, log),     FIELD(cm_host, get_extension),
};

static const field cm_config_fields[] = {
    FIELD(cm_config, size),        FIELD(cm_config, value_stride), FIELD(cm_config, values),
    FIELD(cm_config, value_count), FIELD(cm_config, widget),
};

static const field cm_tick_fields[] = {
    FIELD(cm_tick, size),         FIELD(cm_tick, flags),   FIELD(cm_tick, number),
    FIELD(cm_tick, monotonic_ns), FIELD(cm_tick, unix_ns), FIELD(cm_tick, interval_ns),
};

static const field cm_sink_fields[] = {
    FIELD(cm_sink, size), FIELD(cm_sink, reserved), FIELD(cm_sink, context),   FIELD(cm_sink, emit),
    FIELD(cm_sink, note), FIELD(cm_sink, fail),     FIELD(cm_sink, cancelled),
    FIELD(cm_sink, taken),
};

static const field cm_view_fields[] = {
    FIELD(cm_view, size),           FIELD(cm_view, flags),           FIELD(cm_view, taken_unix_ns),
    FIELD(cm_view, now_unix_ns),    FIELD(cm_view, interval_ns),     FIELD(cm_view, instances),
    FIELD(cm_view, instance_count), FIELD(cm_view, instance_stride), FIELD(cm_view, value_stride),
    FIELD(cm_view, limits),         FIELD(cm_view, metric_count),    FIELD(cm_view, note),
    FIELD(cm_view, host),
};

static const field cm_canvas_fields[] = {
    FIELD(cm_canvas, size),    FIELD(cm_canvas, reserved), FIELD(cm_canvas, context),
    FIELD(cm_canvas, width),   FIELD(cm_canvas, height),   FIELD(cm_canvas, text),
    FIELD(cm_canvas, number),  FIELD(cm_canvas, status),   FIELD(cm_canvas, gauge),
    FIELD(cm_canvas, spark),   FIELD(cm_canvas, fill),     FIELD(cm_canvas, table),
    FIELD(cm_canvas, measure), FIELD(cm_canvas, peaks),
};

static const field cm_document_fields[] = {
    FIELD(cm_document, size), FIELD(cm_document, reserved), FIELD(cm_document, kind),
    FIELD(cm_document, data), FIELD(cm_document, length), FIELD(cm_document, host),
};

const shape host_shape = SHAPE(cm_host, "create");
const shape config_shape = SHAPE(cm_config, "create");
const shape tick_shape = SHAPE(cm_tick, "collect");
const shape sink_shape = SHAPE(cm_sink, "collect");
const shape view_shape = SHAPE(cm_view, "draw");
const shape canvas_shape = SHAPE(cm_canvas, "draw");
const shape document_shape = SHAPE(cm_document, "ingest");
