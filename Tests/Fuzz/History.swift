import Contract
import Core

/// Stored history: whatever its bytes are, it is damage or it can be read, and what was read is written so that it reads
/// as the same.
///
///     a kind (chunk or rollup, by its lowest bit), then all that stands between the mark and the checksum
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHistory(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = Input(UnsafeRawBufferPointer(start: data, count: size))
    let isRollup = input.byte() & 1 == 1
    // A checksum that is right: no input of chance has one, and nothing behind it would be reached.
    let bytes = HistoryFormat.record(of: input.remainder(), isRollup: isRollup)
    do throws(ChunkDamage) {
        if isRollup { try rollup(bytes) } else { try chunk(bytes) }
    } catch {
        _ = error.words
    }
    return 0
}

private func chunk(_ bytes: [UInt8]) throws(ChunkDamage) {
    let reader = try ChunkReader(bytes)
    if let end = reader.times.last { _ = try reader.moment(at: end) }
    // What is large takes long and shows nothing new.
    guard reader.times.count * (reader.instances.count + 1) * (reader.schema?.metrics.count ?? 1) < 20_000
    else { return }
    let once = try reader.rewritten()
    let first = written(once)
    // Numbers are rounded once; a block of rounded ones may find a shorter form once.
    let second = written(rewritten(first))
    require(
        rewritten(second).encoded() == rewritten(written(rewritten(second))).encoded(),
        "a chunk is written differently twice")
    require(
        first.times == second.times && first.instances == second.instances,
        "times or names change on their way")
    check(first, second)
    checkSeries(second)
    let next = once.next(at: reader.span?.upperBound ?? 0)
    require(next.isEmpty && next.sampleCount == 0, "a chunk begins with more than its opening state")
}

private func written(_ writer: ChunkWriter) -> ChunkReader {
    guard let reader = try? ChunkReader(writer.encoded()) else {
        fatalError("a chunk that was written cannot be read")
    }
    return reader
}

private func rewritten(_ reader: ChunkReader) -> ChunkWriter {
    guard let writer = try? reader.rewritten() else {
        fatalError("a chunk that was written cannot be read in full")
    }
    return writer
}

/// Numbers have been rounded to what stays as it is.
private func check(_ one: ChunkReader, _ other: ChunkReader) {
    for time in one.times.prefix(4) + one.times.suffix(4) {
        guard let mine = try? one.moment(at: time), let theirs = try? other.moment(at: time) else {
            fatalError("a moment that was written cannot be read")
        }
        require(mine == theirs, "a moment changes on its way")
    }
    require((try? one.notes()) == (try? other.notes()), "notes change on their way")
    require((try? one.failures()) == (try? other.failures()), "failures change on their way")
}

/// The latest value of a series is that of the latest moment.
private func checkSeries(_ reader: ChunkReader) {
    guard let end = reader.span?.upperBound, let moment = try? reader.moment(at: end),
        let schema = reader.schema
    else { return }
    for instance in reader.instances.prefix(8) {
        for (index, metric) in schema.metrics.prefix(8).enumerated() {
            guard let series = try? reader.values(instance: instance, metric: metric.id),
                (try? reader.texts(instance: instance, metric: metric.id)) != nil,
                (try? reader.statuses(instance: instance, metric: metric.id)) != nil
            else { fatalError("a series that was written cannot be read") }
            require(series.times.count == series.values.count, "times without values")
            guard schema.index(of: metric.id) == index, moment.failure == nil, let last = series.values.last
            else {
                continue
            }
            let row = moment.snapshot?.instances.first { $0.name == instance }
            let number = row?.cells[index].value.number
            require(number ?? .nan == last || number == nil && last.isNaN, "a series ends in another value")
        }
    }
    let curve = SeriesCurve(
        of: reader.instances.first ?? "", schema.metrics.first?.id ?? "", chunks: [reader], rollups: [],
        from: reader.span?.lowerBound ?? 0, to: end, step: 1_000_000)
    for bucket in curve.buckets where bucket.count > 0 {
        require(bucket.minimum <= bucket.maximum, "a stretch whose smallest is larger than its largest")
    }
}

private func rollup(_ bytes: [UInt8]) throws(ChunkDamage) {
    let reader = try RollupReader(bytes)
    _ = try reader.outages()
    if let start = reader.starts.last { _ = try reader.snapshot(at: start) }
    guard reader.starts.count * (reader.instances.count + 1) * (reader.schema?.metrics.count ?? 1) < 20_000
    else { return }
    guard let merged = try RollupReader.merged([reader], to: reader.tier) else { return }
    guard let once = try? RollupReader(merged),
        let again = try? RollupReader.merged([once], to: once.tier), let twice = try? RollupReader(again),
        let third = try? RollupReader.merged([twice], to: twice.tier)
    else { fatalError("a rollup that was written cannot be read") }
    require(again == third, "a rollup changes on its way")
    require(once.starts == reader.starts, "stretches move")
    let day = try? RollupReader.merged([once, once], to: .day)
    require(day != nil, "a rollup cannot be merged with itself")
    for instance in once.instances.prefix(4) {
        for metric in once.schema?.metrics.prefix(4) ?? [] {
            guard let stretches = try? once.stretches(instance: instance, metric: metric.id) else {
                fatalError("a series that was written cannot be read")
            }
            for bucket in stretches.map(\.bucket) where bucket.count > 0 {
                require(bucket.mean >= bucket.minimum && bucket.mean <= bucket.maximum, "a mean outside")
            }
        }
    }
}
