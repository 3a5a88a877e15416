#include <jansson.h>

/* json_decref is an inline function over atomics that Swift does not import. */
static inline void cjansson_decref(json_t *json) { json_decref(json); }
