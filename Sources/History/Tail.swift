import Core

/// What all sources delivered since the last tail, in one row of the database, a part for each source. Integers are
/// little-endian:
///
///     8 bytes   the source's number
///     4 bytes   the length of what is stored of its chunk
///     4 bytes   the number of the part in this row, counted from 1, that has a stretch of the same bytes; 0: none has
///     4 bytes   where that stretch begins in the chunk of the other part
///     4 bytes   where it belongs in the own chunk
///     4 bytes   its length
///     …         the chunk without the stretch
///
/// Sources of one plugin have the same schema, which is the most of a minute's chunk.
enum Tail {
    /// A source's part of a tail.
    struct Part: Equatable {
        let source: Int64
        let chunk: [UInt8]
    }

    /// A stretch of a chunk that another one has as well.
    private struct Shared {
        var base = 0
        var from = 0
        var place = 0
        var length = 0
    }

    /// Bytes before the chunk of a part.
    static let headSize = 28

    static func bytes(_ parts: [Part]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + headSize + $1.chunk.count })
        var bases: [[UInt8]: (number: Int, start: Int)] = [:]
        for (index, part) in parts.enumerated() {
            var shared = Shared()
            if let plugin = plugin(of: part.chunk) {
                let name = Array(part.chunk[plugin])
                if let base = bases[name] {
                    shared = Shared(base: base.number, from: base.start, place: plugin.lowerBound)
                    shared.length =
                        zip(
                            part.chunk[plugin.lowerBound...], parts[base.number - 1].chunk[base.start...]
                        )
                        .prefix { $0 == $1 }.count
                } else {
                    bases[name] = (index + 1, plugin.lowerBound)
                }
            }
            add(part, shared, to: &bytes)
        }
        return bytes
    }

    private static func add(_ part: Part, _ shared: Shared, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: part.source.littleEndian) { bytes += $0 }
        let stored = part.chunk.count - shared.length
        for number in [stored, shared.base, shared.from, shared.place, shared.length] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { bytes += $0 }
        }
        bytes += part.chunk[..<shared.place]
        bytes += part.chunk[(shared.place + shared.length)...]
    }

    /// Returns where the plugin's id stands in a chunk: behind the mark of five bytes and the host's name.
    private static func plugin(of chunk: [UInt8]) -> Range<Int>? {
        guard let host = text(in: chunk, at: 5), let plugin = text(in: chunk, at: host.upperBound) else {
            return nil
        }
        return host.upperBound..<plugin.upperBound
    }

    /// Returns where a text ends whose length, a number of seven bits a byte, stands at a place.
    private static func text(in chunk: [UInt8], at start: Int) -> Range<Int>? {
        var (place, length) = (start, 0)
        for shift in [0, 7, 14] where place < chunk.count {
            length |= Int(chunk[place] & 0x7f) << shift
            place += 1
            guard chunk[place - 1] & 0x80 != 0 else {
                return length <= chunk.count - place ? start..<place + length : nil
            }
        }
        return nil
    }

    /// Returns the parts, or only those of one source. What is cut short or damaged ends the list.
    static func parts(_ bytes: [UInt8], of wanted: Int64? = nil) -> [Part] {
        var parts: [Part] = []
        /// Where each part's chunk is stored. One that another refers to is stored whole.
        var stored: [Range<Int>] = []
        var place = 0
        while bytes.count - place >= headSize {
            let source = Int64(truncatingIfNeeded: number(bytes, at: place, count: 8))
            let fields = (0..<5).map { Int(number(bytes, at: place + 8 + 4 * $0, count: 4)) }
            place += headSize
            let shared = Shared(base: fields[1], from: fields[2], place: fields[3], length: fields[4])
            guard bytes.count - place >= fields[0] else { break }
            let own = place..<place + fields[0]
            stored.append(own)
            place = own.upperBound
            guard let chunk = chunk(bytes, own, shared, stored) else { break }
            if wanted == nil || wanted == source { parts.append(Part(source: source, chunk: Array(chunk))) }
        }
        return parts
    }

    /// Whether parts fill a row to its end.
    static func isWhole(_ bytes: [UInt8]) -> Bool {
        var place = 0
        while bytes.count - place >= headSize {
            place += headSize + Int(number(bytes, at: place + 8, count: 4))
        }
        return place == bytes.count
    }

    private static func chunk(_ bytes: [UInt8], _ own: Range<Int>, _ shared: Shared, _ stored: [Range<Int>])
        -> ArraySlice<UInt8>?
    {
        guard shared.base > 0 else { return bytes[own] }
        guard shared.base < stored.count, shared.place <= own.count else { return nil }
        let base = stored[shared.base - 1]
        guard shared.from <= base.count, shared.length <= base.count - shared.from else { return nil }
        let from = base.lowerBound + shared.from
        return bytes[own].prefix(shared.place) + bytes[from..<from + shared.length]
            + bytes[own].dropFirst(shared.place)
    }

    private static func number(_ bytes: [UInt8], at place: Int, count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
    }
}
