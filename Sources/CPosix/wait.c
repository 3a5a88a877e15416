/* Waiting for descriptors, whatever the limits of the process are by now. */
#define _GNU_SOURCE
#include "cposix.h"

#include <sys/select.h>
#include <sys/time.h>

/* What poll does, through select, which knows no limit of open files, and no descriptor from FD_SETSIZE on. */
static int look_by_select(struct pollfd *descriptors, size_t count) {
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    int highest = -1, ready = 0;
    for (size_t i = 0; i < count; i++) {
        int file = descriptors[i].fd;
        descriptors[i].revents = 0;
        if (file < 0 || file >= FD_SETSIZE || fcntl(file, F_GETFD) < 0) continue;
        if (descriptors[i].events & POLLIN) FD_SET(file, &readable);
        if (descriptors[i].events & POLLOUT) FD_SET(file, &writable);
        if (file > highest) highest = file;
    }
    struct timeval none = {0, 0};
    if (select(highest + 1, &readable, &writable, NULL, &none) <= 0) return 0;
    for (size_t i = 0; i < count; i++) {
        int file = descriptors[i].fd;
        if (file < 0 || file > highest) continue;
        if (FD_ISSET(file, &readable)) descriptors[i].revents |= POLLIN;
        if (FD_ISSET(file, &writable)) descriptors[i].revents |= POLLOUT;
        if (descriptors[i].revents) ready++;
    }
    return ready;
}

/* Looks once, at no more descriptors together than the process may open: the limit may be lowered while it runs. */
static int look_in_pieces(struct pollfd *descriptors, size_t count) {
    struct rlimit limit = {0, 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur == 0) return look_by_select(descriptors, count);
    int all = 0;
    for (size_t from = 0; from < count; from += limit.rlim_cur) {
        size_t piece = count - from < limit.rlim_cur ? count - from : limit.rlim_cur;
        int ready = poll(descriptors + from, (nfds_t)piece, 0);
        if (ready > 0) all += ready;
        if (ready < 0)
            for (size_t i = from; i < from + piece; i++) descriptors[i].revents = 0;
    }
    return all;
}

int cposix_poll(struct pollfd *descriptors, size_t count, uint64_t patience) {
    /* Nanoseconds between two looks where the kernel cannot wait. */
    const uint64_t pause = 20000000;
    uint64_t start = cposix_monotonic();
    for (;;) {
        uint64_t gone = cposix_monotonic() - start, left = patience > gone ? patience - gone : 0;
        struct timespec time = {.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};
        int ready = ppoll(descriptors, (nfds_t)count, patience == UINT64_MAX ? NULL : &time, NULL);
        if (ready >= 0) return ready;
        /* What a signal has to say is in its pipe. */
        if (errno == EINTR) continue;
        ready = look_in_pieces(descriptors, count);
        if (ready > 0 || left == 0) return ready;
        struct timespec rest = {.tv_nsec = (long)(left < pause ? left : pause)};
        nanosleep(&rest, NULL);
    }
}
