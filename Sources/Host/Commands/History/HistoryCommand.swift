import ArgumentParser
import CPosix
import Core
import Glibc
import History
import Platform

/// `history`: what the dashboard remembers.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show, export, import or forget what the dashboard remembers.",
        discussion: """
            A dashboard that runs records what it sees in $XDG_STATE_HOME/cm-dashboard/history.db
            (~/.local/state/cm-dashboard). [history] in dashboard.toml says for how long.

            Times are local: 2026-03-01 04:10, 2026-03-01, 04:10, yesterday, "yesterday 04:10", -2h, now; with
            Z or +01:00 behind the clock they are not.

            Exit status 0: it is done; 1: a check or an import found something wrong; 2: it cannot be done.

            EXAMPLES
              cm-dashboard history list
              cm-dashboard history show srv01/nvme/nvme0n1/wear --since -7d --step 6h
              cm-dashboard history export --format json --host srv01 > srv01.jsonl
              cm-dashboard history forget srv01
            """,
        subcommands: [
            HistoryList.self, HistoryShow.self, HistoryExport.self, HistoryImport.self, HistoryForget.self,
            HistoryCheckCommand.self, HistoryCompact.self,
        ])

    /// Where the history is. Exits the program where there is no home directory.
    static var place: HistoryPlace {
        guard let folder = MainActor.assumeIsolated({ StateFolder.path }) else {
            Program.fail(
                "neither XDG_STATE_HOME, HOME nor the user database says where the history is kept; set HOME")
        }
        return HistoryPlace(folder: folder)
    }

    /// Runs a body; exits the program with its sentence where it fails.
    static func attempt<Result>(_ body: () throws(HistoryError) -> Result) -> Result {
        do throws(HistoryError) { return try body() } catch { Program.fail(error.sentence) }
    }

    /// Unix nanoseconds.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A time as a table shows it; "" for nil.
    static func text(_ time: Int64?, seconds: Bool = false) -> String {
        guard let time else { return "" }
        let moment = LocalTime.zone.moment(at: time / 1_000_000_000)
        return "\(moment.date.text) \(seconds ? moment.clock : moment.shortClock)"
    }

    /// A time for programs: "2026-03-01T04:10:00.250Z".
    static func utc(_ time: Int64) -> String {
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let moment = LocalZone.utc.moment(at: rest < 0 ? seconds - 1 : seconds)
        let milliseconds = String(((time / 1_000_000 % 1000) + 1000) % 1000)
        let padding = String(repeating: "0", count: 3 - milliseconds.utf8.count)
        return "\(moment.date.text)T\(moment.clock).\(padding)\(milliseconds)Z"
    }

    /// Lines with their columns below one another, the last `numbers` of them to the right.
    static func table(_ rows: [[String]], numbers: Set<Int> = []) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, text) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], text.unicodeScalars.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - text.unicodeScalars.count)
                line += (line.isEmpty && column == 0 ? "" : "  ")
                line += numbers.contains(column) ? padding + text : text + padding
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

/// A span of time on the command line.
struct HistoryTimes: ParsableArguments {
    // A time may begin with a dash.
    @Option(parsing: .unconditional, help: ArgumentHelp("The beginning of the span.", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The end of the span; now where it is not given.", valueName: "time"))
    var until: String?

    /// The span in Unix nanoseconds. Exits the program where it is none.
    ///
    /// - Parameter usual: Nanoseconds before its end at which the span begins where that is not said; nil: in 1970.
    func span(usual: Int64?) -> Range<Int64> {
        let now = HistoryCommand.now
        let end = until.map { Self.time($0, "--until", now) } ?? now + 1
        let start = since.map { Self.time($0, "--since", now) } ?? usual.map { end - $0 } ?? 0
        guard start < end else {
            Program.fail(
                "the span ends (\(HistoryCommand.text(end, seconds: true))) before it begins "
                    + "(\(HistoryCommand.text(start, seconds: true))); --since is the earlier time")
        }
        return start..<end
    }

    private static func time(_ text: String, _ option: String, _ now: Int64) -> Int64 {
        switch MomentText.parse(text, now: now, zone: LocalTime.zone) {
        case .success(let time): return time
        case .failure(let mistake): Program.fail("\(option) \(mistake.sentence)")
        }
    }
}

/// A choice of sources on the command line.
struct HistoryChoice: ParsableArguments {
    @Option(help: ArgumentHelp("This host only; may be repeated.", valueName: "name"))
    var host: [String] = []

    @Option(help: ArgumentHelp("This plugin only; may be repeated.", valueName: "id"))
    var plugin: [String] = []

    /// Returns the chosen sources. Exits the program where a name is none of theirs.
    func sources(of keys: [SeriesKey]) -> [SeriesKey] {
        Self.check(host, keys.map(\.host), "host")
        Self.check(plugin, keys.map(\.plugin), "plugin")
        return keys.filter {
            (host.isEmpty || host.contains($0.host)) && (plugin.isEmpty || plugin.contains($0.plugin))
        }
    }

    private static func check(_ wanted: [String], _ known: [String], _ what: String) {
        for name in wanted where !known.contains(name) {
            Program.fail(
                "nothing is recorded of a \(what) \(Problem.quoted(name))"
                    + Spelling.hint(for: name, in: Array(Set(known)).sorted()))
        }
    }
}

/// Tells on a terminal how far something is.
struct Progress {
    private let isShown = isatty(2) != 0
    private var last: UInt64 = 0
    private var width = 0

    /// Shows a line, five times a second at most.
    mutating func show(_ line: @autoclosure () -> String) {
        guard isShown else { return }
        let now = cposix_monotonic()
        guard now - last >= 200_000_000 else { return }
        last = now
        let line = String(Problem.printable(line()).prefix(78))
        fputs("\r\(line)" + String(repeating: " ", count: max(width - line.count, 0)), cposix_stderr())
        width = line.count
    }

    /// Removes the line.
    mutating func end() {
        guard isShown, width > 0 else { return }
        fputs("\r" + String(repeating: " ", count: width) + "\r", cposix_stderr())
        width = 0
    }
}
