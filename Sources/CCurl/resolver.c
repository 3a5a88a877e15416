#define _GNU_SOURCE
#include "ccurl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 32, STACK = 256 << 10, FOUND_SIZE = 1024, ADDRESSES = 8 };

typedef struct question {
    int what;
    char name[CCURL_HOST_SIZE];
    ccurl_resolved resolved;
    void *context;
    char found[FOUND_SIZE];
    const char *words;
    struct question *next;
} question;

typedef struct list {
    question *first, *last;
} list;

struct ccurl_resolver {
    pthread_mutex_t lock;
    int event;
    int threads;
    list asked, answered;
};

static void put(list *list, question *one) {
    one->next = NULL;
    if (list->last) list->last->next = one;
    else list->first = one;
    list->last = one;
}

static question *take(list *list) {
    question *one = list->first;
    if (!one) return NULL;
    list->first = one->next;
    if (!list->first) list->last = NULL;
    return one;
}

/* EAI_SYSTEM stands for errno, whose text says more. */
static const char *words_of(int code) { return code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code); }

static void find_addresses(question *one) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all = NULL;
    int code = getaddrinfo(one->name, NULL, &hints, &all);
    if (code != 0) {
        one->words = words_of(code);
        return;
    }
    int count = 0;
    for (struct addrinfo *entry = all; entry && count < ADDRESSES; entry = entry->ai_next) {
        char address[64];
        if (getnameinfo(
                entry->ai_addr, entry->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        int is_v6 = entry->ai_family == AF_INET6;
        /* libcurl does not accept link-local addresses with a zone. */
        if (is_v6 && strchr(address, '%')) continue;
        if (count++ > 0) strcat(one->found, ",");
        if (is_v6) strcat(one->found, "[");
        strcat(one->found, address);
        if (is_v6) strcat(one->found, "]");
    }
    if (count == 0) one->words = "it has no address that can be used";
    freeaddrinfo(all);
}

static void find_name(question *one) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *all = NULL;
    int code = getaddrinfo(one->name, NULL, &hints, &all);
    if (code == 0) {
        code = getnameinfo(all->ai_addr, all->ai_addrlen, one->found, FOUND_SIZE, NULL, 0, NI_NAMEREQD);
        freeaddrinfo(all);
    }
    if (code != 0) one->words = words_of(code);
}

static void *work(void *context) {
    ccurl_resolver *resolver = context;
    pthread_mutex_lock(&resolver->lock);
    for (question *one; (one = take(&resolver->asked));) {
        pthread_mutex_unlock(&resolver->lock);
        if (one->what == CCURL_ADDRESSES_OF) find_addresses(one);
        else find_name(one);
        pthread_mutex_lock(&resolver->lock);
        put(&resolver->answered, one);
        uint64_t more = 1;
        if (write(resolver->event, &more, sizeof more) < 0) { /* it is full, and so readable already */ }
    }
    resolver->threads--;
    pthread_mutex_unlock(&resolver->lock);
    return NULL;
}

/* Signals are blocked: they are handled on the main thread. */
static int start_thread(ccurl_resolver *resolver) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, &attributes, work, resolver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

ccurl_resolver *ccurl_resolver_open(void) {
    ccurl_resolver *resolver = calloc(1, sizeof *resolver);
    if (!resolver) return NULL;
    resolver->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (resolver->event < 0 || pthread_mutex_init(&resolver->lock, NULL) != 0) {
        free(resolver);
        return NULL;
    }
    return resolver;
}

int ccurl_resolver_descriptor(const ccurl_resolver *resolver) { return resolver->event; }

int ccurl_resolve(
    ccurl_resolver *resolver, int what, const char *name, ccurl_resolved resolved, void *context) {
    question *one = strlen(name) < CCURL_HOST_SIZE ? calloc(1, sizeof *one) : NULL;
    if (!one) return -1;
    one->what = what;
    strcpy(one->name, name);
    one->resolved = resolved;
    one->context = context;
    pthread_mutex_lock(&resolver->lock);
    put(&resolver->asked, one);
    int code = 0;
    if (resolver->threads < THREADS) {
        code = start_thread(resolver);
        if (code == 0) resolver->threads++;
        else if (resolver->threads > 0) code = 0; /* a running thread will take it */
        else resolver->asked = (list){0};
    }
    pthread_mutex_unlock(&resolver->lock);
    if (code != 0) free(one);
    return code == 0 ? 0 : -1;
}

void ccurl_resolver_run(ccurl_resolver *resolver) {
    uint64_t count;
    if (read(resolver->event, &count, sizeof count) < 0 && errno != EAGAIN) return;
    for (;;) {
        pthread_mutex_lock(&resolver->lock);
        question *one = take(&resolver->answered);
        pthread_mutex_unlock(&resolver->lock);
        if (!one) return;
        one->resolved(one->context, one->words ? NULL : one->found, one->words);
        free(one);
    }
}

int ccurl_own_subnet(char text[CCURL_SUBNET_SIZE]) {
    struct ifaddrs *all = NULL;
    int found = 0;
    if (getifaddrs(&all) != 0) return 0;
    for (struct ifaddrs *one = all; one && !found; one = one->ifa_next) {
        if (!one->ifa_addr || !one->ifa_netmask || one->ifa_addr->sa_family != AF_INET) continue;
        if (!(one->ifa_flags & IFF_UP) || (one->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT))) continue;
        uint32_t mask = ntohl(((struct sockaddr_in *)one->ifa_netmask)->sin_addr.s_addr);
        int bits = __builtin_popcount(mask);
        /* Of a larger subnet only the part around this machine is searched. */
        if (bits < 24) bits = 24;
        if (bits > 30) continue;
        struct in_addr base = ((struct sockaddr_in *)one->ifa_addr)->sin_addr;
        base.s_addr &= htonl(~(UINT32_MAX >> bits));
        char address[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &base, address, sizeof address);
        snprintf(text, CCURL_SUBNET_SIZE, "%s/%d", address, bits);
        found = 1;
    }
    freeifaddrs(all);
    return found;
}
