#define _GNU_SOURCE
#include "cnvml.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layouts and numbers below are NVML's binary interface, by its manual. */

enum { INIT_NO_GPUS = 1, INIT_NO_ATTACH = 2 };
enum { SENSOR_GPU = 0, THRESHOLD_SLOWDOWN = 1, CLOCK_GRAPHICS = 0, CLOCK_MEMORY = 2, ERRORS_UNCORRECTED = 1, COUNTER_VOLATILE = 0 };

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
    int (*throttle)(void *, unsigned long long *);
    int (*ecc_errors)(void *, int, int, unsigned long long *);
    int (*remapped)(void *, unsigned *, unsigned *, unsigned *, unsigned *);
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
        {"nvmlDeviceGetCurrentClocksThrottleReasons", &library->throttle},
        {"nvmlDeviceGetTotalEccErrors", &library->ecc_errors},
        {"nvmlDeviceGetRemappedRows", &library->remapped},
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

int cnvml_describe(cnvml *library, void *device, cnvml_card *card) {
    memset(card, 0, sizeof *card);
    pci_info pci;
    memset(&pci, 0, sizeof pci);
    if (library->pci && library->pci(device, &pci) == 0)
        snprintf(card->address, sizeof card->address, "%.31s", pci.address);
    int code = library->name ? library->name(device, card->name, sizeof card->name) : CNVML_NOT_SUPPORTED;
    if (code != 0) card->name[0] = '\0';
    card->name[sizeof card->name - 1] = '\0';
    return code;
}

static cnvml_value value_of(int code, double number) { return (cnvml_value){code == 0 ? number : NAN, code}; }

/* The two shapes that most questions have: a device and a whole number, and a device, a choice and a whole number. All
 * ones are not scaled, so that they are known as such. */
static cnvml_value number(int (*ask)(void *, unsigned *), void *device, double scale) {
    unsigned value = 0;
    int code = ask ? ask(device, &value) : CNVML_FUNCTION_NOT_FOUND;
    return value_of(code, value == ~0u ? INFINITY : value * scale);
}

static cnvml_value number_of(int (*ask)(void *, int, unsigned *), void *device, int which, double scale) {
    unsigned value = 0;
    int code = ask ? ask(device, which, &value) : CNVML_FUNCTION_NOT_FOUND;
    return value_of(code, value == ~0u ? INFINITY : value * scale);
}

static double wide(unsigned long long value) { return value == ~0ull ? INFINITY : (double)value; }

static void read_memory(cnvml *library, void *device, cnvml_reading *reading) {
    memory_2 newer;
    memset(&newer, 0, sizeof newer);
    newer.version = (unsigned)sizeof newer | 2u << 24;
    /* The newer call leaves out what the driver keeps for itself. Whatever it fails with, the older one may work. */
    int code = library->memory_2 ? library->memory_2(device, &newer) : CNVML_FUNCTION_NOT_FOUND;
    memory_1 older = {newer.total, newer.free, newer.used};
    if (code != 0) {
        memset(&older, 0, sizeof older);
        code = library->memory_1 ? library->memory_1(device, &older) : code;
    }
    reading->memory_used = value_of(code, wide(older.used));
    reading->memory_total = value_of(code, wide(older.total));
}

static void read_health(cnvml *library, void *device, cnvml_reading *reading) {
    unsigned long long reasons = 0, errors = 0;
    int code = library->throttle ? library->throttle(device, &reasons) : CNVML_FUNCTION_NOT_FOUND;
    reading->throttle = value_of(code, wide(reasons));
    code = library->ecc_errors ? library->ecc_errors(device, ERRORS_UNCORRECTED, COUNTER_VOLATILE, &errors)
                               : CNVML_FUNCTION_NOT_FOUND;
    reading->ecc_errors = value_of(code, wide(errors));
    unsigned corrected = 0, uncorrected = 0, is_remapping = 0, has_failed = 0;
    code = library->remapped ? library->remapped(device, &corrected, &uncorrected, &is_remapping, &has_failed)
                             : CNVML_FUNCTION_NOT_FOUND;
    reading->remapped = value_of(code, (double)corrected + uncorrected);
    reading->is_remapping = value_of(code, is_remapping != 0);
    reading->has_no_rows = value_of(code, has_failed != 0);
}

void cnvml_read(cnvml *library, void *device, cnvml_reading *reading) {
    read_memory(library, device, reading);
    utilization load = {0, 0};
    int code = library->utilization ? library->utilization(device, &load) : CNVML_FUNCTION_NOT_FOUND;
    reading->load = value_of(code, load.gpu == ~0u ? INFINITY : load.gpu);
    reading->temperature = number_of(library->temperature, device, SENSOR_GPU, 1);
    reading->slowdown = number_of(library->threshold, device, THRESHOLD_SLOWDOWN, 1);
    reading->power = number(library->power, device, 1e-3);
    reading->power_limit = number(library->power_limit, device, 1e-3);
    reading->fan = number(library->fan, device, 1);
    reading->clock = number_of(library->clock, device, CLOCK_GRAPHICS, 1e6);
    reading->memory_clock = number_of(library->clock, device, CLOCK_MEMORY, 1e6);
    read_health(library, device, reading);
}
