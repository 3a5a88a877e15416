/* collect: what it emits, and under conditions that are rare. */
#include "check.h"

#include <math.h>

static void check_sample(const char *call, const sample *given) {
    if (given->metric >= plugin.metric_count) {
        complain("%s emits metric %u; the plugin declares %llu, counted from 0 (cm_sample.metric in "
                 "cm_plugin.h)",
                 call, given->metric, (unsigned long long)plugin.metric_count);
        return;
    }
    const cm_metric *metric = metric_at(given->metric);
    const char *id = shown(metric->id), *instance = shown(given->instance);
    if (given->instance.length > 256)
        complain("%s emits metric %s of an instance with a name of %llu bytes; 256 are the most "
                 "(cm_sample.instance in "
                 "cm_plugin.h)",
                 call, id, (unsigned long long)given->instance.length);
    if (given->instance.data && !is_utf8(given->instance))
        complain("%s emits metric %s of the instance \"%s\", which is not UTF-8 (TEXT in cm_plugin.h)",
                 call, id, instance);
    if (given->status > CM_STATUS_UNKNOWN)
        complain("%s emits metric %s of \"%s\" with the status %u; it is CM_STATUS_AUTO to "
                 "CM_STATUS_UNKNOWN, 0 to 4",
                 call, id, instance, given->status);
    if (metric->kind < CM_METRIC_TEXT) {
        if (isinf(given->number))
            complain("%s emits an infinite %s of \"%s\"; NaN means \"not known\" (NUMBERS in cm_plugin.h)",
                call, id, instance);
        return;
    }
    if (given->text.length > 4096)
        complain("%s emits a text of %llu bytes as %s of \"%s\"; 4,096 are the most (cm_sample.text in "
                 "cm_plugin.h)",
                 call, (unsigned long long)given->text.length, id, instance);
    if (given->text.data && !is_utf8(given->text))
        complain("%s emits \"%s\" as %s of \"%s\", which is not UTF-8 (TEXT in cm_plugin.h)",
                 call, shown(given->text), id, instance);
    if (metric->kind == CM_METRIC_STATE && given->status == CM_STATUS_AUTO)
        note("%s is a state and comes without a status; set one, since no limits can judge it "
             "(CM_METRIC_STATE in cm_plugin.h)",
             id);
}

/* The code that a call returns, and what it has said of it. */
static void check_code(const char *call, const collected *result) {
    if (result->code != CM_OK) {
        check_sentence(call, result->code, result->has_failed, result->sentence);
        if (result->has_failed && result->failed_code != result->code)
            complain("%s returns %u and has given %u to sink->fail (cm_sink.fail in cm_plugin.h: \"Return "
                     "the same code from collect\")",
                     call, result->code, result->failed_code);
    } else if (result->has_failed) {
        complain("%s calls sink->fail (\"%s\") and returns CM_OK; return the same code (cm_sink.fail in "
                 "cm_plugin.h)",
                 call, result->sentence);
    }
}

void check_collected(const char *call, const collected *result) {
    check_code(call, result);
    for (size_t i = 0; i < result->count && strlen(verdict->sentences) < 2000; i++)
        check_sample(call, &result->samples[i]);
}

static void check_samples(void) {
    load_plugin();
    instance widget = create_default();
    size_t count = 0;
    for (uint64_t number = 0; number < 3; number++) {
        collected *result = collect(&widget, number);
        check_collected("collect", result);
        count = result->count;
        if (result->code != CM_OK && number == 0) note("collect fails here: %s", result->sentence);
    }
    destroy(&widget);
    if (!verdict->sentences[0]) retitle("emits sound samples (%zu here)", count);
}

static void check_full(void) {
    load_plugin();
    instance widget = create_default();
    collected *whole = collect(&widget, 0);
    uint64_t most = whole->emits < 40 ? whole->emits : 40;
    if (!most) skip("it emits nothing here");
    uint64_t latest = 0;
    for (uint64_t nth = 1; nth <= most; nth++) {
        doing("emit said CM_LIMIT from call %llu on", (unsigned long long)nth);
        collected *result = make(1, sizeof *result);
        result->limit_at = nth;
        cm_tick tick = tick_of(nth);
        collect_at(&widget, &tick, result);
        if (result->late > latest) latest = result->late;
        if (result->code > CM_LIMIT)
            complain("collect returns %u; it is CM_OK to CM_LIMIT, 0 to 6", result->code);
        if (verdict->sentences[0]) break;
    }
    destroy(&widget);
    if (latest > 1000)
        note("collect goes on for %llu more samples once emit has said CM_LIMIT; stop, and return",
             (unsigned long long)latest);
    if (!verdict->sentences[0])
        retitle("a full sink, from each of the first %llu samples on", (unsigned long long)most);
}

static void check_cancelled(void) {
    enum { SECONDS = 3 };
    load_plugin();
    instance widget = create_default();
    for (uint64_t number = 0; number < 2; number++) {
        doing("sink->cancelled said 1");
        collected *result = make(1, sizeof *result);
        result->is_cancelled = true;
        cm_tick tick = tick_of(number);
        int64_t start = now_ns();
        collect_at(&widget, &tick, result);
        double seconds = (double)(now_ns() - start) / 1e9;
        if (seconds > SECONDS)
            fail("collect took %.1f s though cm_sink.cancelled said 1 (cm_sink.cancelled in cm_plugin.h: "
                 "\"return soon\"); ask it "
                 "in each loop that waits",
                 seconds);
    }
    collected *after = collect(&widget, 2);
    check_code("collect", after);
    destroy(&widget);
}

