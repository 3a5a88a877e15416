/*
 * cm_plugin.h - the contract between cm-dashboard and a widget plugin, ABI 1.
 *
 * A plugin is a shared object that exports ONE function, cm_plugin_entry_v1,
 * and includes nothing but this header:
 *
 *     gcc -std=gnu11 -I. -shared -fPIC -fvisibility=hidden -o my.so my.c
 *     cp my.so plugins/
 *
 * THE ONE IDEA. `collect` turns a machine into samples; the host keeps them as
 * a snapshot. `draw` turns a snapshot into a picture and looks at nothing else.
 * A snapshot may come from another machine, from last week or from a test, so
 * `draw` never reads a file, a clock or anything that `collect` left behind.
 *
 * PROCESS. A plugin runs in a worker process of its own, one for each .so,
 * which serves every widget of that plugin. A crash, a hang or an exit() ends
 * the worker, is named on the widget, and disturbs nothing else.
 *
 * THREADS. Calls into one plugin are serialised: no two run at the same time.
 * They may come on different threads. The functions of cm_host, cm_sink and
 * cm_canvas may be called only on the calling thread, only until that call
 * into the plugin returns (cm_host: until `destroy` returns).
 *
 * MEMORY. Every argument, in both directions, dies when the call returns; who
 * wants to keep something copies it. Neither side frees the other's memory.
 * The descriptor and all it points at live as long as the process.
 *
 * GROWTH. Structs that may grow begin with `size`, set by whoever made the
 * struct to sizeof as he was compiled. Fields are only ever appended. Read a
 * field only if it lies inside `size` (CM_HOLDS says so); what lies outside
 * counts as zero, and what lies behind the fields you know is not yours. A call
 * that lacks a field it cannot do without returns CM_INVALID, or NULL. Arrays
 * of structs carry their stride in bytes: step by the stride, never by sizeof.
 * cm_string, cm_limits and the enumerations' values never change.
 *
 * TEXT is UTF-8 as pointer and length, without a terminating NUL; a length of
 * 0 is the empty text, its pointer may be NULL. Control characters and escape
 * sequences are replaced by the host before anything reaches a terminal.
 *
 * NUMBERS are doubles in base units: bytes, seconds, celsius, percent (0..100),
 * hertz, watts. Scaling to GiB or days is done when they are drawn. NaN means
 * "not known" and is kept as an absent value.
 *
 * The header compiles as C11 and as C++17.
 */
#ifndef CM_PLUGIN_H
#define CM_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CM_ABI_MAJOR 1u /* in the entry's name; another major is another entry */
#define CM_ABI_MINOR 4u /* rises when fields or functions are appended */

/* Packs a version for cm_plugin_entry_v1 and cm_plugin.abi. */
#define CM_ABI_VERSION ((CM_ABI_MAJOR << 16) | CM_ABI_MINOR)

/* Whether a struct that begins with `size`, as its maker was compiled, has a field: CM_HOLDS(sink, cancelled). */
#define CM_HOLDS(pointer, field) \
    ((pointer)->size >= (size_t)((const char *)(&(pointer)->field + 1) - (const char *)(pointer)))

/* A text: `length` bytes of UTF-8 at `data`. Never changes, passed by value. */
typedef struct cm_string {
    const char *data;
    uint64_t length;
} cm_string;

/* A string literal as a constant initialiser for cm_string: { CM_TEXT("x") }. */
#define CM_TEXT(literal) (literal), (sizeof(literal) - 1)

/* How good or bad something is. cm_value.status, cm_sample.status, cm_cell.status. */
enum {
    CM_STATUS_AUTO = 0,     /* the host judges by the metric's limits; no limits: no judgement */
    CM_STATUS_OK = 1,       /* as it should be */
    CM_STATUS_WARNING = 2,  /* somebody should look soon */
    CM_STATUS_CRITICAL = 3, /* somebody should act now */
    CM_STATUS_UNKNOWN = 4   /* cannot be told; never shown as good */
};

/* What a call came to. */
enum {
    CM_OK = 0,
    CM_FAILED = 1,      /* anything else; say what in the sentence */
    CM_UNAVAILABLE = 2, /* this machine has no such thing (no GPU, no systemd): not a fault */
    CM_DENIED = 3,      /* permission is missing; say which and how to give it */
    CM_TIMEOUT = 4,     /* a source did not answer in time */
    CM_INVALID = 5,     /* an option or argument is wrong; say which */
    CM_LIMIT = 6        /* the host takes no more (its quota is full); stop emitting */
};

