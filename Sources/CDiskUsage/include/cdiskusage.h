/*
 * How much disk directories take, counted in a child process.
 *
 * Walking millions of files takes minutes, and a dead network mount takes
 * forever: neither may stop the process that wants to know. So a child of the
 * lowest priority walks, its counts lie in a page that both share, and looking
 * at them costs no system call. The child dies with its parent.
 */
#ifndef CDISKUSAGE_H
#define CDISKUSAGE_H

#include <stdint.h>

typedef struct cdisk_count cdisk_count;

enum {
    CDISK_RUNNING = 0,
    CDISK_DONE = 1,
    CDISK_DIED = 2 /* the child ended before it had counted all */
};

typedef struct cdisk_progress {
    uint64_t bytes;      /* of blocks in use, as du(1) counts them */
    uint64_t entries;    /* files and directories looked at */
    uint64_t unreadable; /* directories and files that could not be looked at */
    uint64_t missing;    /* of the paths given, those that do not exist */
    uint32_t state;      /* CDISK_... */
} cdisk_progress;

/*
 * Starts counting the directories (or files) at `paths`, NULL-terminated, 64 at
 * most. Each file counts once however many links lead to it, also where one
 * path lies inside another. Symbolic links are followed at the paths
 * themselves, nowhere below; other file systems below a path do not count.
 * 0, or an errno value. The caller stops it.
 */
int cdisk_start(const char *const *paths, cdisk_count **count);

/* What is counted so far. Never waits. */
void cdisk_look(cdisk_count *count, cdisk_progress *progress);

/* Waits until it has ended, at most `milliseconds`. */
void cdisk_wait(cdisk_count *count, int milliseconds);

/* Ends the child if it still runs and frees everything. Never waits. */
void cdisk_stop(cdisk_count *count);

#endif
