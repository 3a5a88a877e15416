import Glibc

/// Memory with a page behind it that nobody may touch. The standard library is built without the address sanitizer and
/// checks no bounds of raw memory: this is how a read beyond the end of a frame is seen.
enum Guarded {
    private static let size = 1 << 20
    private static let page = 4096

    nonisolated(unsafe) private static let end: UnsafeMutableRawPointer = {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let start = mmap(nil, size + page, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED,
            mprotect(start + size, page, PROT_NONE) == 0
        else { fatalError("no memory for the inputs") }
        return start + size
    }()

    /// Lends a copy of the bytes that ends where the page begins.
    static func with<Result, Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let from = bytes.baseAddress, bytes.count <= size else { return try body(bytes) }
        let place = end - bytes.count
        place.copyMemory(from: from, byteCount: bytes.count)
        return try body(UnsafeRawBufferPointer(start: place, count: bytes.count))
    }
}
