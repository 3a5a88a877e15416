/// Why a frame cannot be read. The reader of the other side's bytes trusts nothing: every length, index and
/// enumeration is checked before use.
public enum WireError: Error, Equatable {
    /// The frame ends inside a field.
    case truncated
    /// Bytes follow the last field.
    case trailing
    /// A count, length or index is beyond its bound.
    case outOfRange
    /// A tag or enumeration that is not known.
    case unknownTag
    /// A text that is not UTF-8.
    case encoding

    public var words: String {
        switch self {
        case .truncated: "it ends inside a field"
        case .trailing: "bytes follow its last field"
        case .outOfRange: "a length or number in it is out of range"
        case .unknownTag: "it is of no known kind"
        case .encoding: "a text in it is not UTF-8"
        }
    }
}

/// Writes a frame: fixed-width little-endian numbers, texts as length and UTF-8.
public struct ByteWriter {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func u8(_ value: UInt8) { bytes.append(value) }
    public mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func u32(_ value: UInt32) { append(value.littleEndian) }
    public mutating func u64(_ value: UInt64) { append(value.littleEndian) }
    public mutating func i64(_ value: Int64) { append(value.littleEndian) }
    public mutating func double(_ value: Double) { append(value.bitPattern.littleEndian) }
    public mutating func int(_ value: Int) { append(Int32(clamping: value).littleEndian) }
    public mutating func count(_ value: Int) { u32(UInt32(clamping: value)) }

    public mutating func text(_ value: String) {
        count(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    public mutating func data(_ value: [UInt8]) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    public mutating func floats(_ values: [Float]) {
        count(values.count)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private mutating func append<T>(_ value: T) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Puts the length of all that follows into the first four bytes, which must have been left free.
    mutating func sealFrame() {
        let length = UInt32(clamping: bytes.count - 4).littleEndian
        withUnsafeBytes(of: length) { for (index, byte) in $0.enumerated() { bytes[index] = byte } }
    }
}

/// Reads a frame written by ``ByteWriter``.
public struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Tables and their cells read so far.
    var tables = 0
    var tableCells = 0

    /// The bytes must outlive the reader.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    public var remaining: Int { bytes.count - position }

    public mutating func u8() throws(WireError) -> UInt8 { try load(UInt8.self) }

    public mutating func flag() throws(WireError) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .outOfRange
        }
    }

    public mutating func u32() throws(WireError) -> UInt32 { UInt32(littleEndian: try load(UInt32.self)) }
    public mutating func u64() throws(WireError) -> UInt64 { UInt64(littleEndian: try load(UInt64.self)) }
    public mutating func i64() throws(WireError) -> Int64 { Int64(littleEndian: try load(Int64.self)) }
    public mutating func double() throws(WireError) -> Double { Double(bitPattern: try u64()) }
    public mutating func int() throws(WireError) -> Int {
        Int(Int32(littleEndian: try load(Int32.self)))
    }

    /// A count of things of at least `size` bytes each: more than can follow is refused before anything is
    /// allocated.
    public mutating func count(ofSize size: Int, atMost limit: Int) throws(WireError) -> Int {
        let count = Int(try u32())
        guard count <= limit, count <= remaining / max(size, 1) else { throw .outOfRange }
        return count
    }

    /// The other side has made them UTF-8, and with replacement characters for bytes a text would outgrow its limit.
    public mutating func text(atMost limit: Int) throws(WireError) -> String {
        let length = try count(ofSize: 1, atMost: limit)
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
        position += length
        guard let text = String(validating: slice, as: UTF8.self) else { throw .encoding }
        return text
    }

    /// Passes over a text, and does not look at it.
    public mutating func skipText() throws(WireError) { position += try count(ofSize: 1, atMost: .max) }

    public mutating func data(atMost limit: Int) throws(WireError) -> [UInt8] {
        let length = try count(ofSize: 1, atMost: limit)
        defer { position += length }
        return [UInt8](UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
    }

    public mutating func floats(atMost limit: Int) throws(WireError) -> [Float] {
        let count = try count(ofSize: 4, atMost: limit)
        defer { position += count * 4 }
        return (0..<count).map { bytes.loadUnaligned(fromByteOffset: position + $0 * 4, as: Float.self) }
    }

    public func finish() throws(WireError) {
        guard remaining == 0 else { throw .trailing }
    }

    private mutating func load<T: BitwiseCopyable>(_ type: T.Type) throws(WireError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw .truncated }
        defer { position += size }
        return bytes.loadUnaligned(fromByteOffset: position, as: T.self)
    }
}
