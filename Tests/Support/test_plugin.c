/*
 * A plugin in plain C for the tests of the built program, compiled against the header alone.
 *
 * As compiled:  -DID='"name"'    its id
 *               -DNO_DRAW        leaves the drawing to the host
 *               -DFAULT=NAME     one of the faults below, before or inside the descriptor
 * As laid out:  set  = "rows" "hostile" "wide" "numbers" "steady"   what it finds
 *               rows = 3                                   how many rows of "rows"
 *               do   = "crash collect", "hang draw", …     a misbehaviour, and where
 */
#define _GNU_SOURCE
#include "cm_plugin.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ID
#define ID "test"
#endif

#define FAULT_NONE 0
#define FAULT_NO_ENTRY 1     /* exports another function */
#define FAULT_ENTRY_NULL 2   /* the entry cannot serve this host */
#define FAULT_OTHER_MAJOR 3  /* built for ABI 2 */
#define FAULT_NULL_CREATE 4
#define FAULT_NULL_DESTROY 5
#define FAULT_NULL_COLLECT 6
#define FAULT_SHORT 7        /* a descriptor of 16 bytes */
#define FAULT_TAIL 8         /* a larger descriptor that uses what this host does not know */
#define FAULT_HANG_LOAD 9    /* sleeps as it is loaded */
#define FAULT_HANG_ENTRY 10
#define FAULT_CRASH_LOAD 11
#define FAULT_EXIT_LOAD 12   /* says exit(0) as it is loaded */
#define FAULT_MISSING 13     /* needs a function that nobody has */
#define FAULT_TWICE 14       /* declares a metric twice */
#define FAULT_NO_METRICS 15  /* a count, but no table */
#define FAULT_HOSTILE 16     /* escape sequences in its name and icon */
#ifndef FAULT
#define FAULT FAULT_NONE
#endif
#if FAULT == FAULT_MISSING
void cm_nobody_has_this(void);
#endif

typedef struct {
    char set[16], how[16], where[16];
    unsigned rows, collects;
    double value;
} state;

static cm_string text_of(const char *text) { return (cm_string){text, strlen(text)}; }

static void keep(char *place, size_t size, cm_string text) {
    size_t length = text.length < size - 1 ? (size_t)text.length : size - 1;
    memcpy(place, text.data ? text.data : "", length);
    place[length] = 0;
}

static void misbehave(const char *how) {
    if (strcmp(how, "crash") == 0) raise(SIGSEGV);
    if (strcmp(how, "abort") == 0) abort();
    if (strcmp(how, "exit") == 0) exit(0);
    if (strcmp(how, "hang") == 0)
        for (;;) pause();
    if (strcmp(how, "rubbish") == 0 && write(3, "rubbish to the host, who waits for a frame", 42) < 0) exit(9);
    if (strcmp(how, "close") == 0) close(3);
}

#if FAULT == FAULT_HANG_LOAD || FAULT == FAULT_CRASH_LOAD || FAULT == FAULT_EXIT_LOAD
__attribute__((constructor)) static void on_load(void) {
    misbehave(FAULT == FAULT_HANG_LOAD ? "hang" : FAULT == FAULT_CRASH_LOAD ? "crash" : "exit");
}
#endif

static const cm_option_value *option_of(const cm_config *config, unsigned index) {
    return (const void *)((const char *)config->values + index * config->value_stride);
}

static void *create(const cm_host *host, const cm_config *config) {
    if (!CM_HOLDS(host, log) || !CM_HOLDS(config, value_count)) return NULL;
    if (config->value_count != 4) {
        host->fail(host, CM_INVALID, text_of("not the four options that are declared"));
        return NULL;
    }
    state *self = calloc(1, sizeof *self);
    if (!self) {
        host->fail(host, CM_FAILED, text_of("no memory"));
        return NULL;
    }
    char wish[32];
    double rows = option_of(config, 1)->number;
    keep(self->set, sizeof self->set, option_of(config, 0)->text);
    self->rows = rows > 0 ? rows < 10000 ? (unsigned)rows : 10000 : 0;
    keep(wish, sizeof wish, option_of(config, 2)->text);
    self->value = option_of(config, 3)->number;
    sscanf(wish, "%15s %15s", self->how, self->where);
    if (strcmp(self->where, "create") == 0) {
        if (strcmp(self->how, "null") == 0) { /* Without a reason. */
            free(self);
            return NULL;
        }
        if (strcmp(self->how, "fail") == 0) {
            host->fail(host, CM_DENIED, text_of("no \033[5mright\033[0m to look; run as root"));
            free(self);
            return NULL;
        }
        misbehave(self->how);
    }
    /* Words to where a terminal could be. */
    printf("\033[41mowned\033[0m\n");
    fflush(stdout);
    host->log(host, CM_LOG_INFO, text_of("made \033[42mowned"));
    return self;
}

static void destroy(void *self) {
    state *me = self;
    if (strcmp(me->where, "destroy") == 0) misbehave(me->how);
    free(me);
}

