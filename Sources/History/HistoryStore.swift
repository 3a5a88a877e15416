import CPosix
import Contract
import Core
import Glibc
import Platform

/// The database of the history. It is used by one thread at a time; whoever writes holds the ``RecordingLock``.
final class HistoryStore {
    /// "CMDH": what tells this program's databases from others.
    static let application: Int64 = 0x434d_4448
    /// The version of the tables. A newer one is not opened.
    static let version: Int64 = 1

    let place: HistoryPlace
    let database: Database
    /// The file that is open.
    private let identity: FileIdentity?

    /// Whether the file that is open is the one that others find.
    var isInPlace: Bool { identity != nil && place.identity == identity }
    private var known: [SeriesKey: Int64] = [:]

    /// Opens the database, or creates it where it does not exist and may be written.
    init(_ place: HistoryPlace, writes: Bool) throws(HistoryError) {
        self.place = place
        try place.checkFileSystem()
        try place.checkFile()
        if writes { try Self.create(place.database) }
        database = try Database(place.database, writes: writes)
        identity = place.identity
        try Self.check(database)
        if writes { try prepare() }
    }

    /// Creates the file, for this user only.
    private static func create(_ path: String) throws(HistoryError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o600)
        guard file >= 0 else {
            let code = cposix_errno()
            let kind: HistoryError.Kind = code == EROFS || code == EACCES ? .readOnly : .other
            throw HistoryError(kind, "\(path) cannot be opened: \(String(cString: strerror(code)))")
        }
        close(file)
    }

    /// Throws where the file is a database of another program or of a newer version.
    private static func check(_ database: Database) throws(HistoryError) {
        let application = try database.integer("PRAGMA application_id")
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
        let own = try database.integer(
            "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN ('source', 'chunk', 'tail')")
        let version = try database.integer("PRAGMA user_version")
        if own == 3, application != self.application || version == 0 {
            throw HistoryError(.damaged, "the head of \(database.path) is damaged")
        }
        guard application == self.application || tables == 0 else {
            throw HistoryError(
                .foreign, "\(database.path) is a database of another program; move it away")
        }
        guard version <= self.version else {
            throw HistoryError(
                .newer,
                "\(database.path) is of version \(version), and this cm-dashboard reads no version above "
                    + "\(self.version); use a newer cm-dashboard, or move the file away")
        }
    }

    private func prepare() throws(HistoryError) {
        // A deleted row's bytes are overwritten: what is forgotten is in no free page.
        try database.run(
            """
            PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
            PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=1048576; PRAGMA secure_delete=ON;
            PRAGMA cache_size=-512;
            """)
        guard try database.integer("PRAGMA user_version") == 0 else { return }
        try database.transaction { () throws(HistoryError) in
            try database.run(
                """
                CREATE TABLE source(
                  id INTEGER PRIMARY KEY, host TEXT NOT NULL, plugin TEXT NOT NULL, options INTEGER NOT NULL,
                  UNIQUE(host, plugin, options)) STRICT;
                CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
                CREATE TABLE tail(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
                PRAGMA application_id=\(Self.application); PRAGMA user_version=\(Self.version);
                """)
        }
    }

    // MARK: Sources

    /// A source of the database.
    struct Source: Equatable {
        let id: Int64
        let key: SeriesKey
    }

    /// All sources that the database names.
    func sources() throws(HistoryError) -> [Source] {
        let statement = try database.statement("SELECT id, host, plugin, options FROM source ORDER BY id")
        defer { statement.reset() }
        var sources: [Source] = []
        while try statement.step() {
            let key = SeriesKey(
                host: statement.text(1), plugin: statement.text(2),
                options: OptionsDigest(value: UInt64(bitPattern: statement.integer(3))))
            sources.append(Source(id: statement.integer(0), key: key))
        }
        return sources
    }

    /// Returns the number of a source; nil: the database does not name it.
    func find(_ key: SeriesKey) throws(HistoryError) -> Int64? {
        if let id = known[key] { return id }
        let statement = try database.statement(
            "SELECT id FROM source WHERE host=?1 AND plugin=?2 AND options=?3")
        try bind(key, to: statement)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        known[key] = statement.integer(0)
        return known[key]
    }

    /// Returns the number of a source, which is added where it is new.
    func id(of key: SeriesKey) throws(HistoryError) -> Int64 {
        if let id = try find(key) { return id }
        let statement = try database.statement(
            "INSERT INTO source(id, host, plugin, options) VALUES("
                + "(SELECT coalesce(max(id), 0) + 1 FROM source), ?1, ?2, ?3) RETURNING id")
        try bind(key, to: statement)
        defer { statement.reset() }
        _ = try statement.step()
        let id = statement.integer(0)
        guard id < RowID.mostSources else {
            throw HistoryError(
                .full, "\(place.database) names too many sources; run cm-dashboard history forget")
        }
        known[key] = id
        return id
    }

    /// Forgets the numbers of sources that have been looked up.
    func forgetNumbers() { known = [:] }

    private func bind(_ key: SeriesKey, to statement: Statement) throws(HistoryError) {
        try statement.bind(key.host, at: 1)
        try statement.bind(key.plugin, at: 2)
        try statement.bind(Int64(bitPattern: key.options.value), at: 3)
    }

    // MARK: Rows

    /// Adds a row behind those of the same tier, source and time.
    func add(_ tier: HistoryTier, source: Int64, start: Int64, _ data: [UInt8]) throws(HistoryError) {
        let first = RowID(tier, source: source, start: start)
        let statement = try database.statement(
            "INSERT INTO chunk(id, data) VALUES(coalesce("
                + "(SELECT max(id) + 1 FROM chunk WHERE id BETWEEN ?1 AND ?2), ?1), ?3)")
        try statement.bind(first.value, at: 1)
        try statement.bind(first.value + RowID.mostSequences - 2, at: 2)
        try statement.bind(data, at: 3)
        try statement.finish()
    }

    /// Replaces a row, or adds it.
    func put(id: RowID, _ data: [UInt8]) throws(HistoryError) {
        let statement = try database.statement("INSERT OR REPLACE INTO chunk(id, data) VALUES(?1, ?2)")
        try statement.bind(id.value, at: 1)
        try statement.bind(data, at: 2)
        try statement.finish()
    }

    /// Calls `body` with the rows of a tier and source that may hold something of a span, the oldest first, until it
    /// returns false.
    func rows(
        _ tier: HistoryTier, source: Int64, from: Int64, to: Int64,
        _ body: (RowID, [UInt8]) throws(HistoryError) -> Bool
    ) throws(HistoryError) {
        let statement = try database.statement(
            "SELECT id, data FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id")
        let first = from > Int64.min + tier.rowSpan ? from - tier.rowSpan : from
        try statement.bind(RowID(tier, source: source, start: first).value, at: 1)
        let last = RowID(tier, source: source, start: to, sequence: RowID.mostSequences - 1)
        try statement.bind(last.value, at: 2)
        defer { statement.reset() }
        while try statement.step() {
            guard try body(RowID(value: statement.integer(0)), statement.bytes(1)) else { return }
        }
    }

    /// Unix nanoseconds at which the rows of a tier and source begin, the latest first, of those until a time.
    func starts(_ tier: HistoryTier, source: Int64, until time: Int64, most: Int) throws(HistoryError)
        -> [Int64]
    {
        let statement = try database.statement(
            "SELECT id FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3")
        try statement.bind(RowID(tier, source: source, start: 0).value, at: 1)
        let last = RowID(tier, source: source, start: time, sequence: RowID.mostSequences - 1)
        try statement.bind(last.value, at: 2)
        try statement.bind(Int64(most), at: 3)
        defer { statement.reset() }
        var starts: [Int64] = []
        while try statement.step() { starts.append(RowID(value: statement.integer(0)).start) }
        return starts
    }

    // MARK: What is not yet in chunks

    /// Adds what came since the last tail.
    func addTail(_ data: [UInt8]) throws(HistoryError) {
        let statement = try database.statement("INSERT INTO tail(data) VALUES(?1)")
        try statement.bind(data, at: 1)
        try statement.finish()
    }

    /// All tails, the oldest first.
    func tails() throws(HistoryError) -> [[UInt8]] {
        let statement = try database.statement("SELECT data FROM tail ORDER BY id")
        defer { statement.reset() }
        var tails: [[UInt8]] = []
        while try statement.step() { tails.append(statement.bytes(0)) }
        return tails
    }

    /// Removes all tails, whose content stands in chunks from now on.
    func clearTails() throws(HistoryError) { try database.run("DELETE FROM tail") }

    /// Leaves the bytes of deleted rows where they are until other rows take their pages. Overwriting them, as all other
    /// connections do, writes as much again. Whoever removes what must be found nowhere gives all free pages back.
    func leaveDeletedBytes() throws(HistoryError) { try database.run("PRAGMA secure_delete=FAST") }

    // MARK: Removing

    /// Removes up to `most` rows of a tier and source that begin before a time; returns how many those were.
    func expire(_ tier: HistoryTier, source: Int64, before: Int64, most: Int) throws(HistoryError) -> Int {
        let statement = try database.statement(
            "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3)"
        )
        try statement.bind(RowID(tier, source: source, start: 0).value, at: 1)
        try statement.bind(RowID(tier, source: source, start: before - tier.rowSpan).value, at: 2)
        try statement.bind(Int64(most), at: 3)
        try statement.finish()
        return database.changes
    }

    /// The pages that hold nothing.
    func freePages() throws(HistoryError) -> Int { Int(try database.integer("PRAGMA freelist_count")) }

    /// Gives free pages back to the file system, a bounded number of them.
    func shrink(pages: Int = 256) throws(HistoryError) {
        try database.run("PRAGMA incremental_vacuum(\(pages))")
    }
}
