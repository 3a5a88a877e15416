/*
 * HTTP through libcurl's multi interface, and name resolution, for a program with
 * one event loop. Both have a descriptor that the loop watches and a function to
 * call when it is readable. No function here blocks, and all must be called on one
 * thread. libcurl's own functions are variadic, which Swift does not import.
 */
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

typedef struct ccurl_client ccurl_client;
typedef struct ccurl_transfer ccurl_transfer;

/* One GET request. The texts are copied. */
typedef struct ccurl_request {
    const char *url;
    const char *resolve;       /* addresses of the URL's host, "HOST:PORT:ADDRESS,ADDRESS…"; NULL: it is an address */
    unsigned scope;            /* the interface of the link-local ones among them; 0: there are none */
    const char *user_agent;
    const char *etag;          /* of the last answer, for If-None-Match; NULL: none */
    const char *last_modified; /* of the last answer, for If-Modified-Since; NULL: none */
    int compressed;            /* ask for gzip */
    uint32_t connect_ms;       /* time limit of the connection */
    uint32_t total_ms;         /* time limit of the whole request */
    size_t body_limit;         /* largest body in bytes, uncompressed */
} ccurl_request;

enum { /* why this side ended a transfer */
    CCURL_WHOLE = 0,
    CCURL_BODY_TOO_LARGE = 1,
    CCURL_HEADERS_TOO_LARGE = 2
};

enum { /* result of a transfer, regardless of the HTTP status */
    CCURL_OK = 0,
    CCURL_CUT,           /* see `cut` */
    CCURL_TIMED_OUT,
    CCURL_NO_CONNECTION, /* see `system_error` */
    CCURL_NO_NAME,
    CCURL_CLOSED,        /* the other side closed without an answer */
    CCURL_BROKEN_OFF,    /* the connection was closed or reset within the answer */
    CCURL_NOT_HTTP,
    CCURL_BAD_ENCODING,  /* the body cannot be decompressed */
    CCURL_BAD_CERTIFICATE,
    CCURL_FAILED         /* anything else; see `words` */
};

/* The answer to a request. All pointers are valid until the callback returns. */
typedef struct ccurl_answer {
    int outcome;
    int cut;
    int system_error;   /* errno of the failed connection, or 0 */
    int status;         /* 200, 404, …; 0: no answer */
    int is_connected;   /* there was a connection, new or reused */
    int is_reused;      /* the connection was reused */
    const char *words;  /* libcurl's own, for CCURL_FAILED */
    const char *reason; /* "Not Found" of the status line; may be empty */
    const char *etag, *last_modified, *location; /* NULL: no such header; `location` is an absolute URL */
    int64_t retry_after; /* seconds after which the host wants to be asked again; -1: it has not said */
    int64_t date;        /* Unix seconds of the host's own clock; -1: it has not said */
    const uint8_t *body;
    size_t length;      /* of the body, uncompressed */
    int64_t promised;   /* Content-Length; -1: no such header */
    uint64_t sent, received; /* bytes of HTTP on the wire; of those, body: */
    uint64_t body_received;
    uint64_t nanoseconds;
} ccurl_answer;

typedef void (*ccurl_finished)(void *context, const ccurl_answer *answer);

/*
 * Opens a client for about `servers` servers that keeps at most `connections`
 * connections alive. NULL with errno, without memory or descriptors.
 */
ccurl_client *ccurl_open(unsigned servers, long connections);
void ccurl_close(ccurl_client *client);

/* The descriptor to watch for reading. */
int ccurl_descriptor(const ccurl_client *client);

/* Continues all transfers, and calls back for each one that has ended. */
void ccurl_run(ccurl_client *client);

/* Starts a transfer. Calls back once, from ccurl_run. NULL: it could not be started, and there is no callback. */
ccurl_transfer *ccurl_start(
    ccurl_client *client, const ccurl_request *request, ccurl_finished finished, void *context);

/* Ends a transfer before its callback, which is not called. */
void ccurl_cancel(ccurl_client *client, ccurl_transfer *transfer);

/*
 * Shuts down the connections to a named host whose address is not among `addresses`, "ADDRESS,ADDRESS…" as
 * a look-up found them. A request that waits on such a connection for its first byte is sent again on another one.
 */
void ccurl_keep_addresses(ccurl_client *client, const char *host, const char *addresses);

enum { CCURL_HOST_SIZE = 256 };

typedef struct ccurl_url {
    char host[CCURL_HOST_SIZE]; /* an IPv6 address in brackets */
    int port;
    int is_secure;     /* https */
    int is_address;    /* the host is an IP address */
    int has_user;      /* it has a user or password */
} ccurl_url;

/*
 * Opens libcurl, once: 0, or -1 with the reason in ccurl_load_error(). To be called
 * before all other functions of this header except the resolver's.
 */
int ccurl_load(void);
const char *ccurl_load_error(void);

/* Splits an http or https URL: 0, or -1 where it is not one. */
int ccurl_parse(const char *url, ccurl_url *parts);

/* "libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 …" */
const char *ccurl_version(void);

/*
 * Resolves names on threads of its own, since the C library's functions block. A
 * thread ends when there is nothing to resolve.
 */
typedef struct ccurl_resolver ccurl_resolver;

enum { CCURL_ADDRESSES_OF = 0, CCURL_NAME_OF = 1 };

/* The result of a look-up. The texts are valid until the callback returns. */
typedef struct ccurl_found {
    const char *text;  /* "192.168.1.2,[fd00::2]" for a name, or the name of an address; NULL: there is none */
    unsigned scope;    /* the interface of the link-local addresses in it; 0: there are none */
    const char *words; /* why there is none */
    int is_denied;     /* a name server has said that there is none; otherwise none could be asked */
} ccurl_found;

typedef void (*ccurl_resolved)(void *context, const ccurl_found *found);

ccurl_resolver *ccurl_resolver_open(void);
int ccurl_resolver_descriptor(const ccurl_resolver *resolver);

/* Calls back for each look-up that has ended. */
void ccurl_resolver_run(ccurl_resolver *resolver);

/*
 * Starts a look-up. Calls back once, from ccurl_resolver_run, possibly after long. One that `is_doubtful`, because
 * the name was not found before, waits behind all others, and has few threads to wait for.
 * -1: it could not be started, and there is no callback.
 */
int ccurl_resolve(
    ccurl_resolver *resolver, int what, const char *name, int is_doubtful, ccurl_resolved resolved,
    void *context);

/*
 * Starts more threads if look-ups that are not doubtful wait behind others that take long. Returns whether some
 * still wait, and this is to be called again after a while.
 */
int ccurl_resolver_hurry(ccurl_resolver *resolver);

enum { CCURL_SUBNET_SIZE = 32 };

/* An IPv4 subnet of this machine, "192.168.1.0/24": 1, or 0 where there is none. */
int ccurl_own_subnet(char text[CCURL_SUBNET_SIZE]);

#endif
