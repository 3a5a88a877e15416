#define _GNU_SOURCE
#include "internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * libcurl reuses a connection by the name of its host, whatever address the name has by now. So the host of each
 * connection is noted by its descriptor, and connections to addresses that a name has lost are shut down. libcurl
 * finds such a connection closed by its peer, and opens another one.
 */

uint32_t ccurl_owner(const char *name, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (uint32_t)tolower((unsigned char)name[i])) * 16777619u;
    return hash ? hash : 1;
}

static int note(ccurl_client *client, int descriptor, uint32_t owner) {
    size_t place = (size_t)descriptor;
    if (place >= client->owner_count) {
        if (owner == 0) return 0;
        size_t count = (place + 64) / 64 * 64;
        if (count <= place) count += 64;
        uint32_t *owners = realloc(client->owners, count * sizeof *owners);
        if (!owners) return -1;
        memset(owners + client->owner_count, 0, (count - client->owner_count) * sizeof *owners);
        client->owners = owners;
        client->owner_count = count;
    }
    client->owners[place] = owner;
    return 0;
}

static curl_socket_t opens(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    ccurl_transfer *transfer = context;
    (void)purpose;
    int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (descriptor >= 0 && note(transfer->client, descriptor, transfer->owner) != 0) {
        close(descriptor);
        return CURL_SOCKET_BAD;
    }
    return descriptor;
}

static int closes(void *context, curl_socket_t descriptor) {
    note(context, descriptor, 0);
    return close(descriptor);
}

void ccurl_watch_sockets(ccurl_transfer *transfer) {
    curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETFUNCTION, opens);
    curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETDATA, transfer);
    /* A connection outlives its transfer, and not the client. */
    curl_easy_setopt(transfer->easy, CURLOPT_CLOSESOCKETFUNCTION, closes);
    curl_easy_setopt(transfer->easy, CURLOPT_CLOSESOCKETDATA, transfer->client);
}

/* Whether a text is one of a list that is separated by commas. */
static int is_listed(const char *text, const char *list) {
    size_t length = strlen(text);
    for (const char *place = list; (place = strstr(place, text)); place += length)
        if ((place == list || place[-1] == ',') && (place[length] == 0 || place[length] == ',')) return 1;
    return 0;
}

/* The other end's address in the form of a look-up's; -1: there is none, or not yet. */
static int address_of(int descriptor, char *text, size_t size) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (getpeername(descriptor, (struct sockaddr *)&peer, &length) != 0) return -1;
    if (peer.ss_family == AF_INET)
        return inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, (socklen_t)size) ? 0 : -1;
    if (peer.ss_family != AF_INET6) return -1;
    text[0] = '[';
    if (!inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, text + 1, (socklen_t)size - 2))
        return -1;
    strcat(text, "]");
    return 0;
}

void ccurl_keep_addresses(ccurl_client *client, const char *host, const char *addresses) {
    uint32_t owner = ccurl_owner(host, strlen(host));
    for (size_t place = 0; place < client->owner_count; place++) {
        char text[INET6_ADDRSTRLEN + 2];
        if (client->owners[place] != owner) continue;
        /* One that is being opened has no other end yet, and would be kept afterwards. */
        if (address_of((int)place, text, sizeof text) != 0 || !is_listed(text, addresses))
            shutdown((int)place, SHUT_RDWR);
    }
}
