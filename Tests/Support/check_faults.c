/*
 * A plugin that keeps the contract, but for one rule: -DFAULT=NAME says which. Without, it keeps all of them.
 * -DEXTRA_SYMBOL lets it export one more function.
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NONE,
    /* The file, loading, the entry. */
    LOAD_THREAD,
    LOAD_DESCRIPTOR,
    LOAD_SLOW,
    LOAD_CRASH,
    LOAD_EXIT,
    ENTRY_OUTPUT,
    ENTRY_SIGNAL,
    ENTRY_NULL,
    ANY_MAJOR,
    OWN_MINOR_ONLY,
    /* The descriptor. */
    BAD_ID,
    BAD_VERSION,
    BAD_SUMMARY,
    METRIC_TWICE,
    METRIC_UNIT,
    METRIC_KIND,
    METRIC_FLAGS,
    METRIC_LIMITS,
    METRIC_NO_LIMITS,
    OPTION_RESERVED,
    OPTION_DEFAULT,
    OPTION_RANGE,
    OPTION_TYPE,
    DESCRIPTOR_CHANGES,
    KNOWS_EVERYTHING,
    /* The host's structs. */
    READS_HOST,
    READS_CONFIG,
    READS_TICK,
    READS_SINK,
    READS_VIEW,
    READS_CANVAS,
    CALLS_MISSING,
    EXACT_SINK,
    EXACT_VIEW,
    STEPS_BY_SIZEOF,
    DRAW_STEPS_BY_SIZEOF,
    NEEDS_NUL,
    WRITES_VIEW,
    /* Options. */
    NEEDS_TEXT,
    NEEDS_SHORT_TEXT,
    NEEDS_UTF8,
    NEEDS_NUMBER,
    NEEDS_NO_PERCENT,
    REFUSES_SILENTLY,
    /* Life. */
    CREATE_LEAKS,
    CREATE_KEEPS_DESCRIPTOR,
    DRAW_LEAKS,
    SHARES_STATE,
    THREAD_LOCAL,
    KEEPS_CONFIG,
    KEEPS_TICK,
    CHANGES_DIRECTORY,
    CHANGES_UMASK,
    CHANGES_LOCALE,
    CHANGES_ENVIRONMENT,
    CHANGES_SIGNALS,
    LEAVES_THREAD,
    LEAVES_CHILD,
    LEAVES_DESCRIPTOR,
    DESTROY_CRASHES,
    /* collect. */
    BAD_METRIC,
    BAD_STATUS,
    LONG_INSTANCE,
    BAD_TEXT,
    NO_SENTENCE,
    OTHER_CODE,
    EXITS,
    CRASHES,
    FROM_THREAD,
    INSISTS,
    HEEDS_NO_CANCEL,
    NEEDS_EPOCH,
    DIVIDES_BY_INTERVAL,
    KNOWS_ALL_FLAGS,
    RUNS_PROGRAM,
    /* draw. */
    NEEDS_INSTANCES,
    TRUSTS_STATUS,
    BAD_ROLE,
    DRAWS_TOO_MUCH,
    HANGS,
    NEEDS_FORWARD_TIME,
    COUNTS_DRAWS,
    SHOWS_COLLECTS,
    SHOWS_PROCESS,
    OPENS_FILE,
    READS_CLOCK,
};
#ifndef FAULT
#define FAULT NONE
#endif
#define IS(fault) (FAULT == (fault))
/* One of two texts, as an initialiser for cm_string. */
#define PICK(fault, bad, good) {IS(fault) ? (bad) : (good), IS(fault) ? sizeof(bad) - 1 : sizeof(good) - 1}
#define HOLDS(fault, pointer, field) (IS(fault) || CM_HOLDS(pointer, field))

typedef struct {
    unsigned rows;
    char word[64];
    unsigned draws, collects;
    cm_string kept_word;
    const cm_tick *kept_tick;
} state;

static unsigned shared_rows;
static _Thread_local state *local_state;

static cm_string text_of(const char *text) { return (cm_string){text, strlen(text)}; }

static void *idle(void *unused) {
    pause();
    return unused;
}

static void start_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, idle, NULL) == 0) pthread_detach(thread);
}

static void ignore(int number) { (void)number; }

#ifdef EXTRA_SYMBOL
CM_EXPORT int helper(void);
int helper(void) { return 1; }
#endif

__attribute__((constructor)) static void on_load(void) {
    if (IS(LOAD_THREAD)) start_thread();
    if (IS(LOAD_DESCRIPTOR) && open("/dev/null", O_RDONLY) < 0) abort();
    if (IS(LOAD_SLOW)) usleep(150000);
    if (IS(LOAD_CRASH)) raise(SIGSEGV);
    if (IS(LOAD_EXIT)) exit(0);
}

