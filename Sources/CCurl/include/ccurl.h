/*
 * HTTP through libcurl's multi interface, and names to addresses, for a program
 * with one event loop: each is a descriptor that the loop watches, and a call
 * when it can be read. Nothing here waits. libcurl's options and answers are
 * variadic, which Swift does not import.
 */
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

typedef struct ccurl_client ccurl_client;
typedef struct ccurl_transfer ccurl_transfer;

/* One GET. The texts are copied. */
typedef struct ccurl_request {
    const char *url;
    const char *resolve;       /* "HOST:PORT:ADDRESS,ADDRESS…" of the URL; NULL: its host is an address */
    const char *user_agent;
    const char *etag;          /* of the answer that is already here; NULL: none */
    const char *last_modified; /* likewise */
    int compressed;            /* ask for gzip */
    uint32_t connect_ms;       /* until the connection stands */
    uint32_t total_ms;         /* until the last byte */
    size_t body_limit;         /* bytes, unpacked */
} ccurl_request;

enum { /* why a transfer was cut off by this side */
    CCURL_WHOLE = 0,
    CCURL_BODY_TOO_LARGE = 1,
    CCURL_HEADERS_TOO_LARGE = 2
};

enum { /* what a transfer came to, before its status is looked at */
    CCURL_OK = 0,
    CCURL_CUT,           /* see `cut` */
    CCURL_TIMED_OUT,
    CCURL_NO_CONNECTION, /* see `system_error` */
    CCURL_NO_NAME,
    CCURL_CLOSED,        /* the other side closed without an answer */
    CCURL_BROKEN_OFF,    /* it closed, or reset, amid the answer */
    CCURL_NOT_HTTP,
    CCURL_BAD_ENCODING,  /* the packed body cannot be unpacked */
    CCURL_BAD_CERTIFICATE,
    CCURL_FAILED         /* anything else; see `words` */
};

/* What came of a request. Everything in it lives until the callback returns. */
typedef struct ccurl_answer {
    int outcome;
    int cut;
    int system_error;   /* errno of the connection's failure, or 0 */
    int status;         /* 200, 404, …; 0: no answer */
    int is_connected;   /* the connection stood, or had stood from before */
    int is_reused;      /* it had stood from before */
    const char *words;  /* libcurl's own, for CCURL_FAILED */
    const char *reason; /* "Not Found" of the status line; may be empty */
    const char *etag, *last_modified, *location; /* NULL: not said; `location` is a whole URL */
    const uint8_t *body;
    size_t length;      /* of the body, unpacked */
    int64_t promised;   /* Content-Length; -1: not said */
    uint64_t sent, received; /* HTTP's bytes on the wire, of which body: */
    uint64_t body_received;
    uint64_t nanoseconds;
} ccurl_answer;

typedef void (*ccurl_finished)(void *context, const ccurl_answer *answer);

/*
 * For about so many servers, and at most so many connections that are kept
 * alive. NULL when there is no memory or there are no descriptors left, with errno.
 */
ccurl_client *ccurl_open(unsigned servers, long connections);
void ccurl_close(ccurl_client *client);

/* To be watched for reading. */
int ccurl_descriptor(const ccurl_client *client);

/* Does what there is to do and calls back for each transfer that has ended. */
void ccurl_run(ccurl_client *client);

/* Calls back from ccurl_run, once. NULL: it cannot be begun, and nothing is called. */
ccurl_transfer *ccurl_start(
    ccurl_client *client, const ccurl_request *request, ccurl_finished finished, void *context);

/* Ends a transfer that has not called back, without calling back. */
void ccurl_cancel(ccurl_client *client, ccurl_transfer *transfer);

enum { CCURL_HOST_SIZE = 256 };

typedef struct ccurl_url {
    char host[CCURL_HOST_SIZE]; /* an IPv6 address stands in brackets */
    int port;
    int is_secure;     /* https */
    int is_address;    /* the host is an IP address */
    int has_user;      /* a user or password stands in it */
} ccurl_url;

/*
 * Opens libcurl, once: 0, or -1 with the reason in ccurl_load_error(). To be called
 * before anything else of this header but the resolver.
 */
int ccurl_load(void);
const char *ccurl_load_error(void);

/* Takes an http or https URL apart: 0, or -1 when it is none. */
int ccurl_parse(const char *url, ccurl_url *parts);

/* "libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 …" */
const char *ccurl_version(void);

/*
 * Names are looked up in threads of their own, since the C library's look-up
 * waits for name servers. A thread lives as long as there is something to look up.
 */
typedef struct ccurl_resolver ccurl_resolver;

enum { CCURL_ADDRESSES_OF = 0, CCURL_NAME_OF = 1 };

/*
 * `found`: "192.168.1.2,[fd00::2]", or the name of an address; NULL when there
 * is none, and `words` says why.
 */
typedef void (*ccurl_resolved)(void *context, const char *found, const char *words);

ccurl_resolver *ccurl_resolver_open(void);
int ccurl_resolver_descriptor(const ccurl_resolver *resolver);

/* Calls back for each look-up that has ended. */
void ccurl_resolver_run(ccurl_resolver *resolver);

/*
 * Calls back from ccurl_resolver_run, once, also after long. -1: it cannot be
 * begun, and nothing is called.
 */
int ccurl_resolve(
    ccurl_resolver *resolver, int what, const char *name, ccurl_resolved resolved, void *context);

enum { CCURL_SUBNET_SIZE = 32 };

/* An IPv4 subnet that this machine is in, "192.168.1.0/24": 1, or 0 when there is none. */
int ccurl_own_subnet(char text[CCURL_SUBNET_SIZE]);

#endif
