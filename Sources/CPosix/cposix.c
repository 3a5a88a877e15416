#define _GNU_SOURCE
#include "cposix.h"

#include <elf.h>
#include <fnmatch.h>
#include <link.h>
#include <malloc.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

extern char **environ;

static void close_pair(const int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

static char **merged_environment(const char *const *added) {
    size_t present = 0, more = 0;
    while (environ && environ[present]) present++;
    while (added && added[more]) more++;
    char **all = calloc(present + more + 1, sizeof(char *));
    if (!all) return NULL;
    size_t count = 0;
    for (size_t i = 0; i < present; i++) {
        const char *equals = strchr(environ[i], '=');
        size_t length = equals ? (size_t)(equals - environ[i]) + 1 : strlen(environ[i]);
        int replaced = 0;
        for (size_t j = 0; j < more && !replaced; j++)
            replaced = strncmp(added[j], environ[i], length) == 0;
        if (!replaced) all[count++] = environ[i];
    }
    for (size_t j = 0; j < more; j++) all[count++] = (char *)added[j];
    return all;
}

/* Killed, but not reaped: a process that waits for a dead disk cannot end, and must not block the caller. */
static pid_t undead[64];
static size_t undead_count;

static void reap_undead(void) {
    int status;
    for (size_t i = undead_count; i-- > 0;)
        if (waitpid(undead[i], &status, WNOHANG) != 0) undead[i] = undead[--undead_count];
}

/*
 * Looks the program up in PATH, then in the sbin folders, which an ordinary user's PATH does not have (smartctl
 * is there).
 */
static int spawn_found(pid_t *pid, char *const *argv, char *const *environment,
                       const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes) {
    static const char *const folders[] = {"/usr/local/sbin", "/usr/sbin", "/sbin"};
    int code = posix_spawnp(pid, argv[0], actions, attributes, argv, environment);
    for (size_t i = 0; code == ENOENT && !strchr(argv[0], '/') && i < sizeof folders / sizeof *folders; i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", folders[i], argv[0]);
        if (length > 0 && (size_t)length < sizeof path)
            code = posix_spawn(pid, path, actions, attributes, argv, environment);
    }
    return code;
}

/* Raises the soft limit again: programs that a worker starts need more than the worker. */
static void give_back_limit(pid_t pid, int resource) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    prlimit(pid, resource, &limit, NULL);
}