/* ------------------------------------------------------------------------- */
/* The descriptor                                                              */
/* ------------------------------------------------------------------------- */

static cm_metric metrics[] = {
    {{CM_TEXT("value")},
     {CM_TEXT("Value")},
     PICK(METRIC_UNIT, "GiB", "percent"),
     {CM_TEXT("What was found.")},
     CM_METRIC_GAUGE,
     CM_DIRECTION_HIGHER_IS_WORSE,
     IS(METRIC_LIMITS) ? 95 : 70,
     90,
     CM_METRIC_HISTORY | (IS(METRIC_FLAGS) ? 64 : 0),
     .remember_days = 0},
    {{CM_TEXT("state")},
     {CM_TEXT("State")},
     {NULL, 0},
     {CM_TEXT("In a word.")},
     IS(METRIC_KIND) ? 7 : CM_METRIC_STATE,
     0,
     NAN,
     NAN,
     0,
     .remember_days = 0},
    {{CM_TEXT("other")},
     {CM_TEXT("Other")},
     {CM_TEXT("count")},
     {CM_TEXT("Another.")},
     CM_METRIC_COUNTER,
     0,
     IS(METRIC_NO_LIMITS) ? 0 : NAN,
     IS(METRIC_NO_LIMITS) ? 0 : NAN,
     0,
     .remember_days = 0},
    {{CM_TEXT("value")},
     {CM_TEXT("Value")},
     {CM_TEXT("count")},
     {CM_TEXT("Again.")},
     0,
     0,
     NAN,
     NAN,
     0,
     .remember_days = 0}, /* METRIC_TWICE alone counts it */
};

static const cm_option options[] = {
    {PICK(OPTION_RESERVED, "every", "rows"),
     IS(OPTION_TYPE) ? 9 : CM_OPTION_INTEGER,
     0,
     PICK(OPTION_DEFAULT, "3s", "3"),
     IS(OPTION_RANGE) ? 4 : 1,
     100,
     {CM_TEXT("How many rows.")}},
    {{CM_TEXT("word")}, CM_OPTION_TEXT, 0, {CM_TEXT("fine")}, NAN, NAN, {CM_TEXT("What to say.")}},
    {{CM_TEXT("names")}, CM_OPTION_LIST, 0, {CM_TEXT("a, b")}, NAN, NAN, {CM_TEXT("Not used.")}},
};

/* ------------------------------------------------------------------------- */
/* create and destroy                                                          */
/* ------------------------------------------------------------------------- */

static const cm_option_value *option_of(const cm_config *config, unsigned index) {
    size_t stride = IS(STEPS_BY_SIZEOF) ? sizeof(cm_option_value) : config->value_stride;
    return (const void *)((const char *)config->values + index * stride);
}

static void read_text(state *self, cm_string text) {
    if (IS(NEEDS_TEXT) && text.data[0] == 'x') abort();
    if (IS(NEEDS_SHORT_TEXT) && text.length > 100000) abort();
    if (IS(NEEDS_UTF8) && text.length == 3 && memcmp(text.data, "\xed\xa0\x80", 3) == 0) abort();
    if (IS(NEEDS_NO_PERCENT) && text.length && memchr(text.data, '%', text.length)) abort();
    size_t length = IS(NEEDS_NUL) && text.length ? strlen(text.data) : text.length;
    if (length > sizeof self->word - 1) length = sizeof self->word - 1;
    if (length) memcpy(self->word, text.data, length);
    /* What is shown must be UTF-8; here plain ASCII will do. */
    for (size_t i = 0; i < length; i++)
        if (self->word[i] < 32 || self->word[i] > 126) self->word[i] = '?';
    self->kept_word = text;
}

