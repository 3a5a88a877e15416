#include "ccurl.h"

#include "library.h"

#include <stdlib.h>
#include <string.h>

static int copy_part(CURLU *url, CURLUPart part, unsigned flags, char *text, size_t size) {
    char *value = NULL;
    if (curl_url_get(url, part, &value, flags) != CURLUE_OK) return -1;
    int fits = strlen(value) < size;
    if (fits) strcpy(text, value);
    curl_free(value);
    return fits ? 0 : -1;
}

int ccurl_parse(const char *text, ccurl_url *parts) {
    char scheme[16], port[16];
    CURLU *url = curl_url();
    memset(parts, 0, sizeof *parts);
    if (!url) return -1;
    int code = -1;
    if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
        copy_part(url, CURLUPART_SCHEME, 0, scheme, sizeof scheme) == 0 &&
        copy_part(url, CURLUPART_HOST, 0, parts->host, sizeof parts->host) == 0 &&
        copy_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port) == 0) {
        parts->is_secure = strcmp(scheme, "https") == 0;
        parts->port = atoi(port);
        char *value = NULL;
        if (curl_url_get(url, CURLUPART_USER, &value, 0) == CURLUE_OK) parts->has_user = 1;
        curl_free(value);
        /* Digits and points only are an address, including short forms, which libcurl expands. */
        parts->is_address =
            parts->host[0] == '[' || strspn(parts->host, "0123456789.") == strlen(parts->host);
        if ((parts->is_secure || strcmp(scheme, "http") == 0) && parts->port > 0) code = 0;
    }
    curl_url_cleanup(url);
    return code;
}

const char *ccurl_version(void) { return curl_version(); }