static uint32_t emit(const cm_sink *sink, unsigned metric, const char *instance, double number, const char *text) {
    cm_sample sample = {.size = sizeof sample, .metric = metric};
    sample.instance = text_of(instance);
    sample.number = number;
    sample.text = text_of(text);
    return sink->emit(sink, &sample);
}

/* Everything that a name must not do to a terminal: CSI, OSC, DCS in both forms, control characters, text turned. */
static const char *const hostile[] = {
    "\033[91;95;96mcolour", "\033[2Jclear", "\033]0;owned\007title", "\033Pqowned\033\\device", "\302\233105mc1",
    "\302\235" "0;owned\302\234osc", "bell\007\007", "new\nline", "back\b\b\bspace", "re\rturn", "tab\tstop",
    "\377\376latin\233\220", "\342\200\256turned", "del\177ete", "nul",
};
static const char *const wide[] = {
    "plain", "\346\235\261\344\272\254\343\202\265\343\203\274\343\203\220", "cafe\314\201", "\360\237\220\217 ram",
    "\352\260\200\353\202\230", "\340\270\201\340\270\263\340\270\231\340\271\211\340\270\263", "z\314\200\314\201\314\202\314\203w",
    "a\342\200\213b", "\357\275\206\357\275\225\357\275\214\357\275\214",
};
static const struct {
    const char *name;
    double value;
} numbers[] = {
    {"nan", NAN}, {"infinite", INFINITY}, {"minus-infinite", -INFINITY}, {"negative", -5}, {"huge", 1e30},
    {"minus-huge", -1e30}, {"largest", 1.7976931348623157e308}, {"tiny", 5e-324}, {"zero", -0.0},
};

static uint32_t collect(void *self, const cm_tick *tick, const cm_sink *sink) {
    state *me = self;
    if (!CM_HOLDS(tick, flags) || !CM_HOLDS(sink, fail)) return CM_INVALID;
    me->collects++;
    if (strcmp(me->where, "collect") == 0 || (strcmp(me->where, "later") == 0 && me->collects > 1)) {
        if (strcmp(me->how, "fail") == 0) {
            sink->fail(sink, CM_DENIED, text_of("no \033[5mright\033[0m to read; run as root"));
            return CM_DENIED;
        }
        if (strcmp(me->how, "silent") == 0) return CM_UNAVAILABLE;
        if (strcmp(me->how, "strange") == 0) return 4711;
        misbehave(me->how);
    }
    if (strcmp(me->how, "note") == 0)
        sink->note(sink, CM_STATUS_WARNING, text_of("one of two \033[31mowned; do this"));
    if (strcmp(me->set, "hostile") == 0)
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) emit(sink, 1, hostile[i], NAN, hostile[i]);
    else if (strcmp(me->set, "wide") == 0)
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) emit(sink, 0, wide[i], (double)i, "");
    else if (strcmp(me->set, "numbers") == 0)
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            emit(sink, 0, numbers[i].name, numbers[i].value, "");
            emit(sink, 3, numbers[i].name, numbers[i].value, "");
            emit(sink, 1, numbers[i].name, NAN, numbers[i].name);
        }
    else if (strcmp(me->set, "steady") == 0)
        emit(sink, 0, "", me->value, "");
    else
        for (unsigned i = 0; i < me->rows; i++) {
            char name[32];
            snprintf(name, sizeof name, "row-%03u", i + 1);
            if (emit(sink, 0, name, (double)((i * 7 + 3) % 50), "") == CM_LIMIT) return CM_OK;
            if (i == 0) emit(sink, 2, name, me->collects, "");
            if (i == 0 && tick->flags & CM_TICK_REFRESH) emit(sink, 1, name, NAN, "fresh");
        }
    /* Out of range: dropped, and the rest counts. */
    if (strcmp(me->set, "rows") != 0) emit(sink, 400, "none", 1, "");
    return CM_OK;
}

#ifndef NO_DRAW
static const cm_value *value_of(const cm_view *view, uint64_t instance, uint64_t metric) {
    const char *place = (const char *)view->instances + instance * view->instance_stride;
    return (const cm_value *)((const char *)((const cm_instance *)place)->values + metric * view->value_stride);
}

/* A line with the size and the number of collects, and a table of what was found. */
static void draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    state *me = self;
    if (!CM_HOLDS(view, value_stride) || !CM_HOLDS(canvas, table)) return;
    if (strcmp(me->where, "draw") == 0) misbehave(me->how);
    char line[96];
    const cm_value *collects = view->instance_count ? value_of(view, 0, 2) : NULL;
    snprintf(line, sizeof line, "%s%ux%u collects %.0f", view->flags & CM_VIEW_ZOOMED ? "zoomed " : "", canvas->width,
             canvas->height, collects && collects->kind == CM_VALUE_NUMBER ? collects->number : 0);
    canvas->text(canvas, 0, 0, canvas->width, CM_ALIGN_LEFT, CM_ROLE_VALUE, text_of(line));
    static const cm_column columns[] = {
        {{CM_TEXT("Name")}, CM_ALIGN_LEFT, 0, 1, 0}, {{CM_TEXT("Value")}, CM_ALIGN_RIGHT, 7, 0, 0}};
    cm_cell *cells = calloc((size_t)view->instance_count * 2 + 1, sizeof *cells);
    if (!cells) return;
    for (uint64_t i = 0; i < view->instance_count; i++) {
        const cm_value *value = value_of(view, i, 0);
        const char *place = (const char *)view->instances + i * view->instance_stride;
        cells[2 * i].kind = CM_CELL_STATUS;
        cells[2 * i].status = value->status;
        cells[2 * i].text = ((const cm_instance *)place)->name;
        cells[2 * i].number = NAN;
        cells[2 * i + 1].kind = CM_CELL_NUMBER;
        cells[2 * i + 1].number = value->number;
        cells[2 * i + 1].text = text_of("percent");
    }
    cm_table table = {.size = sizeof table, .columns = columns, .column_count = 2, .column_stride = sizeof *columns,
                      .cell_stride = sizeof *cells, .cells = cells, .row_count = view->instance_count};
    canvas->table(canvas, 0, 1, canvas->width, canvas->height > 1 ? canvas->height - 1 : 0, &table);
    free(cells);
}
#endif

