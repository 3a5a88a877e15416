/* Widgets come and go, and nothing of them stays behind. */
#include "check.h"

#include <malloc.h>
#include <unistd.h>

/* ------------------------------------------------------------------------- */
/* Growth                                                                      */
/* ------------------------------------------------------------------------- */

static size_t in_use(void) {
    struct mallinfo2 books = mallinfo2();
    return books.uordblks + books.hblkhd;
}

static size_t resident(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*u %lu", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void churn(const cm_host *host, const cm_config *config, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        void *self = call_create(host, config);
        if (self) call_destroy(self);
    }
}

static void check_churn(void) {
    unsigned times = asked.quick ? 200 : 1000;
    load_plugin();
    const cm_host *host = lend_host();
    const cm_config *config = lend_config(default_values());
    doing("a widget was created and destroyed again and again");
    churn(host, config, times / 5 + 10);
    surroundings *before = look_around();
    size_t memory = in_use(), pages = resident();
    churn(host, config, times);
    size_t lost = in_use() - memory, grown = resident() - pages;
    char change[300];
    if ((ptrdiff_t)lost > (ptrdiff_t)times * 8)
        complain("create and destroy lose %.0f bytes of memory each time, over %u times (cm_plugin.destroy "
                 "in cm_plugin.h: "
                 "\"Frees what create made\")",
                 (double)lost / times, times);
    else if ((ptrdiff_t)grown > (ptrdiff_t)times * 4000)
        complain("create and destroy lose %.1f KB of memory each time, over %u times (cm_plugin.destroy in "
                 "cm_plugin.h: "
                 "\"Frees what create made\")",
                 (double)grown / times / 1024, times);
    for (int wait = 0; wait < 50 && has_changed(before, look_around(), false, change, sizeof change); wait++)
        sleep_ms(20);
    if (has_changed(before, look_around(), false, change, sizeof change))
        complain("create and destroy, %u times, leave something behind: %s", times, change);
    if (!verdict->sentences[0]) retitle("create and destroy %u times without growth", times);
}

/* A whole life again and again: what collect and draw have kept goes with the widget. */
static void check_lives(void) {
    /* A heap in use breathes; what is lost each time outgrows that. */
    enum { WARM = 10, FEW = 5, BREATH = 4096, LEAST = 32 };
    const int rounds = asked.quick ? 40 : 200;
    const int64_t patience = asked.quick ? 500000000 : 1500000000;
    load_plugin();
    instance sample = create_default();
    picture_view *view = usual_view(&sample);
    destroy(&sample);
    const cm_host *host = lend_host();
    const cm_config *config = lend_config(default_values());
    size_t memory = 0;
    unsigned done = 0;
    int64_t start = now_ns();
    for (int round = -WARM; round < rounds; round++) {
        if (round == 0) memory = in_use();
        instance widget = {call_create(host, config), host};
        if (!widget.self) skip("create refuses with the options' defaults: %s", create_sentence);
        collect(&widget, 0);
        collect(&widget, 1);
        if (plugin.draw) draw(&widget, view, 80, 24);
        destroy(&widget);
        if (round >= 0) done++;
        if (done >= FEW && now_ns() - start > patience) break;
    }
    ptrdiff_t lost = (ptrdiff_t)in_use() - (ptrdiff_t)memory;
    if (lost > BREATH + (ptrdiff_t)done * LEAST)
        fail("create, two collects, a draw and destroy lose %.0f bytes of memory each time, over %u times "
             "(cm_plugin.destroy in cm_plugin.h); free what collect and draw have allocated",
             (double)lost / done, done);
    retitle("%u widgets' lives leave no memory behind", done);
}

/* ------------------------------------------------------------------------- */
/* Arguments that die, and what is left                                        */
/* ------------------------------------------------------------------------- */

static void check_borrowed(void) {
    load_plugin();
    lent = (lending){.guards = GUARD_DEAD};
    instance widget = create_default();
    for (uint64_t number = 0; number < 3; number++) {
        collected *result = collect(&widget, number);
        if (!plugin.draw) continue;
        draw(&widget, plain_view(), 80, 24);
        draw(&widget, view_of(result), 80, 24);
    }
    destroy(&widget);
}

static void check_step(const char *step, const surroundings *before, bool is_alive) {
    char change[300];
    if (has_changed(before, look_around(), is_alive, change, sizeof change))
        fail("%s leaves the process changed, which all widgets of the plugin share: %s; put it back before "
             "you return, or "
             "do without",
             step, change);
}

static void check_surroundings(void) {
    enum { WAIT_MS = 5000, STEP_MS = 20 };
    load_plugin();
    const surroundings *before = look_around();
    instance widget = create_with(default_values());
    check_step("create", before, true);
    if (!widget.self) {
        check_step("a create that refuses", before, false);
        return;
    }
    collected *result = collect(&widget, 0);
    check_step("collect", before, true);
    collect(&widget, 1);
    check_step("collect", before, true);
    if (plugin.draw) {
        draw(&widget, plain_view(), 80, 24);
        draw(&widget, view_of(result), 80, 24);
        check_step("draw", before, true);
    }
    if (output_size() > 0)
        note("it writes to standard output or error, which nobody sees but in the log; use cm_host.log for "
             "what is worth it");
    destroy(&widget);
    check_step("destroy", before, true);
    /* Helpers may take a while to end. */
    char change[300];
    for (int waited = 0; waited < WAIT_MS && has_changed(before, look_around(), false, change, sizeof change);
         waited += STEP_MS)
        sleep_ms(STEP_MS);
    if (has_changed(before, look_around(), false, change, sizeof change))
        fail("5 s after destroy something of the widget is left: %s (cm_plugin.destroy in cm_plugin.h: "
             "\"Frees what create "
             "made\"); end threads and programs, and close descriptors, there",
             change);
}

extern void check_two(void), check_threads(void);

const check_case life_cases[] = {
    {"churn", "create and destroy without growth", check_churn, 2},
    {"lives", "widgets leave no memory behind", check_lives, 3},
    {"two", "two widgets leave each other alone", check_two, 3},
    {"threads", "calls on changing threads", check_threads, 3},
    {"borrowed", "no argument is kept after its call", check_borrowed, 1},
    {"surroundings", "the process stays as it was", check_surroundings, 1},
    {0},
};
