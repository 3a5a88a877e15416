import Contract

/// A schema without its plugin's id, which the key has, and without the metrics' help and what they are foretold from: that
/// says at length what nothing needs that draws, exports or judges the values.
extension HistoryBytes {
    private static let history: UInt8 = 1
    private static let headline: UInt8 = 2
    private static let lasting: UInt8 = 4
    private static let age: UInt8 = 8
    private static let warning: UInt8 = 16
    private static let critical: UInt8 = 32

    mutating func key(_ key: SeriesKey) {
        text(key.host)
        text(key.plugin)
        fixed(key.options.value)
    }

    mutating func schema(_ schema: Schema) {
        text(schema.name)
        text(schema.version)
        count(schema.metrics.count)
        for metric in schema.metrics { self.metric(metric) }
    }

    private mutating func metric(_ metric: MetricDeclaration) {
        text(metric.id)
        text(metric.label)
        text(metric.unit)
        u8(metric.kind.rawValue | metric.direction.rawValue << 2)
        var flags = metric.wantsHistory ? Self.history : 0
        if metric.isHeadline { flags |= Self.headline }
        if metric.isLasting { flags |= Self.lasting }
        if metric.isAge { flags |= Self.age }
        if !metric.limits.warning.isNaN { flags |= Self.warning }
        if !metric.limits.critical.isNaN { flags |= Self.critical }
        u8(flags)
        if flags & Self.warning != 0 { fixed(metric.limits.warning.bitPattern) }
        if flags & Self.critical != 0 { fixed(metric.limits.critical.bitPattern) }
        unsigned(UInt64(metric.rememberDays))
    }

    fileprivate static func flags(_ byte: UInt8, of metric: inout MetricDeclaration) {
        metric.wantsHistory = byte & history != 0
        metric.isHeadline = byte & headline != 0
        metric.isLasting = byte & lasting != 0
        metric.isAge = byte & age != 0
    }

    fileprivate static func hasWarning(_ byte: UInt8) -> Bool { byte & warning != 0 }
    fileprivate static func hasCritical(_ byte: UInt8) -> Bool { byte & critical != 0 }
}

extension Schema {
    /// Whether both are stored as the same bytes: their metrics' help may differ.
    func isStored(as other: Schema) -> Bool {
        func stored(_ metric: MetricDeclaration) -> MetricDeclaration {
            var metric = metric
            metric.help = ""
            metric.forecast = .none
            metric.minimumEffect = 0
            metric.derived = nil
            return metric
        }
        return self === other
            || plugin == other.plugin && name == other.name && version == other.version
                && metrics.elementsEqual(other.metrics) { stored($0) == stored($1) }
    }
}

extension HistoryCursor {
    mutating func key() throws(ChunkDamage) -> SeriesKey {
        SeriesKey(host: try text(), plugin: try text(), options: OptionsDigest(value: try fixed()))
    }

    /// Reads the schema of a plugin.
    mutating func schema(of plugin: String) throws(ChunkDamage) -> Schema {
        var description = PluginDescription(id: plugin, name: try text(), version: try text())
        for _ in 0..<(try elements(atMost: WireLimits.metrics)) { description.metrics.append(try metric()) }
        return Schema(description)
    }

    private mutating func metric() throws(ChunkDamage) -> MetricDeclaration {
        var metric = MetricDeclaration(id: try text(), label: try text(), unit: try text())
        let kinds = try u8()
        guard let kind = MetricDeclaration.Kind(rawValue: kinds & 3),
            let direction = MetricDeclaration.Direction(rawValue: kinds >> 2)
        else { throw .unknownTag }
        metric.kind = kind
        metric.direction = direction
        let flags = try u8()
        guard flags < 64 else { throw .unknownTag }
        HistoryBytes.flags(flags, of: &metric)
        if HistoryBytes.hasWarning(flags) { metric.limits.warning = Double(bitPattern: try fixed()) }
        if HistoryBytes.hasCritical(flags) { metric.limits.critical = Double(bitPattern: try fixed()) }
        metric.rememberDays = UInt32(try count(atMost: Int(UInt32.max)))
        return metric
    }
}
