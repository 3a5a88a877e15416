/* The private copy of a plugin's file that a worker loads. */
#define _GNU_SOURCE
#include "cposix.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/vfs.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/*
 * Whether a file lies on a disk of this machine: its pages can be dropped from
 * memory and read again. Those of a tmpfs cannot; a network's may not come back.
 */
static int is_on_disk(int file) {
    struct statfs info;
    if (fstatfs(file, &info) != 0) return 0;
    switch ((unsigned long)info.f_type & 0xffffffff) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case OVERLAYFS_SUPER_MAGIC: return 1;
    default: return 0;
    }
}

/* Moves a piece of `from` to the end of `to`: its length, 0 at the end of `from`, or -1 with errno. */
static ssize_t move(int from, int to, off_t *place, size_t length) {
    ssize_t count = sendfile(to, from, place, length);
    if (count >= 0 || errno != EINVAL) return count;
    /* Not every file system can do that. */
    char buffer[4096];
    count = pread(from, buffer, length < sizeof buffer ? length : sizeof buffer, *place);
    if (count > 0) count = write(to, buffer, (size_t)count);
    if (count > 0) *place += count;
    return count;
}

/* Appends the first `length` bytes of `from`, or what there is. 0, or an errno value. */
static int fill(int from, int to, off_t length) {
    off_t place = 0;
    while (place < length) {
        ssize_t count = move(from, to, &place, (size_t)(length - place));
        if (count == 0) break;
        if (count < 0 && errno != EINTR) return errno;
    }
    return 0;
}

/* Whether code in a file may be run: a mount or a security module can forbid it. */
static int is_executable(int file) {
    void *page = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    if (page == MAP_FAILED) return 0;
    munmap(page, 1);
    return 1;
}

/* A copy in `folder` that never has a name; -1 when there can be none. */
static int copy_on_disk(int from, off_t length, const char *folder) {
    int to = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (to < 0) return -1;
    if (is_on_disk(to) && fill(from, to, length) == 0 && is_executable(to)) return to;
    close(to);
    return -1;
}

/* A sealed copy in memory; -1 with errno. */
static int copy_in_memory(int from, off_t length, const char *name) {
    /* Kernels before 6.3 do not know the flag, and need none. */
    int to = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (to < 0 && errno == EINVAL) to = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (to < 0) return -1;
    int code = fill(from, to, length);
    if (code != 0) {
        close(to);
        errno = code;
        return -1;
    }
    fcntl(to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return to;
}

int cposix_private_copy(const char *path, int *copy) {
    struct stat info;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0) return errno;
    if (fstat(from, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > CPOSIX_WORKER_MEMORY) {
        close(from);
        return S_ISREG(info.st_mode) ? EFBIG : ENOTSUP;
    }
    const char *slash = strrchr(path, '/'), *home = getenv("HOME");
    char name[200];
    snprintf(name, sizeof name, "%s", slash ? slash + 1 : path);
    int to = copy_on_disk(from, info.st_size, "/var/tmp");
    if (to < 0 && home && *home == '/') to = copy_on_disk(from, info.st_size, home);
    if (to < 0) to = copy_in_memory(from, info.st_size, name);
    int code = to < 0 ? errno : 0;
    close(from);
    if (code == 0) *copy = to;
    return code;
}
