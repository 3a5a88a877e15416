/* A host as the header describes it: cm_host and cm_sink, and the widgets that are made with them. */
#include "check.h"

#include <math.h>

char create_sentence[512];
uint32_t create_code;
const char *host_root;
const char *host_name = "srv01", *document_host = "srv01";

/* Of the collect under way. */
static collected *filling;

static const int64_t first_unix_ns = 1772366400000000000; /* 2026-03-01 12:00 UTC */
static const uint64_t first_monotonic_ns = 3600000000000, interval_ns = 2000000000;
enum { HOST_SAMPLES = 50000 };

static void keep_sentence(char *place, size_t size, cm_string sentence) {
    if (sentence.length && sentence.data && !is_utf8(sentence))
        complain("the sentence given to fail is not UTF-8: \"%s\" (TEXT in cm_plugin.h)", shown(sentence));
    size_t length = sentence.data ? (sentence.length < size - 1 ? (size_t)sentence.length : size - 1) : 0;
    if (length) memcpy(place, sentence.data, length);
    place[length] = 0;
}

static void host_fail(const cm_host *host, uint32_t code, cm_string sentence) {
    check_caller("cm_host.fail");
    if (!host) fail("cm_host.fail is called with NULL; pass the host that create got");
    create_code = code;
    keep_sentence(create_sentence, sizeof create_sentence, sentence);
}

static void host_log(const cm_host *host, uint32_t level, cm_string line) {
    check_caller("cm_host.log");
    if (!host) fail("cm_host.log is called with NULL; pass the host that create got");
    if (level > CM_LOG_ERROR)
        complain("cm_host.log is called with the level %u; it is CM_LOG_DEBUG to CM_LOG_ERROR", level);
    if (line.length && !is_utf8(line))
        complain("a line for cm_host.log is not UTF-8: \"%s\" (TEXT in cm_plugin.h)", shown(line));
}

static const void *host_extension(const cm_host *host, cm_string id) {
    (void)id;
    check_caller("cm_host.get_extension");
    if (!host) fail("cm_host.get_extension is called with NULL; pass the host that create got");
    return NULL;
}

const cm_host *lend_host(void) {
    static char context[8];
    if (!host_root) host_root = asked.root;
    cm_host host = {.size = sizeof host,
                    .abi = CM_ABI_VERSION,
                    .context = context,
                    .name = lend_text(text_of(host_name), "cm_host.name"),
                    .root = lend_text(text_of(host_root), "cm_host.root"),
                    .fail = host_fail,
                    .log = host_log,
                    .get_extension = host_extension};
    return lend_struct(&host, &host_shape);
}

void empty_root(void) { host_root = asked.empty; }

/* ------------------------------------------------------------------------- */
/* Widgets                                                                     */
/* ------------------------------------------------------------------------- */

instance create_with(const cm_option_value *values) {
    const cm_host *host = lend_host();
    size_t mark = loans();
    const cm_config *config = lend_config(values);
    create_sentence[0] = 0;
    create_code = 0;
    instance made = {call_create(host, config), host};
    take_back(mark);
    return made;
}

instance create_default(void) {
    instance made = create_with(default_values());
    if (!made.self)
        skip("create refuses with the options' defaults: %s",
             create_sentence[0] ? create_sentence : "without a sentence");
    return made;
}

void destroy(instance *widget) {
    call_destroy(widget->self);
    widget->self = NULL;
}

void check_sentence(const char *call, uint32_t code, bool has_failed, const char *sentence) {
    if (!has_failed || !sentence[0])
        complain(
            "%s fails%s without a sentence; call %s->fail with a code and what went wrong, where, and what "
            "to do (%s in cm_plugin.h)",
            call, has_failed ? " with an empty text, " : "", strcmp(call, "create") == 0 ? "host" : "sink",
            strcmp(call, "create") == 0 ? "cm_host.fail" : "cm_sink.fail");
    if (code > CM_LIMIT)
        complain("%s fails with the code %u; it is CM_FAILED to CM_LIMIT, 1 to 6", call, code);
}

/* ------------------------------------------------------------------------- */
/* Collecting                                                                  */
/* ------------------------------------------------------------------------- */

static cm_string copy_of(cm_string text) {
    if (!text.data || !text.length) return (cm_string){"", 0};
    char *data = make((size_t)text.length + 1, 1);
    memcpy(data, text.data, (size_t)text.length);
    return (cm_string){data, text.length};
}

/* Nothing more is taken: for the case's sake, or because a host would not. */
static bool is_full(collected *to) {
    if (to->limit_at && to->emits >= to->limit_at) {
        if (to->emits > to->limit_at && ++to->late > 1000000)
            fail("collect goes on emitting, a million times, after emit has said CM_LIMIT at call %llu "
                 "(cm_sink.emit in cm_plugin.h: \"stop, and return\")",
                 (unsigned long long)to->limit_at);
        return true;
    }
    if (to->emits > 100 * HOST_SAMPLES)
        fail(
            "collect emits without end: %llu samples, of which a host takes %d (cm_sink.emit in cm_plugin.h: "
            "CM_LIMIT is \"stop, and return\")",
            (unsigned long long)to->emits, HOST_SAMPLES);
    return to->count >= HOST_SAMPLES;
}

/* Copies what could be a sample; of what is too long only the length. */
static sample copy_of_sample(const cm_sample *given) {
    sample kept = {.metric = given->metric, .status = given->status, .number = given->number};
    kept.instance.length = given->instance.length;
    if (given->instance.length <= 4096) kept.instance = copy_of(given->instance);
    if (given->metric >= plugin.metric_count || metric_at(given->metric)->kind < CM_METRIC_TEXT) return kept;
    kept.text.length = given->text.length;
    if (given->text.length <= 65536) kept.text = copy_of(given->text);
    return kept;
}

