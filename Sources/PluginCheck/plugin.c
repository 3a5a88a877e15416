/* Loading the plugin and calling it: each call is known to the parent, which times it. */
#include "check.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

volatile int call_now;
cm_plugin plugin;
cm_ingest ingest;
char ingest_mistake[200];
static pid_t calling_thread;
static void *library;

static const char *const call_names[] = {"",        "load", "entry",   "create",
                                         "collect", "draw", "destroy", "get_extension",
                                         "ingest"};

/* The hard deadlines of cm_plugin.h. */
enum { LOAD_SECONDS = 10, COLLECT_SECONDS = 20, DRAW_SECONDS = 3 };

void enter_call(int call, double limit) {
    calling_thread = (pid_t)syscall(SYS_gettid);
    verdict->call_limit = limit;
    verdict->call_since = now_ns();
    snprintf(verdict->call, sizeof verdict->call, "%s", call_names[call]);
    call_now = call;
}

void leave_call(void) {
    call_now = CALL_NONE;
    verdict->call[0] = 0;
    verdict->call_since = 0;
}

void check_caller(const char *function) {
    if (call_now == CALL_NONE)
        fail("%s is called while no call into the plugin is under way (THREADS in cm_plugin.h: \"only until "
             "that "
             "call into the plugin returns\"); keep the value and emit it at the next collect",
             function);
    if ((pid_t)syscall(SYS_gettid) != calling_thread)
        fail("%s is called on another thread than %s runs on (THREADS in cm_plugin.h: \"only on the calling "
             "thread\"); hand the value over and emit it at the next collect",
             function, call_names[call_now]);
}

void open_library(void) {
    if (library) return;
    enter_call(CALL_LOAD, LOAD_SECONDS);
    library = dlopen(asked.path, RTLD_NOW | RTLD_LOCAL);
    leave_call();
    if (!library) fail_fatally("cannot be loaded: %s", dlerror());
}

const cm_plugin *ask_entry(uint32_t abi) {
    open_library();
    cm_plugin_entry entry;
    *(void **)&entry = dlsym(library, "cm_plugin_entry_v1");
    if (!entry)
        fail_fatally(
            "has no function cm_plugin_entry_v1 (the entry, at the end of cm_plugin.h); define it and "
            "let it be visible: CM_EXPORT");
    enter_call(CALL_ENTRY, LOAD_SECONDS);
    const cm_plugin *table = entry(abi);
    leave_call();
    return table;
}

static const void *ask_extension(const char *id) {
    enter_call(CALL_EXTENSION, LOAD_SECONDS);
    const void *answer = plugin.get_extension(text_of(id));
    leave_call();
    return answer;
}

static void mistake(const char *format, ...) PRINTF(1, 2);

static void mistake(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ingest_mistake, sizeof ingest_mistake, format, arguments);
    va_end(arguments);
    ingest = (cm_ingest){0};
}

/* The extension, if it is sound; what is wrong with it is told by the case `ingest`. */
static void load_ingest(void) {
    /* Who answers to anything has not understood the question: that is the case `extension`. */
    if (!plugin.get_extension || ask_extension("cm.nobody.knows/1")) return;
    const cm_ingest *table = ask_extension(CM_INGEST_1);
    if (!table) return;
    call_now = CALL_EXTENSION;
    doing("reading the cm_ingest that get_extension returned");
    snprintf(verdict->call, sizeof verdict->call, "get_extension");
    uint32_t size = table->size;
    if (size >= sizeof ingest) ingest = *table;
    if (size < sizeof ingest || size > 65536)
        mistake("cm_ingest.size is %u; set it to sizeof(cm_ingest), %zu", size, sizeof ingest);
    else if (!ingest.ingest) mistake("cm_ingest.ingest is NULL; without it there is no extension");
    else if (!ingest.kinds || ingest.kind_count < 1 || ingest.kind_count > 16)
        mistake("cm_ingest.kinds is %p with a kind_count of %llu; 1 to 16 kinds are named",
                (const void *)ingest.kinds, (unsigned long long)ingest.kind_count);
    leave_call();
    doing("%s", "");
}

enum { LEAST_METRIC = 96 }; /* the size of a cm_metric of ABI 1.0 to 1.3 */

