import CSystemd
import PluginKit

/// Queries systemd over its bus: once at the start, then only for changes that it reports.
final class Systemd {
    private let choice: Choice
    private let groups: ControlGroups
    private var bus: OpaquePointer?
    private var retryAt = -Double.infinity
    private var failure = PluginError.unavailable("")
    private var listedAt = -Double.infinity
    private var isListOld = true
    private(set) var services: [Service] = []

    /// Seconds after which everything is queried again, to cover lost reports and changes in the ranking by memory.
    private static let listEvery = 60.0
    /// Seconds between two lists at least, so that units that appear and disappear constantly do not cause a new
    /// list on each tick.
    private static let listPause = 10.0
    private static let retryPause = 30.0

    init(_ choice: Choice, _ groups: ControlGroups) {
        self.choice = choice
        self.groups = groups
    }

    deinit { csystemd_close(bus) }

    /// Whether PID 1 is systemd, or the environment names a bus.
    static var isRunning: Bool { csystemd_is_booted() != 0 }

    func update(_ tick: Tick) throws(PluginError) {
        let bus = try open(tick)
        if csystemd_poll(bus) < 0 { throw lost(tick) }
        if csystemd_list_changed(bus) != 0 { isListOld = true }
        refreshChanged(bus)
        let age = tick.seconds - listedAt
        if tick.isRefresh || age >= Self.listEvery || isListOld && age >= Self.listPause {
            // A query may load and unload a unit, which is reported too and must not cause another query.
            isListOld = false
            listedAt = tick.seconds
            services = try list(bus, tick)
        }
        if csystemd_is_alive(bus) == 0 { throw lost(tick) }
    }

    // MARK: The connection

    private func open(_ tick: Tick) throws(PluginError) -> OpaquePointer {
        if let bus { return bus }
        guard tick.seconds >= retryAt || tick.isRefresh else { throw failure }
        retryAt = tick.seconds + Self.retryPause
        let code = csystemd_open(&bus)
        guard code >= 0, let bus else {
            failure = Self.error(code)
            throw failure
        }
        // Without reports the list is still queried every minute.
        _ = csystemd_watch(bus)
        listedAt = -.infinity
        return bus
    }

    private func lost(_ tick: Tick) -> PluginError {
        csystemd_close(bus)
        bus = nil
        services = []
        retryAt = tick.seconds + Self.retryPause
        failure = .timeout(
            "systemd did not answer on the system bus within 2 s; look at \"systemctl status dbus\"; next try in 30 s"
        )
        return failure
    }

    private static func error(_ code: Int32) -> PluginError {
        let place = "cannot reach systemd over the system bus (/run/dbus/system_bus_socket): "
        // Only the reasons that have a remedy of their own.
        switch -code {
        case 2: return .failed(place + "no such socket; start dbus (systemctl start dbus) or run as root")
        case 13, 1:
            return .denied(place + "permission denied; allow this user on the system bus or run as root")
        case 111: return .failed(place + "nobody listens; start dbus (systemctl start dbus) or run as root")
        case 79:  // ELIBACC
            return .failed("libsystemd.so.0 cannot be loaded, and systemd not be asked; install libsystemd0")
        case 110: return .timeout(place + "no answer within 2 s; look at \"systemctl status dbus\"")
        default: return .failed(place + "error \(-code); look at \"systemctl status dbus\"")
        }
    }

    // MARK: Lists

    private func list(_ bus: OpaquePointer, _ tick: Tick) throws(PluginError) -> [Service] {
        var chosen: [Service] = []
        if choice.units.isEmpty {
            let all = try units(bus, ["*.service"], isPattern: true)
            // The usual path of the group is assumed here, since a query would need a call for each service of the
            // machine.
            chosen = all.failedAndLargest(choice.limit) { groups.memory(of: Self.usualGroup($0.unit)) }
        } else {
            for unit in choice.units {
                let isPattern = Choice.isPattern(unit)
                let found = try units(bus, [unit], isPattern: isPattern)
                for var service in found where !isPattern || service.isFound {
                    service.isNamed = !isPattern
                    // For an alias systemd returns the unit's real name.
                    if !chosen.contains(where: { $0.unit == service.unit }) { chosen.append(service) }
                }
            }
        }
        return chosen.map { listed in
            var service = services.first { $0.unit == listed.unit } ?? listed
            let isKnown = !service.type.isEmpty && service.loadState == listed.loadState
            service.loadState = listed.loadState
            service.description = listed.description
            service.isNamed = listed.isNamed
            if !isKnown || tick.isRefresh { readFixed(&service, bus) }
            readMoving(&service, bus)
            return service
        }
    }

