/*
 * A stand-in for NVIDIA's libnvidia-ml.so.1 that answers from the environment:
 *
 *     gcc -shared -fPIC -o fake_nvml.so Tests/Support/fake_nvml.c
 *
 * FAKE_NVML_INIT    what initialising returns (9: no driver, 18: version mismatch)
 * FAKE_NVML_DRIVER  driver version
 * FAKE_NVML_GPUS    one GPU after the other, separated by ";", each
 *                   ADDRESS,NAME,LOAD,USED,TOTAL,TEMPERATURE,SLOWDOWN,MILLIWATT,LIMIT_MILLIWATT,FAN,MHZ,MEMORY_MHZ
 *                   with "-" for what the GPU does not support, or ADDRESS,NAME,!CODE for one whose every answer
 *                   is that code
 * FAKE_NVML_LOG     a file that gets a line for each function that touches a GPU: "handle ADDRESS"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 12, LARGEST = 64 };
enum { ADDRESS, NAME, LOAD, USED, TOTAL, TEMPERATURE, SLOWDOWN, POWER, POWER_LIMIT, FAN, CLOCK, MEMORY_CLOCK };

typedef struct gpu {
    char fields[FIELDS][96];
    int code;
} gpu;

static gpu gpus[LARGEST];
static unsigned gpu_count;

static void parse(void) {
    gpu_count = 0;
    const char *text = getenv("FAKE_NVML_GPUS");
    char *copy = strdup(text ? text : ""), *rest = copy, *part;
    while ((part = strsep(&rest, ";")) && gpu_count < LARGEST) {
        if (!*part) continue;
        gpu *each = &gpus[gpu_count++];
        memset(each, 0, sizeof *each);
        char *field;
        for (int i = 0; i < FIELDS && (field = strsep(&part, ",")); i++) {
            snprintf(each->fields[i], sizeof each->fields[i], "%s", field);
            if (*field == '!') each->code = atoi(field + 1);
        }
    }
    free(copy);
}

static int answer(void *device, int field, unsigned long long *value) {
    gpu *each = device;
    if (each->code) return each->code;
    const char *text = each->fields[field];
    if (!*text || *text == '-') return 3;
    *value = strtoull(text, NULL, 10);
    return 0;
}

static int answer_small(void *device, int field, unsigned *value) {
    unsigned long long wide = 0;
    int code = answer(device, field, &wide);
    *value = (unsigned)wide;
    return code;
}

int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    parse();
    const char *code = getenv("FAKE_NVML_INIT");
    return code ? atoi(code) : 0;
}
int nvmlShutdown(void) { return 0; }

int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    const char *version = getenv("FAKE_NVML_DRIVER");
    snprintf(text, length, "%s", version ? version : "535.183.01");
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = gpu_count;
    return 0;
}

static void log_handle(const gpu *each) {
    const char *path = getenv("FAKE_NVML_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "handle %s\n", each->fields[ADDRESS]);
    fclose(file);
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    if (index >= gpu_count) return 2;
    *device = &gpus[index];
    log_handle(&gpus[index]);
    return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **device) {
    for (unsigned i = 0; i < gpu_count; i++)
        if (strcmp(gpus[i].fields[ADDRESS], address) == 0) return nvmlDeviceGetHandleByIndex_v2(i, device);
    return 6;
}

int nvmlDeviceGetName(void *device, char *text, unsigned length) {
    gpu *each = device;
    snprintf(text, length, "%s", each->fields[NAME]);
    return each->code;
}

int nvmlDeviceGetPciInfo_v3(void *device, void *info) {
    memset(info, 0, 16 + 5 * 4 + 32);
    snprintf((char *)info + 36, 32, "%.31s", ((gpu *)device)->fields[ADDRESS]);
    return 0;
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned *rates) { return answer_small(device, LOAD, rates); }

int nvmlDeviceGetMemoryInfo_v2(void *device, unsigned long long *memory) {
    int code = answer(device, TOTAL, &memory[1]);
    return code ? code : answer(device, USED, &memory[4]);
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *value) {
    return sensor ? 2 : answer_small(device, TEMPERATURE, value);
}
int nvmlDeviceGetTemperatureThreshold(void *device, int which, unsigned *value) {
    return which == 1 ? answer_small(device, SLOWDOWN, value) : 3;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *value) { return answer_small(device, POWER, value); }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *value) { return answer_small(device, POWER_LIMIT, value); }
int nvmlDeviceGetFanSpeed(void *device, unsigned *value) { return answer_small(device, FAN, value); }
int nvmlDeviceGetClockInfo(void *device, int which, unsigned *value) {
    return answer_small(device, which == 0 ? CLOCK : MEMORY_CLOCK, value);
}
