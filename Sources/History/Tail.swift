/// What all sources delivered since the last tail, in one row of the database: for each source its number (8 bytes), the
/// length (4 bytes), both little-endian, and a chunk.
enum Tail {
    /// A source's part of a tail.
    struct Part: Equatable {
        let source: Int64
        let chunk: [UInt8]
    }

    static func bytes(_ parts: [Part]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + 12 + $1.chunk.count })
        for part in parts {
            withUnsafeBytes(of: part.source.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: UInt32(part.chunk.count).littleEndian) { bytes += $0 }
            bytes += part.chunk
        }
        return bytes
    }

    /// Returns the parts, or only those of one source. What is cut short or damaged ends the list.
    static func parts(_ bytes: [UInt8], of wanted: Int64? = nil) -> [Part] {
        var parts: [Part] = []
        var place = 0
        while bytes.count - place >= 12 {
            let source = Int64(truncatingIfNeeded: number(bytes, at: place, count: 8))
            let length = Int(number(bytes, at: place + 8, count: 4))
            place += 12
            guard bytes.count - place >= length else { break }
            if wanted == nil || wanted == source {
                parts.append(Part(source: source, chunk: Array(bytes[place..<place + length])))
            }
            place += length
        }
        return parts
    }

    private static func number(_ bytes: [UInt8], at place: Int, count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
    }
}
