#ifndef CCURL_INTERNAL_H
#define CCURL_INTERNAL_H

#include <stdint.h>
#include "ccurl.h"

#include "library.h"

enum {
    TEXT_SIZE = 256, /* of a stored header; longer ones are not stored */
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
    char reason[TEXT_SIZE], etag[TEXT_SIZE], last_modified[TEXT_SIZE];
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
    unsigned shard_count;
    shard shards[SHARDS];
};

/* The multi handle of a URL's server; NULL without memory or descriptors. */
CURLM *ccurl_multi_for(ccurl_client *client, const char *url);

/* Calls the callback of a transfer that has ended, and frees it. */
void ccurl_report(ccurl_client *client, ccurl_transfer *transfer, CURLcode code);

#endif
