/*
 * mock_systemd - a bus with a systemd on it that says what a file says.
 *
 *     gcc -o mock_systemd Tests/Support/mock_systemd.c -lsystemd
 *     mock_systemd SOCKET UNITS [silent]
 *     DBUS_SYSTEM_BUS_ADDRESS=unix:path=SOCKET ...
 *
 * UNITS holds a line for each property: UNIT KEY TYPE VALUE, divided by tabs,
 * TYPE being s, b, u, t or as (VALUE: words). It is read anew when it changes,
 * and PropertiesChanged is sent for every unit in it, and UnitNew. For each call it
 * writes a line "MEMBER ARGUMENT" to its standard output. "silent": it takes
 * calls and answers none but the greeting.
 *
 * Serves one connection after another until it is killed.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define UNIT_PATH "/org/freedesktop/systemd1/unit"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum { MAX_LINES = 2000 };

static struct line {
    char *unit, *key, *type, *value;
} lines[MAX_LINES];
static size_t line_count;
static const char *file;
static struct timespec file_time;
static int is_silent;

static void load(void) {
    static char text[1 << 20];
    FILE *stream = fopen(file, "r");
    if (!stream) return;
    size_t length = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[length] = 0;
    line_count = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) && line_count < MAX_LINES;) {
        struct line *entry = &lines[line_count];
        entry->unit = strsep(&line, "\t");
        entry->key = strsep(&line, "\t");
        entry->type = strsep(&line, "\t");
        entry->value = line;
        if (entry->value) line_count++;
    }
}

static int has_changed(void) {
    struct stat info;
    if (stat(file, &info) != 0) return 0;
    int is_new = info.st_mtim.tv_sec != file_time.tv_sec || info.st_mtim.tv_nsec != file_time.tv_nsec;
    file_time = info.st_mtim;
    return is_new;
}

static const struct line *find(const char *unit, const char *key) {
    for (size_t i = 0; i < line_count; i++)
        if (strcmp(lines[i].unit, unit) == 0 && strcmp(lines[i].key, key) == 0) return &lines[i];
    return NULL;
}

static const char *value(const char *unit, const char *key, const char *otherwise) {
    const struct line *line = find(unit, key);
    return line ? line->value : otherwise;
}

static int is_first_of_unit(size_t index) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(lines[i].unit, lines[index].unit) == 0) return 0;
    return 1;
}

static void append_unit(sd_bus_message *reply, const char *unit) {
    const char *load_state = find(unit, "Id") ? value(unit, "LoadState", "loaded") : "not-found";
    sd_bus_message_append(reply, "(ssssssouso)", unit, value(unit, "Description", unit), load_state,
                          value(unit, "ActiveState", "inactive"), value(unit, "SubState", "dead"), "", "/", 0u, "", "/");
}

static void list_units(sd_bus_message *call, sd_bus_message *reply, int by_patterns) {
    char **names = NULL;
    if (by_patterns) sd_bus_message_skip(call, "as");
    sd_bus_message_read_strv(call, &names);
    sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
    for (char **name = names; name && *name; name++) {
        printf("%s %s\n", sd_bus_message_get_member(call), *name);
        if (!by_patterns) append_unit(reply, *name);
        for (size_t i = 0; by_patterns && i < line_count; i++)
            if (is_first_of_unit(i) && fnmatch(*name, lines[i].unit, 0) == 0) append_unit(reply, lines[i].unit);
    }
    sd_bus_message_close_container(reply);
}

static void append_value(sd_bus_message *reply, const struct line *line) {
    if (strcmp(line->type, "as") != 0) {
        unsigned long long number = strtoull(line->value, NULL, 10);
        sd_bus_message_open_container(reply, 'v', line->type);
        switch (line->type[0]) {
        case 's': sd_bus_message_append(reply, "s", line->value); break;
        case 't': sd_bus_message_append(reply, "t", (uint64_t)number); break;
        default: sd_bus_message_append(reply, line->type, (uint32_t)number); break;
        }
        sd_bus_message_close_container(reply);
        return;
    }
    sd_bus_message_open_container(reply, 'v', "as");
    sd_bus_message_open_container(reply, 'a', "s");
    char *copy = strdup(line->value), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));)
        if (*word) sd_bus_message_append(reply, "s", word);
    free(copy);
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
}

static int on_message(sd_bus_message *call, void *context, sd_bus_error *error) {
    (void)context;
    (void)error;
    const char *member = sd_bus_message_get_member(call), *path = sd_bus_message_get_path(call);
    if (!member || sd_bus_message_get_reply_cookie(call, &(uint64_t){0}) >= 0) return 0;
    int is_greeting = strcmp(member, "Hello") == 0;
    if (is_silent && !is_greeting) return 1;
    sd_bus_message *reply = NULL;
    sd_bus_message_new_method_return(call, &reply);
    if (is_greeting) {
        sd_bus_message_append(reply, "s", ":1.1");
    } else if (strcmp(member, "ListUnitsByPatterns") == 0 || strcmp(member, "ListUnitsByNames") == 0) {
        list_units(call, reply, member[11] == 'P');
    } else if (strcmp(member, "Get") == 0) {
        char *unit = NULL;
        const char *interface = "", *key = "";
        sd_bus_path_decode(path, UNIT_PATH, &unit);
        sd_bus_message_read(call, "ss", &interface, &key);
        printf("Get %s %s\n", unit ? unit : "", key);
        const struct line *line = unit ? find(unit, key) : NULL;
        if (line) {
            append_value(reply, line);
        } else {
            sd_bus_message_unref(reply);
            sd_bus_message_new_method_errorf(call, &reply, SD_BUS_ERROR_UNKNOWN_PROPERTY, "no %s", key);
        }
        free(unit);
    } else {
        printf("%s\n", member);
    }
    fflush(stdout);
    sd_bus_message_set_sender(reply, "org.freedesktop.systemd1");
    sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return 1;
}

static void send_changes(sd_bus *bus) {
    sd_bus_message *signal = NULL;
    for (size_t i = 0; i < line_count; i++) {
        char *path = NULL;
        if (!is_first_of_unit(i) || sd_bus_path_encode(UNIT_PATH, lines[i].unit, &path) < 0) continue;
        sd_bus_message_new_signal(bus, &signal, path, PROPERTIES, "PropertiesChanged");
        sd_bus_message_append(signal, "sa{sv}as", "org.freedesktop.systemd1.Unit", 0, 0);
        sd_bus_message_set_sender(signal, "org.freedesktop.systemd1");
        sd_bus_send(bus, signal, NULL);
        signal = sd_bus_message_unref(signal);
        free(path);
    }
    sd_bus_message_new_signal(bus, &signal, "/org/freedesktop/systemd1", MANAGER, "UnitNew");
    sd_bus_message_append(signal, "so", "new.service", "/");
    sd_bus_message_set_sender(signal, "org.freedesktop.systemd1");
    sd_bus_send(bus, signal, NULL);
    sd_bus_message_unref(signal);
}

static void serve(int connection) {
    sd_bus *bus = NULL;
    sd_id128_t id = SD_ID128_MAKE(12, 34, 56, 78, 9a, bc, de, f0, 12, 34, 56, 78, 9a, bc, de, f0);
    sd_bus_new(&bus);
    sd_bus_set_fd(bus, connection, connection);
    sd_bus_set_server(bus, 1, id);
    sd_bus_set_anonymous(bus, 1);
    sd_bus_set_trusted(bus, 1);
    sd_bus_add_filter(bus, NULL, on_message, NULL);
    if (sd_bus_start(bus) < 0) return;
    for (;;) {
        int code = sd_bus_process(bus, NULL);
        if (code < 0) break;
        if (code > 0) continue;
        if (has_changed()) {
            load();
            send_changes(bus);
            continue;
        }
        if (sd_bus_wait(bus, 20000) < 0) break;
    }
    sd_bus_close_unref(bus);
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
    file = arguments[2];
    is_silent = count > 3;
    load();
    has_changed();
    unlink(arguments[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4) != 0) return 1;
    puts("ready");
    fflush(stdout);
    for (int connection; (connection = accept(listener, NULL, NULL)) >= 0;) serve(connection);
    return 1;
}
