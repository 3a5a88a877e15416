#define _GNU_SOURCE
#define _XOPEN_SOURCE_EXTENDED 1
#include "cterminal.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static SCREEN *screen;
static struct termios found;
/* The sequences that a signal handler writes, since it must not call terminfo. */
static char farewell[512];
static size_t farewell_length;
static volatile sig_atomic_t is_open;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

static void restore_in_a_hurry(void) {
    if (!is_open) return;
    is_open = 0;
    if (write(STDOUT_FILENO, farewell, farewell_length) < 0) { /* The error cannot be reported. */
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

static void on_fatal_signal(int number) {
    restore_in_a_hurry();
    signal(number, SIG_DFL);
    raise(number);
}

static void guard_against_crashes(void) {
    static char stack[16384];
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_fatal_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++)
        sigaction(fatal_signals[i], &action, NULL);
    static int is_registered;
    if (!is_registered) atexit(restore_in_a_hurry);
    is_registered = 1;
}

static void add_to_farewell(const char *capability) {
    const char *text = tigetstr((char *)capability);
    if (!text || text == (char *)-1) return;
    size_t length = strlen(text);
    if (farewell_length + length >= sizeof farewell) return;
    memcpy(farewell + farewell_length, text, length);
    farewell_length += length;
}

static void prepare_farewell(void) {
    /* terminfo has no capability for ending the mouse modes that ncurses may have set. */
    static const char mouse_off[] = "\033[?1000l\033[?1002l\033[?1003l\033[?1006l";
    farewell_length = sizeof mouse_off - 1;
    memcpy(farewell, mouse_off, farewell_length);
    add_to_farewell("sgr0");
    add_to_farewell("op");
    add_to_farewell("rmkx");
    add_to_farewell("cnorm");
    add_to_farewell("rmcup");
}

int cterminal_use_locale(void) {
    setlocale(LC_ALL, "");
    /* Numbers in files have a decimal point in every language. */
    setlocale(LC_NUMERIC, "C");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int cterminal_knows(const char *term) {
    int status = 0;
    if (setupterm((char *)term, STDOUT_FILENO, &status) != OK || status != 1) return 0;
    del_curterm(cur_term);
    return 1;
}

int cterminal_open(const char *term) {
    int status = 0;
    if (setupterm((char *)term, STDOUT_FILENO, &status) != OK || status != 1)
        return status == 1 ? CTERMINAL_LIMITED : CTERMINAL_UNKNOWN;
    const char *cursor = tigetstr("cup");
    if (!cursor || cursor == (char *)-1) return CTERMINAL_LIMITED;
    if (tcgetattr(STDIN_FILENO, &found) != 0) return CTERMINAL_FAILED;
    prepare_farewell();
    screen = newterm((char *)term, stdout, stdin);
    if (!screen) return CTERMINAL_FAILED;
    is_open = 1;
    guard_against_crashes();
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    /* Sequences that tmux and the Linux console send, whatever TERM is. */
    define_key("\033[1~", KEY_HOME);
    define_key("\033[4~", KEY_END);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    curs_set(0);
    set_escdelay(25);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    return CTERMINAL_OK;
}

void cterminal_close(void) {
    if (!is_open) return;
    endwin();
    restore_in_a_hurry();
}

void cterminal_suspend(void) {
    endwin();
    struct sigaction routed;
    sigaction(SIGTSTP, NULL, &routed);
    signal(SIGTSTP, SIG_DFL);
    /* Signals the whole process group, as the terminal does, so that a calling script or make stops too. */
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &routed, NULL);
    clearok(curscr, TRUE);
}

int cterminal_colors(void) { return has_colors() ? COLORS : 0; }

int cterminal_pair(int foreground, int background) {
    int pair = alloc_pair(foreground, background);
    return pair < 0 ? 0 : pair;
}

void cterminal_reset_pairs(void) { reset_color_pairs(); }

void cterminal_put(int x, int y, const uint32_t *scalars, int count, uint32_t attributes, int pair) {
    wchar_t text[CCHARW_MAX + 1];
    if (count > CCHARW_MAX) count = CCHARW_MAX;
    for (int i = 0; i < count; i++) text[i] = (wchar_t)scalars[i];
    text[count] = 0;
    attr_t attribute = A_NORMAL;
    if (attributes & CTERMINAL_BOLD) attribute |= A_BOLD;
    if (attributes & CTERMINAL_REVERSE) attribute |= A_REVERSE;
    if (attributes & CTERMINAL_DIM) attribute |= A_DIM;
    if (attributes & CTERMINAL_UNDERLINE) attribute |= A_UNDERLINE;
    cchar_t cell;
    if (setcchar(&cell, text, attribute, 0, &pair) == OK) {
        mvadd_wch(y, x, &cell);
    } else { /* Two scalars with a width of their own, as in a flag; an ncurses cell holds only one. */
        attr_set(attribute, 0, &pair);
        mvaddnwstr(y, x, text, count);
        attr_set(A_NORMAL, 0, NULL);
    }
}

void cterminal_flush(void) { refresh(); }

void cterminal_redraw(void) { clearok(curscr, TRUE); }

void cterminal_resize(int width, int height) {
    resize_term(height, width);
    erase();
    clearok(curscr, TRUE);
}

static cterminal_event mouse_event(void) {
    MEVENT mouse;
    cterminal_event event = {CTERMINAL_OTHER, 0, 0, 0};
    if (getmouse(&mouse) != OK) return event;
    event.x = mouse.x;
    event.y = mouse.y;
    if (mouse.bstate & BUTTON1_PRESSED) event.kind = CTERMINAL_CLICK;
    if (mouse.bstate & BUTTON4_PRESSED) event.kind = CTERMINAL_WHEEL_UP;
    if (mouse.bstate & BUTTON5_PRESSED) event.kind = CTERMINAL_WHEEL_DOWN;
    return event;
}

static uint32_t function_key(wint_t key) {
    switch (key) {
    case KEY_UP: return CTERMINAL_UP;
    case KEY_DOWN: return CTERMINAL_DOWN;
    case KEY_LEFT: return CTERMINAL_LEFT;
    case KEY_RIGHT: return CTERMINAL_RIGHT;
    case KEY_PPAGE: return CTERMINAL_PAGE_UP;
    case KEY_NPAGE: return CTERMINAL_PAGE_DOWN;
    case KEY_HOME: return CTERMINAL_HOME;
    case KEY_END: return CTERMINAL_END;
    case KEY_ENTER: return CTERMINAL_ENTER;
    case KEY_BACKSPACE: return CTERMINAL_BACKSPACE;
    case KEY_BTAB: return CTERMINAL_BACK_TAB;
    default: return CTERMINAL_OTHER;
    }
}

cterminal_event cterminal_key(void) {
    wint_t key;
    cterminal_event event = {CTERMINAL_NONE, 0, 0, 0};
    int result = get_wch(&key);
    if (result == KEY_CODE_YES) {
        if (key == KEY_MOUSE) return mouse_event();
        event.kind = function_key(key);
    } else if (result == OK) {
        event.kind = key == '\r' || key == '\n' ? CTERMINAL_ENTER
                     : key == 127 || key == 8   ? CTERMINAL_BACKSPACE
                                                : CTERMINAL_CHARACTER;
        event.character = key;
    }
    return event;
}
