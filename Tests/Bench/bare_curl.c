/*
 * What asking alone costs: the requests that the dashboard makes, with libcurl's multi interface and nothing else.
 *
 *     bare_curl URLS EVERY SETTLE SECONDS [GRID]
 *
 * Asks each URL of a file, a line each, every so many seconds, their turns spread, or at multiples of GRID seconds,
 * all that are due together; keeps each body until the next one comes and looks at none. After SETTLE seconds it
 * counts for SECONDS, and prints: processor seconds, seconds, answers, of which "304 Not Modified", bytes of bodies,
 * failures.
 *
 * Options of libcurl are those of Sources/CCurl; each URL keeps a handle that is made ready once, and servers are
 * spread over as many multi handles.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum { SERVERS_OF_A_SHARD = 64, TAG = 256, EVENTS = 64 };

typedef struct shard {
    CURLM *multi;
    uint64_t due; /* for libcurl's own timers; 0: none */
} shard;

typedef struct document {
    CURL *easy;
    shard *shard;
    struct curl_slist *headers;
    uint8_t *body;
    size_t length, capacity;
    char tag[TAG], asked_with[TAG];
    uint64_t due;
    int is_running;
} document;

static int epoll, shard_count;
static shard *shards;
static uint64_t answers, unchanged, failures, body_bytes;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double clock_of(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Sockets and timers. */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known) {
    shard *shard = context;
    struct epoll_event event = {.data.u64 = (uint64_t)(shard - shards) << 32 | (uint32_t)socket};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    if (epoll_ctl(epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) != 0)
        epoll_ctl(epoll, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
    curl_multi_assign(shard->multi, socket, shard);
    return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *context) {
    (void)multi;
    ((shard *)context)->due = milliseconds < 0 ? 0 : monotonic() + (uint64_t)milliseconds * 1000000;
    return 0;
}

/* What comes in. */

static size_t on_body(char *bytes, size_t one, size_t count, void *context) {
    document *document = context;
    (void)one;
    if (document->length + count > document->capacity) {
        document->capacity = (document->length + count) * 2;
        document->body = realloc(document->body, document->capacity);
        if (!document->body) die("realloc");
    }
    memcpy(document->body + document->length, bytes, count);
    document->length += count;
    return count;
}

static size_t on_header(char *line, size_t one, size_t length, void *context) {
    document *document = context;
    (void)one;
    if (length > 7 && length < TAG && strncasecmp(line, "ETag: ", 6) == 0) {
        memcpy(document->tag, line + 6, length - 8);
        document->tag[length - 8] = 0;
    }
    return length;
}

/* Requests. */

static void set_headers(document *document) {
    char line[TAG + 16];
    curl_slist_free_all(document->headers);
    document->headers = curl_slist_append(NULL, "Accept: application/json");
    if (document->tag[0]) {
        snprintf(line, sizeof line, "If-None-Match: %s", document->tag);
        document->headers = curl_slist_append(document->headers, line);
    }
    strcpy(document->asked_with, document->tag);
    curl_easy_setopt(document->easy, CURLOPT_HTTPHEADER, document->headers);
}

static void prepare(document *document, const char *url) {
    CURL *easy = document->easy = curl_easy_init();
    if (!easy) die("curl_easy_init");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "cm-dashboard");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 2000L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 4000L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)(4 << 20));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, document);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, document);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, document);
    set_headers(document);
}

static void ask(document *document) {
    if (strcmp(document->tag, document->asked_with) != 0) set_headers(document);
    /* A 304 leaves the body that is here as it is. */
    document->length = 0;
    document->is_running = 1;
    curl_multi_add_handle(document->shard->multi, document->easy);
}

static void take_answers(shard *shard) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(shard->multi, &left))) {
        document *document = NULL;
        long status = 0;
        if (message->msg != CURLMSG_DONE) continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &document);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        curl_multi_remove_handle(shard->multi, message->easy_handle);
        document->is_running = 0;
        answers++;
        unchanged += status == 304;
        failures += code != CURLE_OK || (status != 200 && status != 304);
        body_bytes += document->length;
    }
}

