#define _GNU_SOURCE
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { HEADER_LIMIT = 64 << 10 }; /* bytes of all headers of an answer */

/* Received data. */

static int append(void *context, const uint8_t *bytes, size_t count) {
    ccurl_transfer *transfer = context;
    if (count > transfer->body_limit - transfer->length) {
        transfer->cut = CCURL_BODY_TOO_LARGE;
        return -1;
    }
    if (transfer->length + count > transfer->capacity) {
        size_t capacity = (transfer->length + count) * 2;
        uint8_t *body = realloc(transfer->body, capacity);
        if (!body) return -1;
        transfer->body = body;
        transfer->capacity = capacity;
    }
    memcpy(transfer->body + transfer->length, bytes, count);
    transfer->length += count;
    return 0;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context) {
    ccurl_transfer *transfer = context;
    (void)one;
    if (!ccurl_is_packed(transfer->encoding))
        return append(transfer, (const uint8_t *)bytes, count) == 0 ? count : 0;
    if (!transfer->unpacker) transfer->unpacker = ccurl_unpacker(transfer->encoding);
    int code = transfer->unpacker ? ccurl_unpack(transfer->unpacker, bytes, count, append, transfer) : -1;
    transfer->is_broken = code == -1;
    return code == 0 ? count : 0;
}

/* Stores a text without surrounding blanks, unless it is too long or has control characters. */
static void keep(char *kept, size_t size, const char *text, size_t length) {
    kept[0] = 0;
    while (length > 0 && (*text == ' ' || *text == '\t')) text++, length--;
    while (length > 0 && strchr(" \t\r\n", text[length - 1])) length--;
    if (length >= size) return;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) return;
    memcpy(kept, text, length);
    kept[length] = 0;
}

/* Offset of the value of a header with that name; 0 for another header. */
static size_t value_of(const char *name, const char *line, size_t length) {
    size_t count = strlen(name);
    return length > count && strncasecmp(line, name, count) == 0 && line[count] == ':' ? count + 1 : 0;
}

static void keep_header(ccurl_transfer *transfer, const char *line, size_t length) {
    const struct {
        const char *name;
        char *kept;
        size_t size;
    } headers[] = {
        {"ETag", transfer->etag, TEXT_SIZE},
        {"Last-Modified", transfer->last_modified, TEXT_SIZE},
        {"Retry-After", transfer->retry_after, DATE_SIZE},
        {"Date", transfer->date, DATE_SIZE},
        {"Age", transfer->age, DATE_SIZE},
        {"Content-Encoding", transfer->encoding, DATE_SIZE},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        size_t value = value_of(headers[i].name, line, length);
        if (value) keep(headers[i].kept, headers[i].size, line + value, length - value);
    }
}

static size_t on_header(char *line, size_t one, size_t length, void *context) {
    ccurl_transfer *transfer = context;
    (void)one;
    transfer->header_bytes += length;
    if (transfer->header_bytes > HEADER_LIMIT) {
        transfer->cut = CCURL_HEADERS_TOO_LARGE;
        return 0;
    }
    if (length > 5 && strncmp(line, "HTTP/", 5) == 0) {
        /* A status line begins a new answer: another one follows 100 Continue. */
        transfer->etag[0] = transfer->last_modified[0] = transfer->reason[0] = 0;
        transfer->retry_after[0] = transfer->date[0] = transfer->age[0] = transfer->encoding[0] = 0;
        const char *status = memchr(line, ' ', length);
        size_t rest = status ? length - (size_t)(status - line) : 0;
        if (rest > 4) keep(transfer->reason, TEXT_SIZE, status + 4, rest - 4);
        transfer->is_headed = 0;
    } else if (line[0] == '\r' || line[0] == '\n') {
        transfer->is_headed = 1;
    } else {
        keep_header(transfer, line, length);
    }
    return length;
}

/* Start and end of a transfer. */

static int add_header(ccurl_transfer *transfer, const char *name, const char *value) {
    char line[TEXT_SIZE + 32];
    size_t count = strlen(name);
    if (strlen(value) >= TEXT_SIZE || count + 3 > 32) return 0;
    memcpy(line, name, count);
    memcpy(line + count, ": ", 2);
    strcpy(line + count + 2, value);
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer) transfer->headers = longer;
    return longer ? 0 : -1;
}

static int prepare(ccurl_transfer *transfer, const ccurl_request *request) {
    CURL *easy = transfer->easy;
    if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK) return -1;
    if (add_header(transfer, "Accept", "application/json") != 0) return -1;
    /* gzip only: every server supports it. */
    if (request->compressed && ccurl_can_unpack() && add_header(transfer, "Accept-Encoding", "gzip") != 0)
        return -1;
    if (request->etag && add_header(transfer, "If-None-Match", request->etag) != 0) return -1;
    if (request->last_modified && add_header(transfer, "If-Modified-Since", request->last_modified) != 0)
        return -1;
    if (request->resolve && !(transfer->resolve = curl_slist_append(NULL, request->resolve))) return -1;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer->resolve);
    if (request->scope) curl_easy_setopt(easy, CURLOPT_ADDRESS_SCOPE, (long)request->scope);
    ccurl_watch_sockets(transfer);
    /* Addresses are given with each request, so libcurl need not search its cache for expired ones. */
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* nor one from the environment: hosts are on the local network */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a thread that resolves a name */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->total_ms);
    /* Documents are small, and there may be thousands of requests at the start. */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->body_limit);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return 0;
}

/* Removes the transfer from its client and frees it. */
static void discard(ccurl_client *client, ccurl_transfer *transfer) {
    if (transfer->before) transfer->before->next = transfer->next;
    else client->transfers = transfer->next;
    if (transfer->next) transfer->next->before = transfer->before;
    if (client->kept_count < KEPT_HANDLES) {
        curl_easy_reset(transfer->easy);
        client->kept[client->kept_count++] = transfer->easy;
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->resolve);
    ccurl_free_unpacker(transfer->unpacker);
    free(transfer->body);
    free(transfer);
}

