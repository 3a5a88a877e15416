import PluginKit

enum Tool {
    /// `borg2` has the commands of borg 2, which shares little but the name with the others.
    case restic, borg, borg2

    var name: String {
        switch self {
        case .restic: "restic"
        case .borg: "borg"
        case .borg2: "borg2"
        }
    }

    /// The Debian package.
    var package: String {
        switch self {
        case .restic: "restic"
        case .borg: "borgbackup"
        case .borg2: "borgbackup2"
        }
    }

    /// Whether the operation has reached its end, with or without warnings. A tool's other statuses are errors, those
    /// that a later version adds included.
    func isDone(_ status: Int) -> Bool {
        status == 0 || self != .restic && (status == 1 || (100...127).contains(status))
    }
}

/// One repository of the layout.
struct RepositorySettings {
    var name: String
    let tool: Tool
    /// The location in the tool's notation; "" where it is in the environment file.
    let location: String
    var passwordFile: String?
    var passwordCommand: String?
    var environmentFile: String?
}

/// The allowed age of the last snapshot.
struct Freshness {
    let warning: Double
    let critical: Double

    func status(of age: Double) -> Status {
        age >= critical ? .critical : age >= warning ? .warning : .ok
    }
}

/// The widget's options, checked. Error sentences never contain a value that may be a secret.
struct Settings {
    let repositories: [RepositorySettings]
    /// Each unit with its name; "" where the layout gives none.
    let units: [(name: String, unit: String)]
    let checkEvery: Double
    let statsEvery: Double
    private let freshness: Freshness
    private let freshnessOf: [(name: String, limits: Freshness)]

    init(_ options: Options) throws(PluginError) {
        var repositories: [RepositorySettings] = []
        for item in options.list(repositoriesOption) { repositories.append(try Self.repository(item)) }
        Self.nameApart(&repositories)
        for (index, repository) in repositories.enumerated()
        where repositories[..<index].contains(where: { $0.name == repository.name }) {
            throw .invalid(
                "repositories: two are called \"\(repository.name)\"; write \"NAME=\" before one of them")
        }
        try Self.assign(options.list(passwordFileOption), "password_file", to: &repositories) {
            (repository, path) throws(PluginError) in
            repository.passwordFile = try Self.absolute(path, "password_file")
        }
        try Self.assign(options.list(passwordCommandOption), "password_command", to: &repositories) {
            (repository, command) throws(PluginError) in
            try Self.checkCommand(command)
            repository.passwordCommand = command
        }
        try Self.assign(options.list(environmentFileOption), "environment_file", to: &repositories) {
            (repository, path) throws(PluginError) in
            repository.environmentFile = try Self.absolute(path, "environment_file")
        }
        for repository in repositories where repository.location.isEmpty && repository.environmentFile == nil
        {
            throw .invalid(
                "repositories: \"\(repository.name)\" has no location; write one behind"
                    + " \"\(repository.tool.name):\" or"
                    + " name an environment_file that sets \(Self.locationKey(repository.tool))")
        }
        for repository in repositories
        where repository.passwordFile != nil && repository.passwordCommand != nil {
            throw .invalid(
                "\"\(repository.name)\" has both a password_file and a password_command; keep one of them")
        }
        self.repositories = repositories
        units = options.list(unitsOption).map(Self.unit)
        checkEvery = options.number(checkEveryOption)
        statsEvery = options.number(statsEveryOption)

        let (fresh, overdue) = (options.number(freshOption), options.number(overdueOption))
        freshness = Freshness(warning: fresh, critical: overdue > 0 ? max(overdue, fresh) : 2 * fresh)
        var single: [(name: String, limits: Freshness)] = []
        for item in options.list(freshForOption) {
            guard let (name, text) = Self.named(item), let limit = duration(text), limit > 0 else {
                throw .invalid("fresh_for: \"\(item)\" is not NAME=DURATION, such as \"weekly=8d\"")
            }
            single.append((name, Freshness(warning: limit, critical: 2 * limit)))
        }
        freshnessOf = single
    }

    func freshness(of name: String) -> Freshness {
        freshnessOf.first { $0.name == name }?.limits ?? freshness
    }

    /// A name in `fresh_for` that no repository and no unit has.
    func strayName(among names: [String]) -> String? {
        freshnessOf.first { single in !names.contains(single.name) }?.name
    }

    // MARK: Reading items

    private static func repository(_ item: String) throws(PluginError) -> RepositorySettings {
        if hasPassword(item) {
            throw .invalid(
                "repositories: an item holds a password, which must not stand in a layout; put the"
                    + " location into a file"
                    + " as RESTIC_REPOSITORY=… or BORG_REPO=…, name it in environment_file, and write"
                    + " \"NAME=restic:\" or \"NAME=borg:\" here")
        }
        let head = item.split(on: UInt8(ascii: ":")).first ?? ""
        let (name, tool) = named(head) ?? ("", head)
        let location = String(decoding: item.utf8.dropFirst(head.utf8.count + 1), as: UTF8.self).trimmed
        switch tool.trimmed {
        case "restic": return RepositorySettings(name: name, tool: .restic, location: location)
        case "borg": return RepositorySettings(name: name, tool: .borg, location: location)
        case "borg2": return RepositorySettings(name: name, tool: .borg2, location: location)
        default:
            throw .invalid(
                "repositories: \"\(item)\" names no tool; write it as \"restic:LOCATION\","
                    + " \"borg:LOCATION\" or \"NAME=restic:LOCATION\"")
        }
    }

