extension Surface {
    /// Calls `body` with column, row and glyphs of each run of cells that differ from `previous`, row by row. The
    /// glyphs are valid during the call only. A run never begins or ends inside a wide character. Where the size
    /// differs, every row is a run.
    public func changes(from previous: Surface, _ body: (Int, Int, UnsafeBufferPointer<Glyph>) -> Void) {
        let width = size.width
        guard width > 0 else { return }
        cells.withUnsafeBufferPointer { cells in
            guard previous.size == size else {
                for y in 0..<size.height {
                    body(0, y, UnsafeBufferPointer(rebasing: cells[(y * width)..<((y + 1) * width)]))
                }
                return
            }
            // Cluster codes can be compared only while both pools are equal.
            let samePools = clusters == previous.clusters
            previous.cells.withUnsafeBufferPointer { old in
                for y in 0..<size.height {
                    let range = (y * width)..<((y + 1) * width)
                    let row = UnsafeBufferPointer(rebasing: cells[range])
                    let oldRow = UnsafeBufferPointer(rebasing: old[range])
                    if samePools {
                        runs(row, y, body) { row.word($0) == oldRow.word($0) }
                    } else {
                        runs(row, y, body) { isSame(row[$0], oldRow[$0], in: previous) }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func runs(
        _ row: UnsafeBufferPointer<Glyph>, _ y: Int, _ body: (Int, Int, UnsafeBufferPointer<Glyph>) -> Void,
        same: (Int) -> Bool
    ) {
        var x = 0
        while x < row.count {
            if same(x) {
                x += 1
                continue
            }
            var start = x
            while x < row.count, !same(x) { x += 1 }
            if row[start].width == 0, start > 0 { start -= 1 }
            if x < row.count, row[x].width == 0 { x += 1 }
            body(start, y, UnsafeBufferPointer(rebasing: row[start..<x]))
        }
    }

    private func isSame(_ glyph: Glyph, _ old: Glyph, in previous: Surface) -> Bool {
        guard glyph.isCluster || old.isCluster else { return glyph == old }
        return glyph.style == old.style && glyph.width == old.width
            && glyph.isCluster == old.isCluster && text(of: glyph) == previous.text(of: old)
    }
}

extension UnsafeBufferPointer<Glyph> {
    /// A glyph as one machine word.
    @inline(__always)
    fileprivate func word(_ index: Int) -> UInt64 {
        UnsafeRawPointer(baseAddress.unsafelyUnwrapped).loadUnaligned(
            fromByteOffset: index &* 8, as: UInt64.self)
    }
}