    private func units(
        _ bus: OpaquePointer, _ names: [String], isPattern: Bool
    ) throws(PluginError) -> [Service] {
        var list: OpaquePointer?
        let code = withCStrings(names) { names in
            isPattern ? csystemd_list_matching(bus, names, &list) : csystemd_list_named(bus, names, &list)
        }
        guard code >= 0, let list else {
            if csystemd_is_alive(bus) == 0 { return [] }
            // An invalid name: shown as not found.
            return isPattern ? [] : names.map(Self.missing)
        }
        defer { csystemd_units_free(list) }
        var services: [Service] = []
        for index in 0..<csystemd_units_count(list) {
            guard let unit = csystemd_units_at(list, index)?.pointee else { continue }
            var service = Service(unit: String(cString: unit.name))
            service.description = String(cString: unit.description)
            service.loadState = String(cString: unit.load_state)
            service.activeState = String(cString: unit.active_state)
            service.subState = String(cString: unit.sub_state)
            services.append(service)
        }
        return isPattern ? services.sorted { $0.unit < $1.unit } : services
    }

    private static func missing(_ unit: String) -> Service {
        var service = Service(unit: unit)
        service.loadState = "not-found"
        return service
    }

    private static func usualGroup(_ unit: String) -> String {
        guard let at = unit.utf8.firstIndex(of: UInt8(ascii: "@")) else { return "/system.slice/" + unit }
        return "/system.slice/system-\(unit[..<at]).slice/\(unit)"
    }

    // MARK: Properties

    private func refreshChanged(_ bus: OpaquePointer) {
        var index = 0
        while let name = csystemd_changed_at(bus, index) {
            index += 1
            let unit = String(cString: name)
            if let place = services.firstIndex(where: { $0.unit == unit }) {
                readMoving(&services[place], bus)
            } else if choice.units.isEmpty && unit.hasSuffix(".service") {
                // The unit may have failed.
                isListOld = true
            }
        }
    }

    /// Reads the properties that are constant until the unit is loaded again.
    private func readFixed(_ service: inout Service, _ bus: OpaquePointer) {
        guard service.isFound else { return }
        let unit = Unit(bus: bus, name: service.unit)
        service.type = unit.text("Type", of: CSYSTEMD_SERVICE) ?? "none"
        service.fileState = unit.text("UnitFileState") ?? ""
        service.isTriggered = !unit.texts("TriggeredBy").isEmpty
        service.directories =
            unit.texts("StateDirectory", of: CSYSTEMD_SERVICE).map { "/var/lib/" + $0 }
            + unit.texts("CacheDirectory", of: CSYSTEMD_SERVICE).map { "/var/cache/" + $0 }
            + unit.texts("LogsDirectory", of: CSYSTEMD_SERVICE).map { "/var/log/" + $0 }
    }

    private func readMoving(_ service: inout Service, _ bus: OpaquePointer) {
        guard service.isFound else { return }
        let unit = Unit(bus: bus, name: service.unit)
        service.activeState = unit.text("ActiveState") ?? ""
        service.subState = unit.text("SubState") ?? ""
        let isActive = service.activeState == "active"
        service.since = unit.time(isActive ? "ActiveEnterTimestamp" : "StateChangeTimestamp")
        service.isConditionMet = true
        if service.activeState == "inactive" {
            if unit.time("InactiveExitTimestamp") == nil { service.since = nil }
            // The condition of a unit that was never started was not checked.
            service.isConditionMet =
                unit.number("ConditionResult") != 0 || unit.time("ConditionTimestamp") == nil
        }
        guard service.type != "none" else { return }
        service.result = unit.text("Result", of: CSYSTEMD_SERVICE) ?? "success"
        service.restarts = unit.number("NRestarts", of: CSYSTEMD_SERVICE)
        service.pid = unit.number("MainPID", of: CSYSTEMD_SERVICE).flatMap { $0 > 0 ? $0 : nil }
        service.controlGroup = unit.text("ControlGroup", of: CSYSTEMD_SERVICE) ?? ""
    }
}

/// One unit on the bus. Missing properties are nil or empty.
private struct Unit {
    let bus: OpaquePointer
    let name: String

    func text(_ property: String, of interface: String = CSYSTEMD_UNIT) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard csystemd_get_text(bus, name, interface, property, &value) >= 0, let value else { return nil }
        defer { csystemd_free(value) }
        return String(cString: value)
    }

    func texts(_ property: String, of interface: String = CSYSTEMD_UNIT) -> [String] {
        var value: UnsafeMutablePointer<CChar>?
        guard csystemd_get_texts(bus, name, interface, property, &value) >= 0, let value else { return [] }
        defer { csystemd_free(value) }
        return String(cString: value).lines
    }

    func number(_ property: String, of interface: String = CSYSTEMD_UNIT) -> Double? {
        var value: UInt64 = 0
        guard csystemd_get_number(bus, name, interface, property, &value) >= 0, value != .max else {
            return nil
        }
        return Double(value)
    }

    /// A time property in Unix seconds; nil: never. systemd counts microseconds.
    func time(_ property: String) -> Double? {
        number(property).flatMap { $0 > 0 ? $0 / 1e6 : nil }
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(bytes.count)
        for byte in string.utf8 where byte != 0 { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
    }
    return bytes.withUnsafeBufferPointer { bytes in
        var pointers: [UnsafePointer<CChar>?] = starts.map { start in bytes.baseAddress.map { $0 + start } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { pointers in
            guard let base = pointers.baseAddress else { preconditionFailure("the array is never empty") }
            return body(base)
        }
    }
}
