import CPosix
import CTerminal
import Core
import Platform

/// Reads the terminal, and tells of the keys in what it sends.
@MainActor
final class TerminalInput {
    private let loop: EventLoop
    private let descriptor: Int32
    private var reader: KeyReader
    private let onKeys: ([Key]) -> Void
    private let onEnd: () -> Void
    /// Whether characters go into a text field, which takes a pasted text.
    var isTyping: () -> Bool = { false }
    /// The time at which what is unfinished is over; nil: all is finished.
    private var deadline: UInt64?
    private var wasInText = false
    /// The bytes that arrived last.
    private var arrived = 0
    /// The time until which more characters belong to a paste that the terminal did not mark.
    private var pasteLasts: UInt64 = 0

    /// Bytes that are read in one turn of the loop at most.
    private static let mostBytes = 65536
    /// The bytes of a key, more than which no hand sends at once.
    private static let handful = 3
    /// Nanoseconds between two pieces of a paste at most.
    private static let pastePause: UInt64 = 200_000_000

    /// - Parameter onEnd: Called when the terminal is gone.
    init(
        _ loop: EventLoop, isUTF8: Bool, onKeys: @escaping ([Key]) -> Void, onEnd: @escaping () -> Void
    ) {
        self.loop = loop
        self.onKeys = onKeys
        self.onEnd = onEnd
        descriptor = cterminal_input()
        reader = KeyReader(sequences: TerminalKeys.sequences(), isUTF8: isUTF8)
        loop.watch(descriptor, isFirst: true) { [weak self] in self?.read() }
    }

    private func read() {
        let isGone = !readBytes()
        deliver()
        if isGone || !isTerminalAlive {
            loop.unwatch(descriptor)
            onEnd()
        }
    }

    /// Reads what has arrived. Returns false where the terminal is gone, which has nothing to read for ever.
    private func readBytes() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            var all = 0
            defer { arrived = all }
            while all < Self.mostBytes {
                let count = CPosix.read(descriptor, buffer.baseAddress!, buffer.count)
                guard count > 0 else { return count < 0 && [EAGAIN, EINTR].contains(cposix_errno()) }
                all += count
                reader.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
                if count < buffer.count { return true }
            }
            return true
        }
    }

    /// Ends what is unfinished, unless its rest has come while this process was not running.
    private func expire() {
        reader.expire()
        deadline = nil
        // Bytes that are there count as in time.
        _ = readBytes()
        deliver()
    }

    private func deliver() {
        var keys: [Key] = []
        while let key = reader.next() { keys.append(key) }
        setDeadline()
        keys = withoutUnmarkedPaste(keys)
        if keys.contains(where: { $0 != .other }) { onKeys(keys) }
    }

    private func setDeadline() {
        guard let patience = reader.patience else {
            (deadline, wasInText) = (nil, false)
            return loop.setTimer(self, at: nil) {}
        }
        let isInText = reader.isInText
        if deadline == nil || !isInText || !wasInText || arrived > Self.handful {
            deadline = loop.now + patience
        }
        wasInText = isInText
        loop.setTimer(self, at: deadline) { [weak self] in self?.expire() }
    }

    /// Makes one paste of text that came faster than anybody types, outside of a text field: not every terminal marks
    /// what is pasted.
    private func withoutUnmarkedPaste(_ keys: [Key]) -> [Key] {
        guard !isTyping() else { return keys }
        let isRest =
            loop.now < pasteLasts
            && keys.allSatisfy {
                switch $0 {
                case .character, .enter, .tab: true
                default: false
                }
            }
        guard isRest || keys.isPastedText else { return keys }
        pasteLasts = loop.now + Self.pastePause
        return [.paste("")]
    }

    private var isTerminalAlive: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) < 0 || entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0
    }
}
