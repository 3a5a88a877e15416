/*
 * The part of ncursesw that the host needs: output of cells, and restoring the terminal however the process ends.
 * ncurses uses macros, variadic functions and globals, which Swift does not import. It draws into memory: nothing here
 * waits for the terminal, except for a bounded time at the end. All functions must be called on one thread.
 */
#ifndef CTERMINAL_H
#define CTERMINAL_H

#include <stddef.h>
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

/* Whether terminfo has an entry with that name. */
int cterminal_knows(const char *term);

/*
 * Takes over the terminal at descriptors 0 and 1; the result is one of the values above. From then on the terminal is
 * restored however the process ends: by itself, by a fatal signal, and, where `guard` is the path of the guard's
 * program, by SIGKILL.
 */
int cterminal_open(const char *term, const char *guard);

/*
 * Non-blocking descriptors of the terminal for input and output, opened anew where that is possible: other
 * processes that share descriptors 0 and 1 must not find them non-blocking.
 */
int cterminal_input(void);
int cterminal_output(void);

/* Restores the terminal, in about half a second though nobody reads it. Does nothing while it is not open. */
void cterminal_close(void);

/* Stops this process as Ctrl-Z does; once it continues, all cells are sent at the next flush. */
void cterminal_suspend(void);

/*
 * Sets the modes of the terminal again where another process has changed them. Returns whether it had: its contents
 * are not known then, and all cells are sent at the next flush.
 */
int cterminal_repair(void);

/*
 * What a key sends by the terminal's description: with `index` from 0 on, the sequence, and its name in terminfo
 * ("kcuu1"). NULL at the end.
 */
const char *cterminal_key(int index, const char **name);

/* Number of colours of the terminal; 0: none; 16777216: direct colour. */
int cterminal_colors(void);

/* A colour pair; -1 is the terminal's default colour. 0 where no more pairs are available. */
int cterminal_pair(int foreground, int background);

/* Frees all colour pairs. */
void cterminal_reset_pairs(void);

/*
 * Writes a character and its combining marks into `width` cells. What the C library measures otherwise would shift
 * the rest of the line: of a flag the two letters are written, of anything else U+FFFD.
 */
void cterminal_put(int x, int y, const uint32_t *scalars, int count, int width, uint32_t attributes, int pair);

/* The bytes that bring the changed cells to the terminal; the caller writes them. Valid until the next call. */
const uint8_t *cterminal_flush(size_t *length);

/* Makes the next flush send all cells. */
void cterminal_redraw(void);

/* Sets a new size; the next flush sends all cells. */
void cterminal_resize(int width, int height);

/*
 * Sets the locale from the environment; returns whether its encoding is UTF-8. Where the environment asks for UTF-8
 * in a language that is not installed, that is C.UTF-8.
 */
int cterminal_use_locale(void);

#endif