/* ------------------------------------------------------------------------- */
/* Data declared by a plugin                                                   */
/* ------------------------------------------------------------------------- */

enum { /* cm_metric.kind */
    CM_METRIC_GAUGE = 0,   /* a number that goes up and down */
    CM_METRIC_COUNTER = 1, /* a number that only rises, or starts again from 0 */
    CM_METRIC_TEXT = 2,    /* a name, a model, a version */
    CM_METRIC_STATE = 3    /* a word for a condition ("running"), with a status set by the plugin */
};

enum { /* cm_metric.direction: which way is worse; needed for limits to have a meaning */
    CM_DIRECTION_NONE = 0,
    CM_DIRECTION_HIGHER_IS_WORSE = 1, /* warning when value >= warning */
    CM_DIRECTION_LOWER_IS_WORSE = 2   /* warning when value <= warning */
};

enum { /* cm_metric.flags */
    CM_METRIC_HISTORY = 1, /* `draw` wants the recent past of this number: cm_value.history */
    CM_METRIC_HEADLINE = 2, /* one of the few that stand for this plugin in an overview of hosts */
    /* An instance with a value of this metric is a thing that lasts, as a drive is and a process is not: where a
     * snapshot lacks it, the host says for a while that it is gone. A host that does not know the flag says nothing. */
    CM_METRIC_LASTING = 4,
    /* The number is the time since something, in seconds, as of the tick: the host adds the time that has passed since
     * then where it shows an older snapshot. */
    CM_METRIC_AGE = 8
};

enum { /* cm_metric.forecast: whether, and how, the host foretells the number from its past (1.4) */
    CM_FORECAST_NONE = 0,
    /* Percent of a rated life that is used up: it only rises, in coarse steps, and 100 is the end. The host says
     * when it is worn out, from what wears it: `written`, else `powered`. */
    CM_FORECAST_WEAR = 1,
    /* What is used of something that has a size: the host says when it is full. `full` or `size` says when that is. */
    CM_FORECAST_FILL = 2
};

/*
 * One column of the snapshot's table. A metric's position in the table is its
 * index in cm_sample.metric, cm_instance.values and cm_view.limits.
 */
typedef struct cm_metric {
    cm_string id;       /* [a-z][a-z0-9_]*, 64 bytes at most, unique in the plugin */
    cm_string label;    /* a short heading, 24 columns at most */
    cm_string unit;     /* "bytes", "seconds", "celsius", "percent", "hertz", "watts", "count",
                           "bytes/s", "ratio" or "" (text, state, plain number) */
    cm_string help;     /* one sentence: what it is and where the figure comes from */
    uint32_t kind;      /* CM_METRIC_GAUGE ... */
    uint32_t direction; /* CM_DIRECTION_... */
    double warning;     /* default limits in `unit`; NaN: none. A layout overrides them with */
    double critical;    /* <id>_warning and <id>_critical */
    uint32_t flags;     /* CM_METRIC_HISTORY | CM_METRIC_HEADLINE | CM_METRIC_LASTING | CM_METRIC_AGE */
    uint32_t remember_days; /* how long a history should keep it; 0: the host's default */
    /*
     * What the host makes of the past (1.4). What is foretold of the metric `m` are metrics too, which a layout may
     * name: m_worn_out or m_full (seconds until then), with _early and _late, and m_outlook (words). The companions
     * are ids of metrics of the same plugin, whose values are taken from the same instance; "": none.
     */
    uint32_t forecast;     /* CM_FORECAST_..., of a GAUGE or COUNTER */
    uint32_t reserved;     /* 0 */
    cm_string size;        /* FILL: the number at which it is full, in the same unit, where it may change */
    cm_string written;     /* WEAR: what was written over the whole life */
    cm_string powered;     /* WEAR: seconds powered on over the whole life */
    cm_string identity;    /* a TEXT that tells one thing from another of the same name, as a serial number does:
                              with another text the past is another's */
    double full;           /* FILL: the number at which it is full, such as 100 percent; 0 or NaN: see `size` */
    double minimum_effect; /* GAUGE: a value is marked as unusual for its hour of the week only if it is this far from
                              what is usual; 0 or NaN: never */
} cm_metric;

