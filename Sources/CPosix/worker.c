#define _GNU_SOURCE
#include "cposix.h"

#include <spawn.h>
#include <malloc.h>
#include <sys/syscall.h>

extern char **environ;

static void close_pair(const int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

/* Without `is_hard` only the soft limit, which can be raised again for programs of the plugin (restic, borg). */
static void limit(int resource, rlim_t value, int is_hard) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    now.rlim_cur = value;
    if (is_hard) now.rlim_max = value;
    setrlimit(resource, &now);
}

/* Tasks of the whole machine, from the fourth field of /proc/loadavg ("2/345"); 0 where it is not known. */
static unsigned long tasks(void) {
    unsigned long running = 0, all = 0;
    FILE *file = fopen("/proc/loadavg", "re");
    if (!file) return 0;
    if (fscanf(file, "%*s %*s %*s %lu/%lu", &running, &all) != 2) all = 0;
    fclose(file);
    return all;
}

void cposix_become_worker(int host, int may_gain_privileges) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fcntl(host, F_SETFD, FD_CLOEXEC);
    if (!may_gain_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_CORE, 0, 1);
    limit(RLIMIT_NOFILE, CPOSIX_WORKER_FILES, 0);
    limit(RLIMIT_DATA, (rlim_t)CPOSIX_WORKER_MEMORY, 0);
    /* The kernel counts the user's tasks, of which there are at most as many as on the whole machine. */
    unsigned long running = tasks();
    if (running) limit(RLIMIT_NPROC, running + CPOSIX_WORKER_TASKS, 0);
    /* Calls are made one at a time: one arena. A large block goes back to the system when it is freed, for ever. */
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

int cposix_spawn_worker(const char *const *argv, cposix_worker *worker) {
    int sockets[2], output[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return errno;
    /* Both ends are non-blocking: a plugin that writes more than the host reads loses the rest and does not wait. */
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        int code = errno;
        close_pair(sockets);
        return code;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    posix_spawn_file_actions_adddup2(&actions, output[1], 2);
    posix_spawn_file_actions_adddup2(&actions, sockets[1], 3);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int code = posix_spawn(&worker->pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(sockets[1]);
    close(output[1]);
    if (code != 0) {
        close(sockets[0]);
        close(output[0]);
        return code;
    }
    fcntl(sockets[0], F_SETFL, O_NONBLOCK);
    worker->socket = sockets[0];
    worker->output = output[0];
    worker->end = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    return 0;
}

void cposix_describe_end(const cposix_end *end, char *text, size_t capacity) {
    int status = end->status;
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        const char *name = sigabbrev_np(number);
        /* Signals of a fault are a crash; others were sent by some process. */
        int is_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
                       number == SIGABRT || number == SIGTRAP || number == SIGSYS;
        snprintf(text, capacity, is_fault ? "crashed: SIG%s (%s)" : "was killed by SIG%s (%s)",
                 name ? name : "?", strsignal(number));
    } else {
        snprintf(text, capacity, "exited with status %d", WEXITSTATUS(status));
    }
}

int cposix_ended(pid_t pid, cposix_end *end) {
    struct rusage usage;
    if (wait4(pid, &end->status, WNOHANG, &usage) != pid) return 0;
    end->peak_memory = (uint64_t)usage.ru_maxrss * 1024;
    return 1;
}

uint64_t cposix_processor_time(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int cposix_run(const char *const *argv) {
    pid_t pid;
    int status;
    int code = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (code != 0) return -code;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
