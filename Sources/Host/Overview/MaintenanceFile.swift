import CPosix
import Core
import Glibc
import HostJSON
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
private enum MaintenanceDocument {
    /// What is wrong with it, and what to do.
    struct Mistake: Error {
        let sentence: String

        init(sentence: String) { self.sentence = sentence }
        init(_ what: String) { sentence = "\(what); mend the file, or move it away" }
    }

    private static let version = 1

    static func read(_ bytes: [UInt8]) throws(Mistake) -> Maintenance {
        guard !bytes.isEmpty else { throw Mistake("the file is empty") }
        let json: JSON
        do throws(JSON.Mistake) { json = try JSON(bytes) } catch { throw Mistake("this is no JSON") }
        let document = try MaintenanceObject(json, at: [])
        let found = try document.whole("version", in: 1..<1e15, expected: "\(version)")
        // Nothing else in a newer one can be judged.
        guard found == version else {
            throw Mistake(
                sentence: "the file is of version \(found), and this cm-dashboard reads no version above"
                    + " \(version); use a newer cm-dashboard, or move the file away")
        }
        try document.checkKeys(["version", "hosts"])
        let hosts = try document.object("hosts")
        var spans: [(name: String, since: Int64, until: Int64?)] = []
        for name in hosts.names {
            let host = try hosts.object(name)
            try host.checkKeys(["since", "until"])
            let since = try host.seconds("since")
            spans.append((name, since, host.isAbsent("until") ? nil : try host.seconds("until")))
        }
        return Maintenance(hosts: spans)
    }

    static func bytes(of maintenance: Maintenance) -> [UInt8] {
        var hosts: [String: JSONValue] = [:]
        for host in maintenance.hosts {
            var span: [String: JSONValue] = ["since": .whole(host.since)]
            if let until = host.until { span["until"] = .whole(until) }
            hosts[host.name] = .object(span)
        }
        let document = JSONValue.object(["version": .whole(Int64(version)), "hosts": .object(hosts)])
        return Array(document.page.utf8)
    }
}

/// An object in the file, with the keys that lead to it.
private struct MaintenanceObject {
    private static let secondsAreExpected = "whole Unix seconds before the year 10000"

    private let members: [String: JSON]
    private let path: [String]

    init(_ json: JSON, at path: [String]) throws(MaintenanceDocument.Mistake) {
        guard json.isObject else { throw Self.mismatch(path, expected: "an object: {…}") }
        members = Dictionary(json.members.map { ($0.key, $0.value) }) { $1 }
        self.path = path
    }

    var names: [String] { members.keys.sorted() }

    /// Whether there is no such member, or it is null.
    func isAbsent(_ key: String) -> Bool { members[key]?.isNull ?? true }

    func object(_ key: String) throws(MaintenanceDocument.Mistake) -> MaintenanceObject {
        try MaintenanceObject(try member(key), at: path + [key])
    }

    /// Before the year 10000: who writes milliseconds is told.
    func seconds(_ key: String) throws(MaintenanceDocument.Mistake) -> Int64 {
        Int64(try whole(key, in: 0..<253_402_300_800, expected: Self.secondsAreExpected))
    }

    func whole(
        _ key: String, in range: Range<Double>, expected: String
    ) throws(MaintenanceDocument.Mistake) -> Int {
        guard let number = try member(key).number else {
            throw Self.mismatch(path + [key], expected: expected)
        }
        guard range.contains(number), let whole = Int(exactly: number) else {
            let shown = Int(exactly: number).map(String.init) ?? "\(number)"
            throw mistake(key, "is \(shown); expected \(expected)")
        }
        return whole
    }

    /// A key that nobody reads would be gone with the next change.
    func checkKeys(_ known: [String]) throws(MaintenanceDocument.Mistake) {
        for key in names where !known.contains(key) {
            throw mistake(key, "is no key that is known; expected \(known.joined(separator: " or "))")
        }
    }

    private func member(_ key: String) throws(MaintenanceDocument.Mistake) -> JSON {
        guard let member = members[key] else {
            throw MaintenanceDocument.Mistake("there is no \(Self.place(path + [key]))")
        }
        return member
    }

    private func mistake(_ key: String, _ what: String) -> MaintenanceDocument.Mistake {
        MaintenanceDocument.Mistake("\(Self.place(path + [key])) \(what)")
    }

    private static func mismatch(_ path: [String], expected: String) -> MaintenanceDocument.Mistake {
        MaintenanceDocument.Mistake("\(place(path)) is of the wrong kind; expected \(expected)")
    }

    /// `"hosts.srv01.since"`
    private static func place(_ path: [String]) -> String {
        path.isEmpty ? "the file" : Problem.quoted(path.joined(separator: "."))
    }
}
