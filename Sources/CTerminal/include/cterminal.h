/*
 * The part of ncursesw that the host needs: output of cells, input of keys, and
 * restoring the terminal however the process ends. ncurses uses macros, variadic
 * functions and globals, which Swift does not import. All functions must be called
 * on one thread.
 */
#ifndef CTERMINAL_H
#define CTERMINAL_H

#include <stdint.h>

enum { /* cterminal_open */
    CTERMINAL_OK = 0,
    CTERMINAL_UNKNOWN = 1, /* terminfo has no entry with that name */
    CTERMINAL_LIMITED = 2, /* the terminal cannot position its cursor */
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

/* Whether terminfo has an entry with that name. */
int cterminal_knows(const char *term);

/*
 * Initialises the terminal at descriptors 0 and 1; the result is one of the values
 * above. From then on the terminal is restored however the process ends, fatal
 * signals included.
 */
int cterminal_open(const char *term);

/* Restores the terminal. Does nothing while it is not open. */
void cterminal_close(void);

/* Stops this process as Ctrl-Z does; once it continues, all cells are sent at the next flush. */
void cterminal_suspend(void);

/* Number of colours of the terminal; 0: none; 16777216: direct colour. */
int cterminal_colors(void);

/* A colour pair; -1 is the terminal's default colour. 0 where no more pairs are available. */
int cterminal_pair(int foreground, int background);

/* Frees all colour pairs. */
void cterminal_reset_pairs(void);

/* Writes one cell: a scalar and its combining marks. */
void cterminal_put(int x, int y, const uint32_t *scalars, int count, uint32_t attributes, int pair);

/* Sends the changed cells. */
void cterminal_flush(void);

/* Makes the next flush send all cells. */
void cterminal_redraw(void);

/* Sets a new size; the next flush sends all cells. */
void cterminal_resize(int width, int height);

/* The next key or mouse event, without waiting; kind CTERMINAL_NONE where there is none. */
cterminal_event cterminal_key(void);

/* Sets the locale from the environment; returns whether its encoding is UTF-8. */
int cterminal_use_locale(void);

#endif
