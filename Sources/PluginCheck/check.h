/*
 * cm-plugin-check - does a plugin keep the contract in cm_plugin.h?
 *
 * Each case runs in a process of its own, in which the plugin is loaded anew (child.c). A case calls the
 * plugin as a host would (plugin.c, host.c), with arguments made for the purpose (guard.c, config.c, view.c),
 * and says what it found with `complain` or `fail`. A case that returns has passed.
 */
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include "cm_plugin.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define PRINTF(text, first) __attribute__((format(printf, text, first)))

/* What the command line says. */
typedef struct settings {
    const char *path; /* of the plugin, absolute */
    const char *root; /* cm_host.root, or "" */
    char empty[32];   /* an empty directory of ours */
    const char *only; /* a word that a case must have, or NULL */
    bool quick;
} settings;

extern settings asked;

/* One check. `word` is what --only compares; `attempts` is more than 1 where a busy machine may spoil it. */
typedef struct check_case {
    const char *word;
    const char *title;
    void (*run)(void);
    unsigned attempts;
} check_case;

extern const check_case load_cases[], struct_cases[], option_cases[], life_cases[], collect_cases[],
    ingest_cases[], draw_cases[];

/* ------------------------------------------------------------------------- */
/* The verdict (child.c)                                                       */
/* ------------------------------------------------------------------------- */