static uint32_t sink_emit(const cm_sink *sink, const cm_sample *given) {
    check_caller("cm_sink.emit");
    if (call_now != CALL_COLLECT && call_now != CALL_INGEST)
        fail("cm_sink.emit is called in %s; it is for collect and ingest alone", verdict->call);
    if (!sink) fail("cm_sink.emit is called with NULL as the sink; pass the sink that collect got");
    if (!given) fail("cm_sink.emit is called with NULL as the sample");
    collected *to = filling;
    to->emits++;
    if (is_full(to)) return CM_LIMIT;
    if (given->size < sizeof *given)
        complain("cm_sample.size is %u; set it to sizeof(cm_sample), %zu, else the host does not read the "
                 "fields behind (GROWTH in cm_plugin.h)",
                 given->size, sizeof *given);
    if (to->count == to->capacity) {
        to->capacity = to->capacity ? 2 * to->capacity : 256;
        to->samples = grow(to->samples, to->count * sizeof(sample), to->capacity * sizeof(sample));
    }
    to->samples[to->count++] = copy_of_sample(given);
    return given->metric < plugin.metric_count && given->instance.length <= 256 ? CM_OK : CM_INVALID;
}

static uint32_t sink_note(const cm_sink *sink, uint32_t status, cm_string sentence) {
    check_caller("cm_sink.note");
    if (!sink) fail("cm_sink.note is called with NULL; pass the sink that collect got");
    if (status > CM_STATUS_UNKNOWN)
        complain(
            "cm_sink.note is called with the status %u; it is CM_STATUS_AUTO to CM_STATUS_UNKNOWN, 0 to 4",
            status);
    if (sentence.length && !is_utf8(sentence))
        complain("the sentence given to cm_sink.note is not UTF-8: \"%s\" (TEXT in cm_plugin.h)",
                 shown(sentence));
    filling->note_status = status;
    snprintf(filling->note, sizeof filling->note, "%s", shown(sentence));
    return CM_OK;
}

static uint32_t sink_fail(const cm_sink *sink, uint32_t code, cm_string sentence) {
    check_caller("cm_sink.fail");
    if (!sink) fail("cm_sink.fail is called with NULL; pass the sink that collect got");
    filling->has_failed = true;
    filling->failed_code = code;
    keep_sentence(filling->sentence, sizeof filling->sentence, sentence);
    return CM_OK;
}

static uint32_t sink_cancelled(const cm_sink *sink) {
    check_caller("cm_sink.cancelled");
    if (!sink) fail("cm_sink.cancelled is called with NULL; pass the sink that collect got");
    return filling->is_cancelled;
}

static uint32_t sink_taken(const cm_sink *sink, double unix_seconds) {
    check_caller("cm_sink.taken");
    if (!sink) fail("cm_sink.taken is called with NULL; pass the sink that ingest got");
    if (call_now != CALL_INGEST)
        complain("cm_sink.taken is called in %s; it is for ingest alone", verdict->call);
    else if (!isfinite(unix_seconds))
        complain("cm_sink.taken is called with %g; pass the Unix seconds that the document has, or do not call it "
                 "(cm_sink.taken in cm_plugin.h)",
                 unix_seconds);
    return call_now == CALL_INGEST && isfinite(unix_seconds) ? CM_OK : CM_INVALID;
}

cm_tick tick_of(uint64_t number) {
    return (cm_tick){.size = sizeof(cm_tick),
                     .flags = number == 0 ? CM_TICK_FIRST : 0,
                     .number = number,
                     .monotonic_ns = first_monotonic_ns + number * interval_ns,
                     .unix_ns = first_unix_ns + (int64_t)(number * interval_ns),
                     .interval_ns = interval_ns};
}

static const cm_sink *lend_sink(void) {
    static char context[8];
    cm_sink sink = {.size = sizeof sink,
                    .context = context,
                    .emit = sink_emit,
                    .note = sink_note,
                    .fail = sink_fail,
                    .cancelled = sink_cancelled,
                    .taken = sink_taken};
    return lend_struct(&sink, &sink_shape);
}

void collect_at(const instance *widget, const cm_tick *tick, collected *result) {
    size_t mark = loans();
    const cm_tick *moment = lend_struct(tick, &tick_shape);
    const cm_sink *sink = lend_sink();
    filling = result;
    result->code = call_collect(widget->self, moment, sink);
    take_back(mark);
}

collected *collect(const instance *widget, uint64_t number) {
    collected *result = make(1, sizeof *result);
    cm_tick tick = tick_of(number);
    collect_at(widget, &tick, result);
    return result;
}

collected *ingest_document(const instance *widget, uint64_t number, uint64_t kind, cm_string bytes) {
    collected *result = make(1, sizeof *result);
    ingest_into(widget, number, kind, bytes, result);
    return result;
}

void ingest_into(const instance *widget, uint64_t number, uint64_t kind, cm_string bytes, collected *result) {
    size_t mark = loans();
    cm_document document = {.size = sizeof document,
                            .kind = lend_text(ingest.kinds[kind], "cm_document.kind"),
                            .length = bytes.length,
                            .host = lend_text(text_of(document_host), "cm_document.host")};
    if (bytes.length) document.data = lend(bytes.data, (size_t)bytes.length, true, "cm_document.data");
    cm_tick tick = tick_of(number);
    const cm_tick *moment = lend_struct(&tick, &tick_shape);
    const cm_document *lent_document = lend_struct(&document, &document_shape);
    const cm_sink *sink = lend_sink();
    filling = result;
    result->code = call_ingest(widget->self, moment, lent_document, sink);
    take_back(mark);
}
