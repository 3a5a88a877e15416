import CPosix
import Core
import FoundationEssentials
import Glibc
import Platform

/// Where it is kept who is in maintenance, for all programs of one user: a JSON file that is replaced as a whole.
///
/// A file that is wrong, or of a newer version, is never overwritten: somebody's marks stand in it.
@MainActor
enum MaintenanceFile {
    struct Failure: Error {
        let sentence: String
        /// What stands in the file is wrong; else the disk is not as it should be.
        var isMistake = false
    }

    /// nil: there is no home to keep it in.
    static var path: String? {
        // A relative XDG_STATE_HOME is to be ignored, says its specification.
        if let folder = Files.environment("XDG_STATE_HOME"), folder.utf8.first == UInt8(ascii: "/") {
            return "\(folder)/cm-dashboard/maintenance.json"
        }
        return Files.environment("HOME").map { "\($0)/.local/state/cm-dashboard/maintenance.json" }
    }

    /// Where there is no file, or no home to keep one in, nobody is in maintenance.
    static func read() throws(Failure) -> Maintenance {
        guard let path else { return Maintenance() }
        var info = stat()
        // A link that leads nowhere is there: what it should lead to may be out of reach for the moment.
        if lstat(path, &info) != 0, cposix_errno() == ENOENT { return Maintenance() }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(path) } catch {
            throw Failure(sentence: "\(path) cannot be read: \(error.reason)")
        }
        do throws(MaintenanceDocument.Mistake) { return try MaintenanceDocument.read(bytes) } catch {
            throw Failure(sentence: "\(path): \(error.sentence)", isMistake: true)
        }
    }

    /// Changes what the file says at that moment, and returns what it says then.
    ///
    /// - Parameter patience: nanoseconds to wait for another program that is writing.
    @discardableResult
    static func change(
        _ hosts: [String], isOn: Bool, at seconds: Int64, until: Int64? = nil,
        patience: UInt64 = 1_000_000_000
    ) throws(Failure) -> Maintenance {
        guard let path else { throw Failure(sentence: homeless) }
        try makeFolder(String(decoding: path.utf8.dropLast("/maintenance.json".utf8.count), as: UTF8.self))
        let lock = try locked(path, patience)
        // Which gives it back.
        defer { close(lock) }
        let old = try read()
        var new = old
        new.set(hosts, isOn: isOn, at: seconds, until: until)
        guard new != old else { return new }
        // What a link leads to is replaced, and not the link.
        do throws(SystemError) {
            try WholeFile.replace(Files.real(path) ?? path, with: MaintenanceDocument.bytes(of: new))
        } catch { throw Failure(sentence: error.sentence) }
        return new
    }

    static let homeless = "neither HOME nor XDG_STATE_HOME says where to keep who is in maintenance; set HOME"

    /// The lock is a file of its own, which stays: the one that it protects is another file after each change.
    private static func locked(_ path: String, _ patience: UInt64) throws(Failure) -> Int32 {
        let name = "\(path).lock"
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw Failure(sentence: "\(name) cannot be opened: \(String(cString: strerror(cposix_errno())))")
        }
        let deadline = cposix_monotonic() + patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = cposix_errno()
            if code == EWOULDBLOCK || code == EINTR, cposix_monotonic() < deadline {
                usleep(10_000)
                continue
            }
            close(file)
            let reason =
                code == EWOULDBLOCK ? "another program holds it; try again" : String(cString: strerror(code))
            throw Failure(sentence: "\(name) cannot be locked: \(reason)")
        }
        return file
    }

    /// With all that are missing above it, each for the user alone, as the specification of XDG_STATE_HOME wants it.
    private static func makeFolder(_ path: String) throws(Failure) {
        if path.isEmpty || ConfigFiles.isFolder(path) { return }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o700) != 0 else { return }
        let code = cposix_errno()
        // Another program may have been faster.
        if ConfigFiles.isFolder(path) { return }
        throw Failure(sentence: "the folder \(path) cannot be made: \(String(cString: strerror(code)))")
    }
}

/// What stands in the file.
private struct MaintenanceDocument: Codable {
    /// What is wrong with it, and what to do.
    struct Mistake: Error {
        let sentence: String
    }

    struct Host: Codable {
        let since: Int64
        let until: Int64?
    }

