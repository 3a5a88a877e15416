/* Signals as bytes in a pipe, which the event loop waits for like anything else. */
#define _GNU_SOURCE
#include "cposix.h"

/* Signals that are always told of. All others that would end the process are too, unless it was started ignoring them. */
static const int routed_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCHLD, SIGCONT, SIGTSTP};
/* Signals of a fault, of a stop, or without an effect by themselves. */
static const int other_signals[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGFPE, SIGABRT, SIGTRAP, SIGSYS,
                                    SIGKILL, SIGSTOP, SIGTTIN, SIGTTOU, SIGPIPE, SIGURG, SIGXFSZ};
/* Signals that may come by the thousand. */
static const int frequent_signals[] = {SIGWINCH, SIGCHLD, SIGCONT};
static int signal_pipe[2] = {-1, -1};
/* Signals that are in the pipe, by number: one stands for all that come until it is read. */
static volatile sig_atomic_t is_waiting[NSIG];

static void route_signal(int number) {
    if (is_waiting[number]) return;
    is_waiting[number] = 1;
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(signal_pipe[1], &byte, 1) < 0) { /* A full pipe is readable already. */
    }
    errno = saved;
}

static int contains(const int *numbers, size_t count, int number) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number) return 1;
    return 0;
}

int cposix_signal_pipe(void) {
    if (signal_pipe[0] >= 0) return signal_pipe[0];
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = route_signal;
    action.sa_flags = SA_RESTART;
    for (int number = 1; number < NSIG; number++) {
        if (contains(other_signals, sizeof other_signals / sizeof *other_signals, number)) continue;
        int is_routed = contains(routed_signals, sizeof routed_signals / sizeof *routed_signals, number);
        if (sigaction(number, NULL, &before) != 0) continue;
        if (is_routed || before.sa_handler == SIG_DFL) sigaction(number, &action, NULL);
    }
    /* A write beyond a limit on file sizes fails, and does not end the program. */
    signal(SIGXFSZ, SIG_IGN);
    return signal_pipe[0];
}

int cposix_next_signal(void) {
    unsigned char byte;
    if (read(signal_pipe[0], &byte, 1) != 1) return 0;
    is_waiting[byte] = 0;
    return byte;
}

void cposix_hold_signals(int are_held) {
    sigset_t frequent;
    sigemptyset(&frequent);
    for (size_t i = 0; i < sizeof frequent_signals / sizeof *frequent_signals; i++)
        sigaddset(&frequent, frequent_signals[i]);
    sigprocmask(are_held ? SIG_BLOCK : SIG_UNBLOCK, &frequent, NULL);
}

void cposix_die_of(int number) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
}
