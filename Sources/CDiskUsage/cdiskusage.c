#define _GNU_SOURCE
#include "cdiskusage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_PATHS = 64,
    MAX_DEPTH = 1000,
    MAX_OPEN_FILES = 4096,
    MAX_LINKED = 1 << 21, /* inodes with several links that are remembered: 64 MB at most */
    MAX_UNREAPED = 64,
};

/* The page that parent and child share. */
struct counts {
    _Atomic uint64_t bytes, entries, unreadable, missing;
    _Atomic uint32_t is_done;
};

struct cdisk_count {
    struct counts *counts;
    pid_t pid; /* 0: reaped */
};

/* ------------------------------------------------------------------------- */
/* The child                                                                   */
/* ------------------------------------------------------------------------- */

struct inode {
    uint64_t device, number; /* number 0: a free place in the table */
};

struct walk {
    struct counts *counts;
    struct inode roots[MAX_PATHS];
    size_t root_count;
    struct inode *linked; /* hash table of `capacity` places, a power of two */
    size_t linked_count, capacity;
};

static void add(_Atomic uint64_t *counter, uint64_t more) {
    /* Only the child writes. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static uint64_t device_of(const struct statx *info) {
    return ((uint64_t)info->stx_dev_major << 32) | info->stx_dev_minor;
}

static size_t place_of(const struct inode *table, size_t capacity, struct inode wanted) {
    uint64_t hash = (wanted.number ^ (wanted.device << 20)) * 0x9e3779b97f4a7c15u;
    size_t place = (size_t)(hash >> 20) & (capacity - 1);
    while (table[place].number && (table[place].number != wanted.number || table[place].device != wanted.device))
        place = (place + 1) & (capacity - 1);
    return place;
}

static int grow(struct walk *walk) {
    size_t capacity = walk->capacity ? walk->capacity * 2 : 1024;
    struct inode *table = calloc(capacity, sizeof *table);
    if (!table) return -1;
    for (size_t i = 0; i < walk->capacity; i++)
        if (walk->linked[i].number) table[place_of(table, capacity, walk->linked[i])] = walk->linked[i];
    free(walk->linked);
    walk->linked = table;
    walk->capacity = capacity;
    return 0;
}

/* The bytes that one name of a file adds: all at its first, nothing at the others. */
static uint64_t bytes_of(struct walk *walk, const struct statx *info) {
    uint64_t bytes = info->stx_blocks * 512;
    if (info->stx_nlink < 2 || S_ISDIR(info->stx_mode)) return bytes;
    struct inode inode = {device_of(info), info->stx_ino};
    int is_full = walk->linked_count >= MAX_LINKED;
    if (!is_full && walk->linked_count * 2 >= walk->capacity) is_full = grow(walk) != 0;
    if (walk->capacity == 0) return bytes / info->stx_nlink;
    size_t place = place_of(walk->linked, walk->capacity, inode);
    if (walk->linked[place].number) return 0;
    /* Without room to remember it, each name takes its share: right when all of them are counted. */
    if (is_full) return bytes / info->stx_nlink;
    walk->linked[place] = inode;
    walk->linked_count++;
    return bytes;
}

static int is_root(const struct walk *walk, uint64_t device, uint64_t number) {
    for (size_t i = 0; i < walk->root_count; i++)
        if (walk->roots[i].device == device && walk->roots[i].number == number) return 1;
    return 0;
}

/* DONT_SYNC and NO_AUTOMOUNT: a mount point of a dead server can be looked at without asking the server. */
static int look(int directory, const char *name, int flags, struct statx *info) {
    return statx(directory, name, flags | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
                 STATX_TYPE | STATX_NLINK | STATX_INO | STATX_BLOCKS, info);
}

static void count_directory(struct walk *walk, int directory, uint64_t device, int depth);

static void count_entry(struct walk *walk, int directory, const char *name, uint64_t device, int depth) {
    struct statx info;
    if (look(directory, name, AT_SYMLINK_NOFOLLOW, &info) != 0) {
        /* What vanished meanwhile is no fault. */
        if (errno != ENOENT) add(&walk->counts->unreadable, 1);
        return;
    }
    if (device_of(&info) != device) return;
    if (S_ISDIR(info.stx_mode) && is_root(walk, device, info.stx_ino)) return;
    add(&walk->counts->entries, 1);
    add(&walk->counts->bytes, bytes_of(walk, &info));
    if (!S_ISDIR(info.stx_mode)) return;
    int inner = depth < MAX_DEPTH ? openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (inner >= 0) {
        count_directory(walk, inner, device, depth + 1);
    } else if (errno != ENOENT || depth >= MAX_DEPTH) {
        add(&walk->counts->unreadable, 1);
    }
}

/* Takes over the descriptor. */
static void count_directory(struct walk *walk, int directory, uint64_t device, int depth) {
    DIR *stream = fdopendir(directory);
    if (!stream) {
        add(&walk->counts->unreadable, 1);
        close(directory);
        return;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count_entry(walk, dirfd(stream), entry->d_name, device, depth);
    }
    if (errno != 0) add(&walk->counts->unreadable, 1);
    closedir(stream);
}

static void count_root(struct walk *walk, const char *path, const struct statx *info) {
    add(&walk->counts->entries, 1);
    add(&walk->counts->bytes, bytes_of(walk, info));
    if (!S_ISDIR(info->stx_mode)) return;
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        count_directory(walk, directory, device_of(info), 0);
    } else {
        add(&walk->counts->unreadable, 1);
    }
}