    static let version = 1
    static let secondsAreExpected = "whole Unix seconds before the year 10000"

    let version: Int
    let hosts: [String: Host]

    static func read(_ bytes: [UInt8]) throws(Mistake) -> Maintenance {
        guard !bytes.isEmpty else { throw Mistake("the file is empty") }
        let document: MaintenanceDocument
        do {
            document = try JSONDecoder().decode(MaintenanceDocument.self, from: Data(bytes))
        } catch let mistake as Mistake {
            throw mistake
        } catch { throw Mistake(words(for: error)) }
        return Maintenance(hosts: document.hosts.map { ($0.key, $0.value.since, $0.value.until) })
    }

    static func bytes(of maintenance: Maintenance) -> [UInt8] {
        let hosts = maintenance.hosts.map { ($0.name, Host(since: $0.since, until: $0.until)) }
        let document = MaintenanceDocument(
            version: version, hosts: Dictionary(uniqueKeysWithValues: hosts))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else {
            preconditionFailure("names and whole numbers are JSON")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "there is no \(place(context.codingPath + [key]))"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            return mismatch(context.codingPath)
        case DecodingError.dataCorrupted: return "this is no JSON"
        default: return "\(error)"
        }
    }

    private static func mismatch(_ path: [any CodingKey]) -> String {
        let expected =
            switch path.last?.stringValue {
            case "version" where path.count == 1: "\(version)"
            case "since" where path.count == 3, "until" where path.count == 3: secondsAreExpected
            default: "an object: {…}"
            }
        return "\(place(path)) is of the wrong kind; expected \(expected)"
    }

    /// `"hosts.srv01.since"`
    fileprivate static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "the file" : Problem.quoted(path.map(\.stringValue).joined(separator: "."))
    }
}

extension MaintenanceDocument.Mistake {
    init(_ what: String) { sentence = "\(what); mend the file, or move it away" }
}

extension MaintenanceDocument {
    fileprivate init(from decoder: any Decoder) throws {
        let document = try decoder.container(keyedBy: AnyKey.self)
        version = try document.whole("version", in: 1..<1e15, expected: "\(Self.version)")
        // Nothing else in a newer one can be judged.
        guard version == Self.version else {
            throw Mistake(
                sentence: "the file is of version \(version), and this cm-dashboard reads no version above"
                    + " \(Self.version); use a newer cm-dashboard, or move the file away")
        }
        try document.checkKeys(["version", "hosts"])
        hosts = try document.decode([String: Host].self, forKey: "hosts")
    }
}

extension MaintenanceDocument.Host {
    fileprivate init(from decoder: any Decoder) throws {
        let host = try decoder.container(keyedBy: AnyKey.self)
        try host.checkKeys(["since", "until"])
        since = try host.seconds("since")
        let isEndless = try !host.contains("until") || host.decodeNil(forKey: "until")
        until = isEndless ? nil : try host.seconds("until")
    }
}

private struct AnyKey: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(stringLiteral: String) { stringValue = stringLiteral }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<AnyKey> {
    /// Before the year 10000: who writes milliseconds is told.
    fileprivate func seconds(_ key: AnyKey) throws -> Int64 {
        Int64(try whole(key, in: 0..<253_402_300_800, expected: MaintenanceDocument.secondsAreExpected))
    }

    /// Read as a double, since the decoder calls a file with 1.5 in the place of a whole number no JSON.
    fileprivate func whole(_ key: AnyKey, in range: Range<Double>, expected: String) throws -> Int {
        let number = try decode(Double.self, forKey: key)
        guard range.contains(number), let whole = Int(exactly: number) else {
            let shown = Int(exactly: number).map(String.init) ?? "\(number)"
            throw mistake(key, "is \(shown); expected \(expected)")
        }
        return whole
    }

    /// A key that nobody reads would be gone with the next change.
    fileprivate func checkKeys(_ known: [String]) throws {
        for key in allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !known.contains(key.stringValue) {
            throw mistake(key, "is no key that is known; expected \(known.joined(separator: " or "))")
        }
    }

    private func mistake(_ key: AnyKey, _ what: String) -> MaintenanceDocument.Mistake {
        MaintenanceDocument.Mistake("\(MaintenanceDocument.place(codingPath + [key])) \(what)")
    }
}
