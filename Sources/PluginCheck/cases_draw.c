/* draw: any size, any view, and nothing but the view. */
#include "check.h"

#include <time.h>
#include <unistd.h>

static const struct {
    uint32_t width, height;
} sizes[] = {{0, 0}, {1, 1}, {1, 200}, {500, 1}, {0, 24}, {80, 0}, {2, 2}, {20, 5}, {80, 24}, {500, 200}};

enum { SIZES = sizeof sizes / sizeof *sizes };

static void draw_all(const instance *widget, const picture_view *view, const char *name) {
    for (size_t i = 0; i < SIZES && !verdict->sentences[0]; i++) {
        doing("%s in %u x %u cells", name, sizes[i].width, sizes[i].height);
        draw(widget, view, sizes[i].width, sizes[i].height);
    }
}

static void check_sizes(void) {
    load_plugin();
    need_draw();
    instance widget = create_default();
    draw_all(&widget, empty_view(), "an empty view");
    draw_all(&widget, plain_view(), "a view of 5 instances");
    collected *result = collect(&widget, 0);
    draw_all(&widget, view_of(result), "the view of what was collected");
    static const uint32_t flags[] = {CM_VIEW_STALE, CM_VIEW_FOCUSED, CM_VIEW_ZOOMED, 7, 0xffffffff};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        picture_view *view = plain_view();
        view->view.flags = flags[i];
        doing("a view with the flags 0x%x", flags[i]);
        draw(&widget, view, 120, 40);
    }
    destroy(&widget);
}

static void check_foreign(void) {
    load_plugin();
    need_draw();
    instance widget = create_default();
    picture_view *own = usual_view(&widget);
    draw_all(&widget, foreign_view(1, own), "a foreign view of 1 instance");
    unsigned rounds = asked.quick ? 40 : 400;
    for (unsigned i = 0; i < rounds; i++) {
        doing("foreign view %u of %u, always the same", i + 1, rounds);
        draw(&widget, foreign_view(1 + random_number() % 8, i % 4 ? own : NULL),
             (uint32_t)(random_number() % 200), (uint32_t)(random_number() % 60));
    }
    draw_all(&widget, foreign_view(1000, own), "a foreign view of 1,000 instances");
    destroy(&widget);
}

static void check_draw_clocks(void) {
    static const struct {
        const char *what;
        int64_t taken, now;
    } moments[] = {{"now is 1970", 1772366400000000000, 0},
                   {"taken in 1970", 0, 1772366400000000000},
                   {"taken after now", 1772366400000000000, 1772366000000000000},
                   {"now is 2100", 1772366400000000000, 4102444800000000000},
                   {"now is the end of time", INT64_MIN, INT64_MAX},
                   {"now is the beginning of time", INT64_MAX, INT64_MIN}};
    load_plugin();
    need_draw();
    instance widget = create_default();
    collected *result = collect(&widget, 0);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        for (int own = 0; own < 2; own++) {
            picture_view *view = own ? view_of(result) : plain_view();
            view->view.taken_unix_ns = moments[i].taken;
            view->view.now_unix_ns = moments[i].now;
            if (i % 2) view->view.interval_ns = 0;
            doing("a view where %s", moments[i].what);
            draw(&widget, view, 120, 40);
        }
    destroy(&widget);
}

/* ------------------------------------------------------------------------- */
/* Same view, same calls                                                       */
/* ------------------------------------------------------------------------- */

/* What another process draws of the view: it has never collected. */
static drawing *drawn_elsewhere(const picture_view *view, uint32_t width, uint32_t height) {
    enum { MOST = 4 << 20 };
    int ends[2];
    if (pipe(ends) != 0) fail("no pipe can be made; that is the check's own fault");
    pid_t child = fork();
    if (child == 0) {
        instance widget = create_default();
        drawing *made = draw(&widget, view, width, height);
        size_t sent = 0;
        while (sent < made->count) {
            ssize_t written = write(ends[1], made->bytes + sent, made->count - sent);
            if (written <= 0) break;
            sent += (size_t)written;
        }
        _exit(0);
    }
    close(ends[1]);
    drawing *made = make(1, sizeof *made);
    made->bytes = make(MOST, 1);
    for (ssize_t got;
         made->count < MOST && (got = read(ends[0], made->bytes + made->count, MOST - made->count)) > 0;)
        made->count += (size_t)got;
    close(ends[0]);
    return made;
}

static void compare(const drawing *one, const drawing *other, const char *how) {
    char difference[300];
    if (!same_drawing(one, other, difference, sizeof difference))
        fail("draw makes other calls for the same view %s: %s (cm_view in cm_plugin.h: \"Same view, same "
             "calls: draw keeps no "
             "state\")",
             how, difference);
}

static void check_same(void) {
    load_plugin();
    need_draw();
    instance earlier = create_default();
    picture_view *view = usual_view(&earlier);
    destroy(&earlier);
    drawing *elsewhere = drawn_elsewhere(view, 120, 40);
    instance widget = create_default(), second = create_default();
    drawing *first = draw(&widget, view, 120, 40);
    elsewhere->calls = first->calls;
    if (verdict->sentences[0]) return;
    compare(first, draw(&widget, view, 120, 40), "a second time");
    draw(&widget, foreign_view(3, view), 40, 10);
    compare(first, draw(&widget, view, 120, 40), "after it has drawn another one");
    compare(first, draw(&second, view, 120, 40), "in a second widget with the same options");
    compare(first, elsewhere, "in another process");
    collect(&widget, 0);
    collect(&widget, 1);
    compare(first, draw(&widget, view, 120, 40),
            "after a collect; take it from the view, and not from what collect left behind");
    if (!asked.quick) sleep_ms(1100);
    compare(first, draw(&widget, view, 120, 40), "a second later; ages relate to cm_view.now_unix_ns");
    destroy(&widget);
    destroy(&second);
}

static void check_pure(void) {
    load_plugin();
    need_draw();
    instance widget = create_default();
    collected *result = collect(&widget, 0);
    picture_view *plain = plain_view(), *own = view_of(result);
    /* The time zone is the process's and known to it; only after that is a file of its own one too many. */
    tzset();
    clock_read();
    bool is_watched = watch_system_calls(WATCH_DRAW);
    if (!is_watched) note("this kernel has no seccomp filters: whether draw opens files was not seen");
    draw(&widget, empty_view(), 80, 24);
    draw(&widget, plain, 80, 24);
    draw(&widget, plain, 500, 200);
    draw(&widget, own, 120, 40);
    const char *clock = clock_read();
    if (clock)
        fail("draw reads the clock with %s (THE ONE IDEA in cm_plugin.h: \"`draw` never reads a file, a "
             "clock or anything that "
             "`collect` left behind\"); the moment that is drawn is cm_view.now_unix_ns",
             clock);
    /* No destroy: that may open what it likes, and the filter stays. */
}

const check_case draw_cases[] = {
    {"sizes", "draws in 0 x 0 to 500 x 200 cells", check_sizes, 1},
    {"foreign", "draws views that it never collected", check_foreign, 1},
    {"draw-clocks", "draws at any moment", check_draw_clocks, 1},
    {"same", "same view, same calls", check_same, 1},
    {"pure", "draw looks at nothing but the view", check_pure, 1},
    {0},
};
