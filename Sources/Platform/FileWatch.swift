import CPosix

/// Watches folders for files that appear, change or are removed (inotify). A file that is being written is reported
/// when its writer closes it. Used on the main thread only.
@MainActor
public final class FileWatch {
    private struct Folder {
        let path: String
        let onChange: @MainActor (String) -> Void
    }

    private let loop: EventLoop
    private let descriptor: Int32
    private var folders: [Folder] = []
    /// The indices of the folders for each watch of the kernel. Several paths can lead to the same folder.
    private var watched: [Int32: [Int]] = [:]
    /// The names that have changed and have not been reported yet, by folder.
    private var changed: [Int: Set<String>] = [:]

    /// Monotonic time of the oldest change that has not been reported yet.
    private var changedSince: UInt64?

    /// Nanoseconds without a further change after which changes are reported, since copying one file can cause many
    /// events.
    private static let settling: UInt64 = 100_000_000
    /// Nanoseconds after which changes are reported although further ones keep coming.
    private static let longestSettling: UInt64 = 500_000_000

    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR)

    /// Creates a watch without folders, whose callbacks are made by `loop`. If inotify is not available, no change is
    /// ever reported.
    public init(_ loop: EventLoop) {
        self.loop = loop
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if descriptor >= 0 { loop.watch(descriptor) { [weak self] in self?.receive() } }
    }

    /// Calls `onChange` with the name of each file in a folder that has changed; an empty name stands for any file. A
    /// folder that does not exist is watched once ``revive()`` finds it.
    public func watch(_ path: String, onChange: @escaping @MainActor (String) -> Void) {
        folders.append(Folder(path: path, onChange: onChange))
        _ = add(folders.count - 1)
    }

    /// Starts to watch folders that have been created since they were passed to ``watch(_:onChange:)``. Call it from
    /// time to time.
    public func revive() {
        let present = Set(watched.values.joined())
        guard present.count < folders.count else { return }
        for index in folders.indices where !present.contains(index) {
            if add(index) { folders[index].onChange("") }
        }
    }

    private func add(_ index: Int) -> Bool {
        let key = inotify_add_watch(descriptor, folders[index].path, Self.mask)
        guard key >= 0 else { return false }
        watched[key, default: []].append(index)
        return true
    }

    private func receive() {
        withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 8) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress!, buffer.count)
                guard count > 0 else { return }
                var place = 0
                while place + MemoryLayout<inotify_event>.size <= count {
                    let event = buffer.baseAddress! + place
                    let head = event.load(as: inotify_event.self)
                    let name = event + MemoryLayout<inotify_event>.size
                    let bytes = UnsafeRawBufferPointer(start: name, count: Int(head.len)).prefix { $0 != 0 }
                    note(head, String(decoding: bytes, as: UTF8.self))
                    place += MemoryLayout<inotify_event>.size + Int(head.len)
                }
            }
        }
    }

    private func note(_ event: inotify_event, _ name: String) {
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
            for index in folders.indices { change(index, "") }
            return
        }
        guard let indices = watched[event.wd] else { return }
        if event.mask & UInt32(IN_IGNORED | IN_MOVE_SELF) != 0 {
            if event.mask & UInt32(IN_MOVE_SELF) != 0 { inotify_rm_watch(descriptor, event.wd) }
            watched[event.wd] = nil
            for index in indices { change(index, "") }
            return
        }
        // A new file is reported when its writer closes it; a link is complete at once.
        if event.mask & UInt32(IN_CREATE) != 0, Files.isPlain("\(folders[indices[0]].path)/\(name)") {
            return
        }
        if !name.isEmpty { for index in indices { change(index, name) } }
    }

    private func change(_ index: Int, _ name: String) {
        changed[index, default: []].insert(name)
        let since = changedSince ?? loop.now
        changedSince = since
        loop.setTimer(self, at: min(loop.now + Self.settling, since + Self.longestSettling)) { [weak self] in
            guard let self else { return }
            changedSince = nil
            let all = changed
            changed = [:]
            for (index, names) in all {
                for name in names.sorted() { folders[index].onChange(name) }
            }
        }
    }
}