enum { /* cm_option.type, and which fields of cm_option_value hold the value */
    CM_OPTION_BOOL = 0,     /* number: 0 or 1 */
    CM_OPTION_INTEGER = 1,  /* number, whole */
    CM_OPTION_FLOAT = 2,    /* number */
    CM_OPTION_TEXT = 3,     /* text */
    CM_OPTION_DURATION = 4, /* number, seconds; written "250ms" "2s" "5m" "26h" "7d" or a number */
    CM_OPTION_SIZE = 5,     /* number, bytes; written "512M" "4G" (powers of 1024) or a number */
    CM_OPTION_LIST = 6      /* items: a list of texts */
};

/*
 * One key that a layout may set in this plugin's [widget.NAME] table. The host
 * checks type and range, names mistakes with file, line and column, and fills
 * in the default, so `create` always receives every option, in table order.
 * Reserved keys, not to be declared: plugin, host, title, every, deadline,
 * new_privileges, and all that end in _warning or _critical.
 */
typedef struct cm_option {
    cm_string key;           /* [a-z][a-z0-9_]* */
    uint32_t type;           /* CM_OPTION_BOOL ... */
    uint32_t flags;          /* 0 */
    cm_string default_value; /* as written in a layout: "true", "26h", "8G"; a list: comma-separated; "" = empty */
    double minimum;          /* for the number types, in base units; NaN: unbounded */
    double maximum;
    cm_string help;          /* one sentence */
} cm_option;

/* ------------------------------------------------------------------------- */
/* What the host gives to create                                               */
/* ------------------------------------------------------------------------- */

/* The value of one option, as the layout or the default has it. */
typedef struct cm_option_value {
    uint32_t type;          /* that of the option's declaration */
    uint32_t is_set;        /* 1: the layout set it; 0: it is the default */
    double number;          /* BOOL, INTEGER, FLOAT, DURATION (seconds), SIZE (bytes) */
    cm_string text;         /* TEXT */
    const cm_string *items; /* LIST */
    uint64_t item_count;
} cm_option_value;

/* All options of one widget: value i belongs to cm_plugin.options[i]. */
typedef struct cm_config {
    uint32_t size;
    uint32_t value_stride; /* bytes from one value to the next */
    const cm_option_value *values;
    uint64_t value_count;  /* equals cm_plugin.option_count */
    cm_string widget;      /* the widget's name in the layout */
} cm_config;

enum { /* cm_host.log */
    CM_LOG_DEBUG = 0,
    CM_LOG_INFO = 1,
    CM_LOG_WARNING = 2,
    CM_LOG_ERROR = 3
};

/* The host as a plugin sees it; valid from `create` until `destroy` returns. */
typedef struct cm_host cm_host;
struct cm_host {
    uint32_t size;
    uint32_t abi;   /* CM_ABI_VERSION of the host */
    void *context;  /* the host's own; do not touch */
    cm_string name; /* the host name of the machine that is collected */

    /*
     * Prefix of every path that is read: "" for this machine, else a directory
     * that holds a captured /proc, /sys, /etc... and, in commands/, the
     * answers of programs. A plugin that honours it can be tested anywhere.
     * With a root set, no program may be run and no service be asked.
     */
    cm_string root;

    /* Why `create` returns NULL: a code and one sentence. The last call counts. */
    void (*fail)(const cm_host *host, uint32_t code, cm_string sentence);

    /* A line for the log. Never pass a secret. */
    void (*log)(const cm_host *host, uint32_t level, cm_string line);

    /* A host's extension by id, or NULL. None is defined. */
    const void *(*get_extension)(const cm_host *host, cm_string id);
};

/* ------------------------------------------------------------------------- */
/* collect                                                                     */
/* ------------------------------------------------------------------------- */

enum { /* cm_tick.flags */
    CM_TICK_FIRST = 1,   /* the first of this widget's life */
    CM_TICK_REFRESH = 2  /* the user asked for fresh values: skip caches */
};

/* The moment that this collect stands for. All widgets due at a tick get the same one. */
typedef struct cm_tick {
    uint32_t size;
    uint32_t flags;
    uint64_t number;       /* ticks of the host's clock since its start */
    uint64_t monotonic_ns; /* CLOCK_MONOTONIC; for rates and intervals */
    int64_t unix_ns;       /* wall clock; for dates. Use this, not time(): a test or a replay sets it */
    uint64_t interval_ns;  /* time between two collects of this widget */
} cm_tick;

