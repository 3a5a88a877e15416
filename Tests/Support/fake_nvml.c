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
 * FAKE_NVML_FILE    a file of further answers, read at every question, so that they can change: lines of
 *                   ADDRESS KEY VALUE, where "*" is any GPU, and VALUE is "!CODE" for an error. Keys are those below
 *                   KEYS and init, driver, count, handle, name
 * FAKE_NVML_LOG     a file that gets a line for each function that touches a GPU: "handle ADDRESS"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 12, LARGEST = 64 };
enum { ADDRESS, NAME, LOAD, USED, TOTAL, TEMPERATURE, SLOWDOWN, POWER, POWER_LIMIT, FAN, CLOCK, MEMORY_CLOCK,
       REASONS, CORRECTED, UNCORRECTED, ROWS, PENDING, FAILED, RETIREMENT, MEMORY_2 };

static const char *const KEYS[] = {"address", "name", "load", "used", "total", "temperature", "slowdown", "power",
    "power_limit", "fan", "clock", "memory_clock", "reasons", "corrected", "uncorrected", "rows", "pending",
    "failed", "retirement", "memory_2"};

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

/* The last line of the file for this GPU and key; its value in `value`. */
static int in_file(const char *address, const char *key, char value[96]) {
    const char *path = getenv("FAKE_NVML_FILE");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return 0;
    char line[256], whose[64], what[32], text[96];
    int found = 0;
    while (fgets(line, sizeof line, file)) {
        text[0] = '\0';
        if (sscanf(line, "%63s %31s %95[^\n]", whose, what, text) < 2 || strcmp(what, key) != 0) continue;
        if (strcmp(whose, "*") != 0 && strcmp(whose, address) != 0) continue;
        strcpy(value, text);
        found = 1;
    }
    fclose(file);
    return found;
}

/* The code that the file has for a call without a number; 0: none. */
static int code_in_file(const char *address, const char *key) {
    char value[96];
    return in_file(address, key, value) && value[0] == '!' ? atoi(value + 1) : 0;
}

static int answer(void *device, int field, unsigned long long *value) {
    gpu *each = device;
    char told[96];
    if (in_file(each->fields[ADDRESS], KEYS[field], told)) {
        if (told[0] == '!') return atoi(told + 1);
        if (!told[0] || told[0] == '-') return 3;
        *value = strtoull(told, NULL, 10);
        return 0;
    }
    if (each->code) return each->code;
    const char *text = field < FIELDS ? each->fields[field] : "";
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
    if (code_in_file("*", "init")) return code_in_file("*", "init");
    const char *code = getenv("FAKE_NVML_INIT");
    return code ? atoi(code) : 0;
}
int nvmlShutdown(void) { return 0; }

int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    const char *version = getenv("FAKE_NVML_DRIVER");
    char told[96];
    if (in_file("*", "driver", told)) version = told;
    snprintf(text, length, "%s", version ? version : "535.183.01");
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = gpu_count;
    return code_in_file("*", "count");
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
    return code_in_file(gpus[index].fields[ADDRESS], "handle");
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **device) {
    for (unsigned i = 0; i < gpu_count; i++)
        if (strcmp(gpus[i].fields[ADDRESS], address) == 0) return nvmlDeviceGetHandleByIndex_v2(i, device);
    return 6;
}

int nvmlDeviceGetName(void *device, char *text, unsigned length) {
    gpu *each = device;
    char told[96];
    int is_told = in_file(each->fields[ADDRESS], "name", told);
    snprintf(text, length, "%s", is_told ? told : each->fields[NAME]);
    return is_told && told[0] == '!' ? atoi(told + 1) : each->code;
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned *rates) { return answer_small(device, LOAD, rates); }

int nvmlDeviceGetMemoryInfo_v2(void *device, unsigned long long *memory) {
    unsigned long long ignored;
    int code = answer(device, MEMORY_2, &ignored);
    if (code && code != 3) return code;
    code = answer(device, TOTAL, &memory[1]);
    return code ? code : answer(device, USED, &memory[4]);
}

int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory) {
    int code = answer(device, TOTAL, &memory[0]);
    return code ? code : answer(device, USED, &memory[2]);
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

int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *bits) {
    return answer(device, REASONS, bits);
}
int nvmlDeviceGetTotalEccErrors(void *device, int type, int counter, unsigned long long *count) {
    return counter ? 2 : answer(device, type ? UNCORRECTED : CORRECTED, count);
}
int nvmlDeviceGetRemappedRows(void *device, unsigned *corrected, unsigned *uncorrected, unsigned *pending,
                              unsigned *failed) {
    *uncorrected = *pending = *failed = 0;
    int code = answer_small(device, ROWS, corrected);
    if (code) return code;
    answer_small(device, PENDING, pending);
    answer_small(device, FAILED, failed);
    return 0;
}
int nvmlDeviceGetRetiredPagesPendingStatus(void *device, unsigned *pending) {
    return answer_small(device, RETIREMENT, pending);
}
