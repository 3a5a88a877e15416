import Contract

/// The queue of messages to a worker. A message is encoded just before it is written: encoding a thousand documents
/// in advance would double their memory and fragment the heap.
struct Outbox {
    /// nil: the message has been encoded and released.
    private var messages: [(() -> HostMessage)?] = []
    private var next = 0
    private var bytes: [UInt8] = []

    /// The number of bytes up to which messages are encoded together; a single message may be larger.
    private static let usualSize = 32768

    var isEmpty: Bool { bytes.isEmpty && next == messages.count }

    mutating func add(_ message: @escaping () -> HostMessage) { messages.append(message) }

    /// Passes the next bytes to `write`, which returns how many it has taken, a negative number for none. Returns
    /// false when `write` takes no more for now.
    mutating func flush(_ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
        while bytes.count < Self.usualSize, let message = take() { bytes += message.frame() }
        let written = max(bytes.withUnsafeBytes(write), 0)
        let isAll = written == bytes.count
        bytes.removeFirst(written)
        // The buffer of a large message is not kept.
        if bytes.isEmpty, bytes.capacity > Self.usualSize { bytes = [] }
        return isAll
    }

    private mutating func take() -> HostMessage? {
        guard next < messages.count else { return nil }
        defer {
            next += 1
            // With a slow worker the queue may never become empty.
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
