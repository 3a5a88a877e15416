/*
 * libsystemd, opened when systemd is asked for the first time: linked, it and the
 * libraries that it needs (libgcrypt, liblzma, libzstd, liblz4, libcap) would take
 * half a megabyte in every worker, also where there is no systemd to ask or where only
 * documents of other hosts are read. Behind this header its functions are called by
 * their names.
 */
#ifndef CSYSTEMD_LIBRARY_H
#define CSYSTEMD_LIBRARY_H

#include <systemd/sd-bus.h>

#define CSYSTEMD_FUNCTIONS(EACH) \
    EACH(add_match) EACH(call) EACH(close_unref) EACH(error_free) EACH(error_has_name) EACH(is_open) \
    EACH(is_ready) EACH(match_signal) EACH(message_append) EACH(message_append_strv) \
    EACH(message_enter_container) EACH(message_get_path) EACH(message_new_method_call) \
    EACH(message_peek_type) EACH(message_read) EACH(message_read_basic) EACH(message_unref) \
    EACH(new) EACH(open_system) EACH(path_decode) EACH(path_encode) EACH(process) EACH(set_address) \
    EACH(set_method_call_timeout) EACH(start) EACH(wait)

struct csystemd_library {
#define CSYSTEMD_MEMBER(name) __typeof__(&sd_bus_##name) name;
    CSYSTEMD_FUNCTIONS(CSYSTEMD_MEMBER)
#undef CSYSTEMD_MEMBER
};

extern struct csystemd_library csystemd_library;

/* Opens the library unless it is open. 0, or -ELIBACC where it is missing or lacks a function. */
int csystemd_load(void);

#ifndef CSYSTEMD_LIBRARY_C
#define sd_bus_add_match csystemd_library.add_match
#define sd_bus_call csystemd_library.call
#define sd_bus_close_unref csystemd_library.close_unref
#define sd_bus_error_free csystemd_library.error_free
#define sd_bus_error_has_name csystemd_library.error_has_name
#define sd_bus_is_open csystemd_library.is_open
#define sd_bus_is_ready csystemd_library.is_ready
#define sd_bus_match_signal csystemd_library.match_signal
#define sd_bus_message_append csystemd_library.message_append
#define sd_bus_message_append_strv csystemd_library.message_append_strv
#define sd_bus_message_enter_container csystemd_library.message_enter_container
#define sd_bus_message_get_path csystemd_library.message_get_path
#define sd_bus_message_new_method_call csystemd_library.message_new_method_call
#define sd_bus_message_peek_type csystemd_library.message_peek_type
#define sd_bus_message_read csystemd_library.message_read
#define sd_bus_message_read_basic csystemd_library.message_read_basic
#define sd_bus_message_unref csystemd_library.message_unref
#define sd_bus_new csystemd_library.new
#define sd_bus_open_system csystemd_library.open_system
#define sd_bus_path_decode csystemd_library.path_decode
#define sd_bus_path_encode csystemd_library.path_encode
#define sd_bus_process csystemd_library.process
#define sd_bus_set_address csystemd_library.set_address
#define sd_bus_set_method_call_timeout csystemd_library.set_method_call_timeout
#define sd_bus_start csystemd_library.start
#define sd_bus_wait csystemd_library.wait
#endif

#endif
