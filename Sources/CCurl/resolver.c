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

enum {
    THREADS = 32,       /* at once, as long as look-ups are answered */
    MOST_THREADS = 256, /* where they take long */
    MORE_THREADS = 16,  /* for each call of ccurl_resolver_hurry */
    MOST_DOUBTFUL = 16, /* threads that look up names that were not found before */
    STACK = 256 << 10, FOUND_SIZE = 1024, ADDRESSES = 8
};

typedef struct question {
    int what, is_doubtful;
    char name[CCURL_HOST_SIZE];
    ccurl_resolved resolved;
    void *context;
    char found[FOUND_SIZE];
    unsigned scope;
    const char *words;
    int is_denied;
    struct question *next;
} question;

typedef struct list {
    question *first, *last;
} list;

struct ccurl_resolver {
    pthread_mutex_t lock;
    int event;
    int threads, doubtful_threads;
    list asked, doubtful, answered;
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

static void fail(question *one, int code) {
    one->words = words_of(code);
    one->is_denied = code == EAI_NONAME || code == EAI_NODATA;
}

/*
 * libcurl takes the zone of link-local addresses as a number beside them. All of them must be in the same one: of
 * another one they are left out.
 */
static int takes_zone(question *one, const struct addrinfo *entry) {
    const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)(const void *)entry->ai_addr;
    if (entry->ai_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) return 1;
    if (address->sin6_scope_id == 0) return 0;
    if (one->scope == 0) one->scope = address->sin6_scope_id;
    return one->scope == address->sin6_scope_id;
}

static void find_addresses(question *one) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all = NULL;
    int code = getaddrinfo(one->name, NULL, &hints, &all);
    if (code != 0) {
        fail(one, code);
        return;
    }
    int count = 0;
    for (struct addrinfo *entry = all; entry && count < ADDRESSES; entry = entry->ai_next) {
        char address[64];
        if (!takes_zone(one, entry) ||
            getnameinfo(
                entry->ai_addr, entry->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        int is_v6 = entry->ai_family == AF_INET6;
        address[strcspn(address, "%")] = 0;
        if (count++ > 0) strcat(one->found, ",");
        if (is_v6) strcat(one->found, "[");
        strcat(one->found, address);
        if (is_v6) strcat(one->found, "]");
    }
    if (count == 0) one->words = "its only address is a link-local one, without the interface that leads to it";
    freeaddrinfo(all);
}

static void find_name(question *one) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *all = NULL;
    int code = getaddrinfo(one->name, NULL, &hints, &all);
    if (code == 0) {
        code = getnameinfo(all->ai_addr, all->ai_addrlen, one->found, FOUND_SIZE, NULL, 0, NI_NAMEREQD);
        freeaddrinfo(all);
    }
    if (code != 0) fail(one, code);
}

/* The next look-up for a thread; names that were not found before never hold more than a few threads. */
static question *next(ccurl_resolver *resolver) {
    question *one = take(&resolver->asked);
    if (one || resolver->doubtful_threads >= MOST_DOUBTFUL) return one;
    one = take(&resolver->doubtful);
    if (one) resolver->doubtful_threads++;
    return one;
}

static void *work(void *context) {
    ccurl_resolver *resolver = context;
    pthread_mutex_lock(&resolver->lock);
    for (question *one; (one = next(resolver));) {
        pthread_mutex_unlock(&resolver->lock);
        if (one->what == CCURL_ADDRESSES_OF) find_addresses(one);
        else find_name(one);
        pthread_mutex_lock(&resolver->lock);
        if (one->is_doubtful) resolver->doubtful_threads--;
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
    ccurl_resolver *resolver, int what, const char *name, int is_doubtful, ccurl_resolved resolved,
    void *context) {
    question *one = strlen(name) < CCURL_HOST_SIZE ? calloc(1, sizeof *one) : NULL;
    if (!one) return -1;
    one->what = what;
    one->is_doubtful = is_doubtful != 0;
    strcpy(one->name, name);
    one->resolved = resolved;
    one->context = context;
    pthread_mutex_lock(&resolver->lock);
    list *queue = one->is_doubtful ? &resolver->doubtful : &resolver->asked;
    put(queue, one);
    int code = 0;
    /* A thread for a doubtful name would end at once where there are enough of them. */
    if (resolver->threads < THREADS && !(one->is_doubtful && resolver->doubtful_threads >= MOST_DOUBTFUL)) {
        code = start_thread(resolver);
        if (code == 0) resolver->threads++;
        else if (resolver->threads > 0) code = 0; /* a running thread will take it */
        else *queue = (list){0};
    }
    pthread_mutex_unlock(&resolver->lock);
    if (code != 0) free(one);
    return code == 0 ? 0 : -1;
}

int ccurl_resolver_hurry(ccurl_resolver *resolver) {
    pthread_mutex_lock(&resolver->lock);
    int waiting = 0;
    for (question *one = resolver->asked.first; one; one = one->next) waiting++;
    for (int i = 0; i < waiting && i < MORE_THREADS && resolver->threads < MOST_THREADS; i++) {
        if (start_thread(resolver) != 0) break;
        resolver->threads++;
    }
    pthread_mutex_unlock(&resolver->lock);
    return waiting > 0;
}

void ccurl_resolver_run(ccurl_resolver *resolver) {
    uint64_t count;
    if (read(resolver->event, &count, sizeof count) < 0 && errno != EAGAIN) return;
    for (;;) {
        pthread_mutex_lock(&resolver->lock);
        question *one = take(&resolver->answered);
        pthread_mutex_unlock(&resolver->lock);
        if (!one) return;
        ccurl_found found = {
            .text = one->words ? NULL : one->found, .scope = one->scope, .words = one->words,
            .is_denied = one->is_denied};
        one->resolved(one->context, &found);
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
