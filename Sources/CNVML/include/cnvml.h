/*
 * NVIDIA's management library (NVML), opened at run time: a machine without it
 * needs nothing of it, and no header of NVIDIA's is copied. Only what a gauge
 * can show is asked.
 *
 * Calls return 0, CNVML_ABSENT, or one of NVML's own codes.
 */
#ifndef CNVML_H
#define CNVML_H

#include <stddef.h>

enum {
    CNVML_ABSENT = -1, /* there is no such library, or it lacks a function every version has */
    /* NVML's own, as its manual numbers them */
    CNVML_UNINITIALIZED = 1,
    CNVML_INVALID_ARGUMENT = 2,
    CNVML_NOT_SUPPORTED = 3,
    CNVML_NO_PERMISSION = 4,
    CNVML_NOT_FOUND = 6,
    CNVML_NO_POWER = 8,
    CNVML_NO_DRIVER = 9,
    CNVML_TIMEOUT = 10,
    CNVML_NO_FUNCTION = 13,
    CNVML_GPU_LOST = 15,
    CNVML_RESET_REQUIRED = 16,
    CNVML_VERSION_MISMATCH = 18,
    CNVML_ARGUMENT_VERSION = 25,
    CNVML_GPU_NOT_FOUND = 28
};

typedef struct cnvml cnvml;

/*
 * Loads the library and initialises it. On CNVML_ABSENT `reason` says why in
 * the loader's words. The caller closes *library after 0.
 */
int cnvml_open(const char *path, cnvml **library, char *reason, size_t capacity);
void cnvml_close(cnvml *library);

/* "535.183.01", or "" */
void cnvml_driver(cnvml *library, char *text, size_t capacity);

/* How many GPUs NVML sees, 0 where the code is not 0; asking may wake those that sleep. */
int cnvml_count(cnvml *library, unsigned *count);

/* A GPU by its PCI address ("0000:03:00.0"), which wakes no other one; or by index. */
int cnvml_by_address(cnvml *library, const char *address, void **device);
int cnvml_by_index(cnvml *library, unsigned index, void **device);

/* Copies the name, "" where the GPU tells none. */
void cnvml_name(cnvml *library, void *device, char *text, size_t capacity);

/* What a GPU can be asked, and the numbers of the answer. */
enum cnvml_question {
    CNVML_MEMORY,          /* bytes in use, bytes in all */
    CNVML_LOAD,            /* percent */
    CNVML_TEMPERATURE,     /* celsius */
    CNVML_SLOWDOWN,        /* celsius at which it throttles */
    CNVML_POWER,           /* watts */
    CNVML_POWER_LIMIT,     /* watts, the limit in force */
    CNVML_FAN,             /* percent */
    CNVML_CLOCK,           /* hertz, graphics */
    CNVML_MEMORY_CLOCK,    /* hertz */
    CNVML_REASONS,         /* the bits of cnvml_reason */
    CNVML_ECC_CORRECTED,   /* errors since the driver was loaded */
    CNVML_ECC_UNCORRECTED, /* the same */
    CNVML_REMAPPED_ROWS,   /* rows replaced, 1: some wait for a reset, 1: one could not be replaced */
    CNVML_RETIREMENT       /* 1: pages of memory wait for a reset to be taken out of use */
};

/* Why the clocks are lower than they could be. */
enum cnvml_reason {
    CNVML_REASON_IDLE = 0x1,
    CNVML_REASON_SETTING = 0x2,
    CNVML_REASON_POWER_LIMIT = 0x4,
    CNVML_REASON_HARDWARE = 0x8, /* also for a moment while clocks change */
    CNVML_REASON_SYNC = 0x10,
    CNVML_REASON_HEAT_BY_DRIVER = 0x20,
    CNVML_REASON_HEAT = 0x40,
    CNVML_REASON_POWER_BRAKE = 0x80,
    CNVML_REASON_DISPLAY = 0x100,
    CNVML_REASON_BOARD_LIMIT = 0x200,
    CNVML_REASON_RELIABILITY = 0x400
};

enum { CNVML_ANSWERS = 3 };

/*
 * Asks one question. Fills in the numbers that belong to it, NaN elsewhere and
 * where the code is not 0. CNVML_NO_FUNCTION: the library is too old for it.
 */
int cnvml_ask(cnvml *library, void *device, enum cnvml_question question, double answers[CNVML_ANSWERS]);

#endif
