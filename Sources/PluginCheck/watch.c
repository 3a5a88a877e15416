/*
 * Sees what a call into the plugin asks of the kernel: a filter that traps, and clock functions of our own,
 * since clocks are read without a system call. The dynamic linker takes this program's functions for the
 * plugin's calls.
 */
#include "check.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static int watched = -1;

static const struct {
    int number;
    const char *name;
    bool in_root; /* also watched where a root is set */
} calls[] = {
#ifdef SYS_open
    {SYS_open, "open", false},
#endif
    {SYS_openat, "openat", false},  {SYS_openat2, "openat2", false}, {SYS_socket, "socket", false},
    {SYS_connect, "connect", true},
#ifdef SYS_fork
    {SYS_fork, "fork", true},       {SYS_vfork, "vfork", true},
#endif
    {SYS_clone, "clone", true},     {SYS_execve, "execve", true},    {SYS_execveat, "execveat", true},
};

enum { CALLS = sizeof calls / sizeof *calls };

#ifdef ARCHITECTURE
bool watch_system_calls(int purpose) {
    struct sock_filter filter[4 * CALLS + 12];
    unsigned short count = 0;
    /* The low half of clone's flags; both machines are little-endian. */
    const uint32_t number = offsetof(struct seccomp_data, nr), flags = offsetof(struct seccomp_data, args);
    filter[count++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number);
    /* clone3 hides its flags; without it the C library takes clone. */
    filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    for (unsigned i = 0; i < CALLS; i++) {
        if (purpose == WATCH_ROOT && (!calls[i].in_root || calls[i].number == SYS_clone)) continue;
        filter[count++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, 1);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    if (purpose == WATCH_ROOT) {
        /* A thread is no program. */
        filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags);
        filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {count, filter};
    watched = purpose;
    /* The C library starts programs with all signals blocked, and then the trap is deadly. */
    snprintf(verdict->forbidden, sizeof verdict->forbidden, "%s",
             purpose == WATCH_INGEST
                 ? "starts a program (cm_ingest.ingest in cm_plugin.h: \"Nothing is read from this "
                   "machine\"); take all from the document"
             : purpose == WATCH_DRAW
                 ? "starts a program (THE ONE IDEA in cm_plugin.h: \"`draw` never reads a file, a clock or "
                   "anything "
                   "that `collect` left behind\"); do it in collect and take the answer from the view"
                 : "starts a program though cm_host.root is set (cm_host.root in cm_plugin.h: \"With a root "
                   "set, no "
                   "program may be run and no service be asked\"); read its answer below root");
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
bool watch_system_calls(int purpose) {
    (void)purpose;
    return false;
}
#endif

bool explain_system_call(int number, char *sentence, size_t size) {
    for (unsigned i = 0; i < CALLS; i++) {
        if (calls[i].number != number) continue;
        if (watched == WATCH_DRAW)
            snprintf(sentence, size,
                     "makes the system call %s (THE ONE IDEA in cm_plugin.h: \"`draw` never reads a file, a "
                     "clock or "
                     "anything that `collect` left behind\"); emit it in collect and take it from the view",
                     calls[i].name);
        else if (watched == WATCH_INGEST)
            snprintf(sentence, size,
                     "makes the system call %s (cm_ingest.ingest in cm_plugin.h: \"Nothing is read from this "
                     "machine\"); take all from the document",
                     calls[i].name);
        else
            snprintf(
                sentence, size,
                "makes the system call %s though cm_host.root is set (cm_host.root in cm_plugin.h: \"With a "
                "root set, no program may be run and no service be asked\"); read its answer below root",
                calls[i].name);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------- */
/* Clocks                                                                      */
/* ------------------------------------------------------------------------- */

#define SEEN_BY_PLUGINS __attribute__((visibility("default"), used))

static const char *clock_name;

static void has_read(const char *name) {
    if (call_now == CALL_DRAW) clock_name = name;
}

const char *clock_read(void) {
    const char *name = clock_name;
    clock_name = NULL;
    return name;
}

SEEN_BY_PLUGINS int clock_gettime(clockid_t clock, struct timespec *now) {
    has_read("clock_gettime");
    return (int)syscall(SYS_clock_gettime, clock, now);
}

SEEN_BY_PLUGINS int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    has_read("gettimeofday");
    struct timespec time;
    if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &time) != 0) return -1;
    *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

SEEN_BY_PLUGINS time_t time(time_t *place) {
    has_read("time");
    struct timespec now;
    if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0) return -1;
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
