#include <jansson.h>

/* json_decref is an inline function over atomics that Swift does not import. */
static inline void cjansson_decref(json_t *json) { json_decref(json); }

/* The code of an error stands in the last byte of its text. */
static inline int cjansson_is_premature_end(const json_error_t *error) {
    return json_error_code(error) == json_error_premature_end_of_input;
}
