/* Broken and fuzzed documents. */
#include "documents.h"

enum { MEGABYTE = 1 << 20 };

void check_broken_documents(void);
void check_fuzzed_documents(void);

/* ------------------------------------------------------------------------- */
/* Broken documents                                                            */
/* ------------------------------------------------------------------------- */

/* `before`, a part that comes so many times, `after`. */
static cm_string repeated(const char *before, const char *part, size_t times, const char *after) {
    size_t lengths[] = {strlen(before), strlen(part), strlen(after)};
    size_t length = lengths[0] + times * lengths[1] + lengths[2];
    char *data = make(length, 1);
    memcpy(data, before, lengths[0]);
    for (size_t i = 0; i < times; i++) memcpy(data + lengths[0] + i * lengths[1], part, lengths[1]);
    memcpy(data + length - lengths[2], after, lengths[2]);
    return (cm_string){data, length};
}

static void try_broken(const instance *widget, cm_string text, const char *what) {
    for (uint64_t kind = 0; kind < ingest.kind_count; kind++) {
        doing("the document of the kind \"%s\" was %s", shown(ingest.kinds[kind]), what);
        collected *result = ingest_document(widget, 1, kind, text);
        judge_document(widget, result);
        if (is_served(kind) && result->code == CM_OK)
            complain("ingest returns CM_OK for a document of the kind \"%s\" that is %s; call sink->fail and "
                     "say what is wrong with it",
                     shown(ingest.kinds[kind]), what);
    }
}

static void try_cut_short(const instance *widget, uint64_t kind, cm_string text) {
    for (uint64_t length = 0; length < text.length; length++) {
        doing("the document of the kind \"%s\" was cut short after %llu bytes", shown(ingest.kinds[kind]),
              (unsigned long long)length);
        collected *result = ingest_document(widget, 1, kind, (cm_string){text.data, length});
        check_collected("ingest", result);
        if (is_served(kind) && result->code == CM_OK)
            fail("ingest returns CM_OK for a document of the kind \"%s\" that is cut short after %llu of "
                 "%llu bytes",
                 shown(ingest.kinds[kind]), (unsigned long long)length, (unsigned long long)text.length);
    }
}

void check_broken_documents(void) {
    static const struct {
        const char *text, *what;
    } short_ones[] = {
        {"", "empty"},
        {" \n\t", "blanks alone"},
        {"{}", "an empty object"},
        {"[]", "an empty list"},
        {"null", "null"},
        {"\"text\"", "a text"},
        {"42", "a number"},
        {"<!DOCTYPE html><html><body>404</body></html>", "HTML"},
        {"{\"timestamp\": NaN}", "one with NaN"},
        {"{\"timestamp\": 1e999}", "one with a number beyond all bounds"},
        {"{\"timestamp\": \"now\", \"status\": 1, \"drives\": {}, \"services\": 4, \"summary\": [], "
         "\"backup\": true, \"service\": [], \"overall_status\": {}}",
         "one of wrong types"},
        {"{\"status\": null, \"drives\": null, \"services\": null, \"summary\": null, \"backup\": null, "
         "\"timestamp\": null, \"service\": null}",
         "one of nulls"},
        {"{\"\xff\xfe\": \"\xed\xa0\x80\"}", "no UTF-8"},
        {"\x1f\x8b\b and so on", "compressed"},
    };
    need_documents();
    lent = (lending){.guards = GUARD_TEXTS};
    instance widget = create_default();
    for (size_t i = 0; i < sizeof short_ones / sizeof *short_ones; i++)
        try_broken(&widget, text_of(short_ones[i].text), short_ones[i].what);
    try_broken(&widget, (cm_string){"{\"a\0b\": 1}", 10}, "one with a NUL in it");
    lent.guards = 0;
    try_broken(&widget, repeated("", "[", 3 * MEGABYTE, ""), "3 MB of opening brackets");
    try_broken(&widget, repeated("{\"drives\":", "{\"services\":", 100000, "1"), "nested 100,000 deep");
    try_broken(&widget, repeated("{\"status\": \"", "A", 3 * MEGABYTE, "\"}"), "a text of 3 MB");
    each_document(try_cut_short, &widget);
    destroy(&widget);
}

/* ------------------------------------------------------------------------- */
/* Fuzzed documents                                                            */
/* ------------------------------------------------------------------------- */

/* Values that go where another one was. */
static const char *const odd_values[] = {
    "null", "-1", "1e308", "-1e308", "99999999999999999999", "0", "true", "\"\"", "\"text\"", "[]", "{}",
    "[[]]", "\"\\u001b[31mred\\u0007\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "1e-300", "[null, 1, \"a\"]",
    "\"1970-01-01T00:00:00Z\"", "\"9999-12-31T23:59:60+99:99\"", "[{\"name\": \"x\"}, {\"name\": \"x\"}]"};

/* The text with a value of it replaced by an odd one: JSON as before. */
static cm_string with_odd_value(cm_string text) {
    uint64_t start = random_number() % text.length, end;
    while (start > 0 && text.data[start - 1] != ':') start--;
    for (end = start; end < text.length && !strchr(",}]", text.data[end]); end++) {
    }
    const char *value = odd_values[random_number() % (sizeof odd_values / sizeof *odd_values)];
    size_t length = strlen(value), rest = (size_t)(text.length - end);
    char *data = make(start + length + rest, 1);
    memcpy(data, text.data, (size_t)start);
    memcpy(data + start, value, length);
    memcpy(data + start + length, text.data + end, rest);
    return (cm_string){data, start + length + rest};
}

static cm_string with_odd_bytes(cm_string text) {
    char *data = make(text.length, 1);
    memcpy(data, text.data, (size_t)text.length);
    for (uint64_t left = 1 + random_number() % 8; left; left--)
        data[random_number() % text.length] = (char)random_number();
    return (cm_string){data, text.length};
}

static void fuzz(const instance *widget, uint64_t kind, cm_string text) {
    unsigned rounds = asked.quick ? 200 : 2000;
    for (unsigned round = 0; round < rounds; round++) {
        doing("the document of the kind \"%s\" was %u of %u fuzzed ones, always the same",
              shown(ingest.kinds[kind]), round + 1, rounds);
        cm_string fuzzed = with_odd_value(text);
        for (uint64_t more = random_number() % 4; more; more--) fuzzed = with_odd_value(fuzzed);
        if (round % 3 == 0) fuzzed = with_odd_bytes(fuzzed);
        collected *result = ingest_document(widget, round, kind, fuzzed);
        check_collected("ingest", result);
        if (plugin.draw && result->count && round % 8 == 0) draw(widget, view_of(result), 80, 24);
        if (verdict->sentences[0]) return;
    }
    retitle("%u fuzzed documents of each kind", rounds);
}

void check_fuzzed_documents(void) {
    need_documents();
    instance widget = create_default();
    each_document(fuzz, &widget);
    destroy(&widget);
}
