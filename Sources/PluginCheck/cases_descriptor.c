/* The descriptor, field by field, against what the header says of each. */
#include "check.h"

#include <math.h>

void check_descriptor(void);
void check_metrics(void);
void check_options(void);

/* [a-z][a-z0-9_]*, with `dash` also "-". */
static bool is_identifier(cm_string text, bool dash) {
    if (!text.data || !text.length || text.data[0] < 'a' || text.data[0] > 'z') return false;
    for (uint64_t i = 1; i < text.length; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (dash && c == '-')))
            return false;
    }
    return true;
}

static bool same(cm_string one, cm_string other) {
    return one.length == other.length &&
           (!one.length || memcmp(one.data, other.data, (size_t)one.length) == 0);
}

static bool ends_with(cm_string text, const char *end) {
    size_t length = strlen(end);
    return text.length >= length && memcmp(text.data + text.length - length, end, length) == 0;
}

/* A text that may be empty only where `what_for` is NULL. */
static void check_text(cm_string text, const char *field, uint64_t most, const char *what_for) {
    if (text.length && !text.data) {
        complain("%s is NULL with a length of %llu", field, (unsigned long long)text.length);
        return;
    }
    if (text.length > most) {
        complain("%s has %llu bytes; %llu are the most", field, (unsigned long long)text.length,
                 (unsigned long long)most);
        return;
    }
    if (!is_utf8(text)) complain("%s is not UTF-8: \"%s\" (TEXT in cm_plugin.h)", field, shown(text));
    for (uint64_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < 32 || text.data[i] == 127) {
            complain("%s has the control character 0x%02x in it; the length of a text does not count a NUL "
                     "at its end",
                     field, (unsigned char)text.data[i]);
            break;
        }
    if (!text.length && what_for) complain("%s is empty; it is %s", field, what_for);
}

static unsigned columns(cm_string text) {
    unsigned count = 0;
    for (uint64_t i = 0; i < text.length; i++) count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

void check_descriptor(void) {
    load_plugin();
    verdict->is_fatal = 0;
    if (plugin.size < sizeof plugin)
        complain("cm_plugin.size is %u; set it to sizeof(cm_plugin), %zu", plugin.size, sizeof plugin);
    const unsigned char *table = (const unsigned char *)ask_entry(CM_ABI_VERSION);
    for (size_t i = sizeof plugin; i < plugin.size; i++)
        if (table[i]) {
            complain("byte %zu of the descriptor is %u, behind the fields of this ABI; a host that does not "
                     "know them "
                     "refuses the plugin",
                     i, table[i]);
            break;
        }
    check_text(plugin.id, "cm_plugin.id", 32, "what a layout calls the plugin");
    if (plugin.id.length && !is_identifier(plugin.id, true))
        complain("cm_plugin.id is \"%s\"; it is [a-z][a-z0-9_-]*", shown(plugin.id));
    check_text(plugin.name, "cm_plugin.name", 64, "the widget's default title");
    check_text(plugin.icon, "cm_plugin.icon", 32, NULL);
    check_text(plugin.version, "cm_plugin.version", 32, "the plugin's own version, such as \"1.0.0\"");
    unsigned part;
    char version[80];
    snprintf(version, sizeof version, "%s", shown(plugin.version));
    if (plugin.version.length && sscanf(version, "%u.%u.%u", &part, &part, &part) != 3)
        complain(
            "cm_plugin.version is \"%s\"; it is three numbers, as semantic versioning has them: \"1.0.0\"",
            version);
    check_text(plugin.summary, "cm_plugin.summary", 4096, "one sentence for `plugin list`");
    const char *file = strrchr(asked.path, '/') + 1;
    if (plugin.id.length && (strncmp(file, plugin.id.data, (size_t)plugin.id.length) != 0 ||
                             strcmp(file + plugin.id.length, ".so") != 0))
        note("the file is called %s and the plugin %s; a layout finds %s.so only", file, shown(plugin.id),
             shown(plugin.id));
}

static const char *const units[] = {"bytes", "seconds", "celsius", "percent", "hertz",
                                    "watts", "count",   "bytes/s", "ratio",   ""};

static bool is_unit(cm_string unit) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (same(unit, text_of(units[i]))) return true;
    return false;
}

