#define _GNU_SOURCE
#define _XOPEN_SOURCE_EXTENDED 1
#include "cterminal.h"

#include <curses.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include "internal.h"

static SCREEN *screen;
/* The file in memory that ncurses writes to, and what was read of it last. */
static FILE *drawing;
static uint8_t *drawn;
static size_t drawn_capacity;
/* Bytes above which the memory of a frame is given back. */
static const size_t usual_frame = 65536;
/* Bytes of what is sent after the first frame at most. */
static const size_t longest_entry = 128;

/*
 * terminfo has no capability for the mouse in the SGR form and for bracketed paste, and names the mouse only where its
 * author has tried it. A terminal ignores what it does not know.
 */
static const char input_on[] = "\033[?1006;1000h\033[?2004h";
static const char input_off[] = "\033[?2004l\033[?1000l\033[?1002l\033[?1003l\033[?1006l";
static int has_control_sequences;

static const char *capability(const char *name) {
    const char *text = tigetstr((char *)name);
    return text == (char *)-1 ? NULL : text;
}

/* Appends a capability without its padding, which only printing terminals need; returns the new length. */
static size_t append(char *text, size_t length, size_t size, const char *part) {
    for (; part && *part && length < size; part++) {
        const char *end = part[0] == '$' && part[1] == '<' ? strchr(part, '>') : NULL;
        if (end)
            part = end;
        else
            text[length++] = *part;
    }
    return length;
}

static void prepare_farewell(void) {
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    char text[512];
    size_t length = has_control_sequences ? sizeof input_off - 1 : 0;
    memcpy(text, input_off, length);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        length = append(text, length, sizeof text, capability(names[i]));
    modes_set_farewell(text, length);
}

int cterminal_knows(const char *term) {
    int status = 0;
    if (setupterm((char *)term, STDOUT_FILENO, &status) != OK || status != 1) return 0;
    del_curterm(cur_term);
    return 1;
}

/* ncurses waits until all is written, so it writes where there is always room. */
static FILE *memory(void) {
    int file = memfd_create("frame", MFD_CLOEXEC);
    if (file < 0) return tmpfile();
    return fdopen(file, "w+e");
}

int cterminal_open(const char *term, const char *guard) {
    int status = 0;
    if (setupterm((char *)term, STDOUT_FILENO, &status) != OK || status != 1)
        return status == 1 ? CTERMINAL_LIMITED : CTERMINAL_UNKNOWN;
    const char *cursor = capability("cup");
    if (!cursor) return CTERMINAL_LIMITED;
    has_control_sequences = strncmp(cursor, "\033[", 2) == 0;
    if (!modes_open()) return CTERMINAL_FAILED;
    prepare_farewell();
    drawing = memory();
    /*
     * The terminal says its size; variables that a shell has exported may be another terminal's. Without them ncurses
     * begins with the description's size or the usual one; use_env would have it fail where there is none.
     */
    unsetenv("LINES");
    unsetenv("COLUMNS");
    screen = drawing ? newterm((char *)term, drawing, stdin) : NULL;
    if (!screen) return CTERMINAL_FAILED;
    guard_start(guard, cterminal_output());
    modes_find();
    modes_own();
    nonl();
    keypad(stdscr, TRUE);
    /* A frame is never left off because keys are waiting. */
    typeahead(-1);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    return CTERMINAL_OK;
}

/* What ncurses has written since the last call. */
static const uint8_t *taken(size_t *length) {
    fflush(drawing);
    int file = fileno(drawing);
    off_t end = lseek(file, 0, SEEK_CUR);
    *length = 0;
    if (end <= 0) return drawn;
    /* For what is sent after the frame. */
    size_t needed = (size_t)end + longest_entry;
    if (needed > drawn_capacity || drawn_capacity > 2 * usual_frame) {
        uint8_t *larger = realloc(drawn, needed > usual_frame ? needed : usual_frame);
        if (!larger) return drawn;
        drawn = larger;
        drawn_capacity = needed > usual_frame ? needed : usual_frame;
    }
    ssize_t count = pread(file, drawn, (size_t)end, 0);
    lseek(file, 0, SEEK_SET);
    if ((size_t)end > usual_frame && ftruncate(file, 0) != 0) { /* Only more memory is kept. */
    }
    *length = count > 0 ? (size_t)count : 0;
    return drawn;
}

/* Whether the terminal must be told again what input is asked for: at the start, and after it was another's. */
static int is_entering = 1;

