#define CCURL_LIBRARY_C
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

#include "ccurl.h"

struct ccurl_library ccurl_library;
static char reason[256];

const char *ccurl_load_error(void) { return reason; }

int ccurl_load(void) {
    static int is_open;
    if (is_open) return 0;
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, sizeof reason, "%s; install libcurl4", dlerror());
        return -1;
    }
#define CCURL_LOAD(name) \
    *(void **)&ccurl_library.name = dlsym(handle, "curl_" #name); \
    if (!ccurl_library.name) { \
        snprintf(reason, sizeof reason, "libcurl.so.4 has no curl_" #name "; install a newer libcurl4"); \
        return -1; \
    }
    CCURL_FUNCTIONS(CCURL_LOAD)
#undef CCURL_LOAD
    is_open = 1;
    return 0;
}
