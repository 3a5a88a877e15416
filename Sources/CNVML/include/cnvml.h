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
    CNVML_NOT_SUPPORTED = 3,
    CNVML_NO_PERMISSION = 4,
    CNVML_NOT_FOUND = 6,
    CNVML_NO_POWER = 8,
    CNVML_NO_DRIVER = 9,
    CNVML_TIMEOUT = 10,
    CNVML_GPU_LOST = 15,
    CNVML_RESET_REQUIRED = 16,
    CNVML_VERSION_MISMATCH = 18
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

/* How many GPUs NVML sees; asking may wake those that sleep. */
unsigned cnvml_count(cnvml *library);

/* A GPU by its PCI address ("0000:03:00.0"), which wakes no other one; or by index. */
int cnvml_by_address(cnvml *library, const char *address, void **device);
int cnvml_by_index(cnvml *library, unsigned index, void **device);

/* What does not change. NaN and "" stand for what the GPU does not tell. */
typedef struct cnvml_card {
    char name[96];
    char address[32];   /* of the PCI bus */
    double slowdown;    /* celsius at which it throttles */
    double power_limit; /* watts */
} cnvml_card;

int cnvml_describe(cnvml *library, void *device, cnvml_card *card);

/* NaN stands for what the GPU does not tell. */
typedef struct cnvml_reading {
    double load;         /* percent */
    double memory_used;  /* bytes */
    double memory_total; /* bytes */
    double temperature;  /* celsius */
    double power;        /* watts */
    double fan;          /* percent */
    double clock;        /* hertz, graphics */
    double memory_clock; /* hertz */
} cnvml_reading;

/* Not 0 only when nothing can be asked of the GPU any more. */
int cnvml_read(cnvml *library, void *device, cnvml_reading *reading);

#endif