static void *create(const cm_host *host, const cm_config *config) {
    if (!HOLDS(READS_HOST, host, fail) || !HOLDS(READS_CONFIG, config, value_count)) return NULL;
    if (config->value_count != sizeof options / sizeof *options) {
        host->fail(host, CM_INVALID, text_of("not the options that are declared"));
        return NULL;
    }
    if (HOLDS(READS_HOST, host, log)) host->log(host, CM_LOG_DEBUG, text_of("a widget is made"));
    double rows = option_of(config, 0)->number;
    if (IS(NEEDS_NUMBER) && isnan(rows)) abort();
    if (!(rows >= 1 && rows <= 100)) {
        if (!IS(REFUSES_SILENTLY))
            host->fail(host, CM_INVALID, text_of("rows is out of range; give 1 to 100"));
        return NULL;
    }
    state *self = calloc(1, sizeof *self);
    if (!self) {
        host->fail(host, CM_FAILED, text_of("no memory"));
        return NULL;
    }
    self->rows = shared_rows = (unsigned)rows;
    read_text(self, option_of(config, 1)->text);
    local_state = self;
    if (IS(DESCRIPTOR_CHANGES)) metrics[0].warning = 71;
    if (IS(CREATE_LEAKS) && !malloc(100)) abort();
    if (IS(CREATE_KEEPS_DESCRIPTOR) && open("/dev/null", O_RDONLY) < 0) abort();
    return self;
}

static void destroy(void *self) {
    if (IS(DESTROY_CRASHES)) raise(SIGSEGV);
    free(self);
}

/* ------------------------------------------------------------------------- */
/* collect                                                                     */
/* ------------------------------------------------------------------------- */

static void change_process(void) {
    if (IS(CHANGES_DIRECTORY) && chdir("/tmp") != 0) abort();
    if (IS(CHANGES_UMASK)) umask(0);
    if (IS(CHANGES_LOCALE)) setlocale(LC_ALL, "C.UTF-8");
    if (IS(CHANGES_ENVIRONMENT)) setenv("LC_NUMERIC", "C", 1);
    if (IS(CHANGES_SIGNALS)) signal(SIGCHLD, ignore);
    if (IS(LEAVES_THREAD)) start_thread();
    if (IS(LEAVES_DESCRIPTOR) && open("/dev/null", O_RDONLY) < 0) abort();
    if (IS(LEAVES_CHILD) && fork() == 0)
        for (;;) pause();
}

static void misbehave(state *self, const cm_tick *tick) {
    if (IS(EXITS)) exit(3);
    if (IS(CRASHES)) raise(SIGBUS);
    if (IS(NEEDS_EPOCH) && tick->unix_ns < 0) abort();
    if (IS(DIVIDES_BY_INTERVAL)) self->draws = (unsigned)(tick->monotonic_ns / tick->interval_ns);
    if (IS(KNOWS_ALL_FLAGS) && tick->flags > 3) abort();
    if (IS(RUNS_PROGRAM) && system("exit 0") < 0) abort();
    if (IS(KEEPS_CONFIG) && self->kept_word.length && self->kept_word.data[0] == 'q') abort();
    if (IS(KEEPS_TICK) && self->kept_tick && self->kept_tick->number == 4711) abort();
    self->kept_tick = tick;
    change_process();
}

static uint32_t emit(const cm_sink *sink, uint32_t metric, const char *instance, double number,
                     const char *text) {
    cm_sample sample = {.size = sizeof sample, .metric = metric, .number = number};
    sample.instance = text_of(instance);
    sample.text = text_of(text);
    sample.status = text[0] ? CM_STATUS_OK : CM_STATUS_AUTO;
    if (IS(BAD_STATUS)) sample.status = 17;
    uint32_t code;
    do code = sink->emit(sink, &sample);
    while (IS(INSISTS) && code == CM_LIMIT);
    return code;
}

static void *emit_elsewhere(void *sink) {
    emit(sink, 0, "elsewhere", 1, "");
    return NULL;
}

static uint32_t collect(void *given, const cm_tick *tick, const cm_sink *sink) {
    state *self = IS(THREAD_LOCAL) ? local_state : given;
    if (!HOLDS(READS_TICK, tick, interval_ns)) return CM_INVALID;
    if (!HOLDS(READS_SINK, sink, fail) && !(IS(CALLS_MISSING) && CM_HOLDS(sink, size))) return CM_INVALID;
    if ((IS(EXACT_SINK) && sink->size != sizeof *sink) || !self) {
        sink->fail(sink, CM_INVALID, text_of("not what was expected"));
        return CM_INVALID;
    }
    if (tick->unix_ns == INT64_MIN) return CM_OK;
    misbehave(self, tick);
    self->collects++;
    if (IS(OTHER_CODE)) sink->fail(sink, CM_DENIED, text_of("no right to look; run as root"));
    if (IS(NO_SENTENCE) || IS(OTHER_CODE)) return CM_FAILED;
    if (IS(HEEDS_NO_CANCEL) && sink->cancelled(sink)) usleep(3200000);
    unsigned rows = IS(SHARES_STATE) ? shared_rows : self->rows;
    for (unsigned i = 0; i < rows; i++) {
        char name[300];
        snprintf(name, sizeof name, IS(LONG_INSTANCE) ? "row-%0290u" : "row-%u", i);
        if (emit(sink, 0, name, i * 7 % 100, "") == CM_LIMIT) return CM_OK;
        if (emit(sink, 1, name, NAN, IS(BAD_TEXT) ? "\xff" : self->word) == CM_LIMIT) return CM_OK;
    }
    if (IS(BAD_METRIC)) emit(sink, 12, "row-0", 1, "");
    pthread_t thread;
    if (IS(FROM_THREAD) && pthread_create(&thread, NULL, emit_elsewhere, (void *)(uintptr_t)sink) == 0)
        pthread_join(thread, NULL);
    return CM_OK;
}

