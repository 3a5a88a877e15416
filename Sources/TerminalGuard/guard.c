/*
 * Restores the terminal of a dashboard that was killed and could not do it itself (SIGKILL, the kernel's OOM
 * killer). It runs beside every dashboard, so it is linked with nothing, not even the C library: it has a page or two of
 * memory. Descriptor 0 is a pipe of messages (terminal_guard.h), whose end is the dashboard's end; 1 is the terminal,
 * opened non-blocking.
 *
 * It leaves its parent at once, and its session: it is nobody's child, gets no signals of the terminal, and stops with
 * no process group.
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/poll.h>
#include <linux/signal.h>
#include <linux/time_types.h>

#include "terminal_guard.h"

typedef long word;

#if defined(__x86_64__)
static word call(word number, word a, word b, word c, word d, word e) {
    word result;
    register word r10 __asm__("r10") = d;
    register word r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n call guard\n");
#elif defined(__aarch64__)
static word call(word number, word a, word b, word c, word d, word e) {
    register word x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    register word x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
__asm__(".globl _start\n_start:\n mov x29, xzr\n mov x30, xzr\n bl guard\n");
#else
#error "name this processor's system calls"
#endif

enum { PIPE = 0, TERMINAL = 1, INTERRUPTED = -4, FULL = -11 };

/* Milliseconds for which a terminal that takes no more output is waited for, before what it has not read is dropped. */
#define PATIENCE 2000

static void leave(void) {
    for (;;) call(__NR_exit_group, 0, 0, 0, 0, 0);
}

static void become_independent(void) {
    /* Nothing but the end of the dashboard ends the guard. */
    unsigned long all = ~0ul;
    call(__NR_rt_sigprocmask, SIG_BLOCK, (word)&all, 0, sizeof all, 0);
    /* The parent waits for this process; the child has no parent that would have to. */
    if (call(__NR_clone, SIGCHLD, 0, 0, 0, 0) != 0) leave();
    call(__NR_setsid, 0, 0, 0, 0, 0);
    call(__NR_chdir, (word) "/", 0, 0, 0, 0);
}

static int is_writable(void) {
    struct pollfd terminal = {.fd = TERMINAL, .events = POLLOUT};
    struct __kernel_timespec time = {.tv_sec = PATIENCE / 1000};
    return call(__NR_ppoll, (word)&terminal, 1, (word)&time, 0, 0) > 0;
}

static void say(const char *text, unsigned length) {
    int is_flushed = 0;
    unsigned place = 0;
    while (place < length) {
        word sent = call(__NR_write, TERMINAL, (word)(text + place), length - place, 0, 0);
        if (sent > 0) {
            place += (unsigned)sent;
        } else if (sent == FULL) {
            if (is_writable()) continue;
            if (is_flushed) return;
            is_flushed = 1;
            /* The beginning of the text may be dropped as well. */
            place = 0;
            call(__NR_ioctl, TERMINAL, TCFLSH, TCOFLUSH, 0, 0);
        } else if (sent != INTERRUPTED) {
            return;
        }
    }
}

/* Modes that are no longer the dashboard's are somebody else's, such as a shell's that reads its next line. */
static int are_own(const unsigned char *own) {
    unsigned char now[TERMINAL_GUARD_MODES] = {0};
    if (call(__NR_ioctl, TERMINAL, TCGETS, (word)now, 0, 0) != 0) return 0;
    for (int i = 0; i < TERMINAL_GUARD_MODES; i++)
        if (now[i] != own[i]) return 0;
    return 1;
}

__attribute__((used, noreturn)) void guard(void) {
    become_independent();
    terminal_guard_message message, next;
    message.is_armed = 0;
    for (;;) {
        word got = call(__NR_read, PIPE, (word)&next, sizeof next, 0, 0);
        if (got == INTERRUPTED) continue;
        if (got != sizeof next) break;
        message = next;
    }
    if (message.is_armed) {
        if (are_own(message.own)) call(__NR_ioctl, TERMINAL, TCSETS, (word)message.found, 0, 0);
        say(message.farewell, message.length < sizeof message.farewell ? message.length : sizeof message.farewell);
    }
    leave();
    __builtin_unreachable();
}

/* The compiler makes calls of these for copies and fills. */
void *memcpy(void *to, const void *from, unsigned long count) {
    for (unsigned long i = 0; i < count; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memset(void *to, int value, unsigned long count) {
    for (unsigned long i = 0; i < count; i++) ((volatile char *)to)[i] = (char)value;
    return to;
}
