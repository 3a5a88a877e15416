/* Runs a case in a process of its own, and tells of its end: passed, failed, crashed, hung, left. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

report *verdict;

enum { CASE_SECONDS = 120, OUTPUT_MEGABYTES = 64 };

int64_t now_ns(void) {
    /* Past the functions of watch.c, which are there for the plugin. */
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void sleep_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

/* Not by malloc, whose books tell what the plugin keeps. Given back by the end of the process. */
void *make(size_t count, size_t size) {
    static char *free_place;
    static size_t left;
    size_t bytes = (count * size + 15) / 16 * 16 + 16;
    if (bytes > left) {
        left = bytes > (size_t)16 << 20 ? bytes : (size_t)16 << 20;
        free_place =
            mmap(NULL, left, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (free_place == MAP_FAILED) fail("no memory for %zu bytes; that is the check's own fault", bytes);
    }
    void *memory = free_place;
    free_place += bytes;
    left -= bytes;
    return memory;
}

void *grow(void *memory, size_t size, size_t larger) {
    void *copy = make(larger, 1);
    if (size) memcpy(copy, memory, size);
    return copy;
}

/* ------------------------------------------------------------------------- */
/* What the child says                                                         */
/* ------------------------------------------------------------------------- */

/* Adds a line; what is there already is not said twice. */
static void append(char *place, size_t size, const char *format, va_list arguments) {
    char line[1024];
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    if (length < 0) return;
    if ((size_t)length > sizeof line - 2) length = sizeof line - 2;
    line[length] = '\n';
    line[length + 1] = 0;
    size_t used = strnlen(place, size);
    if (strstr(place, line) || used + (size_t)length + 2 > size) return;
    memcpy(place + used, line, (size_t)length + 2);
}

static void set(char *place, size_t size, const char *format, va_list arguments) {
    vsnprintf(place, size, format, arguments);
}

#define SAY(how, place)                                                                                      \
    do {                                                                                                     \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        how(place, sizeof place, format, arguments);                                                         \
        va_end(arguments);                                                                                   \
    } while (0)

void complain(const char *format, ...) { SAY(append, verdict->sentences); }

void note(const char *format, ...) { SAY(append, verdict->notes); }

void retitle(const char *format, ...) { SAY(set, verdict->title); }

void doing(const char *format, ...) { SAY(set, verdict->doing); }

static _Noreturn void end(uint32_t outcome) {
    verdict->verdict = outcome;
    _exit(0);
}

void fail(const char *format, ...) {
    SAY(append, verdict->sentences);
    end(VERDICT_FAILED);
}

void fail_fatally(const char *format, ...) {
    verdict->is_fatal = 1;
    SAY(append, verdict->sentences);
    end(VERDICT_FAILED);
}

void skip(const char *format, ...) {
    SAY(append, verdict->sentences);
    end(VERDICT_SKIPPED);
}

off_t output_size(void) {
    struct stat info;
    fflush(NULL);
    return fstat(STDOUT_FILENO, &info) == 0 ? info.st_size : 0;
}

/* ------------------------------------------------------------------------- */
/* Crashes                                                                     */
/* ------------------------------------------------------------------------- */

static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

static const char *circumstances(void) {
    static char text[300];
    text[0] = 0;
    if (verdict->doing[0]) snprintf(text, sizeof text, " (%s)", verdict->doing);
    return text;
}

static const char *caller(void) { return verdict->call[0] ? verdict->call : "the check itself"; }

static void crashed(int number, siginfo_t *info, void *context) {
    char why[400];
    (void)context;
    signal(number, SIG_DFL);
    if (call_now == CALL_LOAD || call_now == CALL_ENTRY) verdict->is_fatal = 1;
    if (number == SIGSYS && explain_system_call(info->si_syscall, why, sizeof why))
        fail("%s %s", caller(), why);
    bool has_address = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0;
    if (has_address && explain_address(info->si_addr, why, sizeof why)) {
        /* A struct's sentence names the call by itself. */
        bool is_whole = strncmp(why, "reads ", 6) != 0 && strncmp(why, "writes ", 7) != 0;
        fail("%s%s%s%s", is_whole ? "" : caller(), is_whole ? "" : " ", why, is_whole ? "" : circumstances());
    }
    const char *hint = "";
    if (has_address && info->si_addr == NULL && lent.cut)
        hint = "; a field outside `size` counts as zero: ask CM_HOLDS before you call it (GROWTH in "
               "cm_plugin.h)";
    if (has_address)
        fail("%s crashed: SIG%s (%s) at address %p%s%s", caller(), sigabbrev_np(number), sigdescr_np(number),
             info->si_addr, circumstances(), hint);
    fail("%s crashed: SIG%s (%s)%s%s", caller(), sigabbrev_np(number), sigdescr_np(number), circumstances(),
         hint);
}

static void catch_crashes(void) {
    static char stack[65536];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) sigaction(caught[i], &action, NULL);
}