static const cm_metric metrics[] = {
    {{CM_TEXT("value")}, {CM_TEXT("Value")}, {CM_TEXT("percent")}, {CM_TEXT("What was found.")}, CM_METRIC_GAUGE,
     CM_DIRECTION_HIGHER_IS_WORSE, 70, 90, CM_METRIC_HISTORY, .remember_days = 0},
#if FAULT == FAULT_TWICE
    {{CM_TEXT("value")}, {CM_TEXT("Word")}, {NULL, 0}, {CM_TEXT("In words.")}, CM_METRIC_TEXT, 0, NAN, NAN, 0, .remember_days = 0},
#else
    {{CM_TEXT("word")}, {CM_TEXT("Word")}, {NULL, 0}, {CM_TEXT("In words.")}, CM_METRIC_TEXT, 0, NAN, NAN, 0, .remember_days = 0},
#endif
    {{CM_TEXT("collects")}, {CM_TEXT("Collects")}, {CM_TEXT("count")}, {CM_TEXT("Calls so far.")}, CM_METRIC_COUNTER,
     0, NAN, NAN, 0, .remember_days = 0},
    {{CM_TEXT("bytes")}, {CM_TEXT("Bytes")}, {CM_TEXT("bytes")}, {CM_TEXT("The same.")}, CM_METRIC_GAUGE,
     CM_DIRECTION_LOWER_IS_WORSE, -1, -2, 0, .remember_days = 0},
};

static const cm_option options[] = {
    {{CM_TEXT("set")}, CM_OPTION_TEXT, 0, {CM_TEXT("rows")}, NAN, NAN, {CM_TEXT("What to find.")}},
    {{CM_TEXT("rows")}, CM_OPTION_INTEGER, 0, {CM_TEXT("3")}, 0, 10000, {CM_TEXT("How many rows.")}},
    {{CM_TEXT("do")}, CM_OPTION_TEXT, 0, {CM_TEXT("")}, NAN, NAN, {CM_TEXT("What to do wrong, and where.")}},
    {{CM_TEXT("value")}, CM_OPTION_FLOAT, 0, {CM_TEXT("42")}, NAN, NAN, {CM_TEXT("The value of steady.")}},
};

static struct {
    cm_plugin plugin;
    char tail[64];
} descriptor = {
    .plugin = {
        .size = FAULT == FAULT_SHORT ? 16 : FAULT == FAULT_TAIL ? sizeof descriptor : sizeof(cm_plugin),
        .abi = FAULT == FAULT_OTHER_MAJOR ? 2u << 16 : CM_ABI_VERSION,
        .id = {CM_TEXT(ID)},
#if FAULT == FAULT_HOSTILE
        .name = {CM_TEXT("Tit\033[45mle\007")},
        .icon = {CM_TEXT("\033[46m")},
#else
        .name = {CM_TEXT("Test " ID)},
#endif
        .version = {CM_TEXT("1.0.0")},
        .summary = {CM_TEXT("Rows for tests.")},
        .metrics = FAULT == FAULT_NO_METRICS ? NULL : metrics,
        .metric_count = sizeof metrics / sizeof *metrics,
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .metric_stride = sizeof *metrics,
        .option_stride = sizeof *options,
        .create = FAULT == FAULT_NULL_CREATE ? NULL : create,
        .destroy = FAULT == FAULT_NULL_DESTROY ? NULL : destroy,
        .collect = FAULT == FAULT_NULL_COLLECT ? NULL : collect,
#ifndef NO_DRAW
        .draw = draw,
#endif
    },
    .tail = {FAULT == FAULT_TAIL},
};

#if FAULT == FAULT_NO_ENTRY
CM_EXPORT int some_other_function(void);
int some_other_function(void) { return descriptor.plugin.size != 0; }
#else
const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi) {
    if (FAULT == FAULT_ENTRY_NULL || host_abi >> 16 != CM_ABI_MAJOR) return NULL;
    if (FAULT == FAULT_HANG_ENTRY) misbehave("hang");
#if FAULT == FAULT_MISSING
    cm_nobody_has_this();
#endif
    return &descriptor.plugin;
}
#endif
