import ArgumentParser
import CPosix
import Core
import Platform

extension HostsCommand {
    /// `hosts maintenance`: marks hosts that are being worked on, so that the overview does not alert for them.
    struct MaintenanceCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "maintenance", abstract: "Mark hosts that are being worked on.",
            discussion: """
                The overview is quiet about a host in maintenance. Who is in it is kept in
                $XDG_STATE_HOME/cm-dashboard/maintenance.json (~/.local/state/cm-dashboard).
                Exit status 0: it is done; 1: that file has a mistake; 2: it cannot be done.

                EXAMPLES
                  cm-dashboard hosts maintenance
                  cm-dashboard hosts maintenance on labbox --for 2h
                  cm-dashboard hosts maintenance on --role lab
                  cm-dashboard hosts maintenance off --all
                """,
            subcommands: [List.self, On.self, Off.self], defaultSubcommand: List.self)

        struct List: ParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "list", abstract: "Print who is in maintenance, since when and until when.",
                discussion: """
                    EXAMPLES
                      cm-dashboard hosts maintenance
                      cm-dashboard hosts maintenance list --config ./hosts.toml
                    """)

            @OptionGroup var files: ConfigFiles

            mutating func run() throws {
                let configuration = try readConfiguration(files)
                try MainActor.assumeIsolated {
                    let (known, now) = (try readMarks(), currentSeconds())
                    let names = known.hosts.map(\.name).filter { known.isOn($0, at: now) }
                    if names.isEmpty { Program.write("no host is in maintenance\n") }
                    show(names, in: known, configuration)
                }
            }
        }

        struct On: ParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "on", abstract: "Begin the maintenance of hosts.",
                discussion: """
                    A host that is in maintenance already keeps its beginning and gets the new end.

                    EXAMPLES
                      cm-dashboard hosts maintenance on labbox
                      cm-dashboard hosts maintenance on srv01 cmbox --for 2h
                      cm-dashboard hosts maintenance on --role workstation --for 1d
                    """)

            @Option(
                name: .customLong("for"),
                help: ArgumentHelp("End it by itself after so long: 30m, 2h, 1d.", valueName: "duration"))
            var duration: String?

            @OptionGroup var choice: Choice

            mutating func run() throws {
                try choice.check()
                let length = try duration.map {
                    // Rounded up to whole seconds.
                    (try HostsCommand.nanoseconds($0, "--for", from: 1, to: 365 * 86400) + 999_999_999)
                        / 1_000_000_000
                }
                let configuration = try readConfiguration(choice.files)
                let names = choice.names(in: configuration)
                try MainActor.assumeIsolated {
                    let now = currentSeconds()
                    let known = try change(names, isOn: true, at: now, until: length.map { now + Int64($0) })
                    show(names, in: known, configuration)
                }
            }
        }

        struct Off: ParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "off", abstract: "End the maintenance of hosts.",
                discussion: """
                    EXAMPLES
                      cm-dashboard hosts maintenance off labbox
                      cm-dashboard hosts maintenance off --all
                    """)

            @OptionGroup var choice: Choice

            mutating func run() throws {
                try choice.check()
                let configuration = try readConfiguration(choice.files)
                try MainActor.assumeIsolated { [choice] in
                    let (known, now) = (try readMarks(), currentSeconds())
                    let marked = known.hosts.map(\.name)
                    let names = choice.names(in: configuration, and: marked)
                    let ended = names.filter { known.isOn($0, at: now) }
                    if !ended.isEmpty { _ = try change(ended, isOn: false, at: now) }
                    // Each named host gets a line of output.
                    for name in names where choice.hosts.contains(name) || ended.contains(name) {
                        let what = ended.contains(name) ? "maintenance has ended" : "was not in maintenance"
                        Program.write("\(Problem.printable(name)): \(what)\n")
                    }
                    if ended.isEmpty && choice.hosts.isEmpty { Program.write("no host was in maintenance\n") }
                }
            }
        }

        /// The arguments that select hosts.
        struct Choice: ParsableArguments {
            @Argument(help: ArgumentHelp("Hosts of hosts.toml.", valueName: "name"))
            var hosts: [String] = []

            @Option(
                help: ArgumentHelp(
                    "All hosts of a role, beside those named; may be repeated.", valueName: "role"))
            var role: [String] = []

            @Flag(help: "All hosts.")
            var all = false

            @OptionGroup var files: ConfigFiles

            func check() throws {
                if hosts.isEmpty && role.isEmpty && !all {
                    throw ValidationError("name the hosts, or give --role or --all")
                }
                if all && !(hosts.isEmpty && role.isEmpty) {
                    throw ValidationError("--all means every host; leave out the names and --role, or --all")
                }
            }

            /// The selected hosts, each once. Exits the program where names are unknown.
            ///
            /// - Parameter others: hosts that may be named though the file does not contain them.
            func names(in configuration: Configuration, and others: [String] = []) -> [String] {
                let known = configuration.hosts.map(\.name)
                var seen: Set<String> = []
                if all { return (known + others).filter { seen.insert($0).inserted } }
                var roles: [String] = []
                for host in configuration.hosts {
                    if let role = host.role, !roles.contains(role) { roles.append(role) }
                }
                let isRight = [
                    Self.check(hosts, against: known + others, shown: known, "host"),
                    Self.check(role, against: roles, shown: roles, "role"),
                ]
                guard isRight.allSatisfy({ $0 }) else { CPosix.exit(2) }
                let ofRoles = configuration.hosts.filter { $0.role.map(role.contains) ?? false }.map(\.name)
                return (hosts + ofRoles).filter { seen.insert($0).inserted }
            }

            private static func check(
                _ words: [String], against right: [String], shown: [String], _ kind: String
            ) -> Bool {
                let known = Set(right)
                let wrong = words.filter { !known.contains($0) }
                for word in wrong {
                    var sentence = "there is no \(kind) \(Problem.quoted(word)) in hosts.toml; expected "
                    sentence +=
                        shown.isEmpty
                        ? "none, since no host has a \(kind)"
                        : "one of \(shown.prefix(20).joined(separator: ", "))"
                    sentence += Spelling.hint(for: word, in: right)
                    Program.say("\(Program.name): \(Problem.printable(sentence))")
                }
                return wrong.isEmpty
            }
        }
    }
}

