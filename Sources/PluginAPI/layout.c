/* The binary layout that plugins in the field were compiled against. */
#include "cm_plugin.h"

#ifdef __LP64__
#define AT(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

SIZE(cm_string, 16);
AT(cm_string, length, 8);
SIZE(cm_limits, 16);
SIZE(cm_metric, 96);
AT(cm_metric, kind, 64);
AT(cm_metric, warning, 72);
AT(cm_metric, flags, 88);
SIZE(cm_option, 72);
AT(cm_option, type, 16);
AT(cm_option, default_value, 24);
AT(cm_option, minimum, 40);
AT(cm_option, help, 56);
SIZE(cm_option_value, 48);
AT(cm_option_value, number, 8);
AT(cm_option_value, text, 16);
AT(cm_option_value, items, 32);
SIZE(cm_config, 40);
AT(cm_config, values, 8);
AT(cm_config, widget, 24);
SIZE(cm_host, 72);
AT(cm_host, context, 8);
AT(cm_host, root, 32);
AT(cm_host, fail, 48);
AT(cm_host, get_extension, 64);
SIZE(cm_tick, 40);
AT(cm_tick, unix_ns, 24);
SIZE(cm_sample, 56);
AT(cm_sample, instance, 8);
AT(cm_sample, number, 24);
AT(cm_sample, text, 32);
AT(cm_sample, status, 48);
SIZE(cm_sink, 48);
AT(cm_sink, emit, 16);
AT(cm_sink, cancelled, 40);
SIZE(cm_value, 48);
AT(cm_value, number, 8);
AT(cm_value, text, 16);
AT(cm_value, history, 32);
SIZE(cm_instance, 24);
SIZE(cm_view, 104);
AT(cm_view, instances, 32);
AT(cm_view, limits, 56);
AT(cm_view, note, 72);
SIZE(cm_cell, 72);
AT(cm_cell, text, 16);
AT(cm_cell, limits, 40);
AT(cm_cell, history, 56);
SIZE(cm_column, 32);
SIZE(cm_table, 48);
SIZE(cm_canvas, 88);
AT(cm_canvas, width, 16);
AT(cm_canvas, text, 24);
AT(cm_canvas, measure, 80);
SIZE(cm_plugin, 168);
AT(cm_plugin, id, 8);
AT(cm_plugin, metrics, 88);
AT(cm_plugin, metric_stride, 120);
AT(cm_plugin, create, 128);
AT(cm_plugin, get_extension, 160);
#endif
