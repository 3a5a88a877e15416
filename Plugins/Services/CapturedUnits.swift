import PluginKit

/// The services of a captured machine, from `commands/systemctl_show`, the output of
///
///     systemctl show --all --no-pager --timestamp=unix '*.service'
///
/// Blocks of KEY=VALUE, one for each unit, separated by an empty line. A value may contain "=", keys may be in any
/// order, and unknown ones are ignored.
struct CapturedUnits {
    static let path = "/commands/systemctl_show"
    private(set) var services: [Service] = []

    /// nil where the machine was captured without systemd.
    init?(_ machine: Machine) throws(PluginError) {
        guard let text = machine.text(Self.path) else { return nil }
        let uptime = machine.text("/proc/uptime")?.words.first.flatMap { Double(text: $0) }
        let now = Self.captureTime(machine)
        var block = Block(uptime: uptime, captured: now)
        for line in text.lines {
            if line.isEmpty {
                if let service = block.service { services.append(service) }
                block = Block(uptime: uptime, captured: now)
            } else {
                block.take(line)
            }
        }
        if let service = block.service { services.append(service) }
        guard !services.isEmpty else {
            throw .failed(
                "\(machine.root)\(Self.path): no unit in it; it must be the answer of systemctl show --all "
                    + "--no-pager --timestamp=unix '*.service'")
        }
    }

    /// Unix time of the capture: boot time plus uptime.
    private static func captureTime(_ machine: Machine) -> Double? {
        guard let uptime = machine.text("/proc/uptime")?.words.first.flatMap({ Double(text: $0) }) else {
            return nil
        }
        for line in (machine.text("/proc/stat") ?? "").lines {
            if let boot = line.after("btime ").flatMap({ Double(text: $0.trimmed) }) { return boot + uptime }
        }
        return nil
    }

    /// The units that match the patterns; a name without a unit gives a unit that is not found.
    func matching(_ patterns: [String]) -> [Service] {
        var result: [Service] = []
        for pattern in patterns {
            let found = services.filter {
                $0.unit == pattern
                    || $0.isFound && Choice.isPattern(pattern) && matches($0.unit, pattern: pattern)
            }
            for var service in found where !result.contains(where: { $0.unit == service.unit }) {
                service.isNamed = service.unit == pattern
                result.append(service)
            }
            if found.isEmpty && !Choice.isPattern(pattern) {
                var missing = Service(unit: pattern)
                missing.loadState = "not-found"
                result.append(missing)
            }
        }
        return result
    }
}

/// The properties of one unit.
private struct Block {
    private var unit = ""
    private var found = Service(unit: "")
    private var times: [(key: String, value: String)] = []
    private let uptime: Double?
    private let captured: Double?

    init(uptime: Double?, captured: Double?) {
        self.uptime = uptime
        self.captured = captured
    }

    mutating func take(_ line: String) {
        let parts = line.split(on: UInt8(ascii: "="))
        guard parts.count > 1 else { return }
        let value = parts.dropFirst().joined(separator: "=")
        switch parts[0] {
        case "Id": unit = value
        case "Description": found.description = value
        case "LoadState": found.loadState = value
        case "ActiveState": found.activeState = value
        case "SubState": found.subState = value
        case "Result": found.result = value
        case "Type": found.type = value
        case "UnitFileState": found.fileState = value
        case "TriggeredBy": found.isTriggered = !value.isEmpty
        case "ConditionResult": found.isConditionMet = value != "no"
        case "NRestarts": found.restarts = Double(text: value)
        case "MainPID": found.pid = Double(text: value).flatMap { $0 > 0 ? $0 : nil }
        case "ControlGroup": found.controlGroup = value
        case "StateDirectory": found.directories += value.words.map { "/var/lib/" + $0 }
        case "CacheDirectory": found.directories += value.words.map { "/var/cache/" + $0 }
        case "LogsDirectory": found.directories += value.words.map { "/var/log/" + $0 }
        default:
            if parts[0].hasSuffix("Timestamp") || parts[0].hasSuffix("Monotonic") {
                times.append((parts[0], value))
            }
        }
    }

    var service: Service? {
        guard !unit.isEmpty else { return nil }
        var service = found
        service.unit = unit
        service.since = time(
            service.activeState == "active" ? "ActiveEnterTimestamp" : "StateChangeTimestamp")
        // The condition of a unit that was never started was not checked.
        service.isConditionMet = found.isConditionMet || time("ConditionTimestamp") == nil
        // A unit that never ran has been in its state since it was loaded, which is not worth showing.
        if service.activeState == "inactive", time("InactiveExitTimestamp") == nil { service.since = nil }
        return service
    }

    /// A time property: "@1772366400" of `--timestamp=unix`, else computed from the monotonic time, which every
    /// output has.
    private func time(_ key: String) -> Double? {
        if let unix = times.first(where: { $0.key == key })?.value.after("@") { return Double(text: unix) }
        guard let captured, let uptime,
            let value = times.first(where: { $0.key == key + "Monotonic" }).flatMap({ Double(text: $0.value) }
            ),
            value > 0
        else { return nil }
        return captured - uptime + value / 1e6
    }
}
