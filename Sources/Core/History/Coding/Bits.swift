/// Appends numbers of any number of bits, the lowest first, to bytes.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var held: UInt64 = 0
    private var count = 0

    /// Appends the lowest `width` bits, 0...64.
    mutating func put(_ value: UInt64, _ width: Int) {
        guard width <= 32 else {
            put(value & 0xffff_ffff, 32)
            put(value >> 32, width - 32)
            return
        }
        // Fewer than 8 bits are held between two calls.
        held |= (value & (1 << UInt64(width) - 1)) << UInt64(count)
        count += width
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: held))
            held >>= 8
            count -= 8
        }
    }

    /// Fills the last byte with zeros.
    mutating func align() {
        if count > 0 { put(0, 8 - count) }
    }
}

/// Reads what ``BitWriter`` has written from bytes that a cursor stands at.
struct BitReader {
    private var cursor: HistoryCursor
    private var held: UInt64 = 0
    private var count = 0

    init(_ cursor: HistoryCursor) { self.cursor = cursor }

    /// The cursor behind the last byte that was begun.
    var rest: HistoryCursor { cursor }

    /// Reads `width` bits, 0...64.
    mutating func get(_ width: Int) throws(ChunkDamage) -> UInt64 {
        if width > 32 {
            let low = try get(32)
            return low | (try get(width - 32)) << 32
        }
        while count < width {
            held |= UInt64(try cursor.u8()) << UInt64(count)
            count += 8
        }
        defer {
            held >>= UInt64(width)
            count -= width
        }
        return held & (1 << UInt64(width) - 1)
    }

    /// Reads ones until a zero, or `most` of them; the zero too.
    mutating func ones(atMost most: Int) throws(ChunkDamage) -> Int {
        var found = 0
        while true {
            if count == 0 {
                held = UInt64(try cursor.u8())
                count = 8
            }
            let run = min((~held).trailingZeroBitCount, count, most - found)
            held >>= UInt64(run)
            count -= run
            found += run
            if found == most { return found }
            guard count > 0 else { continue }
            held >>= 1
            count -= 1
            return found
        }
    }
}