static void check_limits(const cm_metric *metric, const char *field) {
    bool has_limit = !isnan(metric->warning) || !isnan(metric->critical);
    if (has_limit && metric->kind >= CM_METRIC_TEXT)
        complain("%s has limits and is no number; set warning and critical to NAN", field);
    else if (has_limit && metric->direction == CM_DIRECTION_NONE &&
             (metric->warning != 0 || metric->critical != 0))
        complain("%s has limits and no direction, without which they mean nothing; set "
                 "CM_DIRECTION_HIGHER_IS_WORSE or "
                 "CM_DIRECTION_LOWER_IS_WORSE",
                 field);
    else if (has_limit && metric->direction == CM_DIRECTION_NONE)
        complain("%s has the limits 0 and 0; where there are none, set warning and critical to NAN", field);
    if ((metric->direction == CM_DIRECTION_HIGHER_IS_WORSE && metric->critical < metric->warning) ||
        (metric->direction == CM_DIRECTION_LOWER_IS_WORSE && metric->critical > metric->warning))
        complain("%s becomes critical at %g before it becomes a warning at %g; exchange them, or turn the "
                 "direction",
                 field, metric->critical, metric->warning);
    if (isinf(metric->warning) || isinf(metric->critical))
        complain("%s has an infinite limit; NAN means that there is none", field);
}

static const cm_metric *metric_named(cm_string id) {
    for (uint64_t i = 0; i < plugin.metric_count; i++)
        if (same(metric_at(i)->id, id)) return metric_at(i);
    return NULL;
}

/* A metric that a forecast rests on: declared, and a number or a text. */
static void check_companion(const char *field, const char *name, cm_string id, bool is_text) {
    if (!id.length) return;
    const cm_metric *other = metric_named(id);
    if (!other)
        complain("%s names \"%s\" in cm_metric.%s, which is not declared", field, shown(id), name);
    else if ((other->kind >= CM_METRIC_TEXT) != is_text)
        complain("%s names \"%s\" in cm_metric.%s, which is no %s", field, shown(id), name,
                 is_text ? "text" : "number");
}

static void check_forecast(const cm_metric *metric, const char *field) {
    if (metric->minimum_effect < 0 || isinf(metric->minimum_effect))
        complain("%s has a minimum_effect of %g; it is a distance in its unit, or 0 for none", field,
                 metric->minimum_effect);
    else if (metric->minimum_effect > 0 && metric->kind != CM_METRIC_GAUGE)
        complain("%s has a minimum_effect and is no gauge", field);
    if (metric->forecast > CM_FORECAST_FILL)
        complain("%s has the forecast %u; it is CM_FORECAST_NONE to CM_FORECAST_FILL", field, metric->forecast);
    if (metric->forecast == CM_FORECAST_NONE || metric->forecast > CM_FORECAST_FILL) return;
    if (metric->kind >= CM_METRIC_TEXT) complain("%s has a forecast and is no number", field);
    if (metric->forecast == CM_FORECAST_FILL && !metric->size.length && !(metric->full > 0))
        complain("%s has the forecast CM_FORECAST_FILL and says not when it is full; set cm_metric.full or size",
                 field);
    check_companion(field, "size", metric->size, false);
    check_companion(field, "written", metric->written, false);
    check_companion(field, "powered", metric->powered, false);
    check_companion(field, "identity", metric->identity, true);
}

static void check_metric(const cm_metric *metric, uint64_t index) {
    char field[120], part[140];
    snprintf(field, sizeof field, "cm_plugin.metrics[%llu]", (unsigned long long)index);
    snprintf(part, sizeof part, "%s.id", field);
    check_text(metric->id, part, 64, "what layouts and exports call the metric");
    if (metric->id.length && !is_identifier(metric->id, false))
        complain("%s is \"%s\"; it is [a-z][a-z0-9_]*", part, shown(metric->id));
    snprintf(field, sizeof field, "metric %s", shown(metric->id));
    for (uint64_t i = 0; i < index; i++)
        if (same(metric_at(i)->id, metric->id)) complain("%s is declared twice", field);
    snprintf(part, sizeof part, "the label of %s", field);
    check_text(metric->label, part, 96, "a short heading");
    if (columns(metric->label) > 24)
        complain("the label of %s has %u columns; 24 are the most", field, columns(metric->label));
    if (!is_unit(metric->unit)) {
        char list[200] = "";
        for (size_t i = 0; i + 1 < sizeof units / sizeof *units; i++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "\"%s\", ", units[i]);
        complain("%s has the unit \"%s\"; it is one of %sor \"\" (NUMBERS in cm_plugin.h)", field,
                 shown(metric->unit), list);
    }
    snprintf(part, sizeof part, "the help of %s", field);
    check_text(metric->help, part, 4096, NULL);
    if (!metric->help.length)
        note("%s has no help: one sentence, what it is and where the figure comes from", field);
    if (metric->kind > CM_METRIC_STATE)
        complain("%s has the kind %u; it is CM_METRIC_GAUGE to CM_METRIC_STATE", field, metric->kind);
    if (metric->direction > CM_DIRECTION_LOWER_IS_WORSE)
        complain("%s has the direction %u; it is CM_DIRECTION_NONE to CM_DIRECTION_LOWER_IS_WORSE", field,
                 metric->direction);
    const uint32_t known = CM_METRIC_HISTORY | CM_METRIC_HEADLINE | CM_METRIC_LASTING | CM_METRIC_AGE;
    if (metric->flags & ~known)
        complain("%s has the flags 0x%x; known are CM_METRIC_HISTORY, CM_METRIC_HEADLINE, CM_METRIC_LASTING and"
                 " CM_METRIC_AGE, 0xf",
                 field, metric->flags);
    if (metric->flags & CM_METRIC_AGE && metric->kind >= CM_METRIC_TEXT) complain("%s is an age and no number", field);
    if (metric->flags & CM_METRIC_HISTORY && metric->kind >= CM_METRIC_TEXT)
        complain("%s wants a history and is no number", field);
    check_limits(metric, field);
    check_forecast(metric, field);
}

