#define _GNU_SOURCE
#include "csystemd.h"
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define UNIT_PATH "/org/freedesktop/systemd1/unit"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum { PATIENCE_USEC = 2000000, KEPT_CHANGES = 64, MESSAGES_PER_POLL = 1000 };

struct csystemd_bus {
    sd_bus *bus;
    int is_direct; /* connected to systemd itself: no bus in between, no destination names */
    int is_silent; /* a call was not answered in time */
    int list_changed;
    size_t changed_count;
    char *changed[KEPT_CHANGES];
};

struct csystemd_units {
    csystemd_unit *units;
    size_t count;
    sd_bus_message *reply; /* owns the texts */
};

static uint64_t now_usec(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

int csystemd_is_booted(void) {
    const char *named = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
    /* The test that sd_booted(3) names, which needs no library. */
    return faccessat(AT_FDCWD, "/run/systemd/system/", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || (named && *named);
}

/* Connecting is several messages of its own, to which no call's timeout applies. */
static int wait_until_ready(sd_bus *bus) {
    uint64_t deadline = now_usec() + PATIENCE_USEC;
    while (sd_bus_is_ready(bus) <= 0) {
        int code = sd_bus_process(bus, NULL);
        if (code < 0) return code;
        if (code > 0) continue;
        uint64_t now = now_usec();
        if (now >= deadline) return -ETIMEDOUT;
        code = sd_bus_wait(bus, deadline - now);
        if (code < 0 && code != -EINTR) return code;
    }
    return 0;
}

static int open_direct(sd_bus **bus) {
    int code = sd_bus_new(bus);
    if (code < 0) return code;
    code = sd_bus_set_address(*bus, "unix:path=/run/systemd/private");
    if (code >= 0) code = sd_bus_start(*bus);
    if (code >= 0) code = wait_until_ready(*bus);
    if (code < 0) *bus = sd_bus_close_unref(*bus);
    return code;
}

static int open_system(sd_bus **bus) {
    int code = sd_bus_open_system(bus);
    if (code < 0) return code;
    code = wait_until_ready(*bus);
    if (code < 0) *bus = sd_bus_close_unref(*bus);
    return code;
}

int csystemd_open(csystemd_bus **out) {
    sd_bus *bus = NULL;
    int is_direct = 0;
    int code = csystemd_load();
    if (code < 0) return code;
    code = open_system(&bus);
    if (code < 0 && geteuid() == 0) {
        /* The first failure is the one worth reporting. */
        is_direct = open_direct(&bus) >= 0;
        if (is_direct) code = 0;
    }
    if (code < 0) return code;
    sd_bus_set_method_call_timeout(bus, PATIENCE_USEC);
    csystemd_bus *result = calloc(1, sizeof *result);
    if (!result) {
        sd_bus_close_unref(bus);
        return -ENOMEM;
    }
    result->bus = bus;
    result->is_direct = is_direct;
    *out = result;
    return 0;
}

static void forget_changes(csystemd_bus *bus) {
    for (size_t i = 0; i < bus->changed_count; i++) free(bus->changed[i]);
    bus->changed_count = 0;
    bus->list_changed = 0;
}

void csystemd_close(csystemd_bus *bus) {
    if (!bus) return;
    forget_changes(bus);
    sd_bus_close_unref(bus->bus);
    free(bus);
}

int csystemd_is_alive(csystemd_bus *bus) { return !bus->is_silent && sd_bus_is_open(bus->bus) > 0; }

/* Sends a call and takes its answer. Remembers a bus that stays silent. */
static int call(csystemd_bus *bus, sd_bus_message *message, sd_bus_message **reply) {
    if (bus->is_silent) return -ETIMEDOUT;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = sd_bus_call(bus->bus, message, PATIENCE_USEC, &error, reply);
    if (code == -ETIMEDOUT || sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY)) {
        bus->is_silent = 1;
        code = -ETIMEDOUT;
    } else if (code < 0 && (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_PROPERTY) ||
                            sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
                            sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))) {
        code = -ENOENT;
    }
    sd_bus_error_free(&error);
    return code;
}

static int new_call(csystemd_bus *bus, const char *path, const char *interface, const char *member,
                    sd_bus_message **message) {
    const char *destination = bus->is_direct ? NULL : DESTINATION;
    return sd_bus_message_new_method_call(bus->bus, message, destination, path, interface, member);
}

/* ------------------------------------------------------------------------- */
/* Lists                                                                       */
/* ------------------------------------------------------------------------- */

static int add_unit(csystemd_units *list, size_t *capacity, const csystemd_unit *unit) {
    if (list->count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 64;
        csystemd_unit *units = realloc(list->units, larger * sizeof *units);
        if (!units) return -ENOMEM;
        list->units = units;
        *capacity = larger;
    }
    list->units[list->count++] = *unit;
    return 0;
}

