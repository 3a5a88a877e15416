/*
 * A plugin with a fault, for the tests of what a plugin cannot do to the dashboard.
 *
 * As compiled:  -DFAULT='"null write"'   one of the names in the table below; none: a healthy plugin
 *               -DID='"fault"'           its id
 *               -DWORD='"well"'          what it shows
 *               -DFOREIGN                linked with a function that throws or panics: foreign_fault()
 * While it runs: once there is a file where CM_FAULT_MENDED says, the fault is gone and it shows "mended".
 *
 * A fault in collect waits for the second one, so that there is something on the screen before.
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FAULT
#define FAULT ""
#endif
#ifndef ID
#define ID "fault"
#endif
#ifndef WORD
#define WORD "well"
#endif

enum stage { IN_CONSTRUCTOR, IN_ENTRY, IN_CREATE, IN_COLLECT, IN_DRAW, IN_DESTROY };
enum { WORD_METRIC, NUMBER_METRIC, METRICS };

/* The call that runs, for the faults. */
static struct {
    const cm_host *host;
    const cm_tick *tick;
    const cm_sink *sink;
    const cm_canvas *canvas;
    uint32_t code;
    unsigned collects;
} now;

static cm_plugin descriptor;
static const cm_plugin *answer = &descriptor;

static cm_string text_of(const char *text) { return (cm_string){text, strlen(text)}; }

static uint32_t emit(const cm_sink *sink, uint32_t metric, cm_string name, double number, cm_string text) {
    cm_sample sample = {.size = sizeof sample, .metric = metric, .instance = name, .number = number, .text = text};
    return sink->emit(sink, &sample);
}

static void fail(const char *sentence) {
    now.code = CM_FAILED;
    now.sink->fail(now.sink, CM_FAILED, text_of(sentence));
}

#include "fault_process.h"
#include "fault_words.h"

#ifdef FOREIGN
void foreign_fault(void);
#else
static void foreign_fault(void) {}
#endif

static const struct {
    const char *name;
    enum stage stage;
    void (*commit)(void);
} faults[] = {
    {"constructor crash", IN_CONSTRUCTOR, null_write},
    {"constructor hang", IN_CONSTRUCTOR, sleep_for_ever},
    {"constructor _exit", IN_CONSTRUCTOR, end_0},
    {"descriptor NULL", IN_ENTRY, descriptor_null},
    {"descriptor wild", IN_ENTRY, descriptor_wild},
    {"size 4", IN_ENTRY, size_4},
    {"size 2^31-1", IN_ENTRY, size_huge},
    {"foreign major", IN_ENTRY, foreign_major},
    {"no create", IN_ENTRY, no_create},
    {"no destroy", IN_ENTRY, no_destroy},
    {"no collect", IN_ENTRY, no_collect},
    {"string NULL", IN_ENTRY, string_null},
    {"string 2^40", IN_ENTRY, string_long},
    {"string wild", IN_ENTRY, string_wild},
    {"string not UTF-8", IN_ENTRY, string_latin},
    {"10,000 metrics", IN_ENTRY, many_metrics},
    {"metric stride 0", IN_ENTRY, stride_0},
    {"metrics wild", IN_ENTRY, metrics_wild},
    {"create fails", IN_CREATE, create_fails},
    {"create crashes", IN_CREATE, null_write},
    {"create hangs", IN_CREATE, sleep_for_ever},
    {"NULL write", IN_COLLECT, null_write},
    {"abort", IN_COLLECT, abort},
    {"exit(0)", IN_COLLECT, exit_0},
    {"_exit(3)", IN_COLLECT, end_3},
    {"endless loop", IN_COLLECT, spin},
    {"endless sleep", IN_COLLECT, sleep_for_ever},
    {"stack overflow", IN_COLLECT, stack_overflow},
    {"division by zero", IN_COLLECT, divide_by_zero},
    {"double free", IN_COLLECT, double_free},
    {"heap overrun", IN_COLLECT, heap_overrun},
    {"allocation without end", IN_COLLECT, allocate_without_end},
    {"self-deadlock", IN_COLLECT, deadlock},
    {"wild call", IN_COLLECT, wild_call},
    {"pthread_exit", IN_COLLECT, end_thread},
    {"thread crash", IN_COLLECT, thread_crash},
    {"longjmp", IN_COLLECT, jump_back},
    {"SIGSTOP", IN_COLLECT, stop_self},
    {"SIGKILL", IN_COLLECT, kill_self},
    {"SIGALRM", IN_COLLECT, ring_alarm},
    {"kill(0)", IN_COLLECT, kill_group},
    {"ignores signals", IN_COLLECT, ignore_signals},
    {"changes surroundings", IN_COLLECT, change_surroundings},
    {"fork returns", IN_COLLECT, fork_and_return},
    {"200 forks", IN_COLLECT, fork_200},
    {"leaves a child", IN_COLLECT, leave_a_child},
    {"leaves a daemon", IN_COLLECT, leave_a_daemon},
    {"closes all", IN_COLLECT, close_all},
    {"exhausts descriptors", IN_COLLECT, exhaust_descriptors},
    {"rubbish to the host", IN_COLLECT, rubbish},
    {"frame of 4 GiB", IN_COLLECT, frame_of_4_gib},
    {"answers twice", IN_COLLECT, second_answer},
    {"writes to the terminal", IN_COLLECT, write_to_terminal},
    {"changes terminal modes", IN_COLLECT, change_modes},
    {"floods its output", IN_COLLECT, flood_output},
    {"floods the log", IN_COLLECT, flood_log},
    {"NaN and infinite", IN_COLLECT, no_numbers},
    {"unknown metric", IN_COLLECT, unknown_metric},
    {"endless samples", IN_COLLECT, endless_samples},
    {"50,000 samples", IN_COLLECT, all_samples},
    {"escape sequences", IN_COLLECT, escape_sequences},
    {"invalid UTF-8", IN_COLLECT, latin_text},
    {"NULL strings", IN_COLLECT, null_strings},
    {"2^40 strings", IN_COLLECT, long_strings},
    {"sink after return", IN_COLLECT, use_sink_again},
    {"sink elsewhere", IN_COLLECT, emit_elsewhere},
    {"writes into the host", IN_COLLECT, overwrite_host},
    {"throws", IN_COLLECT, foreign_fault},
    {"draw outside", IN_DRAW, draw_outside},
    {"draw no scalar", IN_DRAW, draw_no_scalar},
    {"fill 2^31", IN_DRAW, fill_huge},
    {"50 million calls", IN_DRAW, draw_50_million},
    {"draw sleeps", IN_DRAW, sleep_4_s},
    {"draw crashes", IN_DRAW, null_write},
    {"destroy crashes", IN_DESTROY, null_write},
    {"destroy hangs", IN_DESTROY, sleep_for_ever},
};

