/* Options as no layout should have them: create may refuse, with a sentence, but not crash. */
#include "check.h"

#include <float.h>
#include <math.h>

enum { MEGABYTE = 1 << 20, MANY_ITEMS = 10000 };

static cm_string huge_text(void) {
    static char text[MEGABYTE];
    if (!text[0]) memset(text, 'x', sizeof text);
    return (cm_string){text, sizeof text};
}

/* A life with these values, on a machine without anything: no text of ours may be run as a program. */
static void live_with(cm_option_value *values) {
    for (uint64_t i = 0; i < plugin.option_count; i++) values[i].is_set = 1;
    instance widget = create_with(values);
    if (!widget.self) {
        check_sentence("create", create_code ? create_code : 99, create_code != 0, create_sentence);
        if (verdict->sentences[0]) fail("this was with options where %s", verdict->doing);
        return;
    }
    collect(&widget, 0);
    collect(&widget, 1);
    if (plugin.draw) draw(&widget, plain_view(), 80, 24);
    destroy(&widget);
}

static bool begin(void) {
    load_plugin();
    empty_root();
    if (!plugin.option_count) skip("it has no options");
    return true;
}

static void check_empty(void) {
    begin();
    doing("all texts and lists were empty, all numbers 0");
    cm_option_value *values = default_values();
    for (uint64_t i = 0; i < plugin.option_count; i++) values[i] = (cm_option_value){.type = values[i].type};
    live_with(values);
    doing("texts and items were empty");
    values = default_values();
    cm_string *items = make(3, sizeof *items);
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        values[i].text = (cm_string){NULL, 0};
        if (values[i].type == CM_OPTION_LIST) {
            values[i].items = items;
            values[i].item_count = 3;
        }
    }
    live_with(values);
}

static void check_huge(void) {
    begin();
    cm_string *items = make(MANY_ITEMS, sizeof *items), *one = make(1, sizeof *one);
    for (unsigned i = 0; i < MANY_ITEMS; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "item-%u", i);
        items[i] = (cm_string){grow(name, sizeof name, sizeof name), (uint64_t)length};
    }
    *one = huge_text();
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        cm_option_value *values = default_values();
        if (values[i].type == CM_OPTION_TEXT) {
            doing("option %s was a text of 1 MB", shown(option_at(i)->key));
            values[i].text = huge_text();
            live_with(values);
        } else if (values[i].type == CM_OPTION_LIST) {
            doing("option %s was a list of 10,000 texts", shown(option_at(i)->key));
            values[i].items = items;
            values[i].item_count = MANY_ITEMS;
            live_with(values);
            doing("option %s was a list with a text of 1 MB", shown(option_at(i)->key));
            values[i].items = one;
            values[i].item_count = 1;
            live_with(values);
        }
    }
}

static void check_malformed(void) {
    static const char *const texts[] = {
        "\xff",     "\xc3",   "\xe2\x82",         "\xf0\x9f\x92",    "\xed\xa0\x80",
        "\xc0\x80", "a\x80z", "\xf5\x80\x80\x80", "\xfe\xff\xfe\xff"};
    begin();
    for (size_t choice = 0; choice < sizeof texts / sizeof *texts; choice++) {
        doing("all texts were malformed UTF-8, kind %zu", choice);
        cm_option_value *values = default_values();
        cm_string *item = make(1, sizeof *item);
        *item = text_of(texts[choice]);
        for (uint64_t i = 0; i < plugin.option_count; i++) {
            if (values[i].type == CM_OPTION_TEXT) values[i].text = *item;
            if (values[i].type != CM_OPTION_LIST) continue;
            values[i].items = item;
            values[i].item_count = 1;
        }
        live_with(values);
    }
    /* A NUL ends a C string, but not a cm_string. */
    doing("all texts had a NUL in them");
    cm_option_value *values = default_values();
    cm_string *item = make(1, sizeof *item);
    *item = (cm_string){"a\0b\0", 4};
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        values[i].text = values[i].type == CM_OPTION_TEXT ? *item : values[i].text;
        if (values[i].type != CM_OPTION_LIST) continue;
        values[i].items = item;
        values[i].item_count = 1;
    }
    live_with(values);
}

static const double odd_numbers[] = {NAN,    INFINITY, -INFINITY, 0,      -0.0,   1,      -1,
                                     0.5,    DBL_MAX,  -DBL_MAX,  5e-324, 0x1p31, 0x1p32, 0x1p53,
                                     0x1p63, -0x1p63,  0x1p64,    1e18,   -1e300};

static void check_numbers(void) {
    begin();
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        const cm_option *option = option_at(i);
        if (option->type == CM_OPTION_TEXT || option->type == CM_OPTION_LIST) continue;
        size_t count = sizeof odd_numbers / sizeof *odd_numbers;
        for (size_t choice = 0; choice < count + 2; choice++) {
            double number = choice < count    ? odd_numbers[choice]
                            : choice == count ? option->minimum
                                              : option->maximum;
            doing("option %s was %g", shown(option->key), number);
            cm_option_value *values = default_values();
            values[i].number = number;
            live_with(values);
        }
    }
}

static cm_string fuzzed_text(void) {
    uint64_t choice = random_number();
    size_t length = choice % 8 == 0 ? 0 : choice % 8 < 6 ? (choice >> 8) % 16 : (choice >> 8) % 5000;
    char *data = make(length, 1);
    static const char likely[] = "/.:=,-_*?[]{}()\"'\\ \t\n%$@#~;|&<>0123456789abcxyz";
    for (size_t i = 0; i < length; i++) {
        uint64_t dice = random_number();
        data[i] = choice % 3 ? likely[dice % (sizeof likely - 1)] : (char)(dice >> 8);
    }
    return (cm_string){data, length};
}

static void check_fuzzed(void) {
    unsigned rounds = asked.quick ? 60 : 400;
    begin();
    for (unsigned round = 0; round < rounds; round++) {
        doing("options were set %u of %u fuzzed ones, always the same", round + 1, rounds);
        cm_option_value *values = default_values();
        for (uint64_t i = 0; i < plugin.option_count; i++) {
            uint64_t dice = random_number();
            cm_option_value *value = &values[i];
            if (dice % 4 == 0) continue;
            if (value->type == CM_OPTION_TEXT) value->text = fuzzed_text();
            else if (value->type == CM_OPTION_BOOL) value->number = (double)((dice >> 8) % 2);
            else if (value->type != CM_OPTION_LIST)
                value->number = (dice >> 8) % 3
                                    ? odd_numbers[(dice >> 16) % (sizeof odd_numbers / sizeof *odd_numbers)]
                                    : random_double();
            if (value->type != CM_OPTION_LIST) continue;
            size_t count = (dice >> 8) % 12;
            cm_string *items = make(count, sizeof *items);
            for (size_t item = 0; item < count; item++) items[item] = fuzzed_text();
            value->items = items;
            value->item_count = count;
        }
        live_with(values);
    }
    retitle("%u sets of fuzzed options", rounds);
}

const check_case option_cases[] = {
    {"empty", "empty options", check_empty, 1},
    {"huge", "huge options", check_huge, 1},
    {"malformed", "options that are no UTF-8", check_malformed, 1},
    {"numbers", "options with numbers beyond all bounds", check_numbers, 1},
    {"fuzzed", "fuzzed options", check_fuzzed, 1},
    {0},
};
