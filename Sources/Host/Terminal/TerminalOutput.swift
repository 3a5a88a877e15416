import CPosix
import CTerminal
import Platform

/// Writes to the terminal without waiting for it. While a frame is not written in full no other should be added, so that
/// a terminal that is not read makes nothing grow.
@MainActor
final class TerminalOutput {
    private let loop: EventLoop
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private var place = 0
    /// The time since which the terminal has taken nothing; nil: it has taken all.
    private var blockedSince: UInt64?
    /// Called when all was written, with the nanoseconds that it took.
    var onClear: (UInt64) -> Void = { _ in }

    init(_ loop: EventLoop) {
        self.loop = loop
        descriptor = cterminal_output()
    }

    /// Whether all was written.
    var isClear: Bool { pending.isEmpty }

    /// Writes as much as the terminal takes, and the rest later.
    func send(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !bytes.isEmpty else { return }
        pending.append(contentsOf: bytes)
        write()
        guard !isClear else { return }
        blockedSince = blockedSince ?? loop.now
        loop.whenWritable(descriptor) { [weak self] in
            guard let self else { return }
            write()
            guard isClear else { return }
            loop.whenWritable(descriptor, nil)
            let waited = loop.now - (blockedSince ?? loop.now)
            blockedSince = nil
            onClear(waited)
        }
    }

    /// Drops what was not written.
    func drop() {
        pending = []
        place = 0
        blockedSince = nil
        loop.whenWritable(descriptor, nil)
    }

    private func write() {
        while place < pending.count {
            let count = pending.withUnsafeBytes {
                CPosix.write(descriptor, $0.baseAddress! + place, $0.count - place)
            }
            if count > 0 {
                place += count
            } else if count == 0 || cposix_errno() == EAGAIN {
                return
            } else if cposix_errno() != EINTR {
                // The terminal is gone, which its input tells of.
                break
            }
        }
        place = 0
        pending.removeAll(keepingCapacity: pending.capacity < 65536)
    }
}
