/// What the answers of one host are worth, document by document. Its source keeps it up to date, so that every widget and
/// the overview tell the same of a host that does not answer.
public struct HostLink: Sendable, Equatable {
    /// Why there is no new document.
    public struct Trouble: Sendable, Equatable {
        /// Whether the host is there.
        public enum Kind: Sendable {
            /// Nothing answers, or not in time.
            case unreachable
            /// There is an answer, and it is of no use.
            case wrong
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
        /// When the last good answer came, Unix nanoseconds; nil: none has yet.
        public internal(set) var answered: Int64?
        /// The time that the document says it is from, Unix nanoseconds.
        public internal(set) var taken: Int64?
        /// Nanoseconds that the answer took.
        public internal(set) var duration: UInt64 = 0
        /// Why there is no new one; nil: nothing is wrong.
        public internal(set) var trouble: Trouble?
    }

    /// The names of the documents that the host serves, in the order in which they are named to the user.
    public let documents: [String]
    /// One for each of ``documents``, in their order.
    public private(set) var parts: [Part]
    /// An answer that took so many nanoseconds is a slow one.
    public let slowFrom: UInt64

    /// A second is long for a few kilobytes on a local network.
    private static let usuallySlow: UInt64 = 1_000_000_000

    /// Creates the link of a host that serves these documents and has so many nanoseconds for an answer.
    public init(_ documents: [String], timeout: UInt64) {
        self.documents = documents
        parts = [Part](repeating: Part(), count: documents.count)
        slowFrom = min(Self.usuallySlow, timeout / 2)
    }

    /// Notes that a document came, or that the host said that the last one still holds.
    ///
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter taken: The time that the document says it is from.
    /// - Parameter duration: Nanoseconds that the answer took.
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

    /// Notes why a document does not come; nil: nothing is wrong with it.
    public mutating func fail(_ document: String, _ trouble: Trouble?) {
        change(document) { $0.trouble = trouble }
    }

    /// When any document came last, Unix nanoseconds.
    public var lastAnswer: Int64? { parts.compactMap(\.answered).max() }

    /// Returns whether the host answers, and what comes says itself that it is from long ago.
    ///
    /// - Parameter age: What is long, in nanoseconds.
    public func saysOldTimes(_ age: Int64, at now: Int64) -> Bool {
        guard let lastAnswer, let newest = parts.compactMap(\.taken).max() else { return false }
        return now - lastAnswer < age / 2 && now - newest >= age / 2
    }

    /// A document has neither come nor failed yet.
    public var isAwaited: Bool { parts.contains { $0.answered == nil && $0.trouble == nil } }

    /// In the order of the documents.
    public var troubles: [(document: String, trouble: Trouble)] {
        zip(documents, parts).compactMap { name, part in part.trouble.map { (name, $0) } }
    }

    /// No document comes, since nothing answers.
    public var isUnreachable: Bool {
        !parts.isEmpty && parts.allSatisfy { $0.trouble?.kind == .unreachable }
    }

    /// How long the slowest answer took, in nanoseconds, where that was long.
    var slowness: UInt64? { parts.map(\.duration).max().flatMap { $0 >= slowFrom ? $0 : nil } }
}
