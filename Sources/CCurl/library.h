/*
 * libcurl, opened with dlopen at the first use: linked, it and the libraries that it
 * needs would slow down every start, even where nothing is fetched. With this header
 * its functions are called by their usual names.
 */
#ifndef CCURL_LIBRARY_H
#define CCURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define CCURL_FUNCTIONS(EACH) \
    EACH(easy_cleanup) EACH(easy_getinfo) EACH(easy_init) EACH(easy_reset) EACH(easy_setopt) \
    EACH(easy_strerror) EACH(free) EACH(getdate) EACH(global_init) EACH(multi_add_handle) EACH(multi_cleanup) \
    EACH(multi_info_read) EACH(multi_init) EACH(multi_remove_handle) EACH(multi_setopt) \
    EACH(multi_socket_action) EACH(slist_append) EACH(slist_free_all) EACH(url) EACH(url_cleanup) \
    EACH(url_get) EACH(url_set) EACH(version)

struct ccurl_library {
#define CCURL_MEMBER(name) __typeof__(&curl_##name) name;
    CCURL_FUNCTIONS(CCURL_MEMBER)
#undef CCURL_MEMBER
};

extern struct ccurl_library ccurl_library;

#ifndef CCURL_LIBRARY_C
#define curl_easy_cleanup ccurl_library.easy_cleanup
#define curl_easy_getinfo ccurl_library.easy_getinfo
#define curl_easy_init ccurl_library.easy_init
#define curl_easy_reset ccurl_library.easy_reset
#define curl_easy_setopt ccurl_library.easy_setopt
#define curl_easy_strerror ccurl_library.easy_strerror
#define curl_free ccurl_library.free
#define curl_getdate ccurl_library.getdate
#define curl_global_init ccurl_library.global_init
#define curl_multi_add_handle ccurl_library.multi_add_handle
#define curl_multi_cleanup ccurl_library.multi_cleanup
#define curl_multi_info_read ccurl_library.multi_info_read
#define curl_multi_init ccurl_library.multi_init
#define curl_multi_remove_handle ccurl_library.multi_remove_handle
#define curl_multi_setopt ccurl_library.multi_setopt
#define curl_multi_socket_action ccurl_library.multi_socket_action
#define curl_slist_append ccurl_library.slist_append
#define curl_slist_free_all ccurl_library.slist_free_all
#define curl_url ccurl_library.url
#define curl_url_cleanup ccurl_library.url_cleanup
#define curl_url_get ccurl_library.url_get
#define curl_url_set ccurl_library.url_set
#define curl_version ccurl_library.version
#endif

#endif
