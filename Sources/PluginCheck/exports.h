/* What elf.c finds in the plugin's file. */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "check.h"

typedef struct exports {
    bool has_entry;
    unsigned other_count; /* symbols beside the entry */
    char others[300];     /* the first of them */
    char swift_library[64];
} exports;

/* Ends the case where the file is none that could be loaded. */
exports read_exports(void);

#endif
