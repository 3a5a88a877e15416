/* Options: the defaults as the host reads them, and others. */
#include "check.h"

#include <errno.h>
#include <math.h>

uint64_t random_number(void) {
    /* xorshift64*, from a fixed seed. */
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1du;
}

double random_double(void) {
    double value;
    uint64_t bits = random_number();
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A number, and where its unit begins. Digits and one point, so that "nan" and "0x10" are no numbers. */
static bool split(const char *text, double *number, const char **unit) {
    const char *end = text + (*text == '-');
    unsigned digits = 0, points = 0;
    for (; *end; end++) {
        if (*end >= '0' && *end <= '9') digits++;
        else if (*end == '.') points++;
        else break;
    }
    if (!digits || points > 1 || end[-1] == '.') return false;
    *number = strtod(text, NULL);
    *unit = *end == ' ' ? end + 1 : end;
    return isfinite(*number);
}

static bool scale(const char *unit, uint32_t type, double *number) {
    static const struct {
        const char *name;
        double factor;
    } durations[] = {{"", 1}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
      sizes[] = {{"", 1},       {"B", 1},        {"K", 0x1p10}, {"KiB", 0x1p10},
                 {"M", 0x1p20}, {"MiB", 0x1p20}, {"G", 0x1p30}, {"GiB", 0x1p30},
                 {"T", 0x1p40}, {"TiB", 0x1p40}, {"P", 0x1p50}, {"PiB", 0x1p50}};
    size_t count =
        type == CM_OPTION_DURATION ? sizeof durations / sizeof *durations : sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(unit, type == CM_OPTION_DURATION ? durations[i].name : sizes[i].name) != 0) continue;
        *number *= type == CM_OPTION_DURATION ? durations[i].factor : sizes[i].factor;
        return true;
    }
    return false;
}

/* Parts between commas, without blanks around them; empty ones are none. */
static void split_list(cm_string text, cm_option_value *value) {
    cm_string *items = make((size_t)text.length + 1, sizeof *items);
    for (uint64_t start = 0; start < text.length;) {
        uint64_t end = start;
        while (end < text.length && text.data[end] != ',') end++;
        uint64_t first = start, last = end;
        while (first < last && (unsigned char)text.data[first] <= 32) first++;
        while (last > first && (unsigned char)text.data[last - 1] <= 32) last--;
        if (last > first) items[value->item_count++] = (cm_string){text.data + first, last - first};
        start = end + 1;
    }
    value->items = items;
}

static const char *const expected[] = {
    "\"true\" or \"false\"",
    "a whole number",
    "a number",
    "",
    "a duration such as \"250ms\", \"2s\", \"26h\"",
    "a size such as \"512M\", \"4G\"",
    "",
};

bool parse_default(const cm_option *option, cm_option_value *value, char *reason, size_t size) {
    char text[1100];
    const char *unit = "";
    *value = (cm_option_value){.type = option->type};
    if (option->type > CM_OPTION_LIST) return true;
    if (option->type == CM_OPTION_TEXT) value->text = option->default_value;
    if (option->type == CM_OPTION_LIST) split_list(option->default_value, value);
    if (option->type == CM_OPTION_TEXT || option->type == CM_OPTION_LIST) return true;
    size_t length = option->default_value.length < 1024 ? (size_t)option->default_value.length : 1024;
    if (length) memcpy(text, option->default_value.data, length);
    text[length] = 0;
    bool is_read;
    if (option->type == CM_OPTION_BOOL) {
        value->number = strcmp(text, "true") == 0;
        is_read = value->number == 1 || strcmp(text, "false") == 0 || !length;
    } else if (length == 0) {
        is_read = true;
    } else {
        is_read = split(text, &value->number, &unit);
        if (option->type == CM_OPTION_INTEGER) is_read = is_read && !*unit && !strchr(text, '.');
        else if (option->type == CM_OPTION_FLOAT) is_read = is_read && !*unit;
        else is_read = is_read && scale(unit, option->type, &value->number);
    }
    if (!is_read) {
        snprintf(reason, size, "its default_value \"%s\" cannot be read; it is written as in a layout: %s",
                 shown(option->default_value), expected[option->type]);
        return false;
    }
    if (option->type != CM_OPTION_BOOL && length &&
        (value->number < option->minimum || value->number > option->maximum)) {
        snprintf(reason, size, "its default_value \"%s\" lies outside its own range of %g to %g",
                 shown(option->default_value), option->minimum, option->maximum);
        return false;
    }
    return true;
}

cm_option_value *default_values(void) {
    char reason[256];
    cm_option_value *values = make((size_t)plugin.option_count, sizeof *values);
    for (uint64_t i = 0; i < plugin.option_count; i++)
        parse_default(option_at(i), &values[i], reason, sizeof reason);
    return values;
}

/* Numbers alone: another text might name a program or a file. */
cm_option_value *other_values(void) {
    cm_option_value *values = default_values();
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        const cm_option *option = option_at(i);
        cm_option_value *value = &values[i];
        value->is_set = 1;
        if (option->type == CM_OPTION_BOOL) {
            value->number = !value->number;
        } else if (option->type != CM_OPTION_TEXT && option->type != CM_OPTION_LIST) {
            double up = value->number + 1, down = value->number - 1;
            if (!(up > option->maximum)) value->number = up;
            else if (!(down < option->minimum)) value->number = down;
        }
    }
    return values;
}

static const cm_string *lend_items(const cm_option_value *value, unsigned index) {
    size_t count = (size_t)value->item_count;
    cm_string *items = make(count, sizeof *items);
    /* Thousands of guarded texts would take thousands of mappings. */
    bool is_few = count <= 64;
    for (size_t i = 0; i < count; i++)
        items[i] = is_few ? lend_text(value->items[i], "cm_config.values[%u].items[%zu]", index, i)
                          : value->items[i];
    return lend(items, count * sizeof *items, false, "cm_config.values[%u].items", index);
}

const cm_config *lend_config(const cm_option_value *values) {
    size_t count = (size_t)plugin.option_count;
    cm_option_value *copies = make(count, sizeof *copies);
    for (unsigned i = 0; i < count; i++) {
        copies[i] = values[i];
        copies[i].text = lend_text(values[i].text, "cm_config.values[%u].text", i);
        copies[i].items = values[i].item_count ? lend_items(&values[i], i) : NULL;
    }
    cm_config config = {.size = sizeof config,
                        .value_count = count,
                        .widget = lend_text(text_of("widget"), "cm_config.widget")};
    config.values = lend_array(copies, count, sizeof *copies, &config.value_stride, "cm_config.values",
                               "cm_config.value_stride");
    return lend_struct(&config, &config_shape);
}
