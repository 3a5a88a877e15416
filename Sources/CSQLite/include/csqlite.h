/*
 * SQLite, opened with dlopen at the first use: linked, it would slow down every
 * start, also of commands that remember nothing. csqlite_NAME is sqlite3_NAME.
 * Each connection is used by one thread at a time.
 */
#ifndef CSQLITE_H
#define CSQLITE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sqlite3 csqlite_database;
typedef struct sqlite3_stmt csqlite_statement;

/* Result codes that callers tell apart. */
enum {
    CSQLITE_OK = 0,
    CSQLITE_BUSY = 5,
    CSQLITE_NOMEM = 7,
    CSQLITE_READONLY = 8,
    CSQLITE_INTERRUPT = 9,
    CSQLITE_IOERR = 10,
    CSQLITE_CORRUPT = 11,
    CSQLITE_FULL = 13,
    CSQLITE_CANTOPEN = 14,
    CSQLITE_NOTADB = 26,
    CSQLITE_ROW = 100,
    CSQLITE_DONE = 101
};

/* Loads the library, of any thread; 0: it is there. */
int csqlite_load(void);

/* Why it could not be loaded; static. */
const char *csqlite_load_error(void);

/* The library's version, "3.40.1". */
const char *csqlite_version(void);

/*
 * Opens a database for one thread. `writes`: creates it where it does not exist. *database must be
 * closed with csqlite_close() whatever is returned, unless it is NULL.
 */
int csqlite_open(const char *path, int writes, csqlite_database **database);
int csqlite_close(csqlite_database *database);

/* The last error's text, until the next call. */
const char *csqlite_error(csqlite_database *database);

/* The last error's code with its extension. */
int csqlite_code(csqlite_database *database);

/* Runs statements that return nothing. */
int csqlite_run(csqlite_database *database, const char *sql);

/* Milliseconds that a call waits for another connection. */
int csqlite_patience(csqlite_database *database, int milliseconds);

/* Makes the call that runs on the connection end with CSQLITE_INTERRUPT; of any thread. */
void csqlite_interrupt(csqlite_database *database);

int csqlite_prepare(csqlite_database *database, const char *sql, csqlite_statement **statement);
int csqlite_step(csqlite_statement *statement);
int csqlite_reset(csqlite_statement *statement);
void csqlite_finalize(csqlite_statement *statement);

/* Parameters count from 1. Bytes and texts are copied. */
int csqlite_bind_integer(csqlite_statement *statement, int place, int64_t value);
int csqlite_bind_text(csqlite_statement *statement, int place, const char *text, size_t length);
int csqlite_bind_bytes(csqlite_statement *statement, int place, const void *bytes, size_t length);

/* Columns count from 0. Pointers live until the next step or reset. */
int64_t csqlite_integer(csqlite_statement *statement, int place);
const void *csqlite_bytes(csqlite_statement *statement, int place, size_t *length);

/* Rows that the last statement changed. */
int64_t csqlite_changes(csqlite_database *database);

/*
 * Copies the WAL into the database: all that no reader needs, or (`truncates`) all, and empties the
 * file. *left: pages of it that are not copied yet.
 */
int csqlite_checkpoint(csqlite_database *database, int truncates, int *left);

#endif