ccurl_transfer *ccurl_start(
    ccurl_client *client, const ccurl_request *request, ccurl_finished finished, void *context) {
    ccurl_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    transfer->easy = client->kept_count > 0 ? client->kept[--client->kept_count] : curl_easy_init();
    if (!transfer->easy) {
        free(transfer);
        return NULL;
    }
    transfer->client = client;
    if (request->resolve) transfer->owner = ccurl_owner(request->resolve, strcspn(request->resolve, ":"));
    transfer->finished = finished;
    transfer->context = context;
    transfer->body_limit = request->body_limit;
    transfer->next = client->transfers;
    if (transfer->next) transfer->next->before = transfer;
    client->transfers = transfer;
    transfer->multi = ccurl_multi_for(client, request->url);
    if (!transfer->multi || prepare(transfer, request) != 0 ||
        curl_multi_add_handle(transfer->multi, transfer->easy) != CURLM_OK) {
        discard(client, transfer);
        return NULL;
    }
    return transfer;
}

void ccurl_cancel(ccurl_client *client, ccurl_transfer *transfer) {
    curl_multi_remove_handle(transfer->multi, transfer->easy);
    discard(client, transfer);
}

static int outcome_of(CURLcode code, const ccurl_transfer *transfer) {
    if (transfer->cut != CCURL_WHOLE) return CCURL_CUT;
    if (transfer->is_broken) return CCURL_BAD_ENCODING;
    switch (code) {
    case CURLE_OK:
        if (transfer->unpacker && !ccurl_is_whole(transfer->unpacker)) return CCURL_BAD_ENCODING;
        return transfer->is_headed ? CCURL_OK : CCURL_BROKEN_OFF;
    case CURLE_OPERATION_TIMEDOUT: return CCURL_TIMED_OUT;
    case CURLE_COULDNT_CONNECT: return CCURL_NO_CONNECTION;
    case CURLE_COULDNT_RESOLVE_HOST: return CCURL_NO_NAME;
    case CURLE_GOT_NOTHING: return CCURL_CLOSED;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return transfer->header_bytes == 0 ? CCURL_CLOSED : CCURL_BROKEN_OFF;
    case CURLE_PARTIAL_FILE: return CCURL_BROKEN_OFF;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return CCURL_NOT_HTTP;
    case CURLE_BAD_CONTENT_ENCODING: return CCURL_BAD_ENCODING;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR: return CCURL_BAD_CERTIFICATE;
    default: return CCURL_FAILED;
    }
}

/* A header that is a number of seconds; -1 for anything else. */
static int64_t seconds_of(const char *text) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != 0) return -1;
    return digits > 12 ? (int64_t)1000000000000 : (int64_t)atoll(text);
}

/* The time by the host's clock. A cache on the way has added the seconds since then. */
static int64_t date_of(const ccurl_transfer *transfer) {
    time_t date = transfer->date[0] ? curl_getdate(transfer->date, NULL) : -1;
    int64_t age = seconds_of(transfer->age);
    return date < 0 ? -1 : (int64_t)date + (age > 0 ? age : 0);
}

/* A date is one of the host's clock, which may differ from this machine's. */
static int64_t retry_after_of(const ccurl_transfer *transfer) {
    if (!transfer->retry_after[0]) return -1;
    int64_t seconds = seconds_of(transfer->retry_after);
    if (seconds >= 0) return seconds;
    time_t moment = curl_getdate(transfer->retry_after, NULL);
    if (moment < 0) return -1;
    int64_t now = date_of(transfer);
    if (now < 0) now = (int64_t)time(NULL);
    return moment > now ? (int64_t)moment - now : 0;
}

static const char *or_null(const char *text) { return text && *text ? text : NULL; }

void ccurl_report(ccurl_client *client, ccurl_transfer *transfer, CURLcode code) {
    CURL *easy = transfer->easy;
    long status = 0, system_error = 0, connects = 0, header_size = 0, request_size = 0;
    curl_off_t body_size = 0, promised = -1, ready = 0, total = 0;
    char *location = NULL;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_size);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_size);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    /* Incomplete headers are not counted in header_size. */
    uint64_t headers = (uint64_t)header_size;
    if (headers < transfer->header_bytes) headers = transfer->header_bytes;
    if (code == CURLE_FILESIZE_EXCEEDED) transfer->cut = CCURL_BODY_TOO_LARGE;
    /* libcurl reports a header that exceeds its buffer in this way. */
    if (code == CURLE_OUT_OF_MEMORY && headers > 0 && !transfer->is_headed)
        transfer->cut = CCURL_HEADERS_TOO_LARGE;
    ccurl_answer answer = {
        .outcome = outcome_of(code, transfer), .cut = transfer->cut, .system_error = (int)system_error,
        .status = (int)status, .is_connected = ready > 0, .is_reused = ready > 0 && connects == 0,
        .words = curl_easy_strerror(code), .reason = transfer->reason, .etag = or_null(transfer->etag),
        .last_modified = or_null(transfer->last_modified), .location = or_null(location),
        .retry_after = retry_after_of(transfer), .date = date_of(transfer),
        .body = transfer->body, .length = transfer->length, .promised = promised,
        .sent = (uint64_t)request_size, .received = headers + (uint64_t)body_size,
        .body_received = (uint64_t)body_size, .nanoseconds = (uint64_t)total * 1000};
    curl_multi_remove_handle(transfer->multi, easy);
    transfer->finished(transfer->context, &answer);
    discard(client, transfer);
}
