/* The file, loading it, and what the entry returns. */
#include "exports.h"

#include <dlfcn.h>
#include <math.h>

enum { LOAD_MS = 100 };

static void check_exports(void) {
    exports found = read_exports();
    if (found.swift_library[0])
        note("it needs %s: Swift's runtime has no stable ABI on Linux, and two plugins of two compilers "
             "would share "
             "it; build with Embedded Swift",
             found.swift_library);
    if (!found.has_entry)
        fail_fatally("does not export cm_plugin_entry_v1 (\"The entry, and the only symbol that a plugin "
                     "exports\", at "
                     "the end of cm_plugin.h); define it, with CM_EXPORT where -fvisibility=hidden is given");
    if (found.other_count)
        fail("exports %u more symbol%s: %s%s (\"The entry, and the only symbol that a plugin exports\", "
             "cm_plugin.h); "
             "compile with -fvisibility=hidden or link with a version script { global: cm_plugin_entry_v1; "
             "local: *; };",
             found.other_count, found.other_count == 1 ? "" : "s", found.others,
             found.other_count > 3 ? ", ..." : "");
}

/* The file is read before, so that a cold disk is not the plugin's fault. */
static void warm(void) {
    char buffer[65536];
    FILE *file = fopen(asked.path, "re");
    while (file && fread(buffer, 1, sizeof buffer, file) > 0) {
    }
    if (file) fclose(file);
}

static void check_quiet(const char *what, const surroundings *before) {
    char change[300];
    if (has_changed(before, look_around(), false, change, sizeof change))
        complain("%s leaves something changed: %s (cm_plugin_entry in cm_plugin.h: \"Has no side effects: no "
                 "threads, "
                 "no output, no open files, no signal handlers\"); do it in create",
                 what, change);
    if (output_size() > 0)
        complain("%s writes to standard output or error (cm_plugin_entry in cm_plugin.h: \"no output\"); use "
                 "cm_host.log in create",
                 what);
}

static void check_load(void) {
    warm();
    const surroundings *before = look_around();
    int64_t start = now_ns();
    open_library();
    double milliseconds = (double)(now_ns() - start) / 1e6;
    check_quiet("loading", before);
    before = look_around();
    start = now_ns();
    ask_entry(CM_ABI_VERSION);
    milliseconds += (double)(now_ns() - start) / 1e6;
    if (!verdict->sentences[0]) check_quiet("cm_plugin_entry_v1", before);
    if (milliseconds > LOAD_MS)
        complain("takes %.0f ms, at most %d are allowed; leave work for create and collect", milliseconds,
                 LOAD_MS);
    if (verdict->sentences[0]) return;
    load_plugin();
    retitle(milliseconds < 10 ? "loads in %.1f ms" : "loads in %.0f ms", milliseconds);
}

static void check_versions(void) {
    load_plugin();
    const cm_plugin *own = ask_entry(CM_ABI_VERSION);
    static const struct {
        uint32_t major, minor;
    } served[] = {{CM_ABI_MAJOR, 0},
                  {CM_ABI_MAJOR, CM_ABI_MINOR},
                  {CM_ABI_MAJOR, CM_ABI_MINOR + 1},
                  {CM_ABI_MAJOR, 0xffff}},
      foreign[] = {
          {CM_ABI_MAJOR - 1, 0}, {CM_ABI_MAJOR - 1, 0xffff}, {CM_ABI_MAJOR + 1, 0}, {0xffff, 0xffff}};
    for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
        doing("host_abi is %u.%u", served[i].major, served[i].minor);
        const cm_plugin *table = ask_entry(served[i].major << 16 | served[i].minor);
        if (!table)
            complain("cm_plugin_entry_v1 returns NULL to a host of ABI %u.%u; compare host_abi >> 16 with "
                     "CM_ABI_MAJOR alone: a minor only appends (CM_ABI_MINOR in cm_plugin.h)",
                     served[i].major, served[i].minor);
        else if (table != own)
            complain("cm_plugin_entry_v1 returns another descriptor to a host of ABI %u.%u; return the same "
                     "each time",
                     served[i].major, served[i].minor);
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        doing("host_abi is %u.%u", foreign[i].major, foreign[i].minor);
        if (ask_entry(foreign[i].major << 16 | foreign[i].minor))
            complain("cm_plugin_entry_v1 returns a descriptor to a host of ABI %u.%u; return NULL where "
                     "host_abi >> 16 "
                     "is not CM_ABI_MAJOR (cm_plugin_entry in cm_plugin.h)",
                     foreign[i].major, foreign[i].minor);
    }
}

