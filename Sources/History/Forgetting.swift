import Core

/// What a name means that is to be forgotten, and what goes with it.
public struct Oblivion: Sendable, Equatable {
    /// What a name may be.
    public enum Meaning: String, Sendable, CaseIterable {
        /// A host's name.
        case host
        /// A plugin's id.
        case plugin
        /// An instance's name, or a text such as a serial number.
        case drive
    }

    /// The name.
    public let name: String
    /// Sources that go as a whole.
    public var sources: [SeriesKey] = []
    /// Instances that go, by their source.
    public var instances: [SeriesKey: Set<String>] = [:]
    /// Records of other sources that name it in a text or a message.
    public var mentions: [SeriesKey: Int] = [:]
    /// The rows that are rewritten, and what goes from each.
    var rows: [(id: RowID, names: Set<String>)] = []

    init(_ name: String) { self.name = name }

    /// Whether the history does not name it.
    public var isEmpty: Bool { sources.isEmpty && rows.isEmpty }

    /// Compares what is shown.
    public static func == (left: Oblivion, right: Oblivion) -> Bool {
        left.name == right.name && left.sources == right.sources && left.instances == right.instances
            && left.mentions == right.mentions
    }
}

extension HistoryEditor {
    /// Returns what goes with a name. A host's or plugin's sources go as a whole; instances of the name, and those that had
    /// it as a text, go from the records that name them; other texts and messages that contain it go by themselves.
    ///
    /// - Parameter meaning: What the name is; nil: whatever it may be.
    public func oblivion(of name: String, as meaning: Oblivion.Meaning? = nil) throws(HistoryError)
        -> Oblivion
    {
        var oblivion = Oblivion(name)
        guard !name.isEmpty else { return oblivion }
        let sources = try store.sources()
        let going = sources.filter {
            (meaning ?? .host) == .host && $0.key.host == name
                || (meaning ?? .plugin) == .plugin && $0.key.plugin == name
        }
        oblivion.sources = going.map(\.key)
        let isPlugin = !going.isEmpty && going.allSatisfy { $0.key.host != name }
        // Every widget names its plugin: only where it means something else, texts are looked through.
        guard meaning != .plugin, meaning != nil || !isPlugin else { return oblivion }
        let keys = Dictionary(uniqueKeysWithValues: sources.map { ($0.id, $0.key) })
        let gone = Set(going.map(\.id))
        let forgotten = Forgotten([name])
        for tier in HistoryTier.allCases {
            for row in try store.sizes(tier) where !gone.contains(row.id.source) {
                guard let key = keys[row.id.source], let data = try store.data(of: row.id),
                    forgotten.isNamed(in: data)
                else { continue }
                let named = Self.instances(of: data, tier, forgotten)
                if named.isEmpty {
                    oblivion.mentions[key, default: 0] += 1
                } else {
                    oblivion.instances[key, default: []].formUnion(named)
                }
                // One that has the name as a text goes for as long as it has it.
                oblivion.rows.append((row.id, named.filter(forgotten.isNamed(in:)).union([name])))
            }
        }
        return oblivion
    }

    /// The instances of a record whose name contains a name, or that have it as a text.
    private static func instances(of data: [UInt8], _ tier: HistoryTier, _ forgotten: Forgotten) -> Set<
        String
    > {
        var found: Set<String> = []
        let texts: (String, String) -> [String?]
        let (schema, instances): (Schema?, [String])
        if tier == .native {
            guard let chunk = try? ChunkReader(data) else { return [] }
            (schema, instances) = (chunk.schema, chunk.instances)
            texts = { ((try? chunk.texts(instance: $0, metric: $1)) ?? []).map(\.value) }
        } else {
            guard let rollup = try? RollupReader(data) else { return [] }
            (schema, instances) = (rollup.schema, rollup.instances)
            texts = { ((try? rollup.stretches(instance: $0, metric: $1)) ?? []).map(\.text) }
        }
        for instance in instances where !instance.isEmpty {
            if forgotten.isNamed(in: instance) {
                found.insert(instance)
                continue
            }
            for metric in schema?.metrics ?? [] where metric.kind == .text {
                if texts(instance, metric.id).contains(where: { $0.map(forgotten.names.contains) ?? false }) {
                    found.insert(instance)
                    break
                }
            }
        }
        return found
    }

    /// Removes what goes with a name, so that no byte of the database and its log tells of it.
    public func forget(_ oblivion: Oblivion) throws(HistoryError) {
        let sources = try store.sources()
        let gone = Set(oblivion.sources)
        for source in sources where gone.contains(source.key) {
            try remove(source)
        }
        for batch in stride(from: 0, to: oblivion.rows.count, by: Self.batch) {
            let rows = oblivion.rows[batch..<min(batch + Self.batch, oblivion.rows.count)]
            try store.database.transaction { () throws(HistoryError) in
                for row in rows { try rewrite(row.id, without: Forgotten(row.names, withCarriers: true)) }
            }
            _ = try store.database.checkpoint(truncates: true)
        }
        try removeEmptySources()
        try compact()
    }

    private static let batch = 64

    private func remove(_ source: HistoryStore.Source) throws(HistoryError) {
        for tier in HistoryTier.allCases {
            while try store.expire(tier, source: source.id, before: .max, most: Self.batch) > 0 {
                _ = try store.database.checkpoint(truncates: true)
            }
        }
        try store.remove(source: source.id)
    }

    /// A record that is damaged cannot be written anew, and goes as a whole.
    private func rewrite(_ id: RowID, without forgotten: Forgotten) throws(HistoryError) {
        guard let data = try store.data(of: id) else { return }
        var new: [UInt8]?
        if id.tier == .native {
            if let writer = try? ChunkReader(data).rewritten(without: forgotten), !writer.isEmpty {
                new = writer.encoded()
            }
        } else {
            new = try? RollupReader(data).rewritten(without: forgotten)
        }
        // The name may stand where it cannot be taken out, as in a metric's label.
        if let new, !forgotten.isNamed(in: new) {
            try store.put(id: id, new)
        } else {
            try store.remove(id)
        }
    }

    private func removeEmptySources() throws(HistoryError) {
        var used: Set<Int64> = []
        for tier in HistoryTier.allCases { for row in try store.sizes(tier) { used.insert(row.id.source) } }
        for source in try store.sources() where !used.contains(source.id) {
            try store.remove(source: source.id)
        }
    }
}
