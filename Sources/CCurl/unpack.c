#include "internal.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/*
 * libcurl unpacks the first member of a gzip file only, and fails at the second one. A file of several members is what
 * servers send that join packed parts, and any unpacker reads it. libcurl needs zlib itself, so it is there.
 */

static struct {
    __typeof__(&inflateInit2_) init;
    __typeof__(&inflate) run;
    __typeof__(&inflateReset) reset;
    __typeof__(&inflateEnd) end;
} zlib;

struct unpacker {
    z_stream stream;
    int has_ended;  /* a member has, and no other has begun */
    int is_deflate; /* which has no members */
    int is_raw;     /* deflate without its header, as some servers send it */
};

int ccurl_can_unpack(void) {
    static int state; /* 0: not known, 1: yes, -1: no */
    if (state != 0) return state > 0;
    state = -1;
    void *handle = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return 0;
    *(void **)&zlib.init = dlsym(handle, "inflateInit2_");
    *(void **)&zlib.run = dlsym(handle, "inflate");
    *(void **)&zlib.reset = dlsym(handle, "inflateReset");
    *(void **)&zlib.end = dlsym(handle, "inflateEnd");
    if (zlib.init && zlib.run && zlib.reset && zlib.end) state = 1;
    return state > 0;
}

static int begin(struct unpacker *unpacker, int window) {
    memset(&unpacker->stream, 0, sizeof unpacker->stream);
    return zlib.init(&unpacker->stream, window, ZLIB_VERSION, (int)sizeof(z_stream)) == Z_OK ? 0 : -1;
}

int ccurl_is_packed(const char *encoding) { return encoding[0] && strcasecmp(encoding, "identity") != 0; }

struct unpacker *ccurl_unpacker(const char *encoding) {
    int is_deflate = strcasecmp(encoding, "deflate") == 0;
    if (!is_deflate && strcasecmp(encoding, "gzip") != 0 && strcasecmp(encoding, "x-gzip") != 0) return NULL;
    struct unpacker *unpacker = ccurl_can_unpack() ? calloc(1, sizeof *unpacker) : NULL;
    if (!unpacker) return NULL;
    unpacker->is_deflate = is_deflate;
    if (begin(unpacker, is_deflate ? MAX_WBITS : MAX_WBITS + 16) == 0) return unpacker;
    free(unpacker);
    return NULL;
}

void ccurl_free_unpacker(struct unpacker *unpacker) {
    if (!unpacker) return;
    zlib.end(&unpacker->stream);
    free(unpacker);
}

int ccurl_is_whole(const struct unpacker *unpacker) { return unpacker->has_ended; }

/* What follows a member is another one, or padding, which does not count. */
static int begins_member(struct unpacker *unpacker) {
    if (unpacker->is_deflate || *unpacker->stream.next_in != 0x1f) return 0;
    unpacker->has_ended = 0;
    return zlib.reset(&unpacker->stream) == Z_OK;
}

int ccurl_unpack(
    struct unpacker *unpacker, const char *bytes, size_t count,
    int (*take)(void *context, const uint8_t *bytes, size_t count), void *context) {
    z_stream *stream = &unpacker->stream;
    uint8_t piece[16384];
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)count;
    while (stream->avail_in > 0) {
        if (unpacker->has_ended && !begins_member(unpacker)) return 0;
        int code;
        do {
            stream->next_out = piece;
            stream->avail_out = sizeof piece;
            code = zlib.run(stream, Z_NO_FLUSH);
            if (code == Z_DATA_ERROR && unpacker->is_deflate && !unpacker->is_raw && stream->total_out == 0) {
                zlib.end(stream);
                unpacker->is_raw = 1;
                if (begin(unpacker, -MAX_WBITS) != 0) return -1;
                return ccurl_unpack(unpacker, bytes, count, take, context);
            }
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return -1;
            size_t made = sizeof piece - stream->avail_out;
            if (made > 0 && take(context, piece, made) != 0) return -2;
        } while (code == Z_OK && stream->avail_out == 0);
        if (code == Z_STREAM_END) unpacker->has_ended = 1;
        if (code == Z_BUF_ERROR) return 0;
    }
    return 0;
}
