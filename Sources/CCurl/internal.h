#ifndef CCURL_INTERNAL_H
#define CCURL_INTERNAL_H

#include <stdint.h>
#include "ccurl.h"

#include "library.h"

enum {
    TEXT_SIZE = 256, /* of a stored header; longer ones are not stored */
    DATE_SIZE = 40,
    KEPT_HANDLES = 32,
    SHARDS = 32,
    SERVERS_OF_A_SHARD = 64
};

struct ccurl_transfer {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers, *resolve;
    ccurl_finished finished;
    void *context;
    uint8_t *body;
    size_t length, capacity, body_limit, header_bytes;
    int cut;
    int is_headed; /* all headers of the answer have arrived */
    ccurl_client *client;
    uint32_t owner; /* of the connections that it opens, see `owners` */
    char reason[TEXT_SIZE], etag[TEXT_SIZE], last_modified[TEXT_SIZE];
    char retry_after[DATE_SIZE], date[DATE_SIZE], age[DATE_SIZE], encoding[DATE_SIZE];
    struct unpacker *unpacker; /* NULL: no packed data has arrived */
    int is_broken;             /* the packed data cannot be unpacked */
    ccurl_transfer *before, *next;
};

/*
 * At the end of each transfer libcurl walks through all connections of its multi
 * handle, which is quadratic in the number of hosts. Servers are therefore spread
 * over several handles.
 */
typedef struct shard {
    ccurl_client *client;
    CURLM *multi; /* NULL: there was no request to its servers yet */
    int timer;
    /* Nanoseconds of CLOCK_MONOTONIC; 0: never. `deadline`: libcurl is to be called.
     * `armed`: the time of the timer, which is earlier where libcurl has moved its deadline. */
    uint64_t deadline, armed;
} shard;

struct ccurl_client {
    int epoll;
    long connections; /* kept alive by each shard */
    CURL *kept[KEPT_HANDLES]; /* finished handles for reuse, since making one is expensive */
    int kept_count;
    ccurl_transfer *transfers;
    /* For each descriptor that is a connection to a named host a hash of the name, else 0. */
    uint32_t *owners;
    size_t owner_count;
    unsigned shard_count;
    shard shards[SHARDS];
};

/* The multi handle of a URL's server; NULL without memory or descriptors. */
CURLM *ccurl_multi_for(ccurl_client *client, const char *url);

/* The hash of a name of `length` bytes, whatever its case; never 0. */
uint32_t ccurl_owner(const char *name, size_t length);

/* Sets the callbacks by which the connections to named hosts are known. */
void ccurl_watch_sockets(ccurl_transfer *transfer);

/* Whether zlib is there. */
int ccurl_can_unpack(void);

/* Whether a Content-Encoding is one at all. */
int ccurl_is_packed(const char *encoding);

/* An unpacker of an encoding, gzip or deflate; NULL for any other one, and without memory. */
struct unpacker *ccurl_unpacker(const char *encoding);
void ccurl_free_unpacker(struct unpacker *unpacker);

/*
 * Unpacks bytes, and calls `take` with each piece, which ends it with another result than 0.
 * 0, or -1 where they cannot be unpacked, -2 where `take` has ended it.
 */
int ccurl_unpack(
    struct unpacker *unpacker, const char *bytes, size_t count,
    int (*take)(void *context, const uint8_t *bytes, size_t count), void *context);

/* Whether the packed data is complete. */
int ccurl_is_whole(const struct unpacker *unpacker);

/* Calls the callback of a transfer that has ended, and frees it. */
void ccurl_report(ccurl_client *client, ccurl_transfer *transfer, CURLcode code);

#endif
