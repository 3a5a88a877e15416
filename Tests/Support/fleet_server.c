/*
 * Many hosts that serve their three documents, in one process that costs little.
 *
 *     fleet_server LOG [--gzip] [--etag] [--every SECONDS] [--unique]
 *
 * A listener on 0.0.0.0 answers for every address of 127.0.0.0/8: the address that a connection came to says which host
 * is meant, its port which document. The three ports are the kernel's choice and are printed, with a line's end, when
 * all listen. It ends with the process that started it.
 *
 *     --gzip     packs for those who ask for it; without it Accept-Encoding is ignored
 *     --etag     says what a document can be told apart by, and "304 Not Modified" to those who have it
 *     --every    a document is another one, with another time, only every so many seconds; else in each answer
 *     --unique   wear, memory and the backup's age are other ones in each of 70 answers, also as the screen rounds them
 *
 * LOG is a file that is mapped by both sides: a count (64 bits), then a `record` for each answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { DRIVES, SERVICES, BACKUPS, KINDS };
enum { HOSTS = 1 << 16, RECORDS = 1 << 20, SERVED = 8, REQUEST = 2048, BODY = 8192, EVENTS = 256 };

typedef struct record {
    uint64_t sent;    /* CLOCK_MONOTONIC, just before its bytes are given to the kernel */
    uint32_t host;    /* the lower half of its address */
    uint32_t number;  /* which document of that host and kind */
    uint32_t asked;   /* bytes of the request */
    uint32_t answered;
    uint16_t status;
    uint16_t kind;
    uint32_t unused;
} record;

typedef struct connection {
    int descriptor;
    uint16_t host, kind;
    size_t length;
    char request[REQUEST];
} connection;

static const char *const names[SERVED] = {
    "gitea", "immich", "vaultwarden", "unifi", "smart-metrics-api", "service-metrics-api", "backup-metrics-api",
    "wordpress-m2"};

static int is_packing, has_tags, is_unique;
static double every;
static int64_t started;
static _Atomic uint64_t *count;
static record *records;
static uint32_t numbers[HOSTS][KINDS];
static z_stream packer;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Documents. */

typedef struct text {
    size_t length;
    char bytes[BODY];
} text;

__attribute__((format(printf, 2, 3))) static void put(text *text, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text->bytes + text->length, sizeof text->bytes - text->length, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof text->bytes - text->length) abort();
    text->length += (size_t)length;
}

/* Up and down by a step at a time, from 0 to `most`. */
static double wave(uint32_t number, uint32_t most) {
    uint32_t place = number % (2 * most);
    return place < most ? place : 2 * most - place;
}

static void put_drives(text *text, uint32_t host, uint32_t number, int64_t now) {
    int count = 1 + host % 2;
    put(text, "{\"status\": \"ok\", \"drives\": [");
    for (int i = 0; i < count; i++) {
        double wear = is_unique && i == 0 ? 10 + number % 70 : is_unique ? 1 : 2 + host % 9 + (unsigned)i;
        put(text,
            "%s{\"name\": \"nvme%dn1\", \"temperature_c\": %.1f, \"wear_level\": %.1f, \"power_on_hours\": %u, "
            "\"available_spare\": 100.0, \"capacity_gb\": 500.1, \"used_gb\": %.1f, "
            "\"description\": [\"Samsung SSD 970 EVO Plus 500GB\"]}",
            i ? ", " : "", i, 38 + wave(host + number, 14), wear, 11419 + host, 123.4 + wave(number, 300) / 10);
    }
    put(text,
        "], \"summary\": {\"healthy\": %d, \"warning\": 0, \"critical\": 0, \"capacity_total_gb\": %.1f, "
        "\"capacity_used_gb\": %.1f}, \"issues\": [], \"timestamp\": %lld}",
        count, 500.1 * count, 123.4 * count, (long long)now);
}

