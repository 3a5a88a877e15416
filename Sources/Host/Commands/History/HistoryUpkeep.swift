import ArgumentParser
import CPosix
import Core
import History
import Platform

/// `history check`: looks at every byte.
struct HistoryCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look for damage.",
        discussion: """
            Reads everything, and says what is lost. Exit status 0: nothing is wrong; 1: something is; 2: it cannot be
            read. --repair keeps the damaged file under another name and makes a new one of what can be read.

            EXAMPLES
              cm-dashboard history check
              cm-dashboard history check --repair
            """)

    @Flag(help: "Make a new database of what can be read.")
    var repair = false

    mutating func run() throws {
        let place = HistoryCommand.place
        guard place.exists else {
            return Program.write(
                "nothing is recorded yet: there is no \(Problem.printable(place.database))\n")
        }
        var progress = Progress()
        let check: HistoryCheck
        do throws(HistoryError) {
            check = try HistoryCheck.run(place, zone: LocalTime.zone) { done, all in
                progress.show("\(done) of \(all) records")
            }
            progress.end()
        } catch {
            progress.end()
            guard error.kind == .damaged else { Program.fail(error.sentence) }
            return try end([error.sentence], [], whole: nil, place)
        }
        try end(check.faults, check.lost, whole: check.whole, place)
    }

    private func end(_ faults: [String], _ lost: [String], whole: Int?, _ place: HistoryPlace) throws {
        var text = ""
        for fault in faults { text += "\(Problem.printable(fault))\n" }
        for one in lost { text += "lost: \(Problem.printable(one))\n" }
        if let whole { text += "\(whole) records are whole, \(lost.count) are damaged\n" }
        Program.write(text)
        guard !(faults.isEmpty && lost.isEmpty) else { return }
        guard repair else {
            Program.say(
                "\(Program.name): \(Problem.printable(place.database)) is damaged; cm-dashboard history check --repair makes a "
                    + "new one of what can be read")
            throw ExitCode(1)
        }
        let sentence = HistoryCommand.attempt { () throws(HistoryError) in
            try place.repair(at: HistoryCommand.now)
        }
        Program.write("\(Problem.printable(sentence))\n")
    }
}

/// `history compact`: gives free room back.
struct HistoryCompact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Rewrite the database without its free room.",
        discussion: """
            A dashboard that records gives room back by itself, a little every hour. This does all of it at once, while
            no dashboard records.

            EXAMPLES
              cm-dashboard history compact
            """)

    mutating func run() throws {
        let place = HistoryCommand.place
        HistoryCommand.attempt { () throws(HistoryError) in
            let editor = try HistoryEditor(place)
            let before = editor.size
            try editor.compact()
            Program.write("\(HistoryList.size(before)) before, \(HistoryList.size(editor.size)) after\n")
        }
    }
}