/* Adds what asks for keys and the mouse. ncurses does so only where it sets the modes of the terminal as well. */
static size_t enter(char *text) {
    const char *keypad_on = capability("smkx");
    size_t length = keypad_on ? strlen(keypad_on) : 0;
    if (length + sizeof input_on > longest_entry) length = 0;
    memcpy(text, keypad_on, length);
    if (!has_control_sequences) return length;
    memcpy(text + length, input_on, sizeof input_on - 1);
    return length + sizeof input_on - 1;
}

const uint8_t *cterminal_flush(size_t *length) {
    refresh();
    const uint8_t *bytes = taken(length);
    if (is_entering && *length > 0) {
        *length += enter((char *)drawn + *length);
        is_entering = 0;
    }
    return bytes;
}

/*
 * Leaves the screen and restores the modes. What ncurses sends is dropped: it is the difference
 * from what the terminal may never have been sent. Without an alternate screen the shell goes on
 * in the last line.
 */
static void leave(void) {
    char text[64];
    const char *position = capability("cup");
    size_t length = position ? append(text, 0, sizeof text, tiparm(position, LINES - 1, 0)) : 0;
    size_t dropped;
    endwin();
    taken(&dropped);
    modes_leave(text, length);
    is_entering = 1;
}

void cterminal_close(void) {
    if (!screen) return;
    leave();
    screen = NULL;
}

void cterminal_suspend(void) {
    leave();
    struct sigaction routed;
    sigaction(SIGTSTP, NULL, &routed);
    signal(SIGTSTP, SIG_DFL);
    /* Signals the whole process group, as the terminal does, so that a calling script or make stops too. */
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &routed, NULL);
    modes_find();
    modes_own();
    clearok(curscr, TRUE);
}

int cterminal_repair(void) {
    if (!modes_repair()) return 0;
    /* Whoever has set the modes may have left the alternate screen as well, as reset(1) does. */
    size_t length;
    endwin();
    taken(&length);
    is_entering = 1;
    clearok(curscr, TRUE);
    return 1;
}

const char *cterminal_key(int index, const char **name) {
    for (int found = 0, i = 0; strnames[i]; i++) {
        const char *sequence = strnames[i][0] == 'k' ? capability(strnames[i]) : NULL;
        if (!sequence || !*sequence || found++ < index) continue;
        *name = strnames[i];
        return sequence;
    }
    return NULL;
}

int cterminal_colors(void) { return has_colors() ? COLORS : 0; }

int cterminal_pair(int foreground, int background) {
    int pair = alloc_pair(foreground, background);
    return pair < 0 ? 0 : pair;
}

void cterminal_reset_pairs(void) { reset_color_pairs(); }

static attr_t attribute_of(uint32_t attributes) {
    attr_t attribute = A_NORMAL;
    if (attributes & CTERMINAL_BOLD) attribute |= A_BOLD;
    if (attributes & CTERMINAL_REVERSE) attribute |= A_REVERSE;
    if (attributes & CTERMINAL_DIM) attribute |= A_DIM;
    if (attributes & CTERMINAL_UNDERLINE) attribute |= A_UNDERLINE;
    return attribute;
}

static int put_cell(int x, int y, const wchar_t *text, attr_t attribute, int pair) {
    cchar_t cell;
    if (setcchar(&cell, text, attribute, 0, &pair) != OK) return 0;
    mvadd_wch(y, x, &cell);
    return 1;
}

static int is_regional(wchar_t code) { return code >= 0x1f1e6 && code <= 0x1f1ff; }

void cterminal_put(int x, int y, const uint32_t *scalars, int count, int width, uint32_t attributes, int pair) {
    wchar_t text[CCHARW_MAX + 1];
    if (count > CCHARW_MAX) count = CCHARW_MAX;
    for (int i = 0; i < count; i++) text[i] = (wchar_t)scalars[i];
    text[count] = 0;
    attr_t attribute = attribute_of(attributes);
    int fits = wcwidth(text[0]) == width;
    for (int i = 1; i < count; i++) fits = fits && wcwidth(text[i]) == 0;
    if (fits && put_cell(x, y, text, attribute, pair)) return;
    int is_flag = count == 2 && width == 2 && is_regional(text[0]) && is_regional(text[1]);
    for (int i = 0; i < width; i++) {
        wchar_t single[2] = {i == 0 ? 0xfffd : L' ', 0};
        if (is_flag) single[0] = L'A' + (text[i] - 0x1f1e6);
        put_cell(x + i, y, single, attribute, pair);
    }
}

void cterminal_redraw(void) { clearok(curscr, TRUE); }

void cterminal_resize(int width, int height) {
    resize_term(height, width);
    erase();
    clearok(curscr, TRUE);
}