/*
 * One cell of the snapshot's table. An instance is a thing that is measured (a
 * drive, a service, a repository); it comes into being with its first sample,
 * and its place in the table is the order of first samples. Emit the same
 * instance and metric twice in a collect and the last one counts.
 */
typedef struct cm_sample {
    uint32_t size;
    uint32_t metric;    /* index into cm_plugin.metrics */
    cm_string instance; /* 256 bytes at most; "" for a plugin with just one */
    double number;      /* GAUGE, COUNTER; NaN: absent. Ignored for TEXT and STATE */
    cm_string text;     /* TEXT, STATE; 4,096 bytes at most. Ignored for GAUGE and COUNTER */
    uint32_t status;    /* CM_STATUS_AUTO: by the limits; else what you say */
    uint32_t reserved;  /* 0 */
} cm_sample;

/* Where samples go; valid during one collect or ingest. */
typedef struct cm_sink cm_sink;
struct cm_sink {
    uint32_t size;
    uint32_t reserved;
    void *context; /* the host's own; do not touch */

    /*
     * Adds a sample. CM_OK; CM_INVALID when metric or instance are out of range
     * (the sample is dropped, the rest counts); CM_LIMIT when the snapshot is
     * full (50,000 samples or 8 MB): stop, and return. Of the table that they
     * make, 20,000 instances and 100,000 cells are kept.
     */
    uint32_t (*emit)(const cm_sink *sink, const cm_sample *sample);

    /*
     * One sentence on the snapshot as a whole that is shown with it ("2 of 9
     * drives need root for their SMART data: run as root or add cap_sys_rawio").
     * `status` counts towards the widget's. The last call counts.
     */
    uint32_t (*note)(const cm_sink *sink, uint32_t status, cm_string sentence);

    /*
     * Why this collect fails, in one sentence: what went wrong, where, what to
     * do. Return the same code from collect. The samples of this collect are
     * dropped; the widget keeps its last snapshot and shows its age and the
     * sentence.
     */
    uint32_t (*fail)(const cm_sink *sink, uint32_t code, cm_string sentence);

    /* 1 when the host no longer waits for this collect: return soon. Else 0, which a 1.0 host always says. */
    uint32_t (*cancelled)(const cm_sink *sink);

    /*
     * The document's own time: the moment that its values are from, in Unix
     * seconds, as the document states it; in `ingest` only (1.3). Pass it
     * unchanged and unjudged, even if it cannot be right: the host compares it
     * with its clock and reports a host whose clock is wrong. Call it before
     * anything that can fail, since it counts even if ingest fails. The last call
     * counts. Without a call the values count as of the moment the document came.
     * Returns CM_OK; CM_INVALID, without effect, in `collect` and for a number
     * that is not finite.
     */
    uint32_t (*taken)(const cm_sink *sink, double unix_seconds);
};

/* ------------------------------------------------------------------------- */
/* draw                                                                        */
/* ------------------------------------------------------------------------- */

enum { /* cm_value.kind */
    CM_VALUE_ABSENT = 0,
    CM_VALUE_NUMBER = 1,
    CM_VALUE_TEXT = 2
};

enum { /* cm_value.unusual: whether the number is far from what it is at this hour of the week (1.4) */
    CM_UNUSUAL_NO = 0, /* it is not, or nobody knows */
    CM_UNUSUAL_HIGH = 1,
    CM_UNUSUAL_LOW = 2
};

/* One cell of a snapshot, judged. */
typedef struct cm_value {
    uint32_t kind;   /* CM_VALUE_... */
    uint32_t status; /* OK, WARNING, CRITICAL, UNKNOWN; AUTO: not judged */
    double number;
    cm_string text;
    /*
     * The past over the span that the user has chosen, up to the moment that is
     * drawn, oldest first: each entry is the mean of a stretch of
     * cm_view.interval_ns, NaN where there was no value. NULL and 0 unless the
     * metric has CM_METRIC_HISTORY, and where nothing is known. 300 entries at most.
     */
    const float *history;
    uint64_t history_count;
    /* The largest value of each stretch, one for each entry of `history`; NULL: the same as the means (1.4). */
    const float *history_high;
    /*
     * What is foretold of the number, in words (1.4): the same in several lengths, the longest first, such as "worn
     * out 2029 (2028-2031)" and "2029". Draw the first for which there is room. NULL and 0: nothing is foretold.
     * Count these fields in only if they lie inside cm_view.value_stride.
     */
    const cm_string *forecast;
    uint64_t forecast_count;
    double usual_low;  /* what is usual at this hour of the week (1.4); NaN: not known */
    double usual_high;
    uint32_t unusual;  /* CM_UNUSUAL_... (1.4): a remark, never a status */
    uint32_t forecast_status; /* CM_STATUS_... of what is foretold (1.4) */
} cm_value;

