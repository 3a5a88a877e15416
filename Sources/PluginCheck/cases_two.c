/* Widgets side by side, and calls that move between threads. */
#include "check.h"

#include <pthread.h>
#include <signal.h>

void check_two(void);
void check_threads(void);

/* ------------------------------------------------------------------------- */
/* Two at once                                                                 */
/* ------------------------------------------------------------------------- */

/* Whether both have samples of the same instances and metrics, whatever their values. */
static bool same_places(const collected *one, const collected *other) {
    if (one->code != other->code || one->count != other->count) return false;
    for (size_t i = 0; i < one->count; i++) {
        const sample *a = &one->samples[i], *b = &other->samples[i];
        if (a->metric != b->metric || a->instance.length != b->instance.length) return false;
        if (a->instance.data && b->instance.data &&
            memcmp(a->instance.data, b->instance.data, (size_t)a->instance.length) != 0)
            return false;
    }
    return true;
}

/* What is on a machine comes and goes, and is no plugin's fault: a difference counts when it comes each time. */
enum { TRIES = 3 };

static picture_view *view_alone(void) {
    instance widget = create_default();
    picture_view *view = usual_view(&widget);
    destroy(&widget);
    return view;
}

static drawing *draw_it(const instance *widget, const picture_view *view) {
    return plugin.draw ? draw(widget, view, 80, 24) : NULL;
}

static void compare_pictures(const drawing *before, const drawing *after, const char *when) {
    char difference[200];
    if (before && !same_drawing(before, after, difference, sizeof difference))
        fail("%s, the first of two widgets draws the same view in another way: %s; keep all state in what "
             "create returns, "
             "not in static variables",
             when, difference);
}

void check_two(void) {
    load_plugin();
    picture_view *view = view_alone();
    instance one = create_default();
    drawing *picture = draw_it(&one, view);
    collect(&one, 0);
    collected *alone = collect(&one, 1), *again = collect(&one, 2);
    bool is_stable = same_places(alone, again);
    doing("a second widget had been created, with other options");
    instance two = create_with(other_values());
    if (!two.self) two = create_with(default_values());
    if (!two.self)
        fail("create refuses a second widget: %s; a layout may have several of one plugin", create_sentence);
    if (one.self == two.self) fail("create returns the same pointer for two widgets; make a state for each");
    compare_pictures(picture, draw_it(&one, view), "after create of a second");
    doing("two widgets collected in turn");
    collected *beside = collect(&one, 3);
    collect(&two, 0);
    for (int number = 4, tries = 1; is_stable && !same_places(again, beside) && tries < TRIES; tries++) {
        destroy(&two);
        destroy(&one);
        one = create_default();
        collect(&one, 0);
        again = collect(&one, (uint64_t)number++);
        two = create_with(other_values());
        if (!two.self) two = create_default();
        beside = collect(&one, (uint64_t)number++);
        collect(&two, 0);
    }
    if (is_stable && !same_places(again, beside))
        fail("the first of two widgets collects something else (%zu samples instead of %zu, code %u) once "
             "there is a second "
             "with other options; keep all state in what create returns, not in static variables",
             beside->count, again->count, beside->code);
    collect(&two, 1);
    draw_it(&two, view);
    compare_pictures(picture, draw_it(&one, view), "after collect and draw of a second");
    doing("the second of two widgets had been destroyed");
    destroy(&two);
    collected *last = collect(&one, 10);
    if (is_stable && last->code != again->code)
        fail("collect of the first widget returns %u after destroy of the second (%u before)", last->code,
             again->code);
    compare_pictures(picture, draw_it(&one, view), "after destroy of the second");
    doing("the older of two widgets had been destroyed");
    two = create_with(default_values());
    destroy(&one);
    if (!two.self) return;
    collect(&two, 0);
    draw_it(&two, view);
    destroy(&two);
}

/* ------------------------------------------------------------------------- */
/* Threads                                                                     */
/* ------------------------------------------------------------------------- */

typedef struct errand {
    int call;
    instance *widget;
    collected *result;
    drawing *picture;
    const picture_view *view;
    uint64_t number;
} errand;

static void *run_errand(void *argument) {
    errand *what = argument;
    static char stacks[8][32768];
    static unsigned next;
    stack_t own = {.ss_sp = stacks[next++ % 8], .ss_size = sizeof stacks[0]};
    sigaltstack(&own, NULL);
    if (what->call == CALL_CREATE) *what->widget = create_with(default_values());
    if (what->call == CALL_COLLECT) what->result = collect(what->widget, what->number);
    if (what->call == CALL_DRAW) what->picture = draw_it(what->widget, what->view);
    if (what->call == CALL_DESTROY) destroy(what->widget);
    return NULL;
}

static errand elsewhere(errand what) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_errand, &what) != 0)
        fail("no thread can be made; that is the check's own fault");
    pthread_join(thread, NULL);
    return what;
}

void check_threads(void) {
    load_plugin();
    picture_view *view = view_alone();
    instance here = create_default();
    collect(&here, 0);
    collected *at_home = collect(&here, 1), *again = collect(&here, 2);
    drawing *picture = draw_it(&here, view);
    destroy(&here);
    doing("each call came on a thread of its own");
    instance widget = {0};
    elsewhere((errand){.call = CALL_CREATE, .widget = &widget});
    if (!widget.self)
        fail("create refuses on another thread: %s (THREADS in cm_plugin.h: \"They may come on different "
             "threads\")",
             create_sentence);
    elsewhere((errand){.call = CALL_COLLECT, .widget = &widget, .number = 0});
    collected *abroad = elsewhere((errand){.call = CALL_COLLECT, .widget = &widget, .number = 1}).result;
    bool is_stable = same_places(at_home, again);
    for (int tries = 1; is_stable && !same_places(at_home, abroad) && tries < TRIES; tries++) {
        here = create_default();
        collect(&here, 0);
        at_home = collect(&here, 1);
        destroy(&here);
        abroad = elsewhere((errand){.call = CALL_COLLECT, .widget = &widget, .number = 1 + (uint64_t)tries}).result;
    }
    if (is_stable && !same_places(at_home, abroad))
        fail("collect on another thread than create returns %u with %zu samples, on one thread %u with %zu "
             "(THREADS in "
             "cm_plugin.h: \"They may come on different threads\"); keep nothing in thread-local variables",
             abroad->code, abroad->count, at_home->code, at_home->count);
    char difference[200];
    drawing *other = elsewhere((errand){.call = CALL_DRAW, .widget = &widget, .view = view}).picture;
    if (picture && !same_drawing(picture, other, difference, sizeof difference))
        fail("draw on another thread than create draws something else: %s (THREADS in cm_plugin.h: \"They "
             "may come on "
             "different threads\"); keep nothing in thread-local variables",
             difference);
    elsewhere((errand){.call = CALL_DESTROY, .widget = &widget});
}