static int is_mended(void) {
    static char path[4096];
    const char *wish = getenv("CM_FAULT_MENDED");
    if (!*path) snprintf(path, sizeof path, "%s", wish ? wish : "/nowhere");
    return access(path, F_OK) == 0;
}

static void misbehave(enum stage stage) {
    if (is_mended()) return;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].stage == stage && strcmp(faults[i].name, FAULT) == 0) faults[i].commit();
}

__attribute__((constructor)) static void constructed(void) { misbehave(IN_CONSTRUCTOR); }

static void *create(const cm_host *host, const cm_config *config) {
    (void)config;
    now.host = host;
    now.code = CM_OK;
    misbehave(IN_CREATE);
    return now.code == CM_OK ? malloc(1) : NULL;
}

static void destroy(void *self) {
    misbehave(IN_DESTROY);
    free(self);
}

static uint32_t collect(void *self, const cm_tick *tick, const cm_sink *sink) {
    (void)self;
    now.tick = tick;
    now.sink = sink;
    now.code = CM_OK;
    if (++now.collects > 1) misbehave(IN_COLLECT);
    emit(sink, WORD_METRIC, text_of(""), NAN, text_of(is_mended() ? "mended" : WORD));
    return now.code;
}

static void draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    (void)self;
    now.canvas = canvas;
    misbehave(IN_DRAW);
    const cm_value *word, *number = NULL;
    for (uint64_t i = 0; i < view->instance_count && i < 5; i++) {
        const char *place = (const char *)view->instances + i * view->instance_stride;
        word = ((const cm_instance *)place)->values;
        number = (const cm_value *)((const char *)word + view->value_stride);
        canvas->text(canvas, 0, (int32_t)i + 1, canvas->width, CM_ALIGN_LEFT, CM_ROLE_VALUE, word->text);
    }
    const char *known = number && number->kind == CM_VALUE_NUMBER ? "number known" : "number not known";
    canvas->text(canvas, 0, 0, canvas->width, CM_ALIGN_LEFT, CM_ROLE_MUTED, text_of(known));
}

static const cm_metric metrics[METRICS] = {
    {{CM_TEXT("word")}, {CM_TEXT("Word")}, {NULL, 0}, {CM_TEXT("How it is.")}, CM_METRIC_TEXT, CM_DIRECTION_NONE, NAN,
     NAN, 0, .remember_days = 0},
    {{CM_TEXT("number")}, {CM_TEXT("Number")}, {CM_TEXT("percent")}, {CM_TEXT("Any number.")}, CM_METRIC_GAUGE,
     CM_DIRECTION_HIGHER_IS_WORSE, 70, 90, CM_METRIC_HISTORY, .remember_days = 0},
};

static cm_plugin descriptor = {
    .size = sizeof descriptor,
    .abi = CM_ABI_VERSION,
    .id = {CM_TEXT(ID)},
    .name = {CM_TEXT("Fault")},
    .version = {CM_TEXT("1.0.0")},
    .summary = {CM_TEXT("A plugin with a fault.")},
    .metrics = metrics,
    .metric_count = METRICS,
    .metric_stride = sizeof *metrics,
    .create = create,
    .destroy = destroy,
    .collect = collect,
    .draw = draw,
};

const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    if (host_abi >> 16 != CM_ABI_MAJOR) return NULL;
    misbehave(IN_ENTRY);
    return answer;
}