static void count_all(struct counts *counts, const char *const *paths) {
    static struct walk walk;
    static struct statx infos[MAX_PATHS];
    static const char *found[MAX_PATHS];
    walk.counts = counts;
    /* All roots first, so that one inside another is met as what it is. */
    for (size_t i = 0; paths[i] && i < MAX_PATHS; i++) {
        struct statx *info = &infos[walk.root_count];
        if (look(AT_FDCWD, paths[i], 0, info) != 0) {
            add(errno == ENOENT || errno == ENOTDIR ? &counts->missing : &counts->unreadable, 1);
        } else if (!is_root(&walk, device_of(info), info->stx_ino)) {
            found[walk.root_count] = paths[i];
            walk.roots[walk.root_count++] = (struct inode){device_of(info), info->stx_ino};
        }
    }
    for (size_t i = 0; i < walk.root_count; i++) count_root(&walk, found[i], &infos[i]);
}

/* Nothing of the parent's: descriptors, signal handling, priority. */
static void become_guest(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    prctl(PR_SET_NAME, "cm-disk-usage");
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (close_range(0, ~0u, 0) != 0)
        for (int descriptor = 0; descriptor < MAX_OPEN_FILES; descriptor++) close(descriptor);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (open("/dev/null", O_RDWR) < 0) break;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < MAX_OPEN_FILES) {
        files.rlim_cur = files.rlim_max < MAX_OPEN_FILES ? files.rlim_max : MAX_OPEN_FILES;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    setpriority(PRIO_PROCESS, 0, 19);
    enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_IDLE = 3, IOPRIO_CLASS_SHIFT = 13 };
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
}

/* ------------------------------------------------------------------------- */
/* The parent                                                                  */
/* ------------------------------------------------------------------------- */

/*
 * Killed, but not yet dead: a process that waits for a dead server may take
 * long to die, and nobody waits for it here.
 */
static pid_t unreaped[MAX_UNREAPED];

static void reap_later(pid_t pid) {
    for (size_t i = 0; i < MAX_UNREAPED; i++) {
        if (unreaped[i] == 0) {
            unreaped[i] = pid;
            return;
        }
    }
}

static int reap_killed(void) {
    int remaining = 0;
    for (size_t i = 0; i < MAX_UNREAPED; i++) {
        if (unreaped[i] != 0 && waitpid(unreaped[i], NULL, WNOHANG) != 0) unreaped[i] = 0;
        remaining += unreaped[i] != 0;
    }
    return remaining;
}

int cdisk_start(const char *const *paths, cdisk_count **out) {
    /* So many that cannot die: another would join them. */
    if (reap_killed() >= MAX_UNREAPED) return EAGAIN;
    cdisk_count *count = calloc(1, sizeof *count);
    if (!count) return ENOMEM;
    void *page = mmap(NULL, sizeof *count->counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        free(count);
        return errno;
    }
    count->counts = page;
    pid_t parent = getpid();
    count->pid = fork();
    if (count->pid == 0) {
        become_guest(parent);
        count_all(count->counts, paths);
        atomic_store_explicit(&count->counts->is_done, 1, memory_order_release);
        _exit(0);
    }
    if (count->pid < 0) {
        int code = errno;
        munmap(page, sizeof *count->counts);
        free(count);
        return code;
    }
    *out = count;
    return 0;
}

static int has_ended(cdisk_count *count) {
    if (count->pid != 0 && waitpid(count->pid, NULL, WNOHANG) != 0) count->pid = 0;
    return count->pid == 0;
}

void cdisk_look(cdisk_count *count, cdisk_progress *progress) {
    /* The end is asked before the counts: what ends in between is seen at the next look. */
    int ended = has_ended(count);
    int is_done = atomic_load_explicit(&count->counts->is_done, memory_order_acquire) != 0;
    progress->state = is_done ? CDISK_DONE : ended ? CDISK_DIED : CDISK_RUNNING;
    progress->bytes = atomic_load_explicit(&count->counts->bytes, memory_order_relaxed);
    progress->entries = atomic_load_explicit(&count->counts->entries, memory_order_relaxed);
    progress->unreadable = atomic_load_explicit(&count->counts->unreadable, memory_order_relaxed);
    progress->missing = atomic_load_explicit(&count->counts->missing, memory_order_relaxed);
}

void cdisk_wait(cdisk_count *count, int milliseconds) {
    const struct timespec pause = {.tv_nsec = 1000000};
    for (; milliseconds > 0 && !has_ended(count); milliseconds--) nanosleep(&pause, NULL);
}

void cdisk_stop(cdisk_count *count) {
    if (!count) return;
    if (!has_ended(count)) {
        kill(count->pid, SIGKILL);
        /* Unless it waits on a dead disk it ends at once. */
        for (int i = 0; i < 20 && !has_ended(count); i++) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (!has_ended(count)) reap_later(count->pid);
    }
    munmap(count->counts, sizeof *count->counts);
    free(count);
    reap_killed();
}