static int read_units(sd_bus_message *reply, csystemd_units *list) {
    size_t capacity = 0;
    int code = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
    while (code >= 0) {
        csystemd_unit unit;
        code = sd_bus_message_read(reply, "(ssssssouso)", &unit.name, &unit.description, &unit.load_state,
                                   &unit.active_state, &unit.sub_state, NULL, NULL, NULL, NULL, NULL);
        if (code <= 0) break;
        code = add_unit(list, &capacity, &unit);
    }
    return code;
}

static int append_texts(sd_bus_message *message, const char *const *texts) {
    return sd_bus_message_append_strv(message, (char **)texts);
}

static int finish_list(csystemd_bus *bus, sd_bus_message *message, csystemd_units **out) {
    csystemd_units *list = calloc(1, sizeof *list);
    int code = list ? call(bus, message, &list->reply) : -ENOMEM;
    if (code >= 0) code = read_units(list->reply, list);
    sd_bus_message_unref(message);
    if (code < 0) {
        csystemd_units_free(list);
        return code;
    }
    *out = list;
    return 0;
}

int csystemd_list_matching(csystemd_bus *bus, const char *const *patterns, csystemd_units **units) {
    sd_bus_message *message = NULL;
    int code = new_call(bus, MANAGER_PATH, CSYSTEMD_MANAGER, "ListUnitsByPatterns", &message);
    if (code >= 0) code = append_texts(message, NULL); /* any state */
    if (code >= 0) code = append_texts(message, patterns);
    if (code >= 0) return finish_list(bus, message, units);
    sd_bus_message_unref(message);
    return code;
}

int csystemd_list_named(csystemd_bus *bus, const char *const *names, csystemd_units **units) {
    sd_bus_message *message = NULL;
    int code = new_call(bus, MANAGER_PATH, CSYSTEMD_MANAGER, "ListUnitsByNames", &message);
    if (code >= 0) code = append_texts(message, names);
    if (code >= 0) return finish_list(bus, message, units);
    sd_bus_message_unref(message);
    return code;
}

size_t csystemd_units_count(const csystemd_units *units) { return units->count; }

const csystemd_unit *csystemd_units_at(const csystemd_units *units, size_t index) {
    return index < units->count ? &units->units[index] : NULL;
}

void csystemd_units_free(csystemd_units *units) {
    if (!units) return;
    sd_bus_message_unref(units->reply);
    free(units->units);
    free(units);
}

/* ------------------------------------------------------------------------- */
/* Properties                                                                  */
/* ------------------------------------------------------------------------- */

/* Leaves *reply inside the variant, its type in *type. */
static int get(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
               sd_bus_message **reply, const char **type) {
    char *path = NULL;
    sd_bus_message *message = NULL;
    int code = sd_bus_path_encode(UNIT_PATH, unit, &path);
    if (code >= 0) code = new_call(bus, path, PROPERTIES, "Get", &message);
    if (code >= 0) code = sd_bus_message_append(message, "ss", interface, property);
    if (code >= 0) code = call(bus, message, reply);
    if (code >= 0) {
        char kind = 0;
        code = sd_bus_message_peek_type(*reply, &kind, type);
        if (code >= 0 && kind != 'v') code = -EINVAL;
    }
    if (code >= 0) code = sd_bus_message_enter_container(*reply, 'v', *type);
    sd_bus_message_unref(message);
    free(path);
    return code;
}

int csystemd_get_text(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                      char **value) {
    sd_bus_message *reply = NULL;
    const char *type = "", *text = NULL;
    int code = get(bus, unit, interface, property, &reply, &type);
    if (code >= 0 && strcmp(type, "s") != 0 && strcmp(type, "o") != 0) code = -EINVAL;
    if (code >= 0) code = sd_bus_message_read_basic(reply, type[0], &text);
    if (code >= 0) {
        *value = strdup(text ? text : "");
        code = *value ? 0 : -ENOMEM;
    }
    sd_bus_message_unref(reply);
    return code;
}

static int read_number(sd_bus_message *reply, char type, uint64_t *value) {
    union {
        uint8_t y;
        int b;
        int16_t n;
        uint16_t q;
        int32_t i;
        uint32_t u;
        int64_t x;
        uint64_t t;
    } number;
    memset(&number, 0, sizeof number);
    if (!type || !strchr("ybnqiuxt", type)) return -EINVAL;
    int code = sd_bus_message_read_basic(reply, type, &number);
    if (code < 0) return code;
    switch (type) {
    case 'y': *value = number.y; break;
    case 'b': *value = number.b != 0; break;
    case 'n': *value = (uint64_t)number.n; break;
    case 'q': *value = number.q; break;
    case 'i': *value = (uint64_t)number.i; break;
    case 'u': *value = number.u; break;
    case 'x': *value = (uint64_t)number.x; break;
    default: *value = number.t; break;
    }
    return 0;
}

