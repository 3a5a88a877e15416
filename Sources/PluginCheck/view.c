/* Snapshots to be drawn: none, reasonable ones, wild ones, and what was collected. */
#include "check.h"

#include <float.h>
#include <math.h>

static const int64_t taken_unix_ns = 1772366400000000000; /* 2026-03-01 12:00 UTC */

static picture_view *new_view(size_t instances) {
    picture_view *made = make(1, sizeof *made);
    size_t metrics = (size_t)plugin.metric_count;
    made->instances = make(instances, sizeof *made->instances);
    made->values = make(instances * metrics, sizeof *made->values);
    made->limits = make(metrics, sizeof *made->limits);
    for (size_t i = 0; i < metrics; i++)
        made->limits[i] = (cm_limits){metric_at(i)->warning, metric_at(i)->critical};
    made->view = (cm_view){.size = sizeof(cm_view),
                           .taken_unix_ns = taken_unix_ns,
                           .now_unix_ns = taken_unix_ns + 1000000000,
                           .interval_ns = 2000000000,
                           .instance_count = instances,
                           .metric_count = metrics,
                           .host = text_of("srv01")};
    return made;
}

picture_view *empty_view(void) { return new_view(0); }

static cm_string formatted(const char *format, size_t number) {
    char text[64];
    snprintf(text, sizeof text, format, number);
    return text_of(grow(text, sizeof text, sizeof text));
}

static double plain_number(const cm_metric *metric, size_t instance) {
    cm_string unit = metric->unit;
    double step = (double)(instance * 37 % 100);
    if (unit.length == 5 && memcmp(unit.data, "ratio", 5) == 0) return step / 100;
    if (unit.length >= 5 && memcmp(unit.data, "bytes", 5) == 0) return 1e9 * (step + 1);
    if (unit.length == 5 && memcmp(unit.data, "hertz", 5) == 0) return 1e9 + 1e7 * step;
    if (unit.length == 7 && memcmp(unit.data, "seconds", 7) == 0) return 3600 * step;
    return step;
}

static void foretell(cm_value *value, uint32_t status) {
    static cm_string forms[3];
    forms[0] = text_of("worn out 2029 (2028-2031)");
    forms[1] = text_of("worn out 2029");
    forms[2] = text_of("2029");
    value->forecast = forms;
    value->forecast_count = 3;
    value->forecast_status = status;
}

static void plain_value(cm_value *value, const cm_metric *metric, size_t instance) {
    value->status = (uint32_t)(instance % 5);
    if (metric->kind >= CM_METRIC_TEXT) {
        value->kind = CM_VALUE_TEXT;
        value->text = formatted(metric->kind == CM_METRIC_STATE ? "state %zu" : "Model %zu", instance);
        return;
    }
    value->kind = CM_VALUE_NUMBER;
    value->number = plain_number(metric, instance);
    value->usual_low = value->usual_high = NAN;
    if (metric->forecast) foretell(value, (uint32_t)(instance % 5));
    if (metric->minimum_effect > 0) {
        value->unusual = (uint32_t)(instance % 3);
        value->usual_low = value->number - 1;
        value->usual_high = value->number + 1;
    }
    if (!(metric->flags & CM_METRIC_HISTORY)) return;
    float *past = make(60, sizeof *past);
    for (size_t i = 0; i < 60; i++) past[i] = (float)plain_number(metric, instance + 59 - i);
    past[7] = NAN;
    value->history = past;
    value->history_count = 60;
    if (instance % 2) return;
    float *high = make(60, sizeof *high);
    for (size_t i = 0; i < 60; i++) high[i] = past[i] * 1.1f;
    value->history_high = high;
}

picture_view *plain_view(void) {
    enum { INSTANCES = 5 };
    picture_view *made = new_view(INSTANCES);
    for (size_t i = 0; i < INSTANCES; i++) {
        made->instances[i].name = formatted("thing-%zu", i);
        for (size_t metric = 0; metric < plugin.metric_count; metric++)
            plain_value(&made->values[i * plugin.metric_count + metric], metric_at(metric), i);
    }
    made->view.note = text_of("One thing was not found.");
    return made;
}

/* ------------------------------------------------------------------------- */
/* Wild ones                                                                   */
/* ------------------------------------------------------------------------- */

