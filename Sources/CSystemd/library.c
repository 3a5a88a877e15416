#define CSYSTEMD_LIBRARY_C
#include "library.h"

#include <dlfcn.h>
#include <errno.h>

struct csystemd_library csystemd_library;

int csystemd_load(void) {
    static int is_open;
    if (is_open) return 0;
    void *handle = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return -ELIBACC;
#define CSYSTEMD_LOAD(name)                                        \
    *(void **)&csystemd_library.name = dlsym(handle, "sd_bus_" #name); \
    if (!csystemd_library.name) return -ELIBACC;
    CSYSTEMD_FUNCTIONS(CSYSTEMD_LOAD)
#undef CSYSTEMD_LOAD
    is_open = 1;
    return 0;
}