int cposix_spawn(const char *const *argv, const char *const *environment, cposix_child *child) {
    int output[2], error[2];
    reap_undead();
    if (pipe2(output, O_CLOEXEC) != 0) return errno;
    if (pipe2(error, O_CLOEXEC) != 0) {
        int code = errno;
        close_pair(output);
        return code;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGTERM);
    sigaddset(&defaults, SIGINT);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    posix_spawn_file_actions_adddup2(&actions, error[1], 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    char **all = merged_environment(environment);
    int code = all ? spawn_found(&child->pid, (char *const *)argv, all, &actions, &attributes) : ENOMEM;
    free(all);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(output[1]);
    close(error[1]);
    if (code != 0) {
        close(output[0]);
        close(error[0]);
        return code;
    }
    give_back_limit(child->pid, RLIMIT_DATA);
    give_back_limit(child->pid, RLIMIT_NOFILE);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(error[0], F_SETFL, O_NONBLOCK);
    child->output = output[0];
    child->error = error[0];
    return 0;
}

void cposix_wait_readable(int first, int second, int milliseconds) {
    struct pollfd fds[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    poll(fds, 2, milliseconds);
}

int cposix_reap(pid_t pid, int *code) {
    int status = 0;
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == 0) return 0;
    *code = got < 0 ? 255 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 1;
}

void cposix_kill(pid_t pid) {
    int status;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    for (int i = 0; i < 20; i++) {
        if (waitpid(pid, &status, WNOHANG) != 0) return;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    reap_undead();
    if (undead_count < sizeof undead / sizeof undead[0]) undead[undead_count++] = pid;
}

/* Opening a FIFO or a device may wait for ever, and reading one has no end. A descriptor, or an errno value negated. */
static int open_regular(const char *path) {
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return -errno;
    int code = fstat(file, &info) != 0 ? errno : S_ISREG(info.st_mode) ? 0 : S_ISDIR(info.st_mode) ? EISDIR : ENOTSUP;
    if (code == 0) return file;
    close(file);
    return -code;
}

int cposix_read_file(const char *path, size_t limit, uint8_t **data, size_t *length) {
    int fd = open_regular(path);
    if (fd < 0) return -fd;
    size_t capacity = 4096, count = 0;
    uint8_t *buffer = malloc(capacity);
    int code = buffer ? 0 : ENOMEM;
    while (code == 0) {
        ssize_t got = read(fd, buffer + count, capacity - count);
        if (got == 0) break;
        if (got < 0) {
            if (errno != EINTR) code = errno;
            continue;
        }
        count += (size_t)got;
        if (count > limit) code = EFBIG;
        if (count == capacity && code == 0) {
            uint8_t *larger = realloc(buffer, capacity * 2);
            if (larger) {
                buffer = larger;
                capacity *= 2;
            } else {
                code = ENOMEM;
            }
        }
    }
    close(fd);
    if (code != 0) {
        free(buffer);
        return code;
    }
    *data = buffer;
    *length = count;
    return 0;
}

int cposix_stat(const char *path, cposix_entry_type *type) {
    struct stat info;
    if (stat(path, &info) != 0) return errno;
    type->mode = info.st_mode;
    type->device = ((uint64_t)major(info.st_dev) << 32) | minor(info.st_dev);
    return 0;
}

int cposix_matches(const char *pattern, const char *name) { return fnmatch(pattern, name, 0) == 0; }

int cposix_usage_of(const char *path, cposix_usage *usage) {
    struct statvfs info;
    if (statvfs(path, &info) != 0) return errno;
    double block = info.f_frsize ? (double)info.f_frsize : (double)info.f_bsize;
    usage->size = (double)info.f_blocks * block;
    usage->used = (double)(info.f_blocks - info.f_bfree) * block;
    usage->available = (double)info.f_bavail * block;
    usage->inodes = (double)info.f_files;
    usage->inodes_used = (double)(info.f_files - info.f_ffree);
    return 0;
}

uint16_t cposix_elf_machine(void) {
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#else
#error "name this processor's ELF machine"
#endif
}

void cposix_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

void cposix_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1); }

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void cposix_open_standard_descriptors(void) {
    for (int file = 0; file <= 2; file++)
        if (fcntl(file, F_GETFD) < 0 && errno == EBADF) {
            /* For reading alone: writing fails, as it did. */
            if (open("/dev/null", O_RDONLY) != file) return;
        }
}

char *cposix_home(void) {
    size_t size = 16384;
    struct passwd entry, *found = NULL;
    char *buffer = malloc(size), *home = NULL;
    if (buffer && getpwuid_r(geteuid(), &entry, buffer, size, &found) == 0 && found && found->pw_dir)
        home = strdup(found->pw_dir);
    free(buffer);
    return home;
}

void cposix_release_memory(void) { malloc_trim(0); }

/* Only what cannot be written: pages of the other segments hold addresses that the loader has put in. */
static int release_segments(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = ((uintptr_t)object->dlpi_addr + part->p_vaddr) & ~(page - 1);
        uintptr_t end = ((uintptr_t)object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page - 1);
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    /* The program itself comes first; libraries are shared with others. */
    return 1;
}

void cposix_release_startup_pages(void) {
    dl_iterate_phdr(release_segments, NULL);
    malloc_trim(0);
}

uint64_t cposix_thread_time(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

uint64_t cposix_monotonic(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t cposix_wall(void) { return (int64_t)nanoseconds(CLOCK_REALTIME); }

int cposix_terminal_size(int descriptor, int *width, int *height) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return 0;
    *width = size.ws_col;
    *height = size.ws_row;
    return 1;
}
