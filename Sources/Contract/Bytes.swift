/// Why a frame cannot be read. A reader treats every byte as hostile: each length, index and enumeration value is
/// checked before use.
public enum WireError: Error, Equatable {
    /// The frame ends inside a field.
    case truncated
    /// Bytes follow the last field.
    case trailing
    /// A count, length or index is beyond its bound.
    case outOfRange
    /// A tag or enumeration value is unknown.
    case unknownTag
    /// A text is not valid UTF-8.
    case encoding

    /// The error as a clause about the frame, without a full stop, for the end of a message.
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
    /// All that has been written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends one byte.
    public mutating func u8(_ value: UInt8) { bytes.append(value) }
    /// Appends one byte, 1 or 0.
    public mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    /// Appends 4 bytes.
    public mutating func u32(_ value: UInt32) { append(value.littleEndian) }
    /// Appends 8 bytes.
    public mutating func u64(_ value: UInt64) { append(value.littleEndian) }
    /// Appends 8 bytes, two's complement.
    public mutating func i64(_ value: Int64) { append(value.littleEndian) }
    /// Appends the 8 bytes of the IEEE 754 bit pattern; NaN and infinities are kept.
    public mutating func double(_ value: Double) { append(value.bitPattern.littleEndian) }
    /// Appends a signed number in 4 bytes, clamped to the range of `Int32`.
    public mutating func int(_ value: Int) { append(Int32(clamping: value).littleEndian) }
    /// Appends a number of elements in 4 bytes, clamped to the range of `UInt32`.
    public mutating func count(_ value: Int) { u32(UInt32(clamping: value)) }

    /// Appends the length in bytes as a ``count(_:)``, then the UTF-8 bytes.
    public mutating func text(_ value: String) {
        count(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    /// Appends the length as a ``count(_:)``, then the bytes.
    public mutating func data(_ value: [UInt8]) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    /// Appends the number of values as a ``count(_:)``, then 4 bytes for each, in the byte order of the machine.
    public mutating func floats(_ values: [Float]) {
        count(values.count)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private mutating func append<T>(_ value: T) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Stores the number of bytes that follow the first four in those four, which must have been reserved.
    mutating func sealFrame() {
        let length = UInt32(clamping: bytes.count - 4).littleEndian
        withUnsafeBytes(of: length) { for (index, byte) in $0.enumerated() { bytes[index] = byte } }
    }
}

/// Reads a frame written by ``ByteWriter``, field by field from the front. Every reading function throws
/// ``WireError/truncated`` where the frame ends inside the field, and moves past the field otherwise.
public struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Tables and table cells read so far, which are bounded for the frame as a whole.
    var tables = 0
    var tableCells = 0

    /// Reads from the first byte. The bytes are borrowed and must outlive the reader.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Bytes that have not been read yet.
    public var remaining: Int { bytes.count - position }

    /// Reads one byte.
    public mutating func u8() throws(WireError) -> UInt8 { try load(UInt8.self) }

    /// Reads one byte; anything but 0 and 1 is ``WireError/outOfRange``.
    public mutating func flag() throws(WireError) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .outOfRange
        }
    }

    /// Reads 4 bytes.
    public mutating func u32() throws(WireError) -> UInt32 { UInt32(littleEndian: try load(UInt32.self)) }
    /// Reads 8 bytes.
    public mutating func u64() throws(WireError) -> UInt64 { UInt64(littleEndian: try load(UInt64.self)) }
    /// Reads 8 bytes, two's complement.
    public mutating func i64() throws(WireError) -> Int64 { Int64(littleEndian: try load(Int64.self)) }
    /// Reads an 8-byte IEEE 754 bit pattern; the result may be NaN or infinite.
    public mutating func double() throws(WireError) -> Double { Double(bitPattern: try u64()) }
    /// Reads a signed number of 4 bytes.
    public mutating func int() throws(WireError) -> Int {
        Int(Int32(littleEndian: try load(Int32.self)))
    }

    /// Reads a number of elements of at least `size` bytes each. Throws ``WireError/outOfRange`` where it exceeds
    /// `limit` or the elements cannot fit into the rest of the frame, so that nothing is allocated for an
    /// impossible count.
    public mutating func count(ofSize size: Int, atMost limit: Int) throws(WireError) -> Int {
        let count = Int(try u32())
        guard count <= limit, count <= remaining / max(size, 1) else { throw .outOfRange }
        return count
    }

    /// Reads a text of at most `limit` bytes. Throws ``WireError/encoding`` where it is not valid UTF-8. Invalid
    /// bytes are not replaced here: the writer has done so, and replacing could make the text longer than `limit`.
    public mutating func text(atMost limit: Int) throws(WireError) -> String {
        let length = try count(ofSize: 1, atMost: limit)
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
        position += length
        guard let text = String(validating: slice, as: UTF8.self) else { throw .encoding }
        return text
    }

    /// Skips a text without looking at its bytes.
    public mutating func skipText() throws(WireError) { position += try count(ofSize: 1, atMost: .max) }

    /// Reads at most `limit` bytes that ``ByteWriter/data(_:)`` has written.
    public mutating func data(atMost limit: Int) throws(WireError) -> [UInt8] {
        let length = try count(ofSize: 1, atMost: limit)
        defer { position += length }
        return [UInt8](UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
    }

    /// Reads at most `limit` values that ``ByteWriter/floats(_:)`` has written; they may be NaN or infinite.
    public mutating func floats(atMost limit: Int) throws(WireError) -> [Float] {
        let count = try count(ofSize: 4, atMost: limit)
        defer { position += count * 4 }
        return (0..<count).map { bytes.loadUnaligned(fromByteOffset: position + $0 * 4, as: Float.self) }
    }

    /// Throws ``WireError/trailing`` unless the whole frame has been read.
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
