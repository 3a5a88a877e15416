import Contract

/// What is to be written to a worker, in order. A message becomes bytes when its turn has come: a thousand documents at
/// once would stand in memory twice, and leave holes in it when they are gone.
struct Outbox {
    /// nil: it has become bytes, and what it held is free.
    private var messages: [(() -> HostMessage)?] = []
    private var next = 0
    private var bytes: [UInt8] = []

    /// Bytes that are written at once, unless a single message is more.
    private static let usualSize = 32768

    var isEmpty: Bool { bytes.isEmpty && next == messages.count }

    mutating func add(_ message: @escaping () -> HostMessage) { messages.append(message) }

    /// Hands over the next bytes; `write` says how many of them it took, less than 0 being none. False once it takes
    /// no more for now.
    mutating func flush(_ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
        while bytes.count < Self.usualSize, let message = take() { bytes += message.frame() }
        let written = max(bytes.withUnsafeBytes(write), 0)
        let isAll = written == bytes.count
        bytes.removeFirst(written)
        // What one large message has needed is not kept for ever.
        if bytes.isEmpty, bytes.capacity > Self.usualSize { bytes = [] }
        return isAll
    }

    private mutating func take() -> HostMessage? {
        guard next < messages.count else { return nil }
        defer {
            next += 1
            // Where the worker lags behind, it is never quite empty.
            if next == messages.count {
                (messages, next) = ([], 0)
            } else if next >= 64, 2 * next >= messages.count {
                messages.removeFirst(next)
                next = 0
            }
        }
        let message = messages[next]
        messages[next] = nil
        return message?()
    }
}
