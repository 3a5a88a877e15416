/* The descriptors and modes of the terminal, and how it is restored. What a signal handler calls is safe there. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cterminal.h"

/* Milliseconds for which a terminal that takes no more output is waited for. */
#define PATIENCE 250

static int input = STDIN_FILENO, output = STDOUT_FILENO;
/* Flags of shared descriptors that had to be made non-blocking; -1: none had to. */
static int input_flags = -1, output_flags = -1;
static struct termios found, own;
/* The sequences that restore the terminal, since a signal handler must not call terminfo. */
static char farewell[512];
static size_t farewell_length;
static volatile sig_atomic_t is_own;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

/* The terminal behind a descriptor once more, with an open file of its own; else the descriptor itself. */
static int reopened(int descriptor, const char *path, int access, int *flags) {
    int file = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file >= 0 && isatty(file)) return file;
    if (file >= 0) close(file);
    *flags = fcntl(descriptor, F_GETFL);
    return descriptor;
}

/* Shared files are non-blocking only while the terminal is this program's. */
static void set_shared(int is_blocking) {
    if (input_flags >= 0) fcntl(input, F_SETFL, is_blocking ? input_flags : input_flags | O_NONBLOCK);
    if (output_flags >= 0) fcntl(output, F_SETFL, is_blocking ? output_flags : output_flags | O_NONBLOCK);
}

/* A terminal is set also from the background, which would stop this process while it ends. */
static int set_modes(const struct termios *modes) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before);
    int result = tcsetattr(STDIN_FILENO, TCSANOW, modes);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

static void on_fatal_signal(int number) {
    modes_restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void guard_against_crashes(void) {
    static char stack[16384];
    static int is_done;
    if (is_done) return;
    is_done = 1;
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_fatal_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++)
        sigaction(fatal_signals[i], &action, NULL);
    atexit(modes_restore);
}

int modes_open(void) {
    if (tcgetattr(STDIN_FILENO, &found) != 0) return 0;
    input = reopened(STDIN_FILENO, "/proc/self/fd/0", O_RDONLY, &input_flags);
    output = reopened(STDOUT_FILENO, "/proc/self/fd/1", O_WRONLY, &output_flags);
    return 1;
}

int cterminal_input(void) { return input; }
int cterminal_output(void) { return output; }

void modes_set_farewell(const char *text, size_t length) {
    if (length > sizeof farewell) length = sizeof farewell;
    memcpy(farewell, text, length);
    farewell_length = length;
}

void modes_find(void) {
    tcgetattr(STDIN_FILENO, &found);
    guard_found(STDIN_FILENO);
}

void modes_own(void) {
    own = found;
    own.c_iflag &= ~(tcflag_t)(IXON | BRKINT | PARMRK | ICRNL | INLCR | IGNCR | ISTRIP);
    own.c_lflag &= ~(tcflag_t)(ICANON | ISIG | IEXTEN | ECHO | ECHONL);
    own.c_oflag &= ~(tcflag_t)OPOST;
    own.c_cc[VMIN] = 1;
    own.c_cc[VTIME] = 0;
    is_own = 1;
    /* In the background this stops the process until it is in the foreground. */
    tcsetattr(STDIN_FILENO, TCSANOW, &own);
    tcgetattr(STDIN_FILENO, &own);
    set_shared(0);
    guard_own(STDIN_FILENO);
    guard_arm(1, farewell, farewell_length);
    guard_against_crashes();
}

/*
 * Writes to the terminal for a bounded time. Where nobody reads it, what it has not shown makes room for all of the text,
 * of which it may have lost the beginning.
 */
static void say(const char *text, size_t length) {
    int is_flushed = 0;
    size_t place = 0;
    while (place < length) {
        ssize_t sent = write(output, text + place, length - place);
        if (sent > 0) {
            place += (size_t)sent;
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent == 0 || errno != EAGAIN) return;
        struct pollfd terminal = {output, POLLOUT, 0};
        if (poll(&terminal, 1, PATIENCE) > 0) continue;
        if (is_flushed) return;
        is_flushed = 1;
        place = 0;
        tcflush(output, TCOFLUSH);
    }
}

void modes_leave(const char *text, size_t length) {
    if (!is_own) return;
    is_own = 0;
    int code = errno;
    set_modes(&found);
    say(text, length);
    say(farewell, farewell_length);
    set_shared(1);
    guard_arm(0, farewell, farewell_length);
    errno = code;
}

void modes_restore(void) { modes_leave("", 0); }

static int are_same(const struct termios *one, const struct termios *other) {
    return one->c_iflag == other->c_iflag && one->c_oflag == other->c_oflag && one->c_cflag == other->c_cflag &&
           one->c_lflag == other->c_lflag && memcmp(one->c_cc, other->c_cc, sizeof one->c_cc) == 0;
}

int modes_repair(void) {
    struct termios now;
    /* In the background the modes are another's. */
    if (!is_own || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &now) != 0) return 0;
    /* A new line speed is what the user has set it to. */
    own.c_cflag = now.c_cflag;
    if (are_same(&now, &own)) return 0;
    return set_modes(&own) == 0;
}
