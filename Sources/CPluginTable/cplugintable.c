#define _GNU_SOURCE
#include "cplugintable.h"

#include <stdatomic.h>
#include <unistd.h>

/* Plugins may call from threads of their own, which they must not: that has to be noticed, not to crash. */
static _Atomic int caller;
static _Atomic uint32_t kind_lent;
static void *_Atomic object_lent;
static _Atomic int misuse;

void cplugintable_lend(uint32_t kind, void *object) {
    atomic_store(&object_lent, object);
    atomic_store(&kind_lent, kind);
    atomic_store(&caller, gettid());
}

void cplugintable_take_back(void) {
    atomic_store(&caller, 0);
    atomic_store(&kind_lent, 0);
    atomic_store(&object_lent, NULL);
}

void *cplugintable_lent(uint32_t kind) {
    int owner = atomic_load(&caller);
    if (owner == gettid() && atomic_load(&kind_lent) == kind) return atomic_load(&object_lent);
    atomic_store(&misuse, owner == 0 || owner == gettid() ? CPLUGINTABLE_AFTER_RETURN : CPLUGINTABLE_OTHER_THREAD);
    return NULL;
}

uint32_t cplugintable_misuse(void) { return (uint32_t)atomic_exchange(&misuse, 0); }
