/* What the files of this target share. */
#ifndef CTERMINAL_INTERNAL_H
#define CTERMINAL_INTERNAL_H

#include <stddef.h>

/* Takes the descriptors and the modes of the terminal at 0 and 1; whether it is one. */
int modes_open(void);

/* The sequences that restore the terminal; to be set before modes_own. */
void modes_set_farewell(const char *text, size_t length);

/* Sets the modes of a program that reads every key. */
void modes_own(void);

/*
 * Sets the modes that were found, and writes the text that leaves the screen, in a bounded time. Does nothing while
 * they are set.
 */
void modes_leave(const char *text, size_t length);

/* The same with the farewell; safe in a signal handler. */
void modes_restore(void);

/* Takes the modes that are found now as those to restore. */
void modes_find(void);

/* Whether another process has changed the modes of a terminal that is this process group's; sets them again. */
int modes_repair(void);

/* Starts the guard of the terminal; without effect where its program cannot be started. */
void guard_start(const char *program, int terminal);

/*
 * Tells the guard whether the terminal is to be restored, and how. The modes are read from `terminal` when it says so
 * (guard_found, guard_own), since the kernel's structure is not the C library's.
 */
void guard_found(int terminal);
void guard_own(int terminal);
void guard_arm(int is_armed, const char *farewell, size_t length);

#endif
