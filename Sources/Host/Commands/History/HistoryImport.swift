import ArgumentParser
import CPosix
import Core
import Glibc
import History
import Platform

/// `history import`: adds what an export has written.
struct HistoryImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Add what `history export --format json` has written.",
        discussion: """
            What is there already is left alone and counted. A metric that is kept in another unit is refused. While a
            dashboard records, nothing is imported. What is older than [history] keeps it goes with the next dashboard.
            Exit status 0: it is done; 1: the document has a mistake, and what stands before it is imported; 2: it
            cannot be done.

            EXAMPLES
              cm-dashboard history import history.jsonl
              zstdcat history.jsonl.zst | cm-dashboard history import -
            """)

    @Argument(help: ArgumentHelp("The document; - is standard input.", valueName: "file"))
    var file: String

    mutating func run() throws {
        let input = file == "-" ? Int32(0) : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard input >= 0 else {
            Program.fail("\(file) cannot be read: \(String(cString: strerror(cposix_errno())))")
        }
        let name = file == "-" ? "standard input" : file
        var progress = Progress()
        let importer: HistoryImporter = HistoryCommand.attempt { () throws(HistoryError) in
            HistoryImporter(try HistoryEditor(HistoryCommand.place, creates: true))
        }
        var document = HistoryDocument(importer)
        var lines = LineReader(input)
        var mistake: String?
        do throws(LineReader.Mistake) {
            while mistake == nil, let line = try lines.next() {
                progress.show("\(importer.added) moments, line \(lines.number)")
                do throws(HistoryDocument.Mistake) { try document.take(line) } catch {
                    mistake = "\(name):\(lines.number): \(error.sentence)"
                }
            }
        } catch { mistake = "\(name):\(lines.number + 1): \(error.sentence)" }
        progress.end()
        if mistake == nil, let missing = document.missing { mistake = "\(name): \(missing)" }
        HistoryCommand.attempt { () throws(HistoryError) in try importer.finish() }
        Program.write(Self.words(importer, document))
        guard let mistake else { return }
        Program.say("\(Program.name): \(Problem.printable(mistake))")
        throw ExitCode(1)
    }

    private static func words(_ importer: HistoryImporter, _ document: HistoryDocument) -> String {
        var text = "\(importer.added) moments imported"
        if importer.duplicates > 0 { text += ", \(importer.duplicates) were there already" }
        if document.leftOut > 0 { text += ", \(document.leftOut) states of hosts left out" }
        return text + "\n"
    }
}

/// Reads lines of a file or a pipe.
struct LineReader {
    struct Mistake: Error { let sentence: String }

    /// The number of the latest line, from 1.
    private(set) var number = 0
    private let file: Int32
    private var buffer: [UInt8] = []
    private var place = 0
    private var isAtEnd = false
    /// Bytes of one line: a snapshot has 100,000 cells at most.
    private static let most = 16 << 20
    private static let piece = 1 << 16

    init(_ file: Int32) { self.file = file }

    /// Returns the next line without its end; nil: there is none.
    mutating func next() throws(Mistake) -> [UInt8]? {
        var searched = place
        while true {
            if let end = buffer[searched...].firstIndex(of: 10) {
                defer { place = end + 1 }
                number += 1
                return Array(buffer[place..<end])
            }
            searched = buffer.count
            guard !isAtEnd else {
                guard place < buffer.count else { return nil }
                defer { place = buffer.count }
                number += 1
                return Array(buffer[place...])
            }
            guard buffer.count - place <= Self.most else {
                throw Mistake(sentence: "the line is longer than \(Self.most >> 20) MiB")
            }
            searched -= place
            buffer.removeFirst(place)
            place = 0
            try fill()
        }
    }

    private mutating func fill() throws(Mistake) {
        var piece = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = read(file, &piece, piece.count)
            if count > 0 { return buffer.append(contentsOf: piece[..<count]) }
            if count == 0 { return isAtEnd = true }
            let code = cposix_errno()
            guard code == EINTR else {
                throw Mistake(sentence: "it cannot be read: \(String(cString: strerror(code)))")
            }
        }
    }
}