typedef struct cm_instance {
    cm_string name;
    const cm_value *values; /* one for each metric, by its index; step by cm_view.value_stride */
} cm_instance;

/* Limits in force for a metric: the layout's, else the default; NaN: none. Never changes. */
typedef struct cm_limits {
    double warning;
    double critical;
} cm_limits;

enum { /* cm_view.flags */
    CM_VIEW_STALE = 1,  /* older than it should be; the host greys it out by itself */
    CM_VIEW_FOCUSED = 2, /* never set: the host draws the focus, and a change of it draws nothing anew */
    CM_VIEW_ZOOMED = 4  /* the widget has the whole screen: show all */
};

/* A snapshot as `draw` sees it. Same view, same calls: draw keeps no state. */
typedef struct cm_view {
    uint32_t size;
    uint32_t flags;
    int64_t taken_unix_ns;    /* when the snapshot was taken */
    int64_t now_unix_ns;      /* the moment that is drawn; dates and ages relate to it */
    uint64_t interval_ns;     /* time that one entry of a history stands for */
    const cm_instance *instances;
    uint64_t instance_count;
    uint32_t instance_stride; /* bytes from one instance to the next */
    uint32_t value_stride;    /* bytes from one cm_value to the next */
    const cm_limits *limits;  /* one for each metric, by its index */
    uint64_t metric_count;    /* equals cm_plugin.metric_count */
    cm_string note;           /* what the collect noted, or ""; the host shows it below what is drawn */
    cm_string host;           /* host name the snapshot is from */
} cm_view;

/*
 * Styles are roles, never colours: the user's theme, 16 colours and NO_COLOR
 * then work for every plugin. OK stays quiet; colour is for trouble.
 */
enum {
    CM_ROLE_VALUE = 0, /* ordinary text and numbers */
    CM_ROLE_LABEL = 1, /* what a value is called */
    CM_ROLE_MUTED = 2, /* of little importance */
    CM_ROLE_TITLE = 3, /* a heading */
    CM_ROLE_ACCENT = 4,
    CM_ROLE_GRAPH = 5,
    CM_ROLE_OK = 6,
    CM_ROLE_WARNING = 7,
    CM_ROLE_CRITICAL = 8,
    CM_ROLE_UNKNOWN = 9
};

enum { /* alignment inside a given width */
    CM_ALIGN_LEFT = 0,
    CM_ALIGN_RIGHT = 1,
    CM_ALIGN_CENTER = 2
};

enum { /* cm_cell.kind */
    CM_CELL_EMPTY = 0,
    CM_CELL_TEXT = 1,   /* text; in a column aligned left it goes on over empty cells behind it */
    CM_CELL_NUMBER = 2, /* number, shown with `text` as its unit in three significant digits, or fewer
                         * where the column is narrow; limits in that unit, which rounding does not
                         * cross; NaN, and two zeros: none */
    CM_CELL_GAUGE = 3,  /* number = fraction 0..1; limits as fractions */
    CM_CELL_SPARK = 4,  /* history */
    CM_CELL_STATUS = 5  /* the sign of `status`, then text */
};

/* One cell of a table. */
typedef struct cm_cell {
    uint32_t kind;
    uint32_t role;   /* CM_ROLE_...; for CM_CELL_STATUS the status decides */
    uint32_t status; /* CM_STATUS_...; for CM_CELL_STATUS */
    uint32_t reserved;
    cm_string text;
    double number;   /* also the sort key; NaN: the text is the key */
    cm_limits limits;
    const float *history;
    uint64_t history_count;
    const float *history_high; /* as cm_value.history_high; NULL: none (1.4) */
} cm_cell;

/* One column of a table. */
typedef struct cm_column {
    cm_string title;
    uint32_t align;     /* CM_ALIGN_... */
    uint32_t width;     /* columns wanted; 0: as wide as its widest cell */
    uint32_t grow;      /* share of the room that is left over; 0: none */
    uint32_t priority;  /* when there is too little room, the highest number goes first; 0 stays.
                         * A column with a cell in warning, critical or unknown, by its role or
                         * status, stays longer than all that have none, 0 included */
} cm_column;