/* Answers and libcurl's timers until a moment. */
static void run_until(uint64_t moment) {
    struct epoll_event events[EVENTS];
    int running;
    for (;;) {
        uint64_t now = monotonic(), next = moment;
        for (int i = 0; i < shard_count; i++) {
            if (!shards[i].due) continue;
            if (shards[i].due <= now) {
                shards[i].due = 0;
                curl_multi_socket_action(shards[i].multi, CURL_SOCKET_TIMEOUT, 0, &running);
                take_answers(&shards[i]);
            }
            if (shards[i].due && shards[i].due < next) next = shards[i].due;
        }
        if ((now = monotonic()) >= moment) return;
        uint64_t left = next > now ? next - now : 0;
        struct timespec wait = {.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};
        int count = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
        for (int i = 0; i < count; i++) {
            shard *shard = &shards[events[i].data.u64 >> 32];
            int what = 0;
            if (events[i].events & EPOLLIN) what |= CURL_CSELECT_IN;
            if (events[i].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
            if (events[i].events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
            curl_multi_socket_action(shard->multi, (curl_socket_t)(uint32_t)events[i].data.u64, what, &running);
            take_answers(shard);
        }
    }
}

static void open_shards(int servers) {
    shard_count = servers / SERVERS_OF_A_SHARD + 1;
    shards = calloc((size_t)shard_count, sizeof *shards);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!shards || epoll < 0) die("epoll_create1");
    for (int i = 0; i < shard_count; i++) {
        shards[i].multi = curl_multi_init();
        curl_multi_setopt(shards[i].multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(shards[i].multi, CURLMOPT_SOCKETDATA, &shards[i]);
        curl_multi_setopt(shards[i].multi, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(shards[i].multi, CURLMOPT_TIMERDATA, &shards[i]);
        curl_multi_setopt(shards[i].multi, CURLMOPT_MAXCONNECTS, 2L * SERVERS_OF_A_SHARD);
        curl_multi_setopt(shards[i].multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    }
}

static document *read_urls(const char *path, int *count) {
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    char url[256];
    document *documents = NULL;
    for (*count = 0; fgets(url, sizeof url, file); ++*count) {
        url[strcspn(url, "\n")] = 0;
        documents = realloc(documents, sizeof *documents * (size_t)(*count + 1));
        if (!documents) die("realloc");
        memset(&documents[*count], 0, sizeof *documents);
        documents[*count].headers = curl_slist_append(NULL, url);
    }
    fclose(file);
    /* Only now do they stay where they are. */
    for (int i = 0; i < *count; i++) {
        snprintf(url, sizeof url, "%s", documents[i].headers->data);
        prepare(&documents[i], url);
    }
    return documents;
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: bare_curl URLS EVERY SETTLE SECONDS [GRID]\n");
        return 2;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int count;
    document *documents = read_urls(argv[1], &count);
    uint64_t every = (uint64_t)(atof(argv[2]) * 1e9), start = monotonic();
    uint64_t settled = start + (uint64_t)(atof(argv[3]) * 1e9), end = settled + (uint64_t)(atof(argv[4]) * 1e9);
    uint64_t grid = argc == 6 ? (uint64_t)(atof(argv[5]) * 1e9) : 0;
    open_shards(count);
    for (int i = 0; i < count; i++) {
        documents[i].shard = &shards[i % shard_count];
        uint64_t turn = every * (uint64_t)i / (uint64_t)count;
        documents[i].due = start + (grid ? turn / grid * grid : turn);
    }
    double used = 0, from = 0;
    int is_counting = 0;
    for (int i = 0;; i = (i + 1) % count) {
        uint64_t due = documents[i].due;
        if (!is_counting && due >= settled) {
            run_until(settled);
            answers = unchanged = failures = body_bytes = 0;
            used = clock_of(CLOCK_PROCESS_CPUTIME_ID), from = clock_of(CLOCK_MONOTONIC);
            is_counting = 1;
        }
        if (due >= end) break;
        run_until(due);
        documents[i].due += every;
        if (!documents[i].is_running) ask(&documents[i]);
    }
    run_until(end);
    printf("%.6f %.3f %llu %llu %llu %llu\n", clock_of(CLOCK_PROCESS_CPUTIME_ID) - used,
        clock_of(CLOCK_MONOTONIC) - from, (unsigned long long)answers, (unsigned long long)unchanged,
        (unsigned long long)body_bytes, (unsigned long long)failures);
    return 0;
}
