/* What all in a process share: working directory, signals, environment, descriptors, threads. */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

enum { MOST = 1500 };

typedef struct entry {
    char name[72];
    char value[160];
    bool may_live; /* may be there as long as a widget is */
} entry;

struct surroundings {
    unsigned count;
    entry entries[MOST];
};

static void add(surroundings *to, bool may_live, const char *name, const char *format, ...) PRINTF(4, 5);

static void add(surroundings *to, bool may_live, const char *name, const char *format, ...) {
    if (to->count == MOST) return;
    entry *fresh = &to->entries[to->count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fresh->value, sizeof fresh->value, format, arguments);
    va_end(arguments);
    snprintf(fresh->name, sizeof fresh->name, "%s", name);
    fresh->may_live = may_live;
}

static unsigned long long bits_of(const sigset_t *set) {
    unsigned long long bits = 0;
    for (int number = 1; number <= 64; number++)
        if (sigismember(set, number) == 1) bits |= 1ull << (number - 1);
    return bits;
}

static void add_signals(surroundings *to) {
    sigset_t mask;
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0) continue;
        char name[72];
        const char *word = sigabbrev_np(number);
        snprintf(name, sizeof name, "the handler of SIG%s", word ? word : "RT");
        if (!word) snprintf(name, sizeof name, "the handler of signal %d", number);
        if (action.sa_handler == SIG_DFL) add(to, false, name, "the default");
        else if (action.sa_handler == SIG_IGN) add(to, false, name, "to ignore it");
        else add(to, false, name, "a function at %p", (void *)(uintptr_t)action.sa_handler);
    }
    sigprocmask(SIG_BLOCK, NULL, &mask);
    add(to, false, "the signal mask", "%016llx", bits_of(&mask));
}

static void add_limits(surroundings *to) {
    static const char *const names[] = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                        "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                        "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct rlimit limit;
        char name[72];
        snprintf(name, sizeof name, "the limit RLIMIT_%s", names[i]);
        if (getrlimit(i, &limit) == 0)
            add(to, false, name, "%llu of %llu", (unsigned long long)limit.rlim_cur,
                (unsigned long long)limit.rlim_max);
    }
}

/* The lines of a file in /proc/self that begin with a word. */
static void add_line(surroundings *to, bool may_live, const char *name, const char *path, const char *word) {
    char line[256];
    unsigned found = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, word, strlen(word)) != 0) continue;
        found++;
        char *value = line + strlen(word);
        value[strcspn(value, "\n")] = 0;
        if (*word) add(to, may_live, name, "%s", value + strspn(value, " \t:"));
    }
    if (file && !found) add(to, may_live, name, "none");
    if (file) fclose(file);
}

static void add_timers(surroundings *to) {
    static const char *const names[] = {"the timer ITIMER_REAL (alarm)", "the timer ITIMER_VIRTUAL",
                                        "the timer ITIMER_PROF"};
    for (int i = 0; i < 3; i++) {
        struct itimerval timer;
        if (getitimer(i, &timer) != 0) continue;
        bool is_set = timer.it_value.tv_sec || timer.it_value.tv_usec || timer.it_interval.tv_sec;
        add(to, false, names[i], "%s", is_set ? "set" : "off");
    }
    add_line(to, false, "a timer of timer_create", "/proc/self/timers", "ID");
}

static void add_descriptors(surroundings *to) {
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *found;
    while (directory && (found = readdir(directory))) {
        int descriptor = atoi(found->d_name);
        if (found->d_name[0] == '.' || descriptor == dirfd(directory)) continue;
        char path[64], target[100], name[72];
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        snprintf(name, sizeof name, "descriptor %d", descriptor);
        /* Which three those are nobody may change. */
        add(to, descriptor > 2, name, "%s, flags %o", target,
            fcntl(descriptor, F_GETFL) & (O_NONBLOCK | O_APPEND));
    }
    if (directory) closedir(directory);
}