static double wild_number(void) {
    static const double numbers[] = {
        NAN,          INFINITY,     -INFINITY,  0,    -0.0,  1,    -1,     0.5,    99.9,   100,
        -5e-324,      DBL_MAX,      -DBL_MAX,   1e18, -1e18, 1e30, 0x1p53, 0x1p63, 0x1p64, -0x1p63,
        2147483648.0, 4294967296.0, 1772366400, 1e300};
    size_t count = sizeof numbers / sizeof *numbers, choice = random_number() % (count + 4);
    return choice < count ? numbers[choice] : random_double();
}

static cm_string wild_text(size_t longest) {
    static const char *const texts[] = {"",
                                        "a",
                                        " ",
                                        "0",
                                        "-1",
                                        "nan",
                                        "1e999",
                                        "total",
                                        "99999999999999999999",
                                        "a b c",
                                        "/",
                                        "://",
                                        "=",
                                        ",",
                                        ":",
                                        "fs:",
                                        "core0",
                                        "\xf0\x9f\xa7\xa0",
                                        "cafe\xcc\x81",
                                        "\xe6\x9d\xb1\xe4\xba\xac",
                                        "\xe2\x80\xae",
                                        "\n",
                                        "\x1b[2J",
                                        "%s%n"};
    size_t count = sizeof texts / sizeof *texts, choice = random_number() % (count + 2);
    if (choice < count) return text_of(texts[choice]);
    size_t length = choice == count ? longest : random_number() % (longest + 1);
    char *data = make(length, 1);
    for (size_t i = 0; i < length; i++) data[i] = (char)(' ' + random_number() % 95);
    return (cm_string){data, length};
}

static void wild_value(cm_value *value) {
    static float past[300];
    for (size_t i = 0; i < 300 && past[1] == 0; i++) past[i] = (float)wild_number();
    uint64_t choice = random_number();
    *value = (cm_value){.kind = (uint32_t)(choice % 3), .status = (uint32_t)(choice >> 8) % 5};
    if ((choice >> 16) % 8 == 0) value->status = (uint32_t)(choice >> 32);
    /* What a kind does not use may hold anything. */
    value->number = wild_number();
    if (value->kind == CM_VALUE_TEXT || (choice >> 20) % 4 == 0) value->text = wild_text(4096);
    static const size_t counts[] = {0, 0, 1, 2, 299, 300};
    value->history_count = counts[(choice >> 24) % 6];
    value->history = value->history_count ? past + (300 - value->history_count) : NULL;
    if ((choice >> 28) % 2) value->history_high = value->history;
    value->usual_low = wild_number();
    value->usual_high = wild_number();
    value->unusual = (uint32_t)(choice >> 40) % 5;
    value->forecast_status = (uint32_t)(choice >> 44) % 7;
    value->forecast_count = (choice >> 48) % 4;
    cm_string *forms = make(4, sizeof *forms);
    for (size_t i = 0; i < value->forecast_count; i++) forms[i] = wild_text(4096);
    value->forecast = value->forecast_count ? forms : NULL;
}

/*
 * What another machine might have sent, or another version of the plugin: with names and values of `like`
 * among the wild ones, so that what is looked for by its name is found.
 */
picture_view *foreign_view(size_t instances, const picture_view *like) {
    size_t known = like ? (size_t)like->view.instance_count : 0;
    picture_view *made = new_view(instances);
    made->is_wild = true;
    made->view.flags = (uint32_t)random_number();
    made->view.taken_unix_ns = (int64_t)random_number();
    made->view.now_unix_ns = (int64_t)random_number();
    made->view.interval_ns = instances % 3 == 0 ? 0 : random_number();
    made->view.note = wild_text(4096);
    made->view.host = wild_text(256);
    for (size_t i = 0; i < plugin.metric_count; i++)
        if (random_number() % 2) made->limits[i] = (cm_limits){wild_number(), wild_number()};
    for (size_t i = 0; i < instances; i++) {
        size_t model = known ? random_number() % known : 0;
        bool is_named = known && random_number() % 4;
        made->instances[i].name = is_named ? like->instances[model].name : wild_text(4096);
        for (size_t metric = 0; metric < plugin.metric_count; metric++) {
            cm_value *value = &made->values[i * plugin.metric_count + metric];
            if (is_named && random_number() % 3 == 0)
                *value = like->values[model * plugin.metric_count + metric];
            else wild_value(value);
        }
    }
    return made;
}

/* ------------------------------------------------------------------------- */
/* What was collected                                                          */
/* ------------------------------------------------------------------------- */

static bool same_text(cm_string one, cm_string other) {
    return one.length == other.length &&
           (!one.length || memcmp(one.data, other.data, (size_t)one.length) == 0);
}

