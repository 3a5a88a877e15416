/*
 * The host's structs as older and newer hosts make them: cut after each field, grown, with wider strides; and
 * texts behind which nothing can be read.
 */
#include "check.h"

enum { TAIL = 64 };

typedef struct life {
    collected found;
    drawing *picture; /* NULL where create refused, or there is no draw */
} life;

/* What is drawn in each life: that of this machine, as far as the plugin finds anything. */
static picture_view *view;

static void prepare(void) {
    load_plugin();
    instance widget = create_with(default_values());
    view = widget.self ? usual_view(&widget) : plain_view();
    if (widget.self) destroy(&widget);
}

/* One widget's life with whatever is lent; it may refuse anywhere, but not crash. */
static life live(void) {
    life lived = {0};
    instance widget = create_with(default_values());
    if (!widget.self) return lived;
    cm_tick tick = tick_of(0);
    collect_at(&widget, &tick, &lived.found);
    if (plugin.draw) draw(&widget, plain_view(), 80, 24);
    if (plugin.draw) lived.picture = draw(&widget, view, 80, 24);
    destroy(&widget);
    return lived;
}

static void cut(const shape *shape) {
    prepare();
    if (strcmp(shape->reader, "draw") == 0) need_draw();
    for (unsigned i = 0; i + 1 < shape->count; i++) {
        const char *last = shape->fields[i].name;
        retitle("%s cut after `%s`", shape->name, last);
        doing("%s was cut after `%s`", shape->name, last);
        lent = (lending){.cut = shape, .size = shape->fields[i + 1].offset};
        life first = live();
        if (first.found.code > CM_LIMIT)
            complain("collect returns %u; return CM_INVALID where a field is missing that it cannot do "
                     "without (GROWTH in "
                     "cm_plugin.h)",
                     first.found.code);
        /* The bytes that alignment leaves behind the cut can be read; but they must not matter. */
        if (lent.size % 8 == 0 || strcmp(shape->reader, "draw") != 0) continue;
        char difference[200];
        lent.filler = 0x7f;
        life second = live();
        if (first.picture && second.picture &&
            !same_drawing(first.picture, second.picture, difference, sizeof difference))
            fail("draw reads %s.%s, which lies outside its size (GROWTH in cm_plugin.h: \"Read a field only "
                 "if it lies "
                 "inside `size`\"); ask CM_HOLDS(%s, %s) first",
                 shape->name, shape->fields[i + 1].name, strchr(shape->name, '_') + 1,
                 shape->fields[i + 1].name);
    }
    if (!verdict->sentences[0]) retitle("%s cut after each of its fields", shape->name);
}

static void cut_host(void) { cut(&host_shape); }
static void cut_config(void) { cut(&config_shape); }
static void cut_tick(void) { cut(&tick_shape); }
static void cut_sink(void) { cut(&sink_shape); }
static void cut_view(void) { cut(&view_shape); }
static void cut_canvas(void) { cut(&canvas_shape); }

/* The same life with a struct as it is, and as a newer host has it. */
static void check_grown(void) {
    static const shape *const shapes[] = {&host_shape, &config_shape, &tick_shape,
                                          &sink_shape, &view_shape,   &canvas_shape};
    static const struct {
        int filler;
        const char *name;
    } tails[] = {{0, "zeros"}, {0xff, "bytes 0xff"}, {0x5a, "bytes 0x5a"}};
    prepare();
    life plain = live();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t tail = 0; tail < sizeof tails / sizeof *tails; tail++) {
            const char *name = shapes[i]->name;
            doing("%s has %d %s more, as a newer host's may have", name, TAIL, tails[tail].name);
            lent = (lending){.cut = shapes[i], .size = shapes[i]->size + TAIL, .filler = tails[tail].filler};
            char difference[200];
            life grown = live();
            if (grown.found.code != plain.found.code || !grown.found.count != !plain.found.count)
                fail("%s of %zu bytes instead of %zu, with %s behind: collect returns %u after %zu samples "
                     "instead of %u "
                     "after %zu (GROWTH in cm_plugin.h: \"what lies behind the fields you know is not "
                     "yours\"); compare "
                     "size with CM_HOLDS, never with sizeof",
                     name, lent.size, shapes[i]->size, tails[tail].name, grown.found.code, grown.found.count,
                     plain.found.code, plain.found.count);
            if (!grown.picture != !plain.picture)
                fail("%s of %zu bytes instead of %zu, with %s behind: %s", name, lent.size, shapes[i]->size,
                     tails[tail].name, grown.picture ? "create works only then" : "create refuses");
            if (grown.picture && !same_drawing(plain.picture, grown.picture, difference, sizeof difference))
                fail("%s of %zu bytes instead of %zu, with %s behind: draw makes other calls, %s (GROWTH in "
                     "cm_plugin.h: "
                     "\"what lies behind the fields you know is not yours\")",
                     name, lent.size, shapes[i]->size, tails[tail].name, difference);
        }
}

static void check_value_stride(void) {
    load_plugin();
    if (plugin.option_count < 2) skip("it has fewer than two options");
    lent = (lending){.guards = GUARD_ARRAYS};
    doing("cm_config.value_stride was larger than sizeof(cm_option_value)");
    instance widget = create_default();
    collect(&widget, 0);
    destroy(&widget);
}

static void check_view_stride(void) {
    prepare();
    need_draw();
    instance widget = create_default();
    drawing *plain = draw(&widget, view, 80, 24);
    lent = (lending){.guards = GUARD_ARRAYS};
    doing("cm_view.instance_stride and value_stride were larger than the structs");
    drawing *wide = draw(&widget, view, 80, 24);
    char difference[200];
    if (!same_drawing(plain, wide, difference, sizeof difference))
        fail("draw makes other calls with wider strides, %s (GROWTH in cm_plugin.h: \"step by the stride, "
             "never by "
             "sizeof\")",
             difference);
    draw(&widget, empty_view(), 80, 24);
    destroy(&widget);
}

static void check_texts(void) {
    load_plugin();
    lent = (lending){.guards = GUARD_TEXTS};
    instance widget = create_default();
    collected *first = collect(&widget, 0);
    if (plugin.draw) {
        draw(&widget, plain_view(), 80, 24);
        draw(&widget, view_of(first), 80, 24);
    }
    destroy(&widget);
}

const check_case struct_cases[] = {
    {"cut-host", "cm_host cut after each of its fields", cut_host, 1},
    {"cut-config", "cm_config cut after each of its fields", cut_config, 1},
    {"cut-tick", "cm_tick cut after each of its fields", cut_tick, 1},
    {"cut-sink", "cm_sink cut after each of its fields", cut_sink, 1},
    {"cut-view", "cm_view cut after each of its fields", cut_view, 1},
    {"cut-canvas", "cm_canvas cut after each of its fields", cut_canvas, 1},
    {"grown", "structs of a newer host, with more behind", check_grown, 3},
    {"value-stride", "options are stepped through by their stride", check_value_stride, 1},
    {"view-stride", "a view is stepped through by its strides", check_view_stride, 1},
    {"texts", "texts end where their length says", check_texts, 1},
    {0},
};
