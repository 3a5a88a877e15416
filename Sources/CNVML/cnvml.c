#define _GNU_SOURCE
#include "cnvml.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layouts and numbers below are NVML's binary interface, by its manual. */

enum { INIT_NO_GPUS = 1, INIT_NO_ATTACH = 2 };
enum { SENSOR_GPU = 0, THRESHOLD_SLOWDOWN = 1, CLOCK_GRAPHICS = 0, CLOCK_MEMORY = 2 };

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

typedef struct {
    char legacy[16];
    unsigned domain, bus, device, id, subsystem;
    char address[32];
} pci_info;

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
    int (*pci)(void *, pci_info *);
    int (*utilization)(void *, utilization *);
    int (*memory_1)(void *, memory_1 *);
    int (*memory_2)(void *, memory_2 *);
    int (*temperature)(void *, int, unsigned *);
    int (*threshold)(void *, int, unsigned *);
    int (*power)(void *, unsigned *);
    int (*power_limit)(void *, unsigned *);
    int (*fan)(void *, unsigned *);
    int (*clock)(void *, int, unsigned *);
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
        {"nvmlDeviceGetPciInfo_v3", &library->pci},
        {"nvmlDeviceGetUtilizationRates", &library->utilization},
        {"nvmlDeviceGetMemoryInfo", &library->memory_1},
        {"nvmlDeviceGetMemoryInfo_v2", &library->memory_2},
        {"nvmlDeviceGetTemperature", &library->temperature},
        {"nvmlDeviceGetTemperatureThreshold", &library->threshold},
        {"nvmlDeviceGetPowerUsage", &library->power},
        {"nvmlDeviceGetEnforcedPowerLimit", &library->power_limit},
        {"nvmlDeviceGetFanSpeed", &library->fan},
        {"nvmlDeviceGetClockInfo", &library->clock},
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

unsigned cnvml_count(cnvml *library) {
    unsigned count = 0;
    return library->count && library->count(&count) == 0 && count < 4096 ? count : 0;
}

int cnvml_by_address(cnvml *library, const char *address, void **device) {
    return library->by_address ? library->by_address(address, device) : CNVML_NOT_SUPPORTED;
}

int cnvml_by_index(cnvml *library, unsigned index, void **device) { return library->by_index(index, device); }

/* The one shape that most questions have: a device and a whole number. */
static double number(int (*ask)(void *, unsigned *), void *device, double scale) {
    unsigned value = 0;
    return ask && ask(device, &value) == 0 ? value * scale : NAN;
}

static double number_of(int (*ask)(void *, int, unsigned *), void *device, int which, double scale) {
    unsigned value = 0;
    return ask && ask(device, which, &value) == 0 ? value * scale : NAN;
}

int cnvml_describe(cnvml *library, void *device, cnvml_card *card) {
    memset(card, 0, sizeof *card);
    card->slowdown = number_of(library->threshold, device, THRESHOLD_SLOWDOWN, 1);
    card->power_limit = number(library->power_limit, device, 1e-3);
    pci_info pci;
    memset(&pci, 0, sizeof pci);
    if (library->pci && library->pci(device, &pci) == 0)
        snprintf(card->address, sizeof card->address, "%.31s", pci.address);
    int code = library->name ? library->name(device, card->name, sizeof card->name) : CNVML_NOT_SUPPORTED;
    if (code != 0) card->name[0] = '\0';
    card->name[sizeof card->name - 1] = '\0';
    return code;
}

static int read_memory(cnvml *library, void *device, cnvml_reading *reading) {
    memory_2 newer;
    memset(&newer, 0, sizeof newer);
    newer.version = (unsigned)sizeof newer | 2u << 24;
    /* The newer call leaves out what the driver keeps for itself. */
    if (library->memory_2 && library->memory_2(device, &newer) == 0) {
        reading->memory_used = (double)newer.used;
        reading->memory_total = (double)newer.total;
        return 0;
    }
    memory_1 older;
    memset(&older, 0, sizeof older);
    int code = library->memory_1 ? library->memory_1(device, &older) : CNVML_NOT_SUPPORTED;
    if (code == 0) {
        reading->memory_used = (double)older.used;
        reading->memory_total = (double)older.total;
    }
    return code;
}

static int is_grave(int code) {
    return code == CNVML_GPU_LOST || code == CNVML_RESET_REQUIRED || code == CNVML_UNINITIALIZED ||
           code == CNVML_NO_PERMISSION || code == CNVML_NO_DRIVER || code == CNVML_NO_POWER;
}

int cnvml_read(cnvml *library, void *device, cnvml_reading *reading) {
    *reading = (cnvml_reading){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    int code = read_memory(library, device, reading);
    if (is_grave(code)) return code;
    utilization load = {0, 0};
    code = library->utilization ? library->utilization(device, &load) : CNVML_NOT_SUPPORTED;
    if (is_grave(code)) return code;
    if (code == 0) reading->load = load.gpu;
    reading->temperature = number_of(library->temperature, device, SENSOR_GPU, 1);
    reading->power = number(library->power, device, 1e-3);
    reading->fan = number(library->fan, device, 1);
    reading->clock = number_of(library->clock, device, CLOCK_GRAPHICS, 1e6);
    reading->memory_clock = number_of(library->clock, device, CLOCK_MEMORY, 1e6);
    return 0;
}
