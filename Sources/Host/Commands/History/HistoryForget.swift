import ArgumentParser
import CPosix
import Core
import Glibc
import History
import Platform

/// `history forget`: removes a host, a plugin or a drive.
struct HistoryForget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Remove a host, a plugin or a drive from the history.",
        discussion: """
            A host or a plugin goes with all that was recorded of it. A drive is an instance's name or a text, such as
            a serial number: it goes from every record that names it, and so does every text and message in which the
            name stands. What goes is printed first. Afterwards the name stands in no byte of the database; an SSD or
            a file system with snapshots may keep copies of its own.

            EXAMPLES
              cm-dashboard history forget srv01
              cm-dashboard history forget S4X2NJ0N123456 --yes
              cm-dashboard history forget backup --as plugin
            """)

    @Argument(
        help: ArgumentHelp("A host, a plugin's id, an instance, or a serial number.", valueName: "name"))
    var name: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("host, plugin or drive: only what it is as one.", valueName: "kind"))
    var meaning: Oblivion.Meaning?

    @Flag(help: "Do it without a question.")
    var yes = false

    mutating func run() throws {
        let place = HistoryCommand.place
        HistoryCommand.attempt { () throws(HistoryError) in
            let editor = try HistoryEditor(place)
            let oblivion = try editor.oblivion(of: name, as: meaning)
            guard !oblivion.isEmpty else { Program.fail("the history does not name \(Problem.quoted(name))") }
            Program.write(Self.words(oblivion))
            guard yes || Self.isConfirmed() else { Program.fail("nothing is removed") }
            let before = place.size
            try editor.forget(oblivion)
            Program.write(
                "forgotten; the history had \(HistoryList.size(before)) and has \(HistoryList.size(place.size))\n"
            )
            for copy in Self.copies(place) {
                Program.say(
                    "\(Program.name): \(Problem.printable(copy)) is an older, damaged copy of the history and may still "
                        + "name it; remove it where you need it no more")
            }
        }
    }

    private static func words(_ oblivion: Oblivion) -> String {
        var text = ""
        for key in oblivion.sources { text += "all of \(SeriesName.text(key))\n" }
        for (key, names) in oblivion.instances.sorted(by: {
            SeriesName.text($0.key) < SeriesName.text($1.key)
        }) {
            for name in names.sorted() {
                text +=
                    "of \(SeriesName.text(key)): \(SeriesName.escaped(name)), where the name stands with it\n"
            }
        }
        for (key, count) in oblivion.mentions.sorted(by: { SeriesName.text($0.key) < SeriesName.text($1.key) }
        ) {
            text += "of \(SeriesName.text(key)): texts and messages in \(count) records\n"
        }
        return text
    }

    private static func isConfirmed() -> Bool {
        guard isatty(0) != 0 else {
            Program.fail("without a terminal nothing is removed; add --yes")
        }
        fputs("Remove it for good? [y/N] ", cposix_stderr())
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private static func copies(_ place: HistoryPlace) -> [String] {
        MainActor.assumeIsolated { Files.names(in: place.folder) }.filter {
            $0.hasPrefix("history.db.damaged-")
        }
        .sorted()
        .map { "\(place.folder)/\($0)" }
    }
}

extension Oblivion.Meaning: ExpressibleByArgument {}
