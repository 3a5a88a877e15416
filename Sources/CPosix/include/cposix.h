/*
 * The libc that Embedded Swift code needs, and the few calls that Swift cannot
 * make itself: errno, variadic functions, and starting a child process.
 */
#ifndef CPOSIX_H
#define CPOSIX_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int cposix_errno(void) { return errno; }

/* stderr, which is a macro in C and a mutable global variable in Swift. */
static inline FILE *cposix_stderr(void) { return stderr; }

/* Ignores SIGPIPE: writing to a closed pipe fails with EPIPE. */
void cposix_ignore_broken_pipes(void);

/* Limits of a worker: bytes of data, open files, and tasks beyond those that run when it starts. */
#define CPOSIX_WORKER_MEMORY (512ll << 20)
#define CPOSIX_WORKER_FILES 256
#define CPOSIX_WORKER_TASKS 256

/*
 * Makes this process a worker: the kernel kills it when its parent ends; its
 * children do not inherit the descriptor `host` and, unless
 * `may_gain_privileges`, cannot gain privileges (sudo, set-user-ID, file
 * capabilities); it dumps no core, and its memory, files and processes are
 * limited. The kernel does not limit the number of root's processes.
 */
void cposix_become_worker(int host, int may_gain_privileges);

/*
 * Copies a file to one that nobody else can open: a shared object that is cut
 * short or overwritten while it is mapped kills the process. The copy lies on a
 * local disk, without a name (/var/tmp, else the home directory), where the kernel
 * can drop its pages and read them again; in sealed memory where no such place can be
 * written, is large enough and lets code run. 0 and a descriptor that the caller closes,
 * or an errno value: ENOTSUP when it is no regular file, EFBIG beyond
 * CPOSIX_WORKER_MEMORY.
 */
int cposix_private_copy(const char *path, int *copy);

/* A running child. Its standard output and error arrive at non-blocking descriptors, which the caller closes. */
typedef struct cposix_child {
    pid_t pid;
    int output;
    int error;
} cposix_child;

/*
 * Starts argv[0], looked up in PATH and the sbin folders, in a process group of
 * its own, without standard input. `environment` (NAME=VALUE, NULL-terminated,
 * may be NULL) is added to that of this process. Returns 0 or an errno value;
 * ENOENT where there is no such program.
 */
int cposix_spawn(const char *const *argv, const char *const *environment, cposix_child *child);

/* The ELF machine number that this program was compiled for. */
uint16_t cposix_elf_machine(void);

/* Waits at most `milliseconds` until one of two descriptors (-1: none) is readable. */
void cposix_wait_readable(int first, int second, int milliseconds);

/*
 * Reaps a child without waiting. 0: it still runs. 1: it has ended, and *code is
 * its exit status, or 128 + the signal that ended it.
 */
int cposix_reap(pid_t pid, int *code);

/* Kills the child's process group and reaps the child, later if necessary. Never blocks. */
void cposix_kill(pid_t pid);

/*
 * Reads a whole file of at most `limit` bytes, including files of /proc, whose
 * size is 0. Returns 0 or an errno value: EISDIR of a folder, ENOTSUP of what is no
 * regular file, which is neither waited for nor read. The caller frees *data.
 */
int cposix_read_file(const char *path, size_t limit, uint8_t **data, size_t *length);

typedef struct cposix_entry_type {
    uint32_t mode;   /* st_mode */
    uint64_t device; /* major << 32 | minor */
} cposix_entry_type;

/* stat(2); 0, or an errno value. */
int cposix_stat(const char *path, cposix_entry_type *type);

/* fnmatch(3) without flags: 1 when `name` matches the shell pattern. */
int cposix_matches(const char *pattern, const char *name);

typedef struct cposix_usage {
    double size, used, available; /* bytes; as df(1) counts them */
    double inodes, inodes_used;
} cposix_usage;

/* statvfs(3) of a mounted file system; 0, or an errno value. May block on a dead network mount. */
int cposix_usage_of(const char *path, cposix_usage *usage);

/* A plugin's worker as seen by the host. The caller closes the descriptors. */
typedef struct cposix_worker {
    pid_t pid;
    int socket; /* non-blocking; the worker's descriptor 3 is the other end */
    int output; /* non-blocking; what the worker writes to standard output and error */
    int end;    /* pidfd: readable once the worker has ended, even while a child holds the socket; -1: old kernel */
} cposix_worker;

