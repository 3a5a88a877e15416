#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Events read in one call; the rest waits for the next call, so that keys are handled in between. */
enum { EVENTS = 16 };

/*
 * Sockets and timers are in one epoll instance, which the event loop watches. The
 * data of an event is a shard and a descriptor.
 */

static uint64_t word_of(const shard *shard, int descriptor) {
    return (uint64_t)(shard - shard->client->shards) << 32 | (uint32_t)descriptor;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *unused) {
    shard *shard = context;
    int epoll = shard->client->epoll;
    (void)easy, (void)unused;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    struct epoll_event event = {.data.u64 = word_of(shard, socket)};
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    /* The descriptor may have been closed and reused for another socket. */
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT)
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    return 0;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The timer is not moved to a later time: an early wake-up costs less than setting it for each request. */
static void arm(shard *shard) {
    if (shard->deadline == 0 || (shard->armed != 0 && shard->armed <= shard->deadline)) return;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(shard->deadline / 1000000000),
                                           .tv_nsec = (long)(shard->deadline % 1000000000)}};
    timerfd_settime(shard->timer, TFD_TIMER_ABSTIME, &when, NULL);
    shard->armed = shard->deadline;
}

static int on_timer(CURLM *multi, long milliseconds, void *context) {
    shard *shard = context;
    (void)multi;
    /* A time in the past is due at once. */
    shard->deadline = milliseconds < 0 ? 0 : milliseconds == 0 ? 1 : now() + (uint64_t)milliseconds * 1000000;
    arm(shard);
    return 0;
}

static void timer_expired(shard *shard) {
    uint64_t expirations;
    int running;
    if (read(shard->timer, &expirations, sizeof expirations) <= 0) return;
    shard->armed = 0;
    if (shard->deadline != 0 && shard->deadline <= now()) {
        shard->deadline = 0;
        curl_multi_socket_action(shard->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    arm(shard);
}

static CURLM *open_shard(shard *shard) {
    CURLM *multi = curl_multi_init();
    if (!multi) return NULL;
    shard->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = word_of(shard, shard->timer)};
    if (shard->timer < 0 || epoll_ctl(shard->client->epoll, EPOLL_CTL_ADD, shard->timer, &event) != 0) {
        if (shard->timer >= 0) close(shard->timer);
        curl_multi_cleanup(multi);
        return NULL;
    }
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, shard->client->connections);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return shard->multi = multi;
}

/* A server always belongs to the same shard, which has its connection. */
CURLM *ccurl_multi_for(ccurl_client *client, const char *url) {
    unsigned hash = 2166136261u;
    for (int slashes = 0; *url && (slashes += *url == '/') < 3; url++)
        hash = (hash ^ (unsigned char)*url) * 16777619u;
    shard *shard = &client->shards[hash % client->shard_count];
    return shard->multi ? shard->multi : open_shard(shard);
}

ccurl_client *ccurl_open(unsigned servers, long connections) {
    ccurl_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    unsigned count = servers / SERVERS_OF_A_SHARD + 1;
    client->shard_count = count < SHARDS ? count : SHARDS;
    client->connections = connections / (long)client->shard_count + 1;
    for (unsigned i = 0; i < SHARDS; i++) client->shards[i].client = client;
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        int code = client->epoll < 0 ? errno : ENOMEM;
        ccurl_close(client);
        errno = code;
        return NULL;
    }
    return client;
}

int ccurl_descriptor(const ccurl_client *client) { return client->epoll; }

void ccurl_close(ccurl_client *client) {
    while (client->transfers) ccurl_cancel(client, client->transfers);
    while (client->kept_count > 0) curl_easy_cleanup(client->kept[--client->kept_count]);
    for (unsigned i = 0; i < client->shard_count; i++) {
        if (!client->shards[i].multi) continue;
        curl_multi_cleanup(client->shards[i].multi);
        close(client->shards[i].timer);
    }
    if (client->epoll >= 0) close(client->epoll);
    free(client->owners);
    free(client);
}

/* Reports the transfers of a shard that have ended. */
static void deliver(ccurl_client *client, CURLM *multi) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left))) {
        ccurl_transfer *transfer = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        ccurl_report(client, transfer, code);
    }
}

void ccurl_run(ccurl_client *client) {
    struct epoll_event events[EVENTS];
    int running;
    int count = epoll_wait(client->epoll, events, EVENTS, 0);
    for (int i = 0; i < count; i++) {
        shard *shard = &client->shards[events[i].data.u64 >> 32];
        int descriptor = (int)(uint32_t)events[i].data.u64;
        if (descriptor == shard->timer) {
            timer_expired(shard);
        } else {
            int what = 0;
            if (events[i].events & EPOLLIN) what |= CURL_CSELECT_IN;
            if (events[i].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
            if (events[i].events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
            curl_multi_socket_action(shard->multi, descriptor, what, &running);
        }
        deliver(client, shard->multi);
    }
}
