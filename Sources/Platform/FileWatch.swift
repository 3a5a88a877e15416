import CPosix
import Engine

/// Watches folders for files that appear, change or are removed. A file that is being written is reported when its
/// writer closes it. Used on the main thread only.
///
/// inotify reports most changes at once. What it cannot see, because a link above a file leads elsewhere, the file has
/// another name too, or the file system is one of a network, is found by comparing what each path leads to every second.
@MainActor
public final class FileWatch {
    /// The files of a folder that matter.
    public enum Names {
        case these(Set<String>)
        /// All files with this ending.
        case ending(String)
    }

    fileprivate struct Folder {
        let path: String
        let names: Names
        let onChange: @MainActor (String) -> Void
        var comparison = FileComparison()
        /// Which folder inotify watches at the path; nil: none.
        var place: [UInt64]?
        /// The names in the folder, as of the identity that it had then, and whether it had the same one before.
        var listing: (identity: [Int], names: Set<String>, isSettled: Bool)?
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

    private let comparisons = TimerOwner()
    private let onTrouble: (String) -> Void
    private var hasTrouble = false

    /// Nanoseconds between two comparisons.
    private static let comparing: UInt64 = 1_000_000_000
    /// Nanoseconds until a difference is looked at again, since the file may still be being written.
    private static let verifying: UInt64 = 250_000_000

    /// Creates a watch without folders, whose callbacks are made by `loop`. `onTrouble` is called once with a sentence
    /// if inotify is not available or has no room, so that changes are found by comparison only.
    public init(_ loop: EventLoop, onTrouble: @escaping (String) -> Void = { _ in }) {
        self.loop = loop
        self.onTrouble = onTrouble
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if descriptor >= 0 {
            loop.watch(descriptor) { [weak self] in self?.receive() }
        } else {
            tell(cposix_errno(), setting: "fs.inotify.max_user_instances")
        }
        compareLater(in: Self.comparing)
    }

    /// Calls `onChange` with the name of each of these files in a folder that has changed, or of another one; an empty
    /// name stands for any file. A folder that does not exist is watched once it is there.
    public func watch(_ path: String, _ names: Names, onChange: @escaping @MainActor (String) -> Void) {
        folders.append(Folder(path: path, names: names, onChange: onChange))
        _ = add(folders.count - 1)
        folders[folders.count - 1].learn()
    }

    private func tell(_ code: Int32, setting: String) {
        guard !hasTrouble else { return }
        hasTrouble = true
        onTrouble(
            "The system has no more room to report changes of files (inotify: \(String(cString: strerror(code))))."
                + " They are noticed a second or two later. \(setting) raises the limit.")
    }

    private func compareLater(in time: UInt64) {
        loop.setTimer(comparisons, at: loop.now + time) { [weak self] in
            guard let self else { return }
            compareLater(in: compare() ? Self.verifying : Self.comparing)
        }
    }

    /// Reports files that differ from what they were. Returns whether some are to be looked at again soon.
    private func compare() -> Bool {
        for index in folders.indices { follow(index) }
        revive()
        let moment = loop.now
        let present = Set(watched.values.joined())
        var isSoon = false
        for index in folders.indices {
            for name in folders[index].candidates {
                let result = folders[index].compare(name, isWatched: present.contains(index), at: moment)
                if result == .pending { isSoon = true }
                if result == .changed { folders[index].onChange(name) }
            }
        }
        return isSoon
    }

    /// Starts to watch folders that have been created since they were passed to ``watch(_:onChange:)``. Call it from
    /// time to time.
    public func revive() {
        let present = Set(watched.values.joined())
        guard present.count < folders.count else { return }
        for index in folders.indices where !present.contains(index) {
            guard add(index) else { continue }
            folders[index].learn()
            folders[index].onChange("")
        }
    }

    /// Ends the watch of a folder that is no longer what its path leads to.
    private func follow(_ index: Int) {
        guard let place = folders[index].place, Files.place(of: folders[index].path) != place,
            let key = watched.first(where: { $0.value.contains(index) })?.key
        else { return }
        folders[index].place = nil
        watched[key]?.removeAll { $0 == index }
        if watched[key] == [] {
            watched[key] = nil
            inotify_rm_watch(descriptor, key)
        }
        change(index, "")
    }

    private func add(_ index: Int) -> Bool {
        guard descriptor >= 0 else { return false }
        let key = inotify_add_watch(descriptor, folders[index].path, Self.mask)
        guard key >= 0 else {
            let code = cposix_errno()
            if code == ENOSPC { tell(code, setting: "fs.inotify.max_user_watches") }
            return false
        }
        watched[key, default: []].append(index)
        folders[index].place = Files.place(of: folders[index].path)
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
                for name in names.sorted() {
                    folders[index].learn(name)
                    folders[index].onChange(name)
                }
            }
        }
    }
}

extension FileWatch.Folder {
    /// The names to compare: those that matter, and those that were there.
    fileprivate var candidates: [String] {
        mutating get {
            switch names {
            case .these(let names): names.sorted()
            case .ending(let ending): listed(ending).union(comparison.names).sorted()
            }
        }
    }

    /// The names with an ending. Every new name changes the folder's time, which is as coarse as a tick of the kernel:
    /// the folder is listed until it has stayed the same once.
    private mutating func listed(_ ending: String) -> Set<String> {
        let identity = Files.identity(of: path)
        let isSame = identity != nil && listing?.identity == identity
        if isSame, let listing, listing.isSettled { return listing.names }
        let found = Set(Files.names(in: path).filter { $0.hasSuffix(ending) })
        listing = identity.map { ($0, found, isSame) }
        return found
    }

    /// Takes a file as it is now for known; with an empty name all files.
    fileprivate mutating func learn(_ name: String = "") {
        let all = name.isEmpty ? candidates : [name]
        for name in all { comparison.learn(name, Files.identity(of: "\(path)/\(name)")) }
    }

    fileprivate mutating func compare(_ name: String, isWatched: Bool, at moment: UInt64)
        -> FileComparison.Outcome
    {
        let path = "\(path)/\(name)"
        // A plain file is reported by inotify, when its writer has closed it.
        return comparison.compare(
            name, Files.identity(of: path), isReported: isWatched && Files.isPlain(path), at: moment)
    }
}
