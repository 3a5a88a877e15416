import PluginKit

/// The options of a layout, checked.
struct Choice {
    /// Unit names and patterns with their suffix.
    let units: [String]
    let limit: Int
    let processes: [String]
    let countsDisk: Bool
    let diskEvery: Double
    /// Paths of services without suffix.
    let paths: [(service: String, paths: [String])]
    let quotas: [(service: String, bytes: Double)]
    let restartWindow: Double

    init(_ options: Options) throws(PluginError) {
        let named = options.list(Setting.units).filter { !$0.isEmpty }
        units = named.map(Self.withSuffix)
        limit = Int(min(max(options.number(Setting.limit), 1), 500))
        let processes = options.list(Setting.processes).filter { !$0.isEmpty }
        self.processes = processes.isEmpty ? named.map(Self.withoutSuffix) : processes
        countsDisk = options.flag(Setting.disk)
        diskEvery = options.number(Setting.diskEvery)
        restartWindow = options.number(Setting.restartWindow)
        paths = try Self.paths(options.list(Setting.paths))
        quotas = try Self.quotas(options.list(Setting.quotas))
    }

    func paths(of service: String) -> [String] { paths.first { $0.service == service }?.paths ?? [] }
    func quota(of service: String) -> Double? { quotas.first { $0.service == service }?.bytes }

    /// Whether a service is selected; all are where the layout names none.
    func isWanted(_ name: String) -> Bool {
        let unit = Self.withSuffix(name)
        return units.isEmpty || units.contains { matches(unit, pattern: $0) }
    }

    /// The name without ".service"; other kinds of units keep their suffix.
    static func withoutSuffix(_ unit: String) -> String {
        unit.hasSuffix(".service") ? String(decoding: unit.utf8.dropLast(8), as: UTF8.self) : unit
    }

    private static let suffixes = [
        ".service", ".socket", ".timer", ".mount", ".automount", ".swap", ".target", ".path", ".slice",
        ".scope",
        ".device",
    ]

    private static func withSuffix(_ unit: String) -> String {
        suffixes.contains { unit.hasSuffix($0) } ? unit : unit + ".service"
    }

    static func isPattern(_ unit: String) -> Bool {
        unit.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    private static func paths(_ items: [String]) throws(PluginError) -> [(service: String, paths: [String])] {
        var result: [(service: String, paths: [String])] = []
        for item in items where !item.isEmpty {
            let (service, value) = try pair(item, option: "paths", example: "gitea=/var/lib/gitea,/srv/git")
            let paths = value.split(on: UInt8(ascii: ",")).map { $0.trimmed }
            for path in paths where !path.hasPrefix("/") {
                throw .invalid("paths: \"\(path)\" of \"\(item)\" is not an absolute path; begin it with /")
            }
            result.append((service, paths))
        }
        return result
    }

    private static func quotas(_ items: [String]) throws(PluginError) -> [(service: String, bytes: Double)] {
        var result: [(service: String, bytes: Double)] = []
        for item in items where !item.isEmpty {
            let (service, value) = try pair(item, option: "quotas", example: "gitea=100G")
            guard let bytes = size(value), bytes > 0 else {
                throw .invalid(
                    "quotas: \"\(value)\" of \"\(item)\" is not a size; write \"100G\", \"512M\" or bytes")
            }
            result.append((service, bytes))
        }
        return result
    }

    private static func pair(
        _ item: String, option: String, example: String
    ) throws(PluginError) -> (String, String) {
        let parts = item.split(on: UInt8(ascii: "="))
        let (service, value) = (parts[0].trimmed, parts.dropFirst().joined(separator: "=").trimmed)
        guard !service.isEmpty, !value.isEmpty else {
            throw .invalid("\(option): \"\(item)\" is not SERVICE=VALUE; write it like \"\(example)\"")
        }
        return (withoutSuffix(service), value)
    }

    /// Parses a size in powers of 1024: "100G"; "GB" and "GiB" mean the same.
    private static func size(_ text: String) -> Double? {
        var digits = Array(text.utf8)
        if digits.last == UInt8(ascii: "B") { digits.removeLast() }
        if digits.last == UInt8(ascii: "i") { digits.removeLast() }
        var factor = 1.0
        if let last = digits.last, let power = Array("KMGTPE".utf8).firstIndex(of: last & 0xdf), last >= 0x41
        {
            for _ in 0...power { factor *= 1024 }
            digits.removeLast()
        }
        return Double(text: String(decoding: digits, as: UTF8.self)).map { $0 * factor }
    }
}