enum { VERDICT_NONE, VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

/* What a child tells its parent, in memory that both share: it outlives any death of the child. */
typedef struct report {
    volatile uint32_t verdict;
    uint32_t is_fatal;           /* the plugin cannot be loaded: no use in going on */
    char title[256];             /* instead of the case's, or "" */
    char sentences[8192];        /* failures, or why it was skipped, each ended by a newline */
    char notes[4096];            /* the same of what is no failure */
    char forbidden[400];         /* what a death by SIGSYS means, or "" */
    char doing[256];             /* the circumstances of the call under way */
    char call[32];               /* the call into the plugin under way, or "" */
    volatile int64_t call_since; /* CLOCK_MONOTONIC, ns */
    double call_limit;           /* seconds */
    char output[256];            /* the end of what was written to stdout and stderr, set by the parent */
} report;

extern report *verdict;

/* Runs a case to its end and fills `verdict`. */
void run_case(const check_case *checked);

/* Called in the child. */
_Noreturn void fail(const char *format, ...) PRINTF(1, 2); /* ends the case */
_Noreturn void fail_fatally(const char *format, ...) PRINTF(1, 2);
_Noreturn void skip(const char *format, ...) PRINTF(1, 2);
void complain(const char *format, ...) PRINTF(1, 2); /* a failure; the case goes on */
void note(const char *format, ...) PRINTF(1, 2);
void retitle(const char *format, ...) PRINTF(1, 2);
void doing(const char *format, ...) PRINTF(1, 2); /* "" ends it */
off_t output_size(void);                          /* bytes on stdout and stderr so far */

int64_t now_ns(void);
void sleep_ms(long milliseconds);
void *make(size_t count, size_t size);                /* zeroed memory, or the end of the case */
void *grow(void *memory, size_t size, size_t larger); /* a larger copy */

/* ------------------------------------------------------------------------- */
/* Guarded arguments (guard.c, shapes.c)                                       */
/* ------------------------------------------------------------------------- */

typedef struct field {
    const char *name;
    size_t offset, size;
} field;

/* The fields of a struct that may grow. */
typedef struct shape {
    const char *name;
    const char *reader; /* the call that gets it */
    const field *fields;
    unsigned count;
    size_t size;
} shape;

extern const shape host_shape, config_shape, tick_shape, sink_shape, view_shape, canvas_shape, document_shape;

enum {
    GUARD_TEXTS = 1,  /* behind each text lies memory that cannot be read */
    GUARD_ARRAYS = 2, /* behind each element of an array lies memory that cannot be read */
    GUARD_DEAD = 4    /* arguments cannot be read any more once the call has returned */
};

/* How arguments are lent from now on. */
typedef struct lending {
    unsigned guards;
    const shape *cut; /* the struct that is cut short or has a tail, or NULL */
    size_t size;      /* its `size` */
    int filler;       /* the byte behind it, where there is room for one */
} lending;

extern lending lent;

void *lend(const void *bytes, size_t size, bool is_text, const char *format, ...) PRINTF(4, 5);
void *lend_struct(const void *full, const shape *shape);
void *lend_array(const void *elements, size_t count, size_t size, uint32_t *stride, const char *name,
                 const char *stride_name);
cm_string lend_text(cm_string text, const char *format, ...) PRINTF(2, 3);
cm_string text_of(const char *text);

size_t loans(void);          /* how many are out: a mark for take_back */
void take_back(size_t mark); /* the call has returned: with GUARD_DEAD its arguments are gone */
/* Whether an address that cannot be read is one of ours; then why, in a sentence. */
bool explain_address(const void *address, char *sentence, size_t size);

/* ------------------------------------------------------------------------- */
/* The plugin and the host around it (plugin.c, host.c)                        */
/* ------------------------------------------------------------------------- */

/* The call that the plugin is in. */
enum {
    CALL_NONE,
    CALL_LOAD,
    CALL_ENTRY,
    CALL_CREATE,
    CALL_COLLECT,
    CALL_DRAW,
    CALL_DESTROY,
    CALL_EXTENSION,
    CALL_INGEST
};

extern volatile int call_now;

/* The descriptor as far as its size reaches, and zero behind; set by load_plugin. */
extern cm_plugin plugin;

/* The extension cm.ingest/1, or zero where the plugin has no sound one; set by load_plugin. */
extern cm_ingest ingest;
/* Why it cannot be used, where it has the extension all the same; or "". */
extern char ingest_mistake[200];

void enter_call(int call, double limit);
void leave_call(void);
void check_caller(const char *function); /* a host's function is called: in time, and on the right thread? */

void open_library(void);                  /* dlopen alone */
const cm_plugin *ask_entry(uint32_t abi); /* cm_plugin_entry_v1, as the plugin returns it */
void load_plugin(void);                   /* all of it; the case ends if it cannot be done */
const cm_metric *metric_at(uint64_t index);
const cm_option *option_at(uint64_t index);
char *shown(cm_string text); /* for a sentence: cut, cleaned of control characters */
bool is_utf8(cm_string text);

/* One sample as the plugin emitted it. */
typedef struct sample {
    uint32_t metric, status;
    cm_string instance, text;
    double number;
} sample;

/* What one collect came to. */
typedef struct collected {
    uint32_t code;
    sample *samples;
    size_t count, capacity;
    uint64_t emits;          /* calls of emit */
    uint64_t limit_at, late; /* refuse from that call on; calls after the first refusal */
    bool is_cancelled;
    bool has_failed;
    uint32_t failed_code;
    char sentence[512];
    uint32_t note_status;
    char note[512]; /* the last one's beginning */
} collected;

/* One widget: what create returned, and the host it got. */
typedef struct instance {
    void *self;
    const cm_host *host;
} instance;

extern char create_sentence[512]; /* of the last host->fail, or "" */
extern uint32_t create_code;
extern const char *host_name; /* cm_host.name of what is created next */
extern const char *document_host; /* cm_document.host of what is ingested next */
extern const char *host_root; /* cm_host.root of what is created next; at first that of the command line */

void *call_create(const cm_host *host, const cm_config *config);
uint32_t call_collect(void *self, const cm_tick *tick, const cm_sink *sink);
uint32_t call_ingest(void *self, const cm_tick *tick, const cm_document *document, const cm_sink *sink);
void call_draw(void *self, const cm_view *view, const cm_canvas *canvas);
void call_destroy(void *self);

const cm_host *lend_host(void);
instance create_with(const cm_option_value *values); /* self is NULL where it refuses; then it has said why */
instance create_default(void);                       /* skips the case where the plugin refuses */
cm_tick tick_of(uint64_t number);
void collect_at(const instance *widget, const cm_tick *tick, collected *result);
collected *collect(const instance *widget, uint64_t number);
/* The same of a document; `kind` is the index of one that the plugin takes. */
collected *ingest_document(const instance *widget, uint64_t number, uint64_t kind, cm_string bytes);
void ingest_into(const instance *widget, uint64_t number, uint64_t kind, cm_string bytes, collected *result);
/* Whether all of it is as the header says; `call` is what emitted it. */
void check_collected(const char *call, const collected *result);
void destroy(instance *widget);
void empty_root(void); /* host_root is an empty directory from now on */
void check_sentence(const char *call, uint32_t code, bool has_failed, const char *sentence);

/* ------------------------------------------------------------------------- */
/* Options, views, pictures (config.c, view.c, canvas.c)                       */
/* ------------------------------------------------------------------------- */

bool parse_default(const cm_option *option, cm_option_value *value, char *reason, size_t size);
cm_option_value *default_values(void);
cm_option_value *other_values(void); /* legal, and where it can be told, different ones */
const cm_config *lend_config(const cm_option_value *values);

uint64_t random_number(void); /* the same sequence in each case */
double random_double(void);

/* A snapshot as a host would show it, in memory of ours. */
typedef struct picture_view {
    cm_view view;
    cm_instance *instances;
    cm_value *values; /* instance by instance, plugin.metric_count each */
    cm_limits *limits;
    bool is_wild; /* has values that no host sends: what is passed on of them is not the plugin's fault */
} picture_view;

picture_view *empty_view(void);
picture_view *plain_view(void);                                         /* few instances, reasonable values */
picture_view *foreign_view(size_t instances, const picture_view *like); /* anything */
picture_view *view_of(const collected *snapshot);
picture_view *usual_view(const instance *widget); /* of a collect; the plain one where that has nothing */
const cm_view *lend_view(const picture_view *source);

/* What a draw called, byte for byte. */
typedef struct drawing {
    unsigned char *bytes;
    size_t count, capacity;
    uint64_t calls;
    char last[32];
} drawing;

drawing *draw(const instance *widget, const picture_view *view, uint32_t width, uint32_t height);
/* Says where two drawings part, if they do. */
bool same_drawing(const drawing *one, const drawing *other, char *difference, size_t size);
void need_draw(void); /* skips the case of a plugin without a draw */

/* ------------------------------------------------------------------------- */
/* The process around the plugin (surroundings.c, watch.c)                     */
/* ------------------------------------------------------------------------- */

typedef struct surroundings surroundings;

surroundings *look_around(void);
/* Describes the first change. With `is_alive` threads, children and descriptors may have come. */
bool has_changed(const surroundings *before, const surroundings *after, bool is_alive, char *what,
                 size_t size);

enum { WATCH_DRAW, WATCH_ROOT, WATCH_INGEST };

/* From now on system calls that look at the machine end the case; false where the kernel cannot do it. */
bool watch_system_calls(int purpose);
bool explain_system_call(int number, char *sentence, size_t size);
/* The clock that was read since this was asked last, or NULL. */
const char *clock_read(void);

#endif
