/* What reading a stranger's structs takes that Swift cannot say: offsets and sized copies. */
#ifndef CPLUGINTABLE_H
#define CPLUGINTABLE_H

#include "cm_plugin.h"

/*
 * What a plugin is lent for the length of a call, a sink or a canvas: one thing at
 * a time, for the thread that calls it. Whoever asks for it at another time or on
 * another thread gets NULL, and that is noted.
 */
enum { CPLUGINTABLE_SINK = 1, CPLUGINTABLE_CANVAS = 2 };
enum { CPLUGINTABLE_AFTER_RETURN = 1, CPLUGINTABLE_OTHER_THREAD = 2 };

void cplugintable_lend(uint32_t kind, void *object);
void cplugintable_take_back(void);
void *cplugintable_lent(uint32_t kind);

/* What was noted since it was last asked for, or 0. */
uint32_t cplugintable_misuse(void);

/* The bytes that every plugin of ABI 1 has at least: up to and with `collect`. */
static inline uint32_t cplugintable_minimum(void) { return (uint32_t)offsetof(cm_plugin, draw); }

/*
 * Copies a descriptor as it was compiled into one as it is compiled here: what is
 * missing becomes zero. 0 when it is longer than ours and says something there.
 */
static inline int cplugintable_copy(const cm_plugin *from, cm_plugin *to) {
    const unsigned char *bytes = (const unsigned char *)from;
    unsigned char *target = (unsigned char *)to;
    for (size_t i = 0; i < sizeof *to; i++) target[i] = i < from->size ? bytes[i] : 0;
    for (size_t i = sizeof *to; i < from->size; i++)
        if (bytes[i] != 0) return 0;
    return 1;
}

#endif
