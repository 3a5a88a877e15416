import Contract

/// Where a text may be cut. "310.5" cut to "310.…" reads as another number, so a cut moves to before the number that
/// it would split or follow.
enum NumberCut {
    /// Returns how many of the first `cells` cells of a text are kept.
    static func limit(_ bytes: UnsafeBufferPointer<UInt8>, cells: Int) -> Int {
        var reader = CellReader(bytes)
        var width = 0
        // The width of the text before the number that the last character belongs to.
        var start: Int?
        var wasDigit = false
        while let cluster = reader.next(), width + cluster.width <= cells {
            if isDigit(cluster.code) {
                start = start ?? width
            } else if !isPoint(cluster.code), !(isExponent(cluster.code) && wasDigit) {
                start = nil
            }
            wasDigit = isDigit(cluster.code)
            width += cluster.width
        }
        return start ?? width
    }

    private static func isDigit(_ code: UInt32) -> Bool { code >= 0x30 && code <= 0x39 }
    /// The "e" of "1.00e30" belongs to the number as well.
    private static func isExponent(_ code: UInt32) -> Bool { code == 0x65 || code == 0x45 }
    /// A point or comma belongs to the number before it.
    private static func isPoint(_ code: UInt32) -> Bool { code == 0x2e || code == 0x2c }
}
