#ifndef CCURL_INTERNAL_H
#define CCURL_INTERNAL_H

#include <stdint.h>
#include "ccurl.h"

#include "library.h"

enum {
    TEXT_SIZE = 256, /* of a header that is kept; a longer one is not */
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
    int is_headed; /* all headers of the answer have come */
    char reason[TEXT_SIZE], etag[TEXT_SIZE], last_modified[TEXT_SIZE];
    ccurl_transfer *before, *next;
};

/*
 * At the end of every transfer libcurl walks through all connections of its
 * multi handle, so that one handle for a thousand hosts would cost a thousand
 * times a thousand steps. Servers are spread over several.
 */
typedef struct shard {
    ccurl_client *client;
    CURLM *multi; /* NULL: none of its servers was asked yet */
    int timer;
    /* Nanoseconds of CLOCK_MONOTONIC; 0: never. When libcurl is to be called, and
     * when the timer is set to: that is earlier where libcurl has changed its mind. */
    uint64_t deadline, armed;
} shard;

struct ccurl_client {
    int epoll;
    long connections; /* kept alive by each shard */
    CURL *kept[KEPT_HANDLES]; /* handles are heavy: those that are done serve again */
    int kept_count;
    ccurl_transfer *transfers;
    unsigned shard_count;
    shard shards[SHARDS];
};

/* The multi handle that a URL's server belongs to; NULL when there is no memory or no descriptor. */
CURLM *ccurl_multi_for(ccurl_client *client, const char *url);

/* A transfer has ended: calls back, and frees it. */
void ccurl_report(ccurl_client *client, ccurl_transfer *transfer, CURLcode code);

#endif
