import Contract

extension Snapshot {
    /// An instance that the key's snapshots had, and that this one lacks: a drive that has dropped out, a service that
    /// is no longer listed. It is part of a few snapshots, and then forgotten.
    public struct Gone: Sendable, Equatable {
        /// The instance's name.
        public var name: String
        /// When the last snapshot that had it was taken, Unix nanoseconds.
        public var lastSeen: Int64

        /// Creates it.
        public init(name: String, lastSeen: Int64) {
            self.name = name
            self.lastSeen = lastSeen
        }
    }

    /// What is to be said beside the values: the note of the plugin and what is gone; nil: nothing.
    ///
    /// - Parameter now: Unix nanoseconds, for the ages of what is gone.
    public func remark(at now: Int64) -> Note? {
        guard let latest = gone.map(\.lastSeen).max() else { return note }
        let names = gone.prefix(3).map(\.name).joined(separator: ", ")
        let more = gone.count > 3 ? " and \(gone.count - 3) more" : ""
        let age = Format.duration(Double(max(now - latest, 0) / 1_000_000_000))
        let sentence = "\(names)\(more) \(gone.count == 1 ? "is" : "are") gone (last seen \(age) ago)"
        guard let note else { return Note(status: .unknown, sentence: sentence) }
        let status = Status.worse(note.status, .unknown)
        // What is worse comes first, since the end may be cut.
        return Note(
            status: status,
            sentence: status != .unknown ? "\(note.sentence); \(sentence)" : "\(sentence); \(note.sentence)")
    }
}
