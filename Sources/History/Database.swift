import CSQLite

/// Why the history cannot be read or written.
public struct HistoryError: Error, Equatable {
    /// What a caller may do about an error.
    public enum Kind: Sendable, Equatable {
        /// SQLite is not installed.
        case noLibrary
        /// Another program holds what is needed; it may be free later.
        case busy
        /// No room on the disk, or a limit of the user is reached.
        case full
        /// The file is no database, or is damaged.
        case damaged
        /// Another program has made the file.
        case foreign
        /// A newer version of this program has made it.
        case newer
        /// The file system is one on which SQLite's locks do not work.
        case network
        /// Nothing may be written there.
        case readOnly
        /// A reader that does not end keeps the write-ahead log from being emptied. Recording goes on.
        case held
        /// Anything else.
        case other
    }

    /// What a caller may do about it.
    public let kind: Kind
    /// What went wrong, where, and what to do.
    public let sentence: String

    /// Creates an error.
    public init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }
}

/// A connection to a database of SQLite. It and its statements are used by one thread at a time.
final class Database {
    let path: String
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]

    /// Opens a database.
    ///
    /// - Parameter writes: Creates the file where it does not exist.
    init(_ path: String, writes: Bool) throws(HistoryError) {
        guard csqlite_load() == 0 else {
            throw HistoryError(.noLibrary, String(cString: csqlite_load_error()))
        }
        self.path = path
        var handle: OpaquePointer?
        let code = csqlite_open(path, writes ? 1 : 0, &handle)
        guard code == Int32(CSQLITE_OK), let handle else {
            let reason = handle.map { String(cString: csqlite_error($0)) } ?? "no memory"
            if let handle { csqlite_close(handle) }
            throw HistoryError(Self.kind(of: code), "\(path) cannot be opened: \(reason)")
        }
        self.handle = handle
        csqlite_patience(handle, Self.patience)
    }

    /// Milliseconds that a call waits for another connection.
    private static let patience: Int32 = 2000

    deinit {
        statements.removeAll()
        csqlite_close(handle)
    }

    /// Runs statements that return nothing.
    func run(_ sql: String) throws(HistoryError) { try check(csqlite_run(handle, sql)) }

    /// Returns a statement that is prepared once; it is reset.
    func statement(_ sql: String) throws(HistoryError) -> Statement {
        if let known = statements[sql] {
            known.reset()
            return known
        }
        var statement: OpaquePointer?
        try check(csqlite_prepare(handle, sql, &statement))
        let new = Statement(statement!, of: self)
        statements[sql] = new
        return new
    }

    /// Runs a body in one transaction, which is taken back where the body throws.
    func transaction<Result>(_ body: () throws(HistoryError) -> Result) throws(HistoryError) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(HistoryError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite may have rolled back by itself already, as on a full disk.
            _ = csqlite_run(handle, "ROLLBACK")
            throw error
        }
    }

    /// The rows that the last statement changed.
    var changes: Int { Int(csqlite_changes(handle)) }

    /// Copies the write-ahead log into the database; returns the pages that a reader still holds back.
    ///
    /// - Parameter truncates: Waits for readers, and empties the log's file.
    func checkpoint(truncates: Bool) throws(HistoryError) -> Int {
        var left: Int32 = 0
        let code = csqlite_checkpoint(handle, truncates ? 1 : 0, &left)
        // A reader that does not end is no error: the next checkpoint goes on.
        if code & 0xff != Int32(CSQLITE_BUSY) { try check(code) }
        return Int(left)
    }

    /// The single integer that a statement returns, such as a pragma's value.
    func integer(_ sql: String) throws(HistoryError) -> Int64 {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    fileprivate func check(_ code: Int32) throws(HistoryError) {
        guard code != Int32(CSQLITE_OK) else { return }
        throw HistoryError(Self.kind(of: code), "\(path): \(String(cString: csqlite_error(handle)))")
    }

    /// Rewrites the file without its free pages.
    func vacuum() throws(HistoryError) { try run("VACUUM") }

    private static func kind(of code: Int32) -> HistoryError.Kind {
        switch Int(code & 0xff) {
        case Int(CSQLITE_BUSY): .busy
        case Int(CSQLITE_FULL): .full
        case Int(CSQLITE_CORRUPT), Int(CSQLITE_NOTADB): .damaged
        case Int(CSQLITE_READONLY): .readOnly
        default: .other
        }
    }
}

/// A prepared statement.
final class Statement {
    private let handle: OpaquePointer
    private unowned let database: Database

    fileprivate init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit { csqlite_finalize(handle) }

    func reset() { csqlite_reset(handle) }

    /// Sets a parameter, counted from 1.
    func bind(_ value: Int64, at place: Int32) throws(HistoryError) {
        try database.check(csqlite_bind_integer(handle, place, value))
    }

    /// Sets a parameter, counted from 1.
    func bind(_ text: String, at place: Int32) throws(HistoryError) {
        var text = text
        let code = text.withUTF8 {
            csqlite_bind_text(
                handle, place, UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), $0.count
            )
        }
        try database.check(code)
    }

    /// Sets a parameter, counted from 1.
    func bind(_ bytes: [UInt8], at place: Int32) throws(HistoryError) {
        let code = bytes.withUnsafeBytes { csqlite_bind_bytes(handle, place, $0.baseAddress, $0.count) }
        try database.check(code)
    }

    /// Runs the statement up to its next row; returns whether there is one.
    func step() throws(HistoryError) -> Bool {
        let code = csqlite_step(handle)
        if code == Int32(CSQLITE_ROW) { return true }
        guard code == Int32(CSQLITE_DONE) else {
            // The reason is asked for before a reset forgets it.
            let failure = Result { () throws(HistoryError) in try database.check(code) }
            reset()
            try failure.get()
            return false
        }
        return false
    }

    /// Runs a statement that returns nothing, and resets it.
    func finish() throws(HistoryError) {
        _ = try step()
        reset()
    }

    /// A column's integer, counted from 0.
    func integer(_ column: Int32) -> Int64 { csqlite_integer(handle, column) }

    /// A column's bytes, counted from 0.
    func bytes(_ column: Int32) -> [UInt8] {
        var count = 0
        guard let start = csqlite_bytes(handle, column, &count), count > 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A column's text, counted from 0.
    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
