/* What the dashboard tells the guard of its terminal (Sources/TerminalGuard). */
#ifndef TERMINAL_GUARD_H
#define TERMINAL_GUARD_H

/* struct termios of the kernel, which is not that of the C library. */
#define TERMINAL_GUARD_MODES 64

/*
 * One message: smaller than PIPE_BUF, so that it arrives in one piece. The last one holds when the dashboard's end
 * of the pipe closes.
 */
typedef struct terminal_guard_message {
    /* Whether the terminal is the dashboard's and is to be restored. */
    unsigned is_armed;
    /* Bytes of `farewell`. */
    unsigned length;
    /* The modes as the dashboard found them, and as it has set them. */
    unsigned char found[TERMINAL_GUARD_MODES];
    unsigned char own[TERMINAL_GUARD_MODES];
    /* The sequences that end the alternate screen, the mouse and whatever else was switched on. */
    char farewell[512];
} terminal_guard_message;

#endif