void load_plugin(void) {
    const cm_plugin *table = ask_entry(CM_ABI_VERSION);
    if (!table)
        fail_fatally(
            "cm_plugin_entry_v1(%u.%u) returns NULL; this is the version the check was built with, and "
            "the major is in the entry's name",
            CM_ABI_MAJOR, CM_ABI_MINOR);
    call_now = CALL_ENTRY;
    doing("reading the descriptor that the entry returned");
    snprintf(verdict->call, sizeof verdict->call, "entry");
    if (table->size < offsetof(cm_plugin, draw) || table->size > 65536)
        fail_fatally("cm_plugin.size is %u; set it to sizeof(cm_plugin), %zu", table->size,
                     sizeof(cm_plugin));
    memcpy(&plugin, table, table->size < sizeof plugin ? table->size : sizeof plugin);
    if (plugin.abi >> 16 != CM_ABI_MAJOR)
        fail_fatally("cm_plugin.abi is %u.%u; set it to CM_ABI_VERSION, %u.%u", plugin.abi >> 16,
                     plugin.abi & 0xffff, CM_ABI_MAJOR, CM_ABI_MINOR);
    if (!plugin.create || !plugin.destroy || !plugin.collect)
        fail_fatally("cm_plugin.%s is NULL; only draw and get_extension may be", !plugin.create ? "create"
                                                                                 : !plugin.destroy
                                                                                     ? "destroy"
                                                                                     : "collect");
    if (plugin.metric_count > 256 || (plugin.metric_count && !plugin.metrics) ||
        (plugin.metric_count && plugin.metric_stride < LEAST_METRIC))
        fail_fatally(
            "cm_plugin.metrics is %p with a metric_count of %llu and a metric_stride of %u; at most 256 "
            "entries, with sizeof(cm_metric), %zu, as the stride",
            (const void *)plugin.metrics, (unsigned long long)plugin.metric_count, plugin.metric_stride,
            sizeof(cm_metric));
    if (plugin.option_count > 128 || (plugin.option_count && !plugin.options) ||
        (plugin.option_count && plugin.option_stride < sizeof(cm_option)))
        fail_fatally(
            "cm_plugin.options is %p with an option_count of %llu and an option_stride of %u; at most "
            "128 entries, with sizeof(cm_option), %zu, as the stride",
            (const void *)plugin.options, (unsigned long long)plugin.option_count, plugin.option_stride,
            sizeof(cm_option));
    leave_call();
    doing("%s", "");
    load_ingest();
}

/* A copy as the plugin has it at this moment; fields that its header does not have are zero. */
const cm_metric *metric_at(uint64_t index) {
    static cm_metric metrics[256];
    cm_metric *metric = &metrics[index];
    size_t size = plugin.metric_stride < sizeof *metric ? plugin.metric_stride : sizeof *metric;
    memset(metric, 0, sizeof *metric);
    memcpy(metric, (const char *)plugin.metrics + index * plugin.metric_stride, size);
    return metric;
}

const cm_option *option_at(uint64_t index) {
    return (const cm_option *)(const void *)((const char *)plugin.options + index * plugin.option_stride);
}

void *call_create(const cm_host *host, const cm_config *config) {
    enter_call(CALL_CREATE, LOAD_SECONDS);
    void *self = plugin.create(host, config);
    leave_call();
    return self;
}

uint32_t call_collect(void *self, const cm_tick *tick, const cm_sink *sink) {
    enter_call(CALL_COLLECT, COLLECT_SECONDS);
    uint32_t code = plugin.collect(self, tick, sink);
    leave_call();
    return code;
}

uint32_t call_ingest(void *self, const cm_tick *tick, const cm_document *document, const cm_sink *sink) {
    enter_call(CALL_INGEST, COLLECT_SECONDS);
    uint32_t code = ingest.ingest(self, tick, document, sink);
    leave_call();
    return code;
}

void call_draw(void *self, const cm_view *view, const cm_canvas *canvas) {
    enter_call(CALL_DRAW, DRAW_SECONDS);
    plugin.draw(self, view, canvas);
    leave_call();
}

void call_destroy(void *self) {
    enter_call(CALL_DESTROY, DRAW_SECONDS);
    plugin.destroy(self);
    leave_call();
}

bool is_utf8(cm_string text) {
    const unsigned char *byte = (const unsigned char *)text.data, *end = byte + text.length;
    if (text.length && !text.data) return false;
    while (text.length && byte < end) {
        unsigned first = *byte++, more = first < 0x80   ? 0
                                         : first < 0xc2 ? 9
                                         : first < 0xe0 ? 1
                                         : first < 0xf0 ? 2
                                         : first < 0xf5 ? 3
                                                        : 9;
        if (more == 9 || (size_t)(end - byte) < more) return false;
        if ((first == 0xe0 && *byte < 0xa0) || (first == 0xed && *byte > 0x9f) ||
            (first == 0xf0 && *byte < 0x90) || (first == 0xf4 && *byte > 0x8f))
            return false;
        for (; more; more--)
            if ((*byte++ & 0xc0) != 0x80) return false;
    }
    return true;
}

char *shown(cm_string text) {
    static char places[4][80];
    static unsigned next;
    char *place = places[next++ % 4];
    size_t length = text.data ? (text.length < 64 ? (size_t)text.length : 64) : 0;
    for (size_t i = 0; i < length; i++)
        place[i] = text.data[i] < 32 || text.data[i] > 126 ? '?' : text.data[i];
    snprintf(place + length, 80 - length, "%s", text.length > length ? "..." : "");
    return place;
}