static unsigned count_threads(void) {
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/task");
    struct dirent *found;
    while (directory && (found = readdir(directory))) count += found->d_name[0] != '.';
    if (directory) closedir(directory);
    return count;
}

static void add_children(surroundings *to) {
    char path[64], list[120] = "";
    unsigned count = 0;
    int process;
    DIR *directory = opendir("/proc/self/task");
    struct dirent *found;
    while (directory && (found = readdir(directory))) {
        if (found->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%.16s/children", found->d_name);
        FILE *file = fopen(path, "re");
        for (; file && fscanf(file, "%d", &process) == 1; count++) {
            char command[32] = "";
            snprintf(path, sizeof path, "/proc/%d/comm", process);
            FILE *name = fopen(path, "re");
            if (name && fgets(command, sizeof command, name)) command[strcspn(command, "\n")] = 0;
            if (name) fclose(name);
            if (count < 3) snprintf(list + strlen(list), sizeof list - strlen(list), " %s", command);
        }
        if (file) fclose(file);
    }
    if (directory) closedir(directory);
    add(to, true, "the number of child processes", "%u%s%s", count, count ? ":" : "", list);
}

surroundings *look_around(void) {
    surroundings *seen = make(1, sizeof *seen);
    char path[4096];
    add(seen, false, "the working directory", "%s", getcwd(path, sizeof path) ? path : "gone");
    ssize_t length = readlink("/proc/self/root", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    add(seen, false, "the root directory", "%s", path);
    add_line(seen, false, "the umask", "/proc/self/status", "Umask:");
    add_line(seen, false, "the user", "/proc/self/status", "Uid:");
    add_line(seen, false, "the group", "/proc/self/status", "Gid:");
    add_line(seen, false, "the name of the process", "/proc/self/status", "Name:");
    add_line(seen, false, "no_new_privs", "/proc/self/status", "NoNewPrivs:");
    add_line(seen, false, "the seccomp mode", "/proc/self/status", "Seccomp:");
    add(seen, false, "the session", "%d", (int)getsid(0));
    add(seen, false, "the process group", "%d", (int)getpgrp());
    add(seen, false, "the locale", "%s", setlocale(LC_ALL, NULL));
    add(seen, false, "the locale of the thread", "%p", (void *)uselocale((locale_t)0));
    add(seen, false, "the rounding of numbers", "%d", fegetround());
    add(seen, false, "the priority", "%d", getpriority(PRIO_PROCESS, 0));
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    add(seen, false, "the signal at the parent's death", "%d", signal);
    add_signals(seen);
    add_limits(seen);
    add_timers(seen);
    for (char **variable = environ; variable && *variable; variable++) {
        char name[72];
        snprintf(name, sizeof name, "the variable %.*s", (int)strcspn(*variable, "="), *variable);
        add(seen, false, name, "%.40s (%zu bytes)", *variable + strcspn(*variable, "="), strlen(*variable));
    }
    add_descriptors(seen);
    add(seen, true, "the number of threads", "%u", count_threads());
    add_children(seen);
    return seen;
}

static const entry *find(const surroundings *among, const char *name) {
    for (unsigned i = 0; i < among->count; i++)
        if (strcmp(among->entries[i].name, name) == 0) return &among->entries[i];
    return NULL;
}

bool has_changed(const surroundings *before, const surroundings *after, bool is_alive, char *what,
                 size_t size) {
    for (unsigned i = 0; i < after->count; i++) {
        const entry *now = &after->entries[i], *was = find(before, now->name);
        if ((is_alive && now->may_live) || (was && strcmp(was->value, now->value) == 0)) continue;
        if (was) snprintf(what, size, "%s was %s and is %s", now->name, was->value, now->value);
        else snprintf(what, size, "%s (%s) is new", now->name, now->value);
        return true;
    }
    for (unsigned i = 0; i < before->count; i++) {
        const entry *was = &before->entries[i];
        if (find(after, was->name)) continue;
        snprintf(what, size, "%s (%s) is gone", was->name, was->value);
        return true;
    }
    return false;
}