    /// Names repositories without a name after the last component of their location, with the tool before it where
    /// that name is taken.
    private static func nameApart(_ repositories: inout [RepositorySettings]) {
        let short = repositories.map { repository in
            repository.name.isEmpty ? lastPart(repository.location) ?? repository.tool.name : repository.name
        }
        for index in repositories.indices where repositories[index].name.isEmpty {
            let isTaken = short.indices.contains { $0 != index && short[$0] == short[index] }
            repositories[index].name =
                isTaken ? repositories[index].tool.name + ":" + repositories[index].location : short[index]
        }
    }

    private static func lastPart(_ location: String) -> String? {
        location.split(on: UInt8(ascii: "/")).last { !$0.isEmpty && $0 != "." }
    }

    private static func unit(_ item: String) -> (name: String, unit: String) {
        let (name, unit) = named(item) ?? ("", item.trimmed)
        let isWhole = unit.hasSuffix(".service") || unit.hasSuffix(".timer")
        return (name, isWhole ? unit : unit + ".service")
    }

    /// Splits "name=value" at the first "=".
    private static func named(_ item: String) -> (name: String, value: String)? {
        let bytes = Array(item.utf8)
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { return nil }
        return (
            String(decoding: bytes[..<equals], as: UTF8.self).trimmed,
            String(decoding: bytes[(equals + 1)...], as: UTF8.self).trimmed
        )
    }

    /// Assigns each item to the repository that it names, or else to all repositories that no other item names.
    private static func assign(
        _ items: [String], _ key: String, to repositories: inout [RepositorySettings],
        _ set: (inout RepositorySettings, String) throws(PluginError) -> Void
    ) throws(PluginError) {
        var isNamed = repositories.map { _ in false }
        var general: String?
        for item in items {
            if let (name, value) = named(item),
                let index = repositories.firstIndex(where: { $0.name == name })
            {
                try set(&repositories[index], value)
                isNamed[index] = true
            } else {
                general = item.trimmed
            }
        }
        guard let general else { return }
        guard !repositories.isEmpty else { throw .invalid("\(key) is set, but `repositories` names none") }
        for index in repositories.indices where !isNamed[index] { try set(&repositories[index], general) }
    }

    // MARK: Secrets

    private static func absolute(_ path: String, _ key: String) throws(PluginError) -> String {
        guard path.hasPrefix("/") else {
            throw .invalid(
                "\(key): an item is neither an absolute path nor NAME=/path with the name of a"
                    + " repository; a password"
                    + " itself must not stand in a layout, put it into a file that only you can read")
        }
        return path
    }

    private static func checkCommand(_ command: String) throws(PluginError) {
        let words = command.words
        let program = words.first ?? ""
        let name = lastPart(program) ?? ""
        if words.count < 2 && !program.hasPrefix("/") || name == "echo" || name == "printf" {
            throw .invalid(
                "password_command: an item looks like a password itself, which must not stand in a"
                    + " layout; name a program that fetches it, such as \"pass show backup\" or"
                    + " \"/usr/local/bin/backup-password\""
            )
        }
    }

    /// Whether a text contains a password: "https://user:secret@host" or "RESTIC_PASSWORD=secret".
    private static func hasPassword(_ item: String) -> Bool {
        redacted(item) != item
            || ["RESTIC_PASSWORD", "BORG_PASSPHRASE", "password="].contains { find($0, in: item) }
    }

    private static func locationKey(_ tool: Tool) -> String {
        tool == .restic ? "RESTIC_REPOSITORY" : "BORG_REPO"
    }
}

/// Parses "90m", "26h", "8d" or a number of seconds; the result is in seconds.
func duration(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    guard let last = bytes.last else { return nil }
    let scale: Double
    switch last {
    case UInt8(ascii: "s"): scale = 1
    case UInt8(ascii: "m"): scale = 60
    case UInt8(ascii: "h"): scale = 3600
    case UInt8(ascii: "d"): scale = 86400
    case UInt8(ascii: "w"): scale = 7 * 86400
    default: return Double(text: text)
    }
    return Double(text: String(decoding: bytes.dropLast(), as: UTF8.self)).map { $0 * scale }
}

/// Whether a text contains another one, compared as bytes.
func find(_ needle: String, in text: String) -> Bool {
    let (wanted, bytes) = (Array(needle.utf8), Array(text.utf8))
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { start in
        bytes[start..<start + wanted.count].elementsEqual(wanted)
    }
}

/// Returns the text with the password of every URL ("https://user:secret@host") replaced.
func redacted(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var (result, index): ([UInt8], Int) = ([], 0)
    let marks = Array("://".utf8)
    while index < bytes.count {
        guard index + 3 <= bytes.count, bytes[index..<index + 3].elementsEqual(marks) else {
            result.append(bytes[index])
            index += 1
            continue
        }
        var end = index + 3
        var (colon, at): (Int?, Int?) = (nil, nil)
        while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "/"),
            bytes[end] != UInt8(ascii: "\"")
        {
            if bytes[end] == UInt8(ascii: ":") && colon == nil { colon = end }
            if bytes[end] == UInt8(ascii: "@") { at = end }
            end += 1
        }
        if let colon, let at, colon < at {
            result += bytes[index...colon]
            result += Array("***".utf8)
            index = at
        } else {
            result += marks
            index += 3
        }
    }
    return String(decoding: result, as: UTF8.self)
}