/* ------------------------------------------------------------------------- */
/* The descriptor stays as it is                                               */
/* ------------------------------------------------------------------------- */

typedef struct bytes {
    unsigned char *data;
    size_t count, capacity;
} bytes;

static void add(bytes *to, const void *data, size_t size) {
    if (!data || !size) return;
    if (to->count + size > to->capacity) {
        to->capacity = 2 * to->capacity + size + 4096;
        to->data = grow(to->data, to->count, to->capacity);
    }
    memcpy(to->data + to->count, data, size);
    to->count += size;
}

static void add_text(bytes *to, cm_string text) { add(to, text.data, (size_t)text.length); }

/* All that the descriptor is and points at. */
static bytes image_of(const cm_plugin *table) {
    bytes image = {0};
    add(&image, table, table->size);
    add_text(&image, table->id);
    add_text(&image, table->name);
    add_text(&image, table->icon);
    add_text(&image, table->version);
    add_text(&image, table->summary);
    for (uint64_t i = 0; i < plugin.metric_count; i++) {
        const cm_metric *metric = metric_at(i);
        add(&image, metric, sizeof *metric);
        add_text(&image, metric->id);
        add_text(&image, metric->label);
        add_text(&image, metric->unit);
        add_text(&image, metric->help);
    }
    for (uint64_t i = 0; i < plugin.option_count; i++) {
        const cm_option *option = option_at(i);
        add(&image, option, sizeof *option);
        add_text(&image, option->key);
        add_text(&image, option->default_value);
        add_text(&image, option->help);
    }
    return image;
}

static void compare(const bytes *before, const cm_plugin *table, const char *when) {
    bytes after = image_of(table);
    if (after.count != before->count || memcmp(after.data, before->data, after.count) != 0)
        fail("the descriptor, or a text or table that it points at, is another after %s (cm_plugin in "
             "cm_plugin.h: \"must "
             "stay valid and unchanged as long as the process lives\"); make it static const",
             when);
}

static void check_steady(void) {
    load_plugin();
    const cm_plugin *table = ask_entry(CM_ABI_VERSION);
    bytes before = image_of(table);
    if (ask_entry(CM_ABI_VERSION) != table)
        fail("cm_plugin_entry_v1 returns another descriptor at each call; return the same each time "
             "(cm_plugin in "
             "cm_plugin.h: \"must stay valid and unchanged as long as the process lives\")");
    compare(&before, table, "another call of the entry");
    instance widget = create_with(default_values());
    compare(&before, table, "create");
    if (!widget.self) return;
    collect(&widget, 0);
    compare(&before, table, "collect");
    if (plugin.draw) draw(&widget, plain_view(), 80, 24);
    compare(&before, table, "draw");
    destroy(&widget);
    compare(&before, table, "destroy");
}

static void check_extensions(void) {
    load_plugin();
    if (!plugin.get_extension) skip("it has no get_extension");
    static const char *const ids[] = {"cm.nobody.knows/1", "", "cm.input/4711"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        doing("asked for \"%s\"", ids[i]);
        lent.guards = GUARD_TEXTS;
        enter_call(CALL_EXTENSION, 1);
        const void *answer =
            plugin.get_extension(lend_text(text_of(ids[i]), "the id given to get_extension"));
        leave_call();
        if (answer)
            complain("get_extension answers %p for \"%s\", which no plugin can know; return NULL for every "
                     "id that is "
                     "not yours (cm_plugin.get_extension in cm_plugin.h)",
                     answer, ids[i]);
    }
}

extern void check_descriptor(void), check_metrics(void), check_options(void);

const check_case load_cases[] = {
    {"exports", "exports cm_plugin_entry_v1 alone", check_exports, 1},
    {"load", "loads quietly and fast", check_load, 5},
    {"versions", "answers hosts of other versions", check_versions, 1},
    {"descriptor", "describes itself", check_descriptor, 1},
    {"metrics", "declares its metrics well", check_metrics, 1},
    {"options", "declares its options well", check_options, 1},
    {"steady", "the descriptor never changes", check_steady, 1},
    {"extension", "knows no unknown extension", check_extensions, 1},
    {0},
};
