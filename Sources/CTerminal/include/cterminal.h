/*
 * The terminal through ncursesw, as far as the host needs it: cells out, keys
 * in, and the terminal as it was found on every way out. ncurses speaks in
 * macros, variadic calls and globals, which Swift does not import.
 */
#ifndef CTERMINAL_H
#define CTERMINAL_H

#include <stdint.h>

enum { /* cterminal_open */
    CTERMINAL_OK = 0,
    CTERMINAL_UNKNOWN = 1, /* no terminfo entry of that name */
    CTERMINAL_LIMITED = 2, /* the terminal cannot place its cursor */
    CTERMINAL_FAILED = 3
};

enum { /* attributes of a cell */
    CTERMINAL_BOLD = 1,
    CTERMINAL_REVERSE = 2,
    CTERMINAL_DIM = 4,
    CTERMINAL_UNDERLINE = 8
};

enum { /* cterminal_key */
    CTERMINAL_NONE = 0,
    CTERMINAL_CHARACTER = 1, /* a Unicode scalar */
    CTERMINAL_UP, CTERMINAL_DOWN, CTERMINAL_LEFT, CTERMINAL_RIGHT, CTERMINAL_PAGE_UP, CTERMINAL_PAGE_DOWN,
    CTERMINAL_HOME, CTERMINAL_END, CTERMINAL_ENTER, CTERMINAL_BACKSPACE, CTERMINAL_BACK_TAB,
    CTERMINAL_CLICK, CTERMINAL_WHEEL_UP, CTERMINAL_WHEEL_DOWN, CTERMINAL_OTHER
};

typedef struct cterminal_event {
    uint32_t kind;
    uint32_t character;
    int x, y; /* of the mouse */
} cterminal_event;

/* 1 when terminfo has an entry of that name. */
int cterminal_knows(const char *term);

/*
 * Takes over the terminal at descriptors 0 and 1. From here on the terminal is
 * restored whichever way the process ends, fatal signals included.
 */
int cterminal_open(const char *term);

/* Gives the terminal back. Harmless when it is not open. */
void cterminal_close(void);

/* Stops this process as Ctrl-Z does, and comes back with everything to be drawn again. */
void cterminal_suspend(void);

/* Colours that the terminal has; 0: none. Direct colour says 16777216. */
int cterminal_colors(void);

/* A colour pair for a foreground and background; -1 is the terminal's own. 0 when there are no more. */
int cterminal_pair(int foreground, int background);

/* Forgets all pairs. */
void cterminal_reset_pairs(void);

/* Puts one cell: a scalar and what combines with it. */
void cterminal_put(int x, int y, const uint32_t *scalars, int count, uint32_t attributes, int pair);

/* Sends what has changed. */
void cterminal_flush(void);

/* Sends everything at the next flush. */
void cterminal_redraw(void);

/* The terminal has another size; the next flush draws all of it. */
void cterminal_resize(int width, int height);

/* The next key or mouse event, without waiting. */
cterminal_event cterminal_key(void);

/* Sets the locale from the environment; 1 when its characters are UTF-8. */
int cterminal_use_locale(void);

#endif
