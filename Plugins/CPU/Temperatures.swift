import PluginKit

/// The temperature sensors of the processor, one for each package.
struct Temperatures {
    struct Sensor {
        /// One or more files; without a sensor for the whole package, the hottest core counts.
        let inputs: [String]
        /// The sensor's own critical temperature in Celsius.
        let limit: Double?
    }

    private(set) var sensors: [Sensor] = []

    init() {}

    init(_ machine: Machine) {
        for name in machine.names(in: "/sys/class/hwmon") {
            let folder = "/sys/class/hwmon/" + name
            let driver = (machine.text(folder + "/name") ?? "").trimmed
            if let sensor = Self.sensor(of: driver, in: folder, machine) { sensors.append(sensor) }
        }
        if sensors.isEmpty, let zone = Self.zone(machine) { sensors = [zone] }
    }

    /// The temperature in Celsius; nil where the sensor is missing or its value is impossible. `impossible` gets
    /// such a value.
    func read(_ sensor: Sensor, _ machine: Machine, impossible: inout Double?) -> Double? {
        var hottest: Double?
        for path in sensor.inputs {
            let stated = Self.celsius(path, machine)
            if Quantity.temperature.isImpossible(stated) { impossible = stated }
            guard let celsius = Quantity.temperature.possible(stated) else { continue }
            hottest = max(hottest ?? celsius, celsius)
        }
        return hottest
    }

    private static func celsius(_ path: String, _ machine: Machine) -> Double? {
        machine.number(path).map { $0 / 1000 }
    }

    /// A limit that a driver states. One that nobody has set is 0, absolute zero, or the largest number.
    private static func limit(_ path: String, _ machine: Machine) -> Double? {
        Quantity.temperatureLimit.possible(celsius(path, machine))
    }

    private static func sensor(of driver: String, in folder: String, _ machine: Machine) -> Sensor? {
        switch driver {
        case "coretemp":
            return labelled("Package id", in: folder, machine) ?? labelled("Core", in: folder, machine)
        case "k10temp", "zenpower":
            // Tctl has an offset on some models; Tdie is the real temperature.
            return labelled("Tdie", in: folder, machine) ?? labelled("Tctl", in: folder, machine)
                ?? first(in: folder, machine)
        case "cpu_thermal", "cputemp", "soc_thermal", "k8temp", "fam15h_power", "via_cputemp":
            return first(in: folder, machine)
        default:
            return nil
        }
    }

    private static func labelled(_ label: String, in folder: String, _ machine: Machine) -> Sensor? {
        var (inputs, limit): ([String], Double?) = ([], nil)
        for name in machine.names(in: folder) where matches(name, pattern: "temp*_label") {
            guard (machine.text(folder + "/" + name) ?? "").after(label) != nil else { continue }
            let stem = folder + "/" + String(decoding: name.utf8.dropLast("_label".utf8.count), as: UTF8.self)
            inputs.append(stem + "_input")
            if let own = Self.limit(stem + "_crit", machine) { limit = min(limit ?? own, own) }
        }
        return inputs.isEmpty ? nil : Sensor(inputs: inputs, limit: limit)
    }

    private static func first(in folder: String, _ machine: Machine) -> Sensor? {
        let path = folder + "/temp1_input"
        guard machine.exists(path) else { return nil }
        return Sensor(inputs: [path], limit: Self.limit(folder + "/temp1_crit", machine))
    }

    /// The thermal zone of the processor, for machines without a hwmon driver.
    private static func zone(_ machine: Machine) -> Sensor? {
        var best: (rank: Int, path: String)?
        for name in machine.names(in: "/sys/class/thermal") where name.after("thermal_zone") != nil {
            let path = "/sys/class/thermal/" + name
            let type = (machine.text(path + "/type") ?? "").trimmed
            let patterns = ["x86_pkg_temp", "cpu*", "soc*", "*cpu*", "acpitz"]
            guard let rank = patterns.firstIndex(where: { matches(type, pattern: $0) }) else { continue }
            if rank < (best?.rank ?? .max) { best = (rank: rank, path: path) }
        }
        guard let best else { return nil }
        return Sensor(inputs: [best.path + "/temp"], limit: criticalTrip(best.path, machine))
    }

    private static func criticalTrip(_ zone: String, _ machine: Machine) -> Double? {
        for index in 0..<12 {
            let trip = zone + "/trip_point_\(index)"
            guard let type = machine.text(trip + "_type") else { return nil }
            if type.trimmed == "critical" { return Self.limit(trip + "_temp", machine) }
        }
        return nil
    }
}
