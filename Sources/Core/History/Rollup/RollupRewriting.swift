import Contract

extension RollupReader {
    /// Returns the rollup written anew without what is forgotten. All else stays as it was read.
    public func rewritten(without forgotten: Forgotten) throws(ChunkDamage) -> [UInt8] {
        var axis = RollupAxis()
        for (index, outage) in zip(rows.indices, try outages()) {
            var outage = outage
            if let failure = outage.failure, forgotten.isNamed(in: failure) { outage.failure = nil }
            if let host = outage.host, forgotten.isNamed(in: host) { outage.host = nil }
            axis.append(index, outage)
        }
        let kept = schema.map { forgotten.kept(of: $0).schema }
        var (names, texts, columns) = (TextTable(), TextTable(), [RollupColumn]())
        for name in instances where !forgotten.names.contains(name) {
            let before = names.count
            _ = names.place(name)
            guard names.count > before else { continue }
            for metric in kept?.metrics ?? [] {
                var column = RollupColumn(metric)
                for (row, stretch) in (try stretches(instance: name, metric: metric.id) ?? []).enumerated() {
                    var stretch = stretch
                    if let text = stretch.text, forgotten.isNamed(in: text) { stretch.text = nil }
                    column.add(stretch)
                    column.seal(at: row, &texts)
                }
                columns.append(column)
            }
        }
        return RollupRecord.encoded(key, tier, kept, axis, names, texts, columns)
    }
}
