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
            var stretches: [[RollupStretch]] = []
            for metric in kept?.metrics ?? [] {
                stretches.append(try self.stretches(instance: name, metric: metric.id) ?? [])
            }
            let gone = starts.indices.map { row in
                forgotten.withCarriers
                    && stretches.contains { $0[row].text.map(forgotten.names.contains) ?? false }
            }
            for (metric, own) in zip(kept?.metrics ?? [], stretches) {
                var column = RollupColumn(metric)
                for (row, stretch) in own.enumerated() {
                    var stretch = stretch
                    if let text = stretch.text, forgotten.isNamed(in: text) { stretch.text = nil }
                    if !gone[row] { column.add(stretch) }
                    column.seal(at: row, &texts)
                }
                columns.append(column)
            }
        }
        return RollupRecord.encoded(key, tier, kept, axis, names, texts, columns)
    }
}