static void put_services(text *text, uint32_t host, uint32_t number, int64_t now) {
    double total = 7782, percent = is_unique ? 10 + number % 70 : 25 + host % 20 + wave(number, 50) / 10;
    put(text,
        "{\"summary\": {\"healthy\": %d, \"degraded\": 0, \"failed\": 0, \"memory_used_mb\": %.1f, "
        "\"memory_quota_mb\": 11264.0, \"system_memory_used_mb\": %.1f, \"system_memory_total_mb\": %.1f, "
        "\"disk_used_gb\": %.1f, \"disk_total_gb\": 480.0, \"cpu_load_1\": %.2f, \"cpu_load_5\": 0.38, "
        "\"cpu_load_15\": 0.31, \"cpu_freq_mhz\": %.1f, \"cpu_temp_c\": %.1f, \"gpu_load_percent\": null, "
        "\"gpu_temp_c\": null}, \"services\": [",
        SERVED, 1830.5 + wave(number, 100), total * percent / 100, total, 62 + wave(number, 40) / 10,
        0.3 + wave(host + number, 40) / 100, 2400 + 25 * wave(number, 20), 45 + wave(host + number, 12));
    for (int i = 0; i < SERVED; i++)
        put(text,
            "%s{\"name\": \"%s\", \"status\": \"running\", \"memory_used_mb\": %.1f, \"memory_quota_mb\": 4096.0, "
            "\"cpu_percent\": %.1f, \"disk_used_gb\": %.2f, \"disk_quota_gb\": 100.0, "
            "\"description\": [\"%d active connections\"]}",
            i ? ", " : "", names[i], 45 + 61.3 * i + wave(number + (unsigned)i, 30),
            0.2 + wave(number + (unsigned)i, 25) / 10, 0.5 + 2.25 * i + wave(number, 20) / 20,
            3 + i + (int)wave(number, 9));
    put(text, "], \"timestamp\": %lld}", (long long)now);
}

static void put_backups(text *text, uint32_t host, uint32_t number, int64_t now) {
    /* So many minutes ago, to the second, so that what is shown is not at the edge of two. */
    time_t last = is_unique ? now - 7200 - 60 * (number % 59 + 1) - 30 : started - 3600 * (1 + host % 20);
    struct tm parts;
    char moment[32];
    strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&last, &parts));
    put(text,
        "{\"overall_status\": \"healthy\", \"backup\": {\"last_success\": \"%s\", \"last_failure\": null, "
        "\"size_gb\": %.1f, \"snapshot_count\": %u}, \"service\": {\"enabled\": true, \"pending_jobs\": 0, "
        "\"last_message\": \"snapshot %08x saved\"}, \"timestamp\": %lld}",
        moment, 15.2 + wave(number, 40) / 10, 42 + number % 30, number * 2654435761u, (long long)now);
}

/* Answers. */

static size_t pack(const text *plain, unsigned char *packed, size_t size) {
    packer.next_in = (unsigned char *)plain->bytes;
    packer.avail_in = (unsigned)plain->length;
    packer.next_out = packed;
    packer.avail_out = (unsigned)size;
    if (deflateReset(&packer) != Z_OK || deflate(&packer, Z_FINISH) != Z_STREAM_END) abort();
    return size - packer.avail_out;
}

/* The value of a header, or NULL. */
static const char *header(const char *request, const char *name) {
    const char *line = strcasestr(request, name);
    return line ? line + strlen(name) : NULL;
}

static int answer(connection *connection, size_t asked) {
    static void (*const documents[KINDS])(text *, uint32_t, uint32_t, int64_t) = {
        put_drives, put_services, put_backups};
    static unsigned char whole[2 * BODY], packed[BODY];
    static text plain;
    const char *request = connection->request;
    uint32_t *number = &numbers[connection->host][connection->kind];
    int64_t now = time(NULL), taken = now;
    if (every > 0) {
        *number = (uint32_t)((double)(now - started) / every);
        taken = started + (int64_t)(*number * every);
    } else {
        ++*number;
    }
    char tag[48];
    int tagged = snprintf(tag, sizeof tag, "\"%x-%x-%x\"", connection->host, connection->kind, *number);
    const char *known = has_tags ? header(request, "\r\nIf-None-Match: ") : NULL;
    char moment[48], etag[64] = "";
    struct tm parts;
    time_t seconds = now;
    strftime(moment, sizeof moment, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &parts));
    if (has_tags) snprintf(etag, sizeof etag, "ETag: %s\r\n", tag);
    int status = 200;
    size_t length;
    if (known && strncmp(known, tag, (size_t)tagged) == 0) {
        status = 304;
        length = (size_t)snprintf(
            (char *)whole, sizeof whole, "HTTP/1.1 304 Not Modified\r\nDate: %s\r\n%s\r\n", moment, etag);
    } else {
        const char *accepted = is_packing ? header(request, "\r\nAccept-Encoding: ") : NULL;
        const void *body = plain.bytes;
        plain.length = 0;
        documents[connection->kind](&plain, connection->host, *number, taken);
        size_t size = plain.length;
        int packs = accepted && memmem(accepted, strcspn(accepted, "\r"), "gzip", 4);
        if (packs) {
            size = pack(&plain, packed, sizeof packed);
            body = packed;
        }
        length = (size_t)snprintf((char *)whole, sizeof whole,
            "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s%s\r\n",
            moment, size, packs ? "Content-Encoding: gzip\r\n" : "", etag);
        memcpy(whole + length, body, size);
        length += size;
    }
    uint64_t place = *count % RECORDS;
    /*
     * Before the call: it wakes the reader, and where that runs in the place of this process, the call returns when the
     * document has long been dealt with.
     */
    records[place] = (record){.sent = monotonic(), .host = connection->host, .number = *number,
        .asked = (uint32_t)asked, .answered = (uint32_t)length, .status = (uint16_t)status, .kind = connection->kind};
    /* An answer fits into a socket's buffer: who does not take it is not served any more. */
    if (send(connection->descriptor, whole, length, MSG_NOSIGNAL) != (ssize_t)length) return -1;
    ++*count;
    return 0;
}