/*
 * A table. Scrolling, sorting, filtering and selection are the host's: pass all
 * rows, 10,000 at most; all tables of a picture (64) have 100,000 cells at most.
 * Column and cell arrays are read during the call only.
 */
typedef struct cm_table {
    uint32_t size;
    uint32_t flags;          /* 0 */
    const cm_column *columns;
    uint64_t column_count;   /* 64 at most */
    uint32_t column_stride;
    uint32_t cell_stride;
    const cm_cell *cells;    /* row by row: row_count * column_count */
    uint64_t row_count;
} cm_table;

/*
 * Where a widget draws: `width` x `height` cells inside its frame, x to the
 * right and y down from 0. What lies outside is clipped. Calls made past the
 * host's quota (256 and four more for each cell, 20,000 at most; 8 MB) are ignored. Title, frame, age and status of the
 * widget are the host's.
 */
typedef struct cm_canvas cm_canvas;
struct cm_canvas {
    uint32_t size;
    uint32_t reserved;
    void *context; /* the host's own; do not touch */
    uint32_t width;
    uint32_t height;

    /* Text in one line, aligned in `width` cells from x and shortened with an ellipsis, which is
     * never put into or behind a number: "12 errors" is cut to "12 er...", "1234567" to "...". */
    void (*text)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                 uint32_t role, cm_string text);

    /* A number with its unit in three significant digits: 8.16e9 "bytes" is "7.60G". Where that is
     * wider than `width`, in fewer digits; a dash where none fit. It is never cut. */
    void (*number)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t align,
                   uint32_t role, double number, cm_string unit);

    /* The sign of a status, two cells wide. */
    void (*status)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t status);

    /*
     * A horizontal bar: `fraction` 0..1 filled, with marks at the limits (given as
     * fractions; NaN: none). The part beyond a limit takes that limit's colour.
     */
    void (*gauge)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, double fraction,
                  cm_limits limits);

    /*
     * A curve of all values, newest at the right, over width x height cells. Where
     * there are more values than columns, each column stands for several.
     * `minimum`..`maximum` is the scale; NaN: taken from the values.
     */
    void (*spark)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                  uint32_t role, const float *values, uint64_t count, double minimum, double maximum);

    /* Fills width x height cells with one character (a Unicode scalar, one cell wide). */
    void (*fill)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                 uint32_t role, uint32_t character);

    /* A table in width x height cells, its heading in the first row. */
    void (*table)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                  const cm_table *table);

    /* How many cells a text takes, by the host's own measure. */
    uint32_t (*measure)(const cm_canvas *canvas, cm_string text);

    /*
     * As `spark`, with a shade from each value up to `high`, which has as many
     * entries and may be NULL: a peak in a long stretch is seen beside its mean
     * (1.4).
     */
    void (*peaks)(const cm_canvas *canvas, int32_t x, int32_t y, uint32_t width, uint32_t height,
                  uint32_t role, const float *values, const float *high, uint64_t count, double minimum,
                  double maximum);
};

/* ------------------------------------------------------------------------- */
/* The descriptor                                                              */
/* ------------------------------------------------------------------------- */

/*
 * What a plugin is. Returned by the entry; it and everything it points at must
 * stay valid and unchanged as long as the process lives.
 */
