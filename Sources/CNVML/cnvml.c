#define _GNU_SOURCE
#include "cnvml.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layouts and numbers below are NVML's binary interface, by its manual. */

enum { INIT_NO_GPUS = 1, INIT_NO_ATTACH = 2, LARGEST = 4096 };
enum { SENSOR_GPU = 0, THRESHOLD_SLOWDOWN = 1, CLOCK_GRAPHICS = 0, CLOCK_MEMORY = 2 };
enum { ECC_CORRECTED = 0, ECC_UNCORRECTED = 1, ECC_VOLATILE = 0 };

typedef struct {
    unsigned gpu, memory;
} utilization;

typedef struct {
    unsigned long long total, free, used;
} memory_1;

typedef struct {
    unsigned version;
    unsigned long long total, reserved, free, used;
} memory_2;

struct cnvml {
    void *handle;
    int (*init)(void);
    int (*init_with_flags)(unsigned);
    int (*shutdown)(void);
    int (*driver)(char *, unsigned);
    int (*count)(unsigned *);
    int (*by_index)(unsigned, void **);
    int (*by_address)(const char *, void **);
    int (*name)(void *, char *, unsigned);
    int (*utilization)(void *, utilization *);
    int (*memory_1)(void *, memory_1 *);
    int (*memory_2)(void *, memory_2 *);
    int (*temperature)(void *, int, unsigned *);
    int (*threshold)(void *, int, unsigned *);
    int (*power)(void *, unsigned *);
    int (*power_limit)(void *, unsigned *);
    int (*fan)(void *, unsigned *);
    int (*clock)(void *, int, unsigned *);
    int (*event_reasons)(void *, unsigned long long *);
    int (*throttle_reasons)(void *, unsigned long long *);
    int (*ecc)(void *, int, int, unsigned long long *);
    int (*remapped_rows)(void *, unsigned *, unsigned *, unsigned *, unsigned *);
    int (*retirement)(void *, unsigned *);
};

static void resolve(cnvml *library) {
    const struct {
        const char *name;
        void *place;
    } functions[] = {
        {"nvmlInit_v2", &library->init},
        {"nvmlInitWithFlags", &library->init_with_flags},
        {"nvmlShutdown", &library->shutdown},
        {"nvmlSystemGetDriverVersion", &library->driver},
        {"nvmlDeviceGetCount_v2", &library->count},
        {"nvmlDeviceGetHandleByIndex_v2", &library->by_index},
        {"nvmlDeviceGetHandleByPciBusId_v2", &library->by_address},
        {"nvmlDeviceGetName", &library->name},
        {"nvmlDeviceGetUtilizationRates", &library->utilization},
        {"nvmlDeviceGetMemoryInfo", &library->memory_1},
        {"nvmlDeviceGetMemoryInfo_v2", &library->memory_2},
        {"nvmlDeviceGetTemperature", &library->temperature},
        {"nvmlDeviceGetTemperatureThreshold", &library->threshold},
        {"nvmlDeviceGetPowerUsage", &library->power},
        {"nvmlDeviceGetEnforcedPowerLimit", &library->power_limit},
        {"nvmlDeviceGetFanSpeed", &library->fan},
        {"nvmlDeviceGetClockInfo", &library->clock},
        /* The same question under its new and its old name. */
        {"nvmlDeviceGetCurrentClocksEventReasons", &library->event_reasons},
        {"nvmlDeviceGetCurrentClocksThrottleReasons", &library->throttle_reasons},
        {"nvmlDeviceGetTotalEccErrors", &library->ecc},
        {"nvmlDeviceGetRemappedRows", &library->remapped_rows},
        {"nvmlDeviceGetRetiredPagesPendingStatus", &library->retirement},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *symbol = dlsym(library->handle, functions[i].name);
        /* POSIX gives functions as object pointers; ISO C lets them only be copied. */
        memcpy(functions[i].place, &symbol, sizeof symbol);
    }
}

int cnvml_open(const char *path, cnvml **library, char *reason, size_t capacity) {
    *library = NULL;
    if (capacity > 0) reason[0] = '\0';
    cnvml *opened = calloc(1, sizeof *opened);
    if (!opened) return CNVML_ABSENT;
    opened->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened->handle) {
        const char *error = dlerror();
        snprintf(reason, capacity, "%s", error ? error : path);
        free(opened);
        return CNVML_ABSENT;
    }
    resolve(opened);
    int code = CNVML_ABSENT;
    if (!opened->by_index || !opened->shutdown || (!opened->init && !opened->init_with_flags))
        snprintf(reason, capacity, "%s lacks functions of NVML", path);
    else if (opened->init_with_flags)
        /* Without attaching: GPUs that sleep are not woken by our coming. */
        code = opened->init_with_flags(INIT_NO_GPUS | INIT_NO_ATTACH);
    else
        code = opened->init();
    if (code != 0) {
        dlclose(opened->handle);
        free(opened);
        return code;
    }
    *library = opened;
    return 0;
}

void cnvml_close(cnvml *library) {
    if (!library) return;
    library->shutdown();
    dlclose(library->handle);
    free(library);
}

void cnvml_driver(cnvml *library, char *text, size_t capacity) {
    if (capacity == 0) return;
    text[0] = '\0';
    if (!library->driver || library->driver(text, (unsigned)capacity) != 0) text[0] = '\0';
    text[capacity - 1] = '\0';
}