static void check_finite(const collected *result, const char *when) {
    for (size_t i = 0; i < result->count; i++) {
        const sample *given = &result->samples[i];
        if (given->metric >= plugin.metric_count || metric_at(given->metric)->kind >= CM_METRIC_TEXT)
            continue;
        if (isinf(given->number))
            fail("collect emits an infinite %s when %s; NaN means \"not known\" (NUMBERS in cm_plugin.h): "
                 "look "
                 "for an interval of 0 before you divide",
                 shown(metric_at(given->metric)->id), when);
    }
}

static void check_clocks(void) {
    static const uint64_t second = 1000000000, day = 86400 * 1000000000ull;
    load_plugin();
    instance widget = create_default();
    cm_tick tick = tick_of(0);
    const struct {
        const char *what;
        uint64_t number, monotonic, interval;
        int64_t unix_ns;
    } moments[] = {
        {"time began", 0, tick.monotonic_ns, tick.interval_ns, tick.unix_ns},
        {"the same moment came twice", 1, tick.monotonic_ns, tick.interval_ns, tick.unix_ns},
        {"2 s had passed", 2, tick.monotonic_ns + 2 * second, tick.interval_ns, tick.unix_ns},
        {"the machine had slept for 30 days", 3, tick.monotonic_ns + 30 * day, tick.interval_ns,
         tick.unix_ns + (int64_t)(30 * day)},
        {"the wall clock was set to 1970", 4, tick.monotonic_ns + 30 * day + second, tick.interval_ns, 0},
        {"the wall clock was set to before 1970", 5, tick.monotonic_ns + 30 * day + 2 * second,
         tick.interval_ns, -(int64_t)day},
        {"the wall clock was set to 2100", 6, tick.monotonic_ns + 30 * day + 3 * second, tick.interval_ns,
         4102444800000000000},
        {"the interval was 0", 7, tick.monotonic_ns + 30 * day + 4 * second, 0, tick.unix_ns},
        {"the interval was 292 years", 8, tick.monotonic_ns + 30 * day + 5 * second, INT64_MAX, tick.unix_ns},
        {"the machine had run for 100 years", 9, 36525 * day, tick.interval_ns, tick.unix_ns},
        {"the last tick number came", UINT64_MAX, 36525 * day + second, tick.interval_ns, tick.unix_ns},
        {"the tick number began again", 0, 36525 * day + 2 * second, tick.interval_ns, tick.unix_ns},
        {"the monotonic clock went back", 1, tick.monotonic_ns, tick.interval_ns, tick.unix_ns},
    };
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        doing("%s", moments[i].what);
        cm_tick moment = {.size = sizeof moment,
                          .flags = i ? 0 : CM_TICK_FIRST,
                          .number = moments[i].number,
                          .monotonic_ns = moments[i].monotonic,
                          .unix_ns = moments[i].unix_ns,
                          .interval_ns = moments[i].interval};
        collected *result = make(1, sizeof *result);
        collect_at(&widget, &moment, result);
        check_code("collect", result);
        check_finite(result, moments[i].what);
    }
    destroy(&widget);
}

static void check_flags(void) {
    static const struct {
        uint32_t flags;
        const char *name;
    } ticks[] = {{0, "no flag, though it was the first"},
                 {CM_TICK_REFRESH, "CM_TICK_REFRESH"},
                 {CM_TICK_FIRST | CM_TICK_REFRESH, "CM_TICK_FIRST and CM_TICK_REFRESH"},
                 {CM_TICK_FIRST, "CM_TICK_FIRST for a second time"},
                 {0xffffffff, "flags of a newer host"},
                 {0, "no flag"}};
    load_plugin();
    instance widget = create_default();
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        doing("the tick had %s", ticks[i].name);
        cm_tick tick = tick_of(i);
        tick.flags = ticks[i].flags;
        collected *result = make(1, sizeof *result);
        collect_at(&widget, &tick, result);
        check_code("collect", result);
    }
    destroy(&widget);
}

static void check_root(void) {
    load_plugin();
    empty_root();
    if (!watch_system_calls(WATCH_ROOT))
        note("this kernel has no seccomp filters: whether programs are run was not seen");
    doing("cm_host.root was an empty directory");
    instance widget = create_with(default_values());
    if (!widget.self) {
        check_sentence("create", create_code ? create_code : 99, create_code != 0, create_sentence);
        return;
    }
    for (uint64_t number = 0; number < 3; number++) check_code("collect", collect(&widget, number));
    destroy(&widget);
}

const check_case collect_cases[] = {
    {"samples", "emits sound samples", check_samples, 1},
    {"full", "a full sink", check_full, 1},
    {"cancelled", "a collect that nobody waits for", check_cancelled, 1},
    {"clocks", "clocks that jump", check_clocks, 1},
    {"flags", "ticks with each flag", check_flags, 1},
    {"root", "a machine without any files", check_root, 1},
    {0},
};
