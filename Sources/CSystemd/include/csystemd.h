/*
 * The few questions that plugins ask systemd, over sd-bus.
 *
 * No call waits longer than 2 seconds. A bus that once failed to answer in
 * time is not asked again: every later call on it returns -ETIMEDOUT at once
 * until it is closed and opened anew.
 *
 * Calls return 0 or more, or a negative errno value.
 */
#ifndef CSYSTEMD_H
#define CSYSTEMD_H

#include <stddef.h>
#include <stdint.h>

#define CSYSTEMD_UNIT "org.freedesktop.systemd1.Unit"
#define CSYSTEMD_SERVICE "org.freedesktop.systemd1.Service"
#define CSYSTEMD_TIMER "org.freedesktop.systemd1.Timer"
#define CSYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

typedef struct csystemd_bus csystemd_bus;

/*
 * Whether there is a systemd to ask: this machine was booted with it as its
 * PID 1, or DBUS_SYSTEM_BUS_ADDRESS names a bus.
 */
int csystemd_is_booted(void);

/*
 * Connects to the system bus, and as root, when there is none, to systemd's own
 * socket /run/systemd/private. The caller closes it. -ELIBACC without libsystemd.so.0.
 */
int csystemd_open(csystemd_bus **bus);
void csystemd_close(csystemd_bus *bus);

/* Whether the connection still stands and has answered in time so far. */
int csystemd_is_alive(csystemd_bus *bus);

/* One line of `systemctl list-units --all`. */
typedef struct csystemd_unit {
    const char *name;         /* "ssh.service" */
    const char *description;
    const char *load_state;   /* "loaded", "not-found", "masked", "error", "bad-setting" */
    const char *active_state; /* "active", "inactive", "failed", "activating", "deactivating", "reloading" */
    const char *sub_state;    /* "running", "exited", "dead", "auto-restart", ... */
} csystemd_unit;

typedef struct csystemd_units csystemd_units;

/*
 * The units that systemd has in memory whose name matches one of `patterns`
 * (shell patterns, NULL-terminated). The caller frees the list.
 */
int csystemd_list_matching(csystemd_bus *bus, const char *const *patterns, csystemd_units **units);

/*
 * The units with exactly these names, also those that systemd has not loaded
 * (load state "not-found" when there is no such unit). The caller frees the list.
 */
int csystemd_list_named(csystemd_bus *bus, const char *const *names, csystemd_units **units);

size_t csystemd_units_count(const csystemd_units *units);
/* The texts live as long as the list. NULL when `index` is out of range. */
const csystemd_unit *csystemd_units_at(const csystemd_units *units, size_t index);
void csystemd_units_free(csystemd_units *units);

/*
 * Properties of a unit ("ssh.service"), on one of the interfaces named above.
 * -ENOENT when the unit has no such property, -EINVAL when it is of another type.
 */

/* A text. The caller frees *value with csystemd_free. */
int csystemd_get_text(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                      char **value);

/* Any whole number or truth value (0, 1). Negative ones as two's complement. UINT64_MAX often means "none". */
int csystemd_get_number(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                        uint64_t *value);

/* A list of texts, joined by newlines ("" when empty). The caller frees *value with csystemd_free. */
int csystemd_get_texts(csystemd_bus *bus, const char *unit, const char *interface, const char *property,
                       char **value);

void csystemd_free(char *value);

/*
 * Asks systemd to report changes of units from now on, so that nothing need be
 * asked while nothing changes.
 */
int csystemd_watch(csystemd_bus *bus);

/*
 * Takes what was reported since the last call, without waiting. 0: nothing;
 * 1: csystemd_changed and csystemd_list_changed say what.
 */
int csystemd_poll(csystemd_bus *bus);

/* Whether a property of this unit changed, by the last csystemd_poll. */
int csystemd_changed(const csystemd_bus *bus, const char *unit);

/* Units with changed properties by the last csystemd_poll: by index, NULL at the end. */
const char *csystemd_changed_at(const csystemd_bus *bus, size_t index);

/* Whether units came, went, or were reloaded, or more changed than is kept by name, by the last csystemd_poll. */
int csystemd_list_changed(const csystemd_bus *bus);

#endif