static size_t instance_named(picture_view *made, cm_string name, size_t guess) {
    if (guess < made->view.instance_count && same_text(made->instances[guess].name, name)) return guess;
    size_t i = 0;
    while (i < made->view.instance_count && !same_text(made->instances[i].name, name)) i++;
    if (i == made->view.instance_count) {
        made->instances[i].name = name;
        made->view.instance_count++;
    }
    return i;
}

picture_view *usual_view(const instance *widget) {
    collected *snapshot = collect(widget, 0);
    return snapshot->count ? view_of(snapshot) : plain_view();
}

picture_view *view_of(const collected *snapshot) {
    enum { MOST = 2000, PAST = 60 };
    picture_view *made = new_view(MOST);
    made->view.instance_count = 0;
    size_t place = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        const sample *from = &snapshot->samples[i];
        if (from->metric >= plugin.metric_count || from->instance.length > 256) continue;
        if (made->view.instance_count == MOST - 1) break;
        place = instance_named(made, from->instance, place);
        cm_value *value = &made->values[place * plugin.metric_count + from->metric];
        bool is_text = metric_at(from->metric)->kind >= CM_METRIC_TEXT;
        *value = (cm_value){.kind = is_text                  ? CM_VALUE_TEXT
                                    : isfinite(from->number) ? CM_VALUE_NUMBER
                                                             : CM_VALUE_ABSENT,
                            .status = from->status <= CM_STATUS_UNKNOWN ? from->status : CM_STATUS_UNKNOWN,
                            .number = is_text ? NAN : from->number,
                            .text = is_text && from->text.data ? from->text : (cm_string){NULL, 0}};
        if (value->kind != CM_VALUE_NUMBER || !(metric_at(from->metric)->flags & CM_METRIC_HISTORY)) continue;
        float *past = make(PAST, sizeof *past);
        for (unsigned j = 0; j < PAST; j++) past[j] = (float)(from->number * (0.5 + j / 2.0 / (PAST - 1)));
        value->history = past;
        value->history_count = PAST;
    }
    return made;
}

/* ------------------------------------------------------------------------- */
/* Lending                                                                     */
/* ------------------------------------------------------------------------- */

static void lend_forecast(cm_value *value, size_t instance) {
    if (!value->forecast_count) return;
    cm_string *forms = make((size_t)value->forecast_count, sizeof *forms);
    for (size_t i = 0; i < value->forecast_count; i++)
        forms[i] = lend_text(value->forecast[i], "a text of cm_value.forecast (instance %zu)", instance);
    value->forecast = lend(forms, (size_t)value->forecast_count * sizeof *forms, false,
                           "a cm_value.forecast (instance %zu)", instance);
}

const cm_view *lend_view(const picture_view *source) {
    size_t instances = (size_t)source->view.instance_count, metrics = (size_t)source->view.metric_count;
    cm_instance *rows = make(instances, sizeof *rows);
    cm_view view = source->view;
    view.value_stride = sizeof(cm_value);
    for (size_t i = 0; i < instances; i++) {
        cm_value *values = make(metrics, sizeof *values);
        for (size_t metric = 0; metric < metrics; metric++) {
            values[metric] = source->values[i * metrics + metric];
            values[metric].text = lend_text(values[metric].text, "a cm_value.text (instance %zu)", i);
            if (values[metric].history_count)
                values[metric].history =
                    lend(values[metric].history, values[metric].history_count * sizeof(float), false,
                         "a cm_value.history (instance %zu)", i);
            if (values[metric].history_count && values[metric].history_high)
                values[metric].history_high =
                    lend(values[metric].history_high, values[metric].history_count * sizeof(float), false,
                         "a cm_value.history_high (instance %zu)", i);
            lend_forecast(&values[metric], i);
        }
        rows[i].name = lend_text(source->instances[i].name, "cm_instance.name (instance %zu)", i);
        rows[i].values = lend_array(values, metrics, sizeof *values, &view.value_stride, "cm_instance.values",
                                    "cm_view.value_stride");
    }
    view.instances = lend_array(rows, instances, sizeof *rows, &view.instance_stride, "cm_view.instances",
                                "cm_view.instance_stride");
    view.limits = lend(source->limits, metrics * sizeof *source->limits, false, "cm_view.limits");
    view.note = lend_text(view.note, "cm_view.note");
    view.host = lend_text(view.host, "cm_view.host");
    return lend_struct(&view, &view_shape);
}