int csystemd_get_number(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                        uint64_t *value) {
    sd_bus_message *reply = NULL;
    const char *type = "";
    int code = get(bus, unit, interface, property, &reply, &type);
    if (code >= 0) code = type[0] && !type[1] ? read_number(reply, type[0], value) : -EINVAL;
    sd_bus_message_unref(reply);
    return code;
}

static int join(sd_bus_message *reply, char **value) {
    char *joined = calloc(1, 1);
    size_t length = 0;
    int code = joined ? sd_bus_message_enter_container(reply, 'a', "s") : -ENOMEM;
    while (code >= 0) {
        const char *text = NULL;
        code = sd_bus_message_read_basic(reply, 's', &text);
        if (code <= 0) break;
        size_t more = strlen(text);
        char *larger = realloc(joined, length + more + 2);
        if (!larger) {
            code = -ENOMEM;
            break;
        }
        joined = larger;
        if (length > 0) joined[length++] = '\n';
        memcpy(joined + length, text, more + 1);
        length += more;
    }
    if (code < 0) {
        free(joined);
        return code;
    }
    *value = joined;
    return 0;
}

int csystemd_get_texts(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                       char **value) {
    sd_bus_message *reply = NULL;
    const char *type = "";
    int code = get(bus, unit, interface, property, &reply, &type);
    if (code >= 0) code = strcmp(type, "as") == 0 ? join(reply, value) : -EINVAL;
    sd_bus_message_unref(reply);
    return code;
}

void csystemd_free(char *value) { free(value); }

/* ------------------------------------------------------------------------- */
/* Changes                                                                     */
/* ------------------------------------------------------------------------- */

static int on_properties(sd_bus_message *message, void *context, sd_bus_error *error) {
    (void)error;
    csystemd_bus *bus = context;
    char *name = NULL;
    const char *path = sd_bus_message_get_path(message);
    if (!path || sd_bus_path_decode(path, UNIT_PATH, &name) <= 0) return 0;
    if (csystemd_changed(bus, name)) {
        free(name);
    } else if (bus->changed_count < KEPT_CHANGES) {
        bus->changed[bus->changed_count++] = name;
    } else {
        bus->list_changed = 1;
        free(name);
    }
    return 0;
}

static int on_list(sd_bus_message *message, void *context, sd_bus_error *error) {
    (void)message;
    (void)error;
    ((csystemd_bus *)context)->list_changed = 1;
    return 0;
}

int csystemd_watch(csystemd_bus *bus) {
    static const char *const members[] = {"UnitNew", "UnitRemoved", "Reloading"};
    const char *sender = bus->is_direct ? NULL : DESTINATION;
    int code = bus->is_direct
                   ? sd_bus_add_match(bus->bus, NULL,
                                      "type='signal',interface='" PROPERTIES "',member='PropertiesChanged',"
                                      "path_namespace='" UNIT_PATH "'",
                                      on_properties, bus)
                   : sd_bus_add_match(bus->bus, NULL,
                                      "type='signal',sender='" DESTINATION "',interface='" PROPERTIES
                                      "',member='PropertiesChanged',path_namespace='" UNIT_PATH "'",
                                      on_properties, bus);
    for (size_t i = 0; code >= 0 && i < sizeof members / sizeof members[0]; i++)
        code = sd_bus_match_signal(bus->bus, NULL, sender, MANAGER_PATH, CSYSTEMD_MANAGER, members[i], on_list, bus);
    if (code == -ETIMEDOUT) bus->is_silent = 1;
    sd_bus_message *message = NULL, *reply = NULL;
    if (code >= 0) code = new_call(bus, MANAGER_PATH, CSYSTEMD_MANAGER, "Subscribe", &message);
    if (code >= 0) code = call(bus, message, &reply);
    sd_bus_message_unref(message);
    sd_bus_message_unref(reply);
    return code < 0 ? code : 0;
}

int csystemd_poll(csystemd_bus *bus) {
    forget_changes(bus);
    for (int i = 0; i < MESSAGES_PER_POLL; i++) {
        int code = sd_bus_process(bus->bus, NULL);
        if (code < 0) return code;
        if (code == 0) break;
    }
    return bus->changed_count > 0 || bus->list_changed;
}

int csystemd_changed(const csystemd_bus *bus, const char *unit) {
    for (size_t i = 0; i < bus->changed_count; i++)
        if (strcmp(bus->changed[i], unit) == 0) return 1;
    return 0;
}

const char *csystemd_changed_at(const csystemd_bus *bus, size_t index) {
    return index < bus->changed_count ? bus->changed[index] : NULL;
}

int csystemd_list_changed(const csystemd_bus *bus) { return bus->list_changed; }
