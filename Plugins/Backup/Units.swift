import CSystemd
import PluginKit

/// The state of a backup's service and timer in systemd. Times are Unix seconds; nil: none.
struct UnitReport: Equatable {
    var service = ""
    var isFound = true
    var activeState = ""
    /// "success", "exit-code", "timeout", "signal", "oom-kill", …
    var result = ""
    var exitStatus = 0
    var started: Double?
    var ended: Double?
    var hasTimer = false
    var isTimerActive = false
    var triggered: Double?
    var next: Double?

    var isRunning: Bool {
        activeState == "activating" || activeState == "deactivating" || activeState == "reloading"
    }
    var isFailed: Bool { activeState == "failed" || !result.isEmpty && result != "success" && !isRunning }

    /// Duration of the last run that has ended, in seconds.
    var duration: Double? {
        guard let started, let ended, ended >= started, !isRunning else { return nil }
        return ended - started
    }
}

/// A watched unit.
final class BackupUnit {
    /// The name in the layout: a service or a timer.
    let name: String
    private(set) var report: UnitReport?
    /// Why systemd could not be queried, in one sentence; nil: it could.
    private(set) var error: String?
    private var due = -Double.infinity

    /// Seconds between two queries. systemd reports changes; the query covers lost reports and values that change
    /// with time.
    private static let every = 60.0

    init(_ name: String) { self.name = name }

    private var stem: String {
        name.split(on: UInt8(ascii: ".")).dropLast().joined(separator: ".")
    }
    var timer: String { name.hasSuffix(".timer") ? name : stem + ".timer" }

    func update(_ tick: Tick, systemd: Systemd) {
        let isChanged = systemd.hasChanged(timer) || systemd.hasChanged(report?.service ?? stem + ".service")
        guard tick.seconds >= due || isChanged || tick.isRefresh else { return }
        due = tick.seconds + Self.every
        do throws(PluginError) {
            report = try read(tick, systemd)
            error = nil
        } catch {
            self.error = error.sentence
        }
    }

    private func read(_ tick: Tick, _ systemd: Systemd) throws(PluginError) -> UnitReport {
        var report = UnitReport()
        let timer = try systemd.properties(of: timer)
        report.hasTimer = timer.text("LoadState") == "loaded"
        report.isTimerActive = timer.text("ActiveState") == "active"
        let named = timer.text("Unit") ?? ""
        report.service = name.hasSuffix(".timer") && !named.isEmpty ? named : stem + ".service"
        if report.hasTimer {
            report.triggered = timer.time("LastTriggerUSec")
            report.next =
                timer.time("NextElapseUSecRealtime") ?? timer.monotonic("NextElapseUSecMonotonic", at: tick)
        }
        let service = try systemd.properties(of: report.service)
        report.isFound = service.text("LoadState") == "loaded"
        report.activeState = service.text("ActiveState") ?? ""
        report.result = service.text("Result") ?? ""
        report.exitStatus = Int(service.number("ExecMainStatus") ?? 0)
        report.started = service.time("InactiveExitTimestamp")
        // With RemainAfterExit the run ends when the unit becomes active.
        report.ended = service.time(
            report.activeState == "active" ? "ActiveEnterTimestamp" : "InactiveEnterTimestamp")
        return report
    }
}

/// Access to systemd over its bus, or to captured output.
final class Systemd {
    private let machine: Machine
    private var bus: OpaquePointer?
    private var retryAt = -Double.infinity
    private var sentence = ""
    private var isEverythingChanged = false

    init(_ machine: Machine) { self.machine = machine }

    deinit { csystemd_close(bus) }

    /// Opens the bus if necessary and reads the changes reported since the last tick.
    func begin(_ tick: Tick) {
        guard !machine.isCaptured else { return }
        isEverythingChanged = false
        if let bus, csystemd_is_alive(bus) == 0 {
            csystemd_close(bus)
            self.bus = nil
            sentence = "systemd does not answer on the system bus; see systemctl status dbus"
            retryAt = tick.seconds + 30
        }
        if let bus {
            _ = csystemd_poll(bus)
        } else if tick.seconds >= retryAt {
            open(tick)
        }
    }

    func hasChanged(_ unit: String) -> Bool {
        if isEverythingChanged { return true }
        guard let bus else { return false }
        return csystemd_changed(bus, unit) != 0
    }

    func properties(of unit: String) throws(PluginError) -> UnitProperties {
        if machine.isCaptured {
            let arguments = ["systemctl", "show", "--timestamp=unix", unit]
            let result = try Command(arguments, timeout: 5, on: machine).poll()
            return UnitProperties(unit: unit, bus: nil, captured: result?.output.lines ?? [])
        }
        guard let bus else { throw .unavailable(sentence) }
        return UnitProperties(unit: unit, bus: bus, captured: [])
    }

    private func open(_ tick: Tick) {
        retryAt = tick.seconds + 30
        guard csystemd_is_booted() != 0 else {
            sentence = "systemd is not the init of this machine: `units` has nothing to show; remove it"
            return
        }
        let code = csystemd_open(&bus)
        guard code >= 0, bus != nil else {
            // ELIBACC, where the library is missing.
            sentence =
                code == -79
                ? "libsystemd.so.0 cannot be loaded, and systemd not be asked; install libsystemd0"
                : "cannot reach systemd over the system bus (error \(-code)); see systemctl status dbus"
            bus = nil
            return
        }
        _ = csystemd_watch(bus)
        isEverythingChanged = true
    }
}

/// Properties of one unit.
struct UnitProperties {
    let unit: String
    let bus: OpaquePointer?
    let captured: [String]

    func text(_ property: String) -> String? {
        guard let bus else { return line(property) }
        var value: UnsafeMutablePointer<CChar>?
        guard csystemd_get_text(bus, unit, interface(of: property), property, &value) >= 0, let value else {
            return nil
        }
        defer { csystemd_free(value) }
        return String(cString: value)
    }

    func number(_ property: String) -> Double? {
        guard let bus else { return line(property).flatMap { Double(text: $0) } }
        var value: UInt64 = 0
        guard csystemd_get_number(bus, unit, interface(of: property), property, &value) >= 0, value != .max
        else {
            return nil
        }
        return Double(value)
    }

    /// A time property in Unix seconds; nil: never. systemd counts microseconds.
    func time(_ property: String) -> Double? {
        if bus == nil { return line(property)?.after("@").flatMap { Double(text: $0) } }
        guard let value = number(property), value > 0 else { return nil }
        return value / 1e6
    }

    /// A property with a time of the monotonic clock, converted to Unix seconds.
    func monotonic(_ property: String, at tick: Tick) -> Double? {
        guard bus != nil, let value = number(property), value > 0 else { return nil }
        return tick.unixSeconds + value / 1e6 - tick.seconds
    }

    private func interface(of property: String) -> String {
        switch property {
        case "Result", "ExecMainStatus": CSYSTEMD_SERVICE
        case "LastTriggerUSec", "NextElapseUSecRealtime", "NextElapseUSecMonotonic", "Unit": CSYSTEMD_TIMER
        default: CSYSTEMD_UNIT
        }
    }

    private func line(_ property: String) -> String? {
        for text in captured { if let value = text.after(property + "="), !value.isEmpty { return value } }
        return nil
    }
}