/*
 * Starts argv[0] in a session of its own, without the terminal: standard input
 * is /dev/null, output and error go to a pipe, and no other descriptor is
 * inherited. Returns 0 or an errno value.
 */
int cposix_spawn_worker(const char *const *argv, cposix_worker *worker);

typedef struct cposix_end {
    int status;           /* as waitpid(2) gives it */
    uint64_t peak_memory; /* largest resident size in bytes */
} cposix_end;

/*
 * Describes the end of a child in words: "exited with status 3", "crashed: SIGSEGV
 * (Segmentation fault)", "was killed by SIGKILL (Killed)".
 */
void cposix_describe_end(const cposix_end *end, char *text, size_t capacity);

/* Reaps a child without waiting: 1 where it has ended, with *end filled; else 0. */
int cposix_ended(pid_t pid, cposix_end *end);

/* Runs a program on this terminal and waits: its exit status, 128 + a signal, or a negated errno value. */
int cposix_run(const char *const *argv);

/* Nanoseconds of processor time that a process has used; 0 where there is no such process. */
uint64_t cposix_processor_time(pid_t pid);

/* Returns a descriptor that another thread can make readable; -1: there is none left. */
int cposix_event(void);

/* Makes an event's descriptor readable until it is cleared. Any thread may call it. */
void cposix_event_raise(int event);

/* Makes an event's descriptor unreadable. */
void cposix_event_clear(int event);

/*
 * Catches SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCHLD, SIGCONT, SIGTSTP, and every other signal that would end
 * this process and is neither a fault's nor ignored. Returns a descriptor that is readable when one has come, or -1
 * with errno.
 */
int cposix_signal_pipe(void);

/* The next signal that has come; 0: none. Signals of one number that came together are one. */
int cposix_next_signal(void);

/*
 * Holds back the signals that may come by the thousand (SIGWINCH, SIGCHLD, SIGCONT), which then cost nothing; each is
 * delivered at most once when they are let through again.
 */
void cposix_hold_signals(int are_held);

/* Ends this process by a signal that it catches, so that its parent sees that signal. */
void cposix_die_of(int number);

/* The home folder that the user database names; NULL: none. The caller frees it. */
char *cposix_home(void);

/*
 * Opens those of the descriptors 0 to 2 that are closed, so that no file that the program opens gets their number.
 * Writing to them still fails.
 */
void cposix_open_standard_descriptors(void);

/*
 * Makes this process the subreaper: descendants whose parent has ended become its
 * children, so that processes of a dead worker can be found and killed.
 */
void cposix_adopt_orphans(void);

/*
 * poll(2) with a timeout in nanoseconds; UINT64_MAX: none. Returns the number of descriptors that are ready. Signals
 * do not end it. Where the kernel refuses to poll, it looks 50 times a second.
 */
int cposix_poll(struct pollfd *descriptors, size_t count, uint64_t patience);

/* Nanoseconds of processor time that this thread has used. */
uint64_t cposix_thread_time(void);

/* Returns free memory of the heap to the system, after a burst. */
void cposix_release_memory(void);

/*
 * Unmaps the pages of this program's file that are mapped now, and returns free memory of the heap. A page that is used
 * again is mapped again from the page cache. To be called once the start is over: what it took of the file is most of
 * what the process has of it, and is not used again.
 */
void cposix_release_startup_pages(void);

/* Nanoseconds of CLOCK_MONOTONIC and CLOCK_REALTIME. */
uint64_t cposix_monotonic(void);
int64_t cposix_wall(void);

/*
 * Whether users other than root and this one may write a file or a folder above
 * it: 1, with the file or folder in `where` (PATH_MAX bytes) and the users in
 * `who` (CPOSIX_WHO bytes); else 0. The folder `trusted` (may be NULL), those above
 * it, and its owner are trusted. A path that does not exist gives 0.
 */
#define CPOSIX_WHO 320
int cposix_others_may_write(const char *path, const char *trusted, char *where, char *who);

/* Size in cells of the terminal at a descriptor: 1, or 0 where it is no terminal. */
int cposix_terminal_size(int descriptor, int *width, int *height);

/*
 * Whether the file system of a path belongs to other machines too, where locks of files cannot be
 * relied upon: 1, with its type in `name`; 0: no; -1 with errno.
 */
int cposix_is_network(const char *path, char *name, size_t size);

#endif