/// Reads the configuration, and exits the program with all problems where there are errors.
private func readConfiguration(_ files: ConfigFiles) throws -> Configuration {
    var setup = try Setup.parse([])
    setup.files = files
    return setup.readConfiguration()
}

private func currentSeconds() -> Int64 { cposix_wall() / 1_000_000_000 }

@MainActor
private func readMarks() throws -> Maintenance {
    if MaintenanceFile.path == nil { Program.fail(MaintenanceFile.homeless) }
    do throws(MaintenanceError) { return try MaintenanceFile.read() } catch { throw told(error) }
}

@MainActor
private func change(_ hosts: [String], isOn: Bool, at seconds: Int64, until: Int64? = nil) throws
    -> Maintenance
{
    do throws(MaintenanceError) {
        return try MaintenanceFile.change(
            hosts, isOn: isOn, at: seconds, until: until, patience: 10_000_000_000)
    } catch { throw told(error) }
}

private func told(_ failure: MaintenanceError) -> ExitCode {
    Program.say("\(Program.name): \(Problem.printable(failure.sentence))")
    return ExitCode(failure.isMistake ? 1 : 2)
}

/// Prints a line for each host that is in maintenance.
private func show(_ names: [String], in maintenance: Maintenance, _ configuration: Configuration) {
    let names = Set(names)
    let rows = maintenance.hosts.filter { names.contains($0.name) }
    let known = Set(configuration.hosts.map(\.name))
    let width = rows.map { Problem.printable($0.name).count }.max() ?? 0
    for row in rows {
        let name = Problem.printable(row.name)
        let until = row.until.map(LocalTime.dateAndClock) ?? "it is ended"
        let note = known.contains(row.name) ? "" : "  (not in hosts.toml)"
        let space = String(repeating: " ", count: width - name.count)
        Program.write("\(name)\(space)  since \(LocalTime.dateAndClock(row.since))  until \(until)\(note)\n")
    }
}

extension LocalTime {
    /// A Unix time in seconds as "2025-10-11 21:59:16".
    fileprivate static func dateAndClock(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
