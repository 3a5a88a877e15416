/// Times are stored in milliseconds: a snapshot of a later one is never that of an earlier moment.
enum Milliseconds {
    /// Beyond, a time in nanoseconds has no place in 64 bits.
    static let limits = Int64.min / 1_000_000...Int64.max / 1_000_000

    /// The millisecond that contains a time in nanoseconds.
    static func of(_ nanoseconds: Int64) -> Int64 {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return max(rest < 0 ? whole - 1 : whole, limits.lowerBound)
    }

    /// Nanoseconds at which a millisecond begins.
    static func nanoseconds(_ milliseconds: Int64) -> Int64 {
        min(max(milliseconds, limits.lowerBound), limits.upperBound) * 1_000_000
    }

    /// Reads a time from a stream of numbers.
    static func next(_ numbers: inout NumberReader) throws(ChunkDamage) -> Int64 {
        let number = try numbers.next()
        guard number.magnitude < 1e13 else { throw .outOfRange }
        return Int64(number)
    }
}
