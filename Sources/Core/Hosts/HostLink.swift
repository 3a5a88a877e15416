/// The state of one host's answers, document by document. The host's source updates it; widgets and the overview read
/// it, so that all of them report the same about a host that does not answer.
public struct HostLink: Sendable, Equatable {
    /// Why there is no new document.
    public struct Trouble: Sendable, Equatable {
        /// How the host failed to deliver a document.
        public enum Kind: Sendable {
            /// The host did not answer in time.
            case unreachable
            /// The host answered, but the answer is unusable.
            case wrong
            /// The host wants to be asked later.
            case busy
            /// The host has not been asked yet, since its name is still being looked up.
            case unresolved
        }

        /// Whether the host answers at all.
        public var kind: Kind
        /// The failure of the latest attempt.
        public var failure: Failure

        /// Creates a trouble.
        public init(_ kind: Kind, _ failure: Failure) {
            self.kind = kind
            self.failure = failure
        }
    }

    /// One document.
    public struct Part: Sendable, Equatable {
        /// The time of the last good answer, in Unix nanoseconds; nil: there has been none.
        public internal(set) var answered: Int64?
        /// The document's own time stamp, in Unix nanoseconds.
        public internal(set) var taken: Int64?
        /// The duration of the last good answer, in nanoseconds.
        public internal(set) var duration: UInt64 = 0
        /// Why there is no newer document; nil: the last request succeeded.
        public internal(set) var trouble: Trouble?
    }

    /// The names of the documents that the host serves, in the order in which they are named to the user.
    public let documents: [String]
    /// One for each of ``documents``, in their order.
    public private(set) var parts: [Part]
    /// Nanoseconds by which the host's clock is ahead of this machine's, behind where negative; 0: it is right as far
    /// as is known.
    public var skew: Int64 = 0
    /// The duration from which an answer counts as slow, in nanoseconds.
    public let slowFrom: UInt64

    /// A second is long for a few kilobytes on a local network.
    private static let usuallySlow: UInt64 = 1_000_000_000

    /// Creates the link of a host that serves these documents. `timeout` is the time for an answer, in nanoseconds.
    public init(_ documents: [String], timeout: UInt64) {
        self.documents = documents
        parts = [Part](repeating: Part(), count: documents.count)
        slowFrom = min(Self.usuallySlow, timeout / 2)
    }

    /// Records the arrival of a document, or the answer that the last one is still valid.
    ///
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter taken: The document's own time stamp, in Unix nanoseconds.
    /// - Parameter duration: The duration of the answer, in nanoseconds.
    public mutating func answer(_ document: String, at now: Int64, taken: Int64, took duration: UInt64) {
        change(document) { part in
            part.answered = now
            part.taken = taken
            part.duration = duration
        }
    }

    private mutating func change(_ document: String, _ body: (inout Part) -> Void) {
        if let index = documents.firstIndex(of: document) { body(&parts[index]) }
    }

    /// Records why a document does not arrive; nil clears the trouble.
    public mutating func fail(_ document: String, _ trouble: Trouble?) {
        change(document) { $0.trouble = trouble }
    }

    /// The time of the last good answer for any document, in Unix nanoseconds; nil: there has been none.
    public var lastAnswer: Int64? { parts.compactMap(\.answered).max() }

    /// Returns whether the host answers, but the time stamps of its documents are old.
    ///
    /// - Parameter age: The age of the host's values, in nanoseconds.
    public func saysOldTimes(_ age: Int64, at now: Int64) -> Bool {
        guard let lastAnswer, let newest = parts.compactMap(\.taken).max() else { return false }
        return now - lastAnswer < age / 2 && now - newest >= age / 2
    }

    /// Whether the first answer for a document is still outstanding.
    public var isAwaited: Bool { parts.contains { $0.answered == nil && $0.trouble == nil } }

    /// The documents with a trouble, in the order of ``documents``.
    public var troubles: [(document: String, trouble: Trouble)] {
        zip(documents, parts).compactMap { name, part in part.trouble.map { (name, $0) } }
    }

    /// Whether no document arrives because the host does not answer.
    public var isUnreachable: Bool {
        parts.contains { $0.trouble?.kind == .unreachable }
            && parts.allSatisfy { $0.trouble?.kind == .unreachable || $0.trouble?.kind == .unresolved }
    }

    /// The duration of the slowest of the latest answers, in nanoseconds; nil: there are no documents.
    public var slowestAnswer: UInt64? { parts.map(\.duration).max() }

    /// The duration of the slowest answer in nanoseconds; nil: no answer was slow.
    var slowness: UInt64? { slowestAnswer.flatMap { $0 >= slowFrom ? $0 : nil } }
}