typedef struct cm_plugin {
    uint32_t size;
    uint32_t abi;      /* CM_ABI_VERSION as the plugin was compiled */
    cm_string id;      /* [a-z][a-z0-9_-]*, 32 bytes at most; what a layout calls it */
    cm_string name;    /* for people, the widget's default title */
    cm_string icon;    /* an emoji for the title, or "" */
    cm_string version; /* the plugin's own, semantic versioning */
    cm_string summary; /* one sentence */

    const cm_metric *metrics; /* 256 at most */
    uint64_t metric_count;
    const cm_option *options; /* 128 at most; may be NULL with a count of 0 */
    uint64_t option_count;
    uint32_t metric_stride;
    uint32_t option_stride;

    /*
     * Makes the state of one widget. NULL after host->fail(...) when it cannot.
     * Takes less than a second (after 10 s the worker is killed); does not collect.
     * Copies what it keeps of config.
     */
    void *(*create)(const cm_host *host, const cm_config *config);

    /*
     * Frees what create made, when its widget goes away while the worker lives
     * on; at most once. When the program ends, so does the worker, and with it
     * whatever it holds and has started: keep nothing that must be put in order.
     */
    void (*destroy)(void *self);

    /*
     * Reads the machine and emits samples. CM_OK, or a code after sink->fail(...).
     * Should take a few milliseconds; slow sources are asked in the background
     * and their last answer is emitted. A collect that outlasts the host's
     * deadline (20 s, unless the layout sets another; 5 s of processor time) ends
     * with the worker killed.
     */
    uint32_t (*collect)(void *self, const cm_tick *tick, const cm_sink *sink);

    /*
     * Draws a view. May be called for snapshots that this instance never
     * collected. After 3 s the worker is killed. NULL: the host draws a table of
     * instances and metrics.
     */
    void (*draw)(void *self, const cm_view *view, const cm_canvas *canvas);

    /*
     * A plugin's extension by id, or NULL; the function may be NULL. Asked once,
     * after the entry, and as free of side effects as that. Since 1.1 a host asks
     * for CM_INGEST_1.
     */
    const void *(*get_extension)(cm_string id);
} cm_plugin;

/* ------------------------------------------------------------------------- */
/* Extension cm.ingest/1: snapshots from documents that hosts serve (1.1)       */
/* ------------------------------------------------------------------------- */

/* What get_extension is asked for; it returns a const cm_ingest *. */
#define CM_INGEST_1 "cm.ingest/1"

/*
 * What a watched host has answered, as it came: nothing in it is checked. The
 * bytes may be no UTF-8, no JSON, cut short, or an error page.
 */
typedef struct cm_document {
    uint32_t size;
    uint32_t reserved;
    cm_string kind;   /* one of cm_ingest.kinds */
    const void *data; /* NULL only with a length of 0 */
    uint64_t length;  /* 4 MB at most */
    cm_string host;   /* who served it, as it is called in hosts.toml (1.2) */
} cm_document;

/* Bits of cm_ingest.flags. */
enum {
    /*
     * What `ingest` emits depends on the document, the tick and the options
     * alone. One instance is then given the documents of many hosts, in any
     * order: cm_host.name is empty for it, and cm_document.host says whose each
     * is. Saves an instance for each host (1.2).
     */
    CM_INGEST_STATELESS = 1
};

/*
 * The extension of a plugin that can be fed with documents, so that the same
 * `draw` shows a machine that is read and one that is only asked. It and all
 * it points at must stay valid and unchanged as long as the process lives.
 */
typedef struct cm_ingest {
    uint32_t size;
    uint32_t flags; /* CM_INGEST_...; a host that does not know one goes on without it */

    /*
     * The kinds of documents that are understood: [a-z][a-z0-9_-]*, 32 bytes at
     * most, no kind twice. The set is open; hosts serve "drives", "services" and
     * "backups".
     */
    const cm_string *kinds;
    uint64_t kind_count; /* 1 to 16 */

    /*
     * Turns a document into the samples that `collect` would emit on the machine
     * that served it; each document makes a whole snapshot. `tick` is the moment
     * of its arrival; pass the document's own time to sink->taken. The rules are
     * those of `collect`: CM_OK, or a code after sink->fail(...) with a sentence
     * that names the field; the same deadlines. Nothing is read from this machine.
     * What the document does not tell is not emitted: absent is not zero. The
     * state may keep what the next document needs (for a rate), and `collect` may
     * never be called on it; cm_host.name is the host that served it. With
     * CM_INGEST_STATELESS neither holds.
     */
    uint32_t (*ingest)(void *self, const cm_tick *tick, const cm_document *document, const cm_sink *sink);
} cm_ingest;

/*
 * The entry, and the only symbol that a plugin exports. `host_abi` is the
 * CM_ABI_VERSION of the host. Returns the descriptor, or NULL if this plugin
 * cannot work with that version. Has no side effects: no threads, no output, no
 * open files, no signal handlers.
 */
typedef const cm_plugin *(*cm_plugin_entry)(uint32_t host_abi);

#define CM_EXPORT __attribute__((visibility("default")))

#ifndef CM_PLUGIN_NO_ENTRY_DECLARATION
CM_EXPORT const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi);
#endif

#ifdef __cplusplus
}
#endif

#endif /* CM_PLUGIN_H */