/* ------------------------------------------------------------------------- */
/* Parent and child                                                            */
/* ------------------------------------------------------------------------- */

static _Noreturn void be_child(const check_case *checked, pid_t parent, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    setsid();
    /* What the plugin starts comes back to us when its own parent ends: nothing is lost from sight. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(null);
    close(output);
    struct rlimit none = {0, 0}, some = {(rlim_t)OUTPUT_MEGABYTES << 20, (rlim_t)OUTPUT_MEGABYTES << 20};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &some);
    catch_crashes();
    checked->run();
    end(verdict->sentences[0] ? VERDICT_FAILED : VERDICT_PASSED);
}

/* Ends what a case has left: its session, and what has come back to us from it. */
static void clear_up(pid_t child) {
    kill(-child, SIGKILL);
    for (int round = 0; round < 200; round++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
        FILE *file = fopen(path, "re");
        int process = 0;
        bool is_found = file && fscanf(file, "%d", &process) == 1;
        if (file) fclose(file);
        if (!is_found) return;
        kill(process, SIGKILL);
        for (int wait = 0; wait < 50 && waitpid(process, NULL, WNOHANG) == 0; wait++) sleep_ms(1);
    }
}

static void keep_output(int output) {
    struct stat info;
    if (fstat(output, &info) != 0 || info.st_size == 0) return;
    off_t start = info.st_size > 200 ? info.st_size - 200 : 0;
    ssize_t got = pread(output, verdict->output, sizeof verdict->output - 1, start);
    if (got <= 0) return;
    char *text = verdict->output;
    text[got] = 0;
    while (got > 0 && text[got - 1] == '\n') text[--got] = 0;
    char *line = strrchr(text, '\n');
    if (line) memmove(text, line + 1, strlen(line + 1) + 1);
    for (; *text; text++)
        if ((unsigned char)*text < 32 || *text == 127) *text = '?';
}

static PRINTF(1, 2) void blame(const char *format, ...) {
    SAY(append, verdict->sentences);
    verdict->verdict = VERDICT_FAILED;
}

/* True when it has ended by itself. */
static bool await(pid_t child, int handle) {
    int64_t start = now_ns();
    struct pollfd waited = {handle, POLLIN, 0};
    for (;;) {
        int ready = handle >= 0 ? poll(&waited, 1, 100) : (sleep_ms(20), 0);
        if (ready > 0) return true;
        siginfo_t info = {0};
        if (handle < 0 && waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
            return true;
        double call = (double)(now_ns() - verdict->call_since) / 1e9;
        if (verdict->call_since && verdict->call[0] && call > verdict->call_limit) {
            blame("%s has not returned within %g s%s", verdict->call, verdict->call_limit, circumstances());
            return false;
        }
        if ((double)(now_ns() - start) / 1e9 > CASE_SECONDS) {
            blame("not done after %d s%s", CASE_SECONDS, circumstances());
            return false;
        }
    }
}

static void judge(int status) {
    if (verdict->verdict != VERDICT_NONE) return;
    if (strcmp(verdict->call, "load") == 0 || strcmp(verdict->call, "entry") == 0) verdict->is_fatal = 1;
    const char *last = verdict->output[0] ? "; it last wrote: " : "";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && verdict->forbidden[0])
        blame("%s %s%s", caller(), verdict->forbidden, circumstances());
    else if (WIFSIGNALED(status))
        blame("%s ended the process by SIG%s (%s)%s%s%s", caller(), sigabbrev_np(WTERMSIG(status)),
              sigdescr_np(WTERMSIG(status)), circumstances(), last, verdict->output);
    else
        blame("%s ended the process with exit status %d%s; a plugin never calls exit%s%s", caller(),
              WEXITSTATUS(status), circumstances(), last, verdict->output);
}

static void run_once(const check_case *checked) {
    memset(verdict, 0, sizeof *verdict);
    fflush(NULL);
    int output = memfd_create("output", MFD_CLOEXEC);
    pid_t self = getpid(), child = fork();
    if (child < 0) {
        blame("no process for it (%s); that is the check's own fault", strerror(errno));
        return;
    }
    if (child == 0) be_child(checked, self, output);
    int handle = (int)syscall(SYS_pidfd_open, child, 0), status = 0;
    bool has_ended = await(child, handle);
    if (!has_ended) kill(child, SIGKILL);
    waitpid(child, &status, 0);
    clear_up(child);
    keep_output(output);
    if (has_ended) judge(status);
    if (handle >= 0) close(handle);
    close(output);
}

void run_case(const check_case *checked) {
    for (unsigned attempt = 0; attempt == 0 || attempt < checked->attempts; attempt++) {
        run_once(checked);
        if (verdict->verdict != VERDICT_FAILED || verdict->is_fatal) return;
    }
}
