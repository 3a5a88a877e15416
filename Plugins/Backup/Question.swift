import PluginKit

/// The queries to a repository. The first is quick; the others read much data and are made rarely.
enum Question: Int, CaseIterable {
    /// The list of snapshots.
    case snapshots
    /// The size of the last snapshot.
    case latest
    /// The size of all snapshots together.
    case whole

    /// Seconds after which the program is killed.
    var patience: Double { self == .snapshots ? 120 : 3600 }
}

/// The answers of a repository so far; nil: not known.
struct Answers {
    var count: Int?
    var lastID = ""
    /// Unix time of the last snapshot that is not in the future.
    var last: Double?
    /// Unix time of the newest snapshot in the future.
    var future: Double?
    /// Number of snapshots without a readable time.
    var undated = 0
    var duration: Double?
    var size: Double?
    var added: Double?
    var stored: Double?
    var hosts: [String] = []
    var paths: [String] = []
}

extension RepositorySettings {
    /// The command line of a query; nil: the tool does not need it.
    ///
    /// Repositories are not locked, so that reading them never makes a backup fail.
    func arguments(for question: Question) -> [String]? {
        switch (tool, question) {
        case (.restic, .snapshots): restic(["snapshots"])
        case (.restic, .latest): restic(["stats", "--mode", "restore-size", "latest"])
        case (.restic, .whole): restic(["stats", "--mode", "raw-data"])
        case (.borg, .snapshots): borg(["list", "--json", "--bypass-lock", "--format={hostname}"])
        case (.borg, .latest):
            borg(["info", "--json", "--bypass-lock", "--lock-wait", "0", "--last", "1"])
        case (.borg2, .snapshots): borg2(["repo-list", "--json", "--format={name}{id}{time}"])
        case (.borg2, .latest): borg2(["info", "--json", "--last", "1"])
        case (.borg, .whole), (.borg2, .whole): nil
        }
    }

    private func restic(_ rest: [String]) -> [String] {
        (location.isEmpty ? ["restic"] : ["restic", "-r", location]) + ["--json", "--no-lock"]
            // For a repository on a local disk a cache saves nothing and uses space in the home directory.
            + (location.hasPrefix("/") ? ["--no-cache"] : []) + rest
    }

    private func borg(_ rest: [String]) -> [String] {
        ["borg"] + rest + (location.isEmpty ? [] : [location])
    }

    /// Other keys than those in the format would have it read a pack for each archive.
    private func borg2(_ rest: [String]) -> [String] {
        ["borg2"] + (location.isEmpty ? [] : ["-r", location]) + rest
    }

    /// Variables that are added to the program's environment: the source of the password, and settings that prevent
    /// prompts.
    func environment(on machine: Machine) throws(PluginError) -> [String] {
        // A prompt would appear on the dashboard's terminal. borg prints local times, so UTC is set.
        var variables = ["SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force", "TZ=UTC", "LC_ALL=C.UTF-8"]
        switch tool {
        case .restic: variables += ["GOMAXPROCS=1"]
        case .borg, .borg2:
            variables += [
                "BORG_RELOCATED_REPO_ACCESS_IS_OK=yes", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes",
                "BORG_DISPLAY_PASSPHRASE=no",
            ]
        }
        let own = try ownVariables(on: machine)
        variables += own
        if let passwordFile {
            let path = passwordFile
            variables.append(
                tool == .restic ? "RESTIC_PASSWORD_FILE=\(path)" : "BORG_PASSCOMMAND=cat \(Self.quoted(path))"
            )
        } else if let passwordCommand {
            let key = tool == .restic ? "RESTIC_PASSWORD_COMMAND" : "BORG_PASSCOMMAND"
            variables.append("\(key)=\(passwordCommand)")
        } else if tool != .restic, !Self.hasPassphrase(own), !Self.hasPassphrase(Self.inherited(machine)) {
            variables.append("BORG_PASSPHRASE=")
        }
        return variables
    }

    /// The variables of the environment file, in the format of systemd and shells.
    private func ownVariables(on machine: Machine) throws(PluginError) -> [String] {
        guard let environmentFile else { return [] }
        var variables: [String] = []
        for line in try machine.read(environmentFile).lines {
            let text = line.trimmed
            let assignment = text.after("export ") ?? text
            let bytes = Array(assignment.utf8)
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0,
                bytes[0] != UInt8(ascii: "#")
            else { continue }
            var value = bytes[(equals + 1)...]
            if let first = value.first, first == value.last, value.count > 1,
                first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
            {
                value = value.dropFirst().dropLast()
            }
            variables.append(String(decoding: bytes[...equals] + value, as: UTF8.self))
        }
        return variables
    }

    private static func hasPassphrase(_ variables: [String]) -> Bool {
        let keys = ["BORG_PASSPHRASE=", "BORG_PASSCOMMAND=", "BORG_PASSPHRASE_FD="]
        return variables.contains { variable in keys.contains { variable.after($0) != nil } }
    }

    private static func inherited(_ machine: Machine) -> [String] {
        (machine.text("/proc/self/environ") ?? "").split(on: 0)
    }

    /// Quotes a path for a shell; borg splits its command in the same way.
    private static func quoted(_ path: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "'")]
        for byte in path.utf8 {
            bytes += byte == UInt8(ascii: "'") ? Array("'\\''".utf8) : [byte]
        }
        return String(decoding: bytes + [UInt8(ascii: "'")], as: UTF8.self)
    }
}
