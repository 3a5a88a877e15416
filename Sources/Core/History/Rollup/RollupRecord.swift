import Contract

/// The parts of a rollup as bytes.
enum RollupRecord {
    static func encoded(
        _ key: SeriesKey, _ tier: RollupTier, _ schema: Schema?, _ axis: RollupAxis, _ names: TextTable,
        _ texts: TextTable, _ columns: [RollupColumn]
    ) -> [UInt8] {
        var head = HistoryBytes()
        head.key(key)
        head.u8(tier.rawValue)
        var (schemaBytes, nameBytes, textBytes) = (HistoryBytes(), HistoryBytes(), HistoryBytes())
        if let schema { schemaBytes.schema(schema) }
        nameBytes.table(names)
        textBytes.table(texts)
        var (directory, body) = (HistoryBytes(), HistoryBytes())
        for column in columns {
            let start = body.bytes.count
            column.write(to: &body)
            directory.count(body.bytes.count - start)
        }
        return Container.record(
            .rollup, head, [schemaBytes] + axis.sections + [nameBytes, textBytes, directory, body])
    }
}