void check_metrics(void) {
    load_plugin();
    if (!plugin.metric_count)
        complain("cm_plugin.metric_count is 0: a plugin without a metric shows nothing");
    for (uint64_t i = 0; i < plugin.metric_count; i++) check_metric(metric_at(i), i);
    if (!verdict->sentences[0])
        retitle("declares its %llu metrics well", (unsigned long long)plugin.metric_count);
}

static bool is_reserved(cm_string key) {
    static const char *const words[] = {"plugin", "host", "title", "every", "deadline", "new_privileges"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (same(key, text_of(words[i]))) return true;
    return ends_with(key, "_warning") || ends_with(key, "_critical");
}

static void check_option(const cm_option *option, uint64_t index) {
    char field[120], part[160], reason[256];
    snprintf(field, sizeof field, "cm_plugin.options[%llu].key", (unsigned long long)index);
    check_text(option->key, field, 64, "what a layout calls the option");
    if (option->key.length && !is_identifier(option->key, false))
        complain("%s is \"%s\"; it is [a-z][a-z0-9_]*", field, shown(option->key));
    snprintf(field, sizeof field, "option %s", shown(option->key));
    for (uint64_t i = 0; i < index; i++)
        if (same(option_at(i)->key, option->key)) complain("%s is declared twice", field);
    if (is_reserved(option->key))
        complain("%s has a name that is the host's: plugin, host, title, every, deadline, new_privileges and "
                 "all that end "
                 "in _warning or _critical (cm_option in cm_plugin.h)",
                 field);
    if (option->type > CM_OPTION_LIST)
        complain("%s has the type %u; it is CM_OPTION_BOOL to CM_OPTION_LIST", field, option->type);
    if (option->flags) complain("%s has the flags 0x%x; they are 0", field, option->flags);
    if (option->minimum > option->maximum)
        complain("%s has a minimum of %g above its maximum of %g", field, option->minimum, option->maximum);
    bool is_number = option->type == CM_OPTION_INTEGER || option->type == CM_OPTION_FLOAT ||
                     option->type == CM_OPTION_DURATION || option->type == CM_OPTION_SIZE;
    if (is_number && option->minimum == 0 && option->maximum == 0)
        complain("%s has a range of 0 to 0; where there is no bound, set minimum and maximum to NAN", field);
    snprintf(part, sizeof part, "the default_value of %s", field);
    check_text(option->default_value, part, 1024, NULL);
    cm_option_value value;
    if (option->default_value.length <= 1024 &&
        !(is_number && option->minimum == 0 && option->maximum == 0) &&
        !(option->minimum > option->maximum) && !parse_default(option, &value, reason, sizeof reason))
        complain("%s: %s", field, reason);
    snprintf(part, sizeof part, "the help of %s", field);
    check_text(option->help, part, 4096, NULL);
    if (!option->help.length) note("%s has no help: one sentence on what it does", field);
}

void check_options(void) {
    load_plugin();
    for (uint64_t i = 0; i < plugin.option_count; i++) check_option(option_at(i), i);
    if (!verdict->sentences[0] && plugin.option_count)
        retitle("declares its %llu option%s well", (unsigned long long)plugin.option_count,
                plugin.option_count == 1 ? "" : "s");
    else if (!verdict->sentences[0]) retitle("declares no options");
}
