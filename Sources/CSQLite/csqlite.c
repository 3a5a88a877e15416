#include "csqlite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>

#define FUNCTIONS(EACH) \
    EACH(bind_blob64) EACH(bind_int64) EACH(bind_text64) EACH(busy_timeout) EACH(changes64) \
    EACH(close_v2) EACH(column_blob) EACH(column_bytes) EACH(column_int64) EACH(errmsg) EACH(exec) \
    EACH(extended_errcode) EACH(finalize) EACH(interrupt) EACH(libversion) EACH(open_v2) \
    EACH(prepare_v2) EACH(reset) EACH(step) EACH(wal_checkpoint_v2)

static struct {
#define MEMBER(name) __typeof__(&sqlite3_##name) name;
    FUNCTIONS(MEMBER)
#undef MEMBER
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_open;
static char reason[256];

static void load(void) {
    void *handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, sizeof reason, "%s; install libsqlite3-0", dlerror());
        return;
    }
#define LOAD(name) \
    *(void **)&library.name = dlsym(handle, "sqlite3_" #name); \
    if (!library.name) { \
        snprintf(reason, sizeof reason, \
                 "libsqlite3.so.0 has no sqlite3_" #name "; SQLite 3.37 or newer is needed"); \
        return; \
    }
    FUNCTIONS(LOAD)
#undef LOAD
    is_open = 1;
}

int csqlite_load(void) {
    pthread_once(&once, load);
    return is_open ? 0 : -1;
}

const char *csqlite_load_error(void) { return reason; }
const char *csqlite_version(void) { return library.libversion(); }

int csqlite_open(const char *path, int writes, csqlite_database **database) {
    int mode = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    return library.open_v2(path, database, mode | SQLITE_OPEN_NOMUTEX, NULL);
}

int csqlite_close(csqlite_database *database) { return library.close_v2(database); }
const char *csqlite_error(csqlite_database *database) { return library.errmsg(database); }
int csqlite_code(csqlite_database *database) { return library.extended_errcode(database); }

int csqlite_run(csqlite_database *database, const char *sql) {
    return library.exec(database, sql, NULL, NULL, NULL);
}

int csqlite_patience(csqlite_database *database, int milliseconds) {
    return library.busy_timeout(database, milliseconds);
}

void csqlite_interrupt(csqlite_database *database) { library.interrupt(database); }

int csqlite_prepare(csqlite_database *database, const char *sql, csqlite_statement **statement) {
    return library.prepare_v2(database, sql, -1, statement, NULL);
}

int csqlite_step(csqlite_statement *statement) { return library.step(statement); }
int csqlite_reset(csqlite_statement *statement) { return library.reset(statement); }
void csqlite_finalize(csqlite_statement *statement) { library.finalize(statement); }

int csqlite_bind_integer(csqlite_statement *statement, int place, int64_t value) {
    return library.bind_int64(statement, place, value);
}

int csqlite_bind_text(csqlite_statement *statement, int place, const char *text, size_t length) {
    return library.bind_text64(statement, place, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int csqlite_bind_bytes(csqlite_statement *statement, int place, const void *bytes, size_t length) {
    return library.bind_blob64(statement, place, length ? bytes : "", length, SQLITE_TRANSIENT);
}

int64_t csqlite_integer(csqlite_statement *statement, int place) {
    return library.column_int64(statement, place);
}

const void *csqlite_bytes(csqlite_statement *statement, int place, size_t *length) {
    const void *bytes = library.column_blob(statement, place);
    *length = (size_t)library.column_bytes(statement, place);
    return bytes;
}

int64_t csqlite_changes(csqlite_database *database) { return library.changes64(database); }

int csqlite_checkpoint(csqlite_database *database, int truncates, int *left) {
    int pages = 0, copied = 0;
    int code = library.wal_checkpoint_v2(
        database, NULL, truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    *left = pages > copied ? pages - copied : 0;
    return code;
}
