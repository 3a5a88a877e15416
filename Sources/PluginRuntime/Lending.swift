import PluginAPI

/// Allocates texts and arrays that are lent to C for the length of a call. All are freed together with this object.
final class Lending {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { for block in blocks { block.deallocate() } }

    func array<T>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
        let bytes = max(MemoryLayout<T>.stride * count, 1)
        let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        blocks.append(block)
        return block.bindMemory(to: T.self, capacity: max(count, 1))
    }

    func string(_ text: String) -> cm_string {
        let count = text.utf8.count
        if count == 0 { return cm_string(data: nil, length: 0) }
        let memory = array(count, of: UInt8.self)
        var place = memory
        for byte in text.utf8 {
            place.initialize(to: byte)
            place += 1
        }
        return cm_string(
            data: UnsafeRawPointer(memory).assumingMemoryBound(to: CChar.self), length: UInt64(count))
    }
}

extension String {
    /// Copies a plugin's text, cut to `limit` bytes with invalid UTF-8 replaced; NULL is the empty text.
    init(lent text: cm_string, atMost limit: Int) {
        guard let data = text.data, text.length > 0 else {
            self = ""
            return
        }
        let count = Int(Swift.min(text.length, UInt64(limit)))
        self = String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
        // The replacement of an invalid byte has three bytes; the host counts the bytes that it receives.
        guard utf8.count > limit else { return }
        var scalars = String.UnicodeScalarView()
        var used = 0
        for scalar in unicodeScalars {
            used += UTF8.width(scalar)
            if used > limit { break }
            scalars.append(scalar)
        }
        self = String(scalars)
    }
}
