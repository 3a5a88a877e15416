/* Events that wake the loop from another thread. */
#define _GNU_SOURCE
#include "cposix.h"
#include <sys/eventfd.h>

int cposix_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void cposix_event_raise(int event) {
    /* A counter that is full is readable already. */
    (void)!eventfd_write(event, 1);
}

void cposix_event_clear(int event) {
    eventfd_t count;
    (void)!eventfd_read(event, &count);
}