int cnvml_count(cnvml *library, unsigned *count) {
    *count = 0;
    int code = library->count ? library->count(count) : CNVML_NO_FUNCTION;
    if (code != 0 || *count > LARGEST) *count = 0;
    return code;
}

int cnvml_by_address(cnvml *library, const char *address, void **device) {
    return library->by_address ? library->by_address(address, device) : CNVML_NOT_SUPPORTED;
}

int cnvml_by_index(cnvml *library, unsigned index, void **device) { return library->by_index(index, device); }

void cnvml_name(cnvml *library, void *device, char *text, size_t capacity) {
    if (capacity == 0) return;
    text[0] = '\0';
    if (!library->name || library->name(device, text, (unsigned)capacity) != 0) text[0] = '\0';
    text[capacity - 1] = '\0';
}

/* The one shape that most questions have: a device and a whole number. */
static int number(int (*ask)(void *, unsigned *), void *device, double scale, double *answer) {
    unsigned value = 0;
    int code = ask ? ask(device, &value) : CNVML_NO_FUNCTION;
    if (code == 0) *answer = value * scale;
    return code;
}

static int number_of(int (*ask)(void *, int, unsigned *), void *device, int which, double scale, double *answer) {
    unsigned value = 0;
    int code = ask ? ask(device, which, &value) : CNVML_NO_FUNCTION;
    if (code == 0) *answer = value * scale;
    return code;
}

/* Whether a code says that this form of a call is not known, so that an older form may be. */
static int is_of_form(int code) {
    return code == CNVML_INVALID_ARGUMENT || code == CNVML_NOT_SUPPORTED || code == CNVML_NO_FUNCTION ||
           code == CNVML_ARGUMENT_VERSION;
}

static int memory(cnvml *library, void *device, double *answers) {
    memory_2 newer;
    memset(&newer, 0, sizeof newer);
    newer.version = (unsigned)sizeof newer | 2u << 24;
    /* The newer call leaves out what the driver keeps for itself. */
    int code = library->memory_2 ? library->memory_2(device, &newer) : CNVML_NO_FUNCTION;
    if (code == 0) {
        answers[0] = (double)newer.used;
        answers[1] = (double)newer.total;
    }
    if (!is_of_form(code)) return code;
    memory_1 older;
    memset(&older, 0, sizeof older);
    code = library->memory_1 ? library->memory_1(device, &older) : CNVML_NO_FUNCTION;
    if (code == 0) {
        answers[0] = (double)older.used;
        answers[1] = (double)older.total;
    }
    return code;
}

static int load(cnvml *library, void *device, double *answers) {
    utilization rates = {0, 0};
    int code = library->utilization ? library->utilization(device, &rates) : CNVML_NO_FUNCTION;
    if (code == 0) answers[0] = rates.gpu;
    return code;
}

static int reasons(cnvml *library, void *device, double *answers) {
    unsigned long long bits = 0;
    int (*ask)(void *, unsigned long long *) = library->event_reasons ? library->event_reasons : library->throttle_reasons;
    int code = ask ? ask(device, &bits) : CNVML_NO_FUNCTION;
    if (code == 0) answers[0] = (double)bits;
    return code;
}

static int ecc(cnvml *library, void *device, int type, double *answers) {
    unsigned long long count = 0;
    int code = library->ecc ? library->ecc(device, type, ECC_VOLATILE, &count) : CNVML_NO_FUNCTION;
    if (code == 0) answers[0] = (double)count;
    return code;
}

static int remapped_rows(cnvml *library, void *device, double *answers) {
    unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
    int code = library->remapped_rows
                   ? library->remapped_rows(device, &corrected, &uncorrected, &pending, &failed)
                   : CNVML_NO_FUNCTION;
    if (code == 0) {
        answers[0] = (double)corrected + uncorrected;
        answers[1] = pending != 0;
        answers[2] = failed != 0;
    }
    return code;
}

int cnvml_ask(cnvml *library, void *device, enum cnvml_question question, double answers[CNVML_ANSWERS]) {
    for (int i = 0; i < CNVML_ANSWERS; i++) answers[i] = NAN;
    switch (question) {
    case CNVML_MEMORY: return memory(library, device, answers);
    case CNVML_LOAD: return load(library, device, answers);
    case CNVML_TEMPERATURE: return number_of(library->temperature, device, SENSOR_GPU, 1, answers);
    case CNVML_SLOWDOWN: return number_of(library->threshold, device, THRESHOLD_SLOWDOWN, 1, answers);
    case CNVML_POWER: return number(library->power, device, 1e-3, answers);
    case CNVML_POWER_LIMIT: return number(library->power_limit, device, 1e-3, answers);
    case CNVML_FAN: return number(library->fan, device, 1, answers);
    case CNVML_CLOCK: return number_of(library->clock, device, CLOCK_GRAPHICS, 1e6, answers);
    case CNVML_MEMORY_CLOCK: return number_of(library->clock, device, CLOCK_MEMORY, 1e6, answers);
    case CNVML_REASONS: return reasons(library, device, answers);
    case CNVML_ECC_CORRECTED: return ecc(library, device, ECC_CORRECTED, answers);
    case CNVML_ECC_UNCORRECTED: return ecc(library, device, ECC_UNCORRECTED, answers);
    case CNVML_REMAPPED_ROWS: return remapped_rows(library, device, answers);
    case CNVML_RETIREMENT: return number(library->retirement, device, 1, answers);
    }
    return CNVML_NO_FUNCTION;
}