/* Connections. */

static int serve(connection *connection) {
    ssize_t got = recv(connection->descriptor, connection->request + connection->length,
        sizeof connection->request - 1 - connection->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) return -1;
    connection->length += (size_t)got;
    for (;;) {
        connection->request[connection->length] = 0;
        char *end = strstr(connection->request, "\r\n\r\n");
        if (!end) return connection->length < sizeof connection->request - 1 ? 0 : -1;
        size_t asked = (size_t)(end - connection->request) + 4, rest = connection->length - asked;
        char next = connection->request[asked];
        connection->request[asked] = 0;
        if (answer(connection, asked) != 0) return -1;
        connection->request[asked] = next;
        memmove(connection->request, connection->request + asked, rest);
        connection->length = rest;
    }
}

static void admit(int epoll, int listener, int kind) {
    for (;;) {
        struct sockaddr_in peer, own;
        socklen_t size = sizeof peer;
        int descriptor = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        size = sizeof own;
        getsockname(descriptor, (struct sockaddr *)&own, &size);
        connection *connection = calloc(1, sizeof *connection);
        uint32_t from = ntohl(peer.sin_addr.s_addr), to = ntohl(own.sin_addr.s_addr);
        /* Other machines have no business here. */
        if (!connection || from >> 24 != 127 || to >> 24 != 127) {
            close(descriptor);
            free(connection);
            continue;
        }
        int yes = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connection->descriptor = descriptor;
        connection->host = (uint16_t)to;
        connection->kind = (uint16_t)kind;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) die("epoll_ctl");
    }
}

static void open_log(const char *path) {
    size_t size = 64 + sizeof(record) * RECORDS;
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, (off_t)size) != 0) die(path);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) die(path);
    count = (_Atomic uint64_t *)memory;
    records = (record *)(memory + 64);
}

static int listen_anywhere(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        die("listen");
    *port = ntohs(address.sin_port);
    return listener;
}

static void take_arguments(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: fleet_server LOG [--gzip] [--etag] [--every SECONDS] [--unique]\n");
        exit(2);
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--gzip") == 0) is_packing = 1;
        else if (strcmp(argv[i], "--etag") == 0) has_tags = 1;
        else if (strcmp(argv[i], "--unique") == 0) is_unique = 1;
        else if (strcmp(argv[i], "--every") == 0 && i + 1 < argc) every = atof(argv[++i]);
        else {
            fprintf(stderr, "fleet_server: %s is no option\n", argv[i]);
            exit(2);
        }
    }
}

int main(int argc, char **argv) {
    take_arguments(argc, argv);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    started = time(NULL);
    open_log(argv[1]);
    if (deflateInit2(&packer, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) die("zlib");
    int epoll = epoll_create1(EPOLL_CLOEXEC), listeners[KINDS];
    uint16_t ports[KINDS];
    for (int kind = 0; kind < KINDS; kind++) {
        listeners[kind] = listen_anywhere(&ports[kind]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listeners[kind]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, listeners[kind], &event) != 0) die("epoll_ctl");
    }
    printf("%d %d %d\n", ports[DRIVES], ports[SERVICES], ports[BACKUPS]);
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int *listener = events[i].data.ptr;
            if (listener >= listeners && listener < listeners + KINDS) {
                admit(epoll, *listener, (int)(listener - listeners));
            } else if (serve(events[i].data.ptr) != 0) {
                connection *connection = events[i].data.ptr;
                close(connection->descriptor);
                free(connection);
            }
        }
    }
}
