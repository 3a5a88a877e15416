/* The locale that the environment asks for, or the nearest that is installed. */
#define _GNU_SOURCE
#include "cterminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static int is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

/* Whether the environment asks for UTF-8: de_DE.UTF-8, C.utf8, and the UTF-8 alone that macOS sends. */
static int asks_for_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
    }
    return 0;
}

int cterminal_use_locale(void) {
    static const char *const others[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
    /* Only what characters are: numbers, dates and messages of the system stay as they are in files. */
    if (!setlocale(LC_CTYPE, "") && asks_for_utf8())
        for (size_t i = 0; i < sizeof others / sizeof *others && !is_utf8(); i++) setlocale(LC_CTYPE, others[i]);
    return is_utf8();
}