/* ------------------------------------------------------------------------- */
/* draw                                                                        */
/* ------------------------------------------------------------------------- */

static const cm_instance *instance_of(const cm_view *view, uint64_t index) {
    size_t stride = IS(DRAW_STEPS_BY_SIZEOF) ? sizeof(cm_instance) : view->instance_stride;
    return (const void *)((const char *)view->instances + index * stride);
}

static void put(const cm_canvas *canvas, int32_t y, cm_string text) {
    canvas->text(canvas, 0, y, canvas->width, CM_ALIGN_LEFT, IS(BAD_ROLE) ? 99 : CM_ROLE_VALUE, text);
}

static void misdraw(state *self, const cm_view *view, const cm_canvas *canvas) {
    char line[64] = "";
    if (IS(NEEDS_INSTANCES) && view->instance_count == 0 && canvas->width == 500) abort();
    if (IS(WRITES_VIEW)) ((cm_view *)(uintptr_t)view)->flags = 0;
    if (IS(NEEDS_FORWARD_TIME) && view->now_unix_ns == 0) abort();
    if (IS(DRAW_LEAKS) && !malloc(500)) abort();
    if (IS(HANGS))
        for (;;) pause();
    if (IS(OPENS_FILE)) close(open("/proc/loadavg", O_RDONLY));
    if (IS(READS_CLOCK) && time(NULL) < 1000) abort();
    if (IS(COUNTS_DRAWS)) snprintf(line, sizeof line, "%u", self->draws++);
    if (IS(SHOWS_COLLECTS)) snprintf(line, sizeof line, "%u", self->collects);
    if (IS(SHOWS_PROCESS)) snprintf(line, sizeof line, "%d", (int)getpid());
    if (line[0]) put(canvas, 1, text_of(line));
    for (unsigned i = 0; i < 21000 && IS(DRAWS_TOO_MUCH); i++) put(canvas, 1, text_of("x"));
}

static void draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    if (!HOLDS(READS_VIEW, view, value_stride) || !HOLDS(READS_CANVAS, canvas, text)) return;
    if (IS(EXACT_VIEW) && view->size != sizeof *view) return;
    misdraw(self, view, canvas);
    put(canvas, 0, text_of("rows"));
    for (uint64_t i = 0; i < view->instance_count && i + 1 < canvas->height; i++) {
        const cm_instance *instance = instance_of(view, i);
        if (IS(TRUSTS_STATUS) && instance->values[0].status > 4) abort();
        put(canvas, (int32_t)i + 1, instance->name);
    }
}

static const void *get_extension(cm_string id) {
    (void)id;
    return IS(KNOWS_EVERYTHING) ? metrics : NULL;
}

static const cm_plugin plugin = {
    .size = sizeof plugin,
    .abi = CM_ABI_VERSION,
    .id = PICK(BAD_ID, "Faulty", "faulty"),
    .name = {CM_TEXT("Faulty")},
    .version = PICK(BAD_VERSION, "newest", "1.0.0"),
    .summary = PICK(BAD_SUMMARY, "K\xfcrze", "In short"),
    .metrics = metrics,
    .metric_count = IS(METRIC_TWICE) ? 4 : 3,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .metric_stride = sizeof *metrics,
    .option_stride = sizeof *options,
    .create = create,
    .destroy = destroy,
    .collect = collect,
    .draw = draw,
    .get_extension = get_extension,
};

const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    if (IS(ENTRY_OUTPUT)) {
        puts("Hello, world!");
        fflush(stdout);
    }
    if (IS(ENTRY_SIGNAL)) signal(SIGUSR1, ignore);
    if (IS(ENTRY_NULL)) return NULL;
    if (IS(OWN_MINOR_ONLY) && host_abi != CM_ABI_VERSION) return NULL;
    if (!IS(ANY_MAJOR) && host_abi >> 16 != CM_ABI_MAJOR) return NULL;
    return &plugin;
}
