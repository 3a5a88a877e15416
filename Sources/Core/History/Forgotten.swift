import Contract

/// Decides what of a record is left out when it is written anew.
public struct Forgotten: Sendable {
    /// Instances with one of these names go with all their values; texts, notes, failures and states of hosts that contain
    /// one of them go by themselves.
    public let names: Set<String>
    /// Metrics of these kinds go.
    public let kinds: Set<MetricDeclaration.Kind>
    /// Whether an instance that has one of the names as a text goes for as long as it has it.
    public let withCarriers: Bool
    private let bytes: [[UInt8]]

    /// Leaves out nothing but what is given. An empty name is none.
    public init(
        _ names: Set<String> = [], kinds: Set<MetricDeclaration.Kind> = [], withCarriers: Bool = false
    ) {
        self.withCarriers = withCarriers
        self.names = names.filter { !$0.isEmpty }
        self.kinds = kinds
        bytes = self.names.map { Array($0.utf8) }
    }

    /// Whether a text contains one of the names, byte by byte.
    public func isNamed(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { text in bytes.contains { Self.contains(text, $0) } }
    }

    /// Whether bytes contain one of the names.
    public func isNamed(in record: [UInt8]) -> Bool {
        record.withUnsafeBufferPointer { record in bytes.contains { Self.contains(record, $0) } }
    }

    func isNamed(in failure: Failure) -> Bool {
        guard !bytes.isEmpty else { return false }
        var written = HistoryBytes()
        written.cause(failure)
        return isNamed(in: written.bytes)
    }

    func isNamed(in state: HostState) -> Bool {
        guard !bytes.isEmpty else { return false }
        var (written, table) = (HistoryBytes(), FailureTable())
        written.host(state, &table)
        return isNamed(in: written.bytes) || isNamed(in: table.encoded.bytes)
    }

    /// Returns a schema without the metrics that go, and the places of those that stay.
    func kept(of schema: Schema) -> (schema: Schema, places: [Int]) {
        let places = schema.metrics.indices.filter { !kinds.contains(schema.metrics[$0].kind) }
        guard places.count < schema.metrics.count else { return (schema, places) }
        let description = PluginDescription(
            id: schema.plugin, name: schema.name, version: schema.version,
            metrics: places.map { schema.metrics[$0] })
        return (Schema(description), places)
    }

    /// The standard library's own search compares characters.
    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
        guard text.count >= name.count else { return false }
        return (0...text.count - name.count).contains { start in
            text[start] == name[0] && text[start..<start + name.count].elementsEqual(name)
        }
    }
}
