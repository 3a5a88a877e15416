/* The binary layout that plugins in the field were compiled against. */
#include "cm_plugin.h"

#ifdef __LP64__
#define AT(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

SIZE(cm_string, 16);
AT(cm_string, data, 0);
AT(cm_string, length, 8);

SIZE(cm_metric, 184);
AT(cm_metric, id, 0);
AT(cm_metric, label, 16);
AT(cm_metric, unit, 32);
AT(cm_metric, help, 48);
AT(cm_metric, kind, 64);
AT(cm_metric, direction, 68);
AT(cm_metric, warning, 72);
AT(cm_metric, critical, 80);
AT(cm_metric, flags, 88);
AT(cm_metric, remember_days, 92);
AT(cm_metric, forecast, 96);
AT(cm_metric, reserved, 100);
AT(cm_metric, size, 104);
AT(cm_metric, written, 120);
AT(cm_metric, powered, 136);
AT(cm_metric, identity, 152);
AT(cm_metric, full, 168);
AT(cm_metric, minimum_effect, 176);

SIZE(cm_option, 72);
AT(cm_option, key, 0);
AT(cm_option, type, 16);
AT(cm_option, flags, 20);
AT(cm_option, default_value, 24);
AT(cm_option, minimum, 40);
AT(cm_option, maximum, 48);
AT(cm_option, help, 56);

SIZE(cm_option_value, 48);
AT(cm_option_value, type, 0);
AT(cm_option_value, is_set, 4);
AT(cm_option_value, number, 8);
AT(cm_option_value, text, 16);
AT(cm_option_value, items, 32);
AT(cm_option_value, item_count, 40);

SIZE(cm_config, 40);
AT(cm_config, size, 0);
AT(cm_config, value_stride, 4);
AT(cm_config, values, 8);
AT(cm_config, value_count, 16);
AT(cm_config, widget, 24);

SIZE(cm_host, 72);
AT(cm_host, size, 0);
AT(cm_host, abi, 4);
AT(cm_host, context, 8);
AT(cm_host, name, 16);
AT(cm_host, root, 32);
AT(cm_host, fail, 48);
AT(cm_host, log, 56);
AT(cm_host, get_extension, 64);

SIZE(cm_tick, 40);
AT(cm_tick, size, 0);
AT(cm_tick, flags, 4);
AT(cm_tick, number, 8);
AT(cm_tick, monotonic_ns, 16);
AT(cm_tick, unix_ns, 24);
AT(cm_tick, interval_ns, 32);

SIZE(cm_sample, 56);
AT(cm_sample, size, 0);
AT(cm_sample, metric, 4);
AT(cm_sample, instance, 8);
AT(cm_sample, number, 24);
AT(cm_sample, text, 32);
AT(cm_sample, status, 48);
AT(cm_sample, reserved, 52);

SIZE(cm_sink, 56);
AT(cm_sink, size, 0);
AT(cm_sink, reserved, 4);
AT(cm_sink, context, 8);
AT(cm_sink, emit, 16);
AT(cm_sink, note, 24);
AT(cm_sink, fail, 32);
AT(cm_sink, cancelled, 40);
AT(cm_sink, taken, 48);

SIZE(cm_value, 96);
AT(cm_value, kind, 0);
AT(cm_value, status, 4);
AT(cm_value, number, 8);
AT(cm_value, text, 16);
AT(cm_value, history, 32);
AT(cm_value, history_count, 40);
AT(cm_value, history_high, 48);
AT(cm_value, forecast, 56);
AT(cm_value, forecast_count, 64);
AT(cm_value, usual_low, 72);
AT(cm_value, usual_high, 80);
AT(cm_value, unusual, 88);
AT(cm_value, forecast_status, 92);

SIZE(cm_instance, 24);
AT(cm_instance, name, 0);
AT(cm_instance, values, 16);

SIZE(cm_limits, 16);
AT(cm_limits, warning, 0);
AT(cm_limits, critical, 8);

SIZE(cm_view, 104);
AT(cm_view, size, 0);
AT(cm_view, flags, 4);
AT(cm_view, taken_unix_ns, 8);
AT(cm_view, now_unix_ns, 16);
AT(cm_view, interval_ns, 24);
AT(cm_view, instances, 32);
AT(cm_view, instance_count, 40);
AT(cm_view, instance_stride, 48);
AT(cm_view, value_stride, 52);
AT(cm_view, limits, 56);
AT(cm_view, metric_count, 64);
AT(cm_view, note, 72);
AT(cm_view, host, 88);

SIZE(cm_cell, 80);
AT(cm_cell, kind, 0);
AT(cm_cell, role, 4);
AT(cm_cell, status, 8);
AT(cm_cell, reserved, 12);
AT(cm_cell, text, 16);
AT(cm_cell, number, 32);
AT(cm_cell, limits, 40);
AT(cm_cell, history, 56);
AT(cm_cell, history_count, 64);
AT(cm_cell, history_high, 72);

SIZE(cm_column, 32);
AT(cm_column, title, 0);
AT(cm_column, align, 16);
AT(cm_column, width, 20);
AT(cm_column, grow, 24);
AT(cm_column, priority, 28);

SIZE(cm_table, 48);
AT(cm_table, size, 0);
AT(cm_table, flags, 4);
AT(cm_table, columns, 8);
AT(cm_table, column_count, 16);
AT(cm_table, column_stride, 24);
AT(cm_table, cell_stride, 28);
AT(cm_table, cells, 32);
AT(cm_table, row_count, 40);

SIZE(cm_canvas, 96);
AT(cm_canvas, size, 0);
AT(cm_canvas, reserved, 4);
AT(cm_canvas, context, 8);
AT(cm_canvas, width, 16);
AT(cm_canvas, height, 20);
AT(cm_canvas, text, 24);
AT(cm_canvas, number, 32);
AT(cm_canvas, status, 40);
AT(cm_canvas, gauge, 48);
AT(cm_canvas, spark, 56);
AT(cm_canvas, fill, 64);
AT(cm_canvas, table, 72);
AT(cm_canvas, measure, 80);
AT(cm_canvas, peaks, 88);

SIZE(cm_plugin, 168);
AT(cm_plugin, size, 0);
AT(cm_plugin, abi, 4);
AT(cm_plugin, id, 8);
AT(cm_plugin, name, 24);
AT(cm_plugin, icon, 40);
AT(cm_plugin, version, 56);
AT(cm_plugin, summary, 72);
AT(cm_plugin, metrics, 88);
AT(cm_plugin, metric_count, 96);
AT(cm_plugin, options, 104);
AT(cm_plugin, option_count, 112);
AT(cm_plugin, metric_stride, 120);
AT(cm_plugin, option_stride, 124);
AT(cm_plugin, create, 128);
AT(cm_plugin, destroy, 136);
AT(cm_plugin, collect, 144);
AT(cm_plugin, draw, 152);
AT(cm_plugin, get_extension, 160);

SIZE(cm_document, 56);
AT(cm_document, size, 0);
AT(cm_document, reserved, 4);
AT(cm_document, kind, 8);
AT(cm_document, data, 24);
AT(cm_document, length, 32);
AT(cm_document, host, 40);

SIZE(cm_ingest, 32);
AT(cm_ingest, size, 0);
AT(cm_ingest, flags, 4);
AT(cm_ingest, kinds, 8);
AT(cm_ingest, kind_count, 16);
AT(cm_ingest, ingest, 24);
#endif
