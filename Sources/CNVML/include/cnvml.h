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
    CNVML_FUNCTION_NOT_FOUND = 13,
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

/* Empty where the GPU does not tell its name. */
typedef struct cnvml_card {
    char name[96];
    char address[32]; /* of the PCI bus */
} cnvml_card;

int cnvml_describe(cnvml *library, void *device, cnvml_card *card);

/* One value with the code of the call that asked for it. The number is valid with code 0 only. A function that the
 * library lacks gives CNVML_FUNCTION_NOT_FOUND. All ones, by which NVML says "not known", come as they are. */
typedef struct cnvml_value {
    double number;
    int code;
} cnvml_value;

typedef struct cnvml_reading {
    cnvml_value load;         /* percent */
    cnvml_value memory_used;  /* bytes */
    cnvml_value memory_total; /* bytes */
    cnvml_value temperature;  /* celsius */
    cnvml_value slowdown;     /* celsius at which it throttles */
    cnvml_value power;        /* watts */
    cnvml_value power_limit;  /* watts that are enforced now */
    cnvml_value fan;          /* percent */
    cnvml_value clock;        /* hertz, graphics */
    cnvml_value memory_clock; /* hertz */
    cnvml_value throttle;     /* CNVML_THROTTLE bits */
    cnvml_value ecc_errors;   /* uncorrected errors of the memory since the driver was loaded */
    cnvml_value remapped;     /* rows of the memory that were replaced by spare ones */
    cnvml_value is_remapping; /* 1: a row will be replaced at the next reset */
    cnvml_value has_no_rows;  /* 1: a row could not be replaced */
} cnvml_reading;

/* Reasons for a clock below the possible one, of which a card can have several. */
enum {
    CNVML_THROTTLE_POWER_CAP = 0x4,
    CNVML_THROTTLE_HARDWARE = 0x8,
    CNVML_THROTTLE_HEAT = 0x20,
    CNVML_THROTTLE_HARDWARE_HEAT = 0x40,
    CNVML_THROTTLE_POWER_BRAKE = 0x80
};

/* Asks for every value, whatever the others answer. */
void cnvml_read(cnvml *library, void *device, cnvml_reading *reading);

#endif
