/// What the answers of one host are worth, document by document. Its source keeps it up to date; that no document of
/// it comes is known here once, and not in each widget that would have shown one.
public struct HostLink: Sendable, Equatable {
    /// Why there is no new document.
    public struct Trouble: Sendable, Equatable {
        public enum Kind: Sendable {
            /// Nothing answers, or not in time.
            case unreachable
            /// There is an answer, and it is of no use.
            case wrong
        }

        public var kind: Kind
        public var sentence: String
        /// The sentence without the place that it begins with, for where the host is named beside it.
        public var reason: String

        /// - Parameter place: "srv01:6127".
        public init(_ kind: Kind, _ sentence: String, at place: String = "") {
            self.kind = kind
            self.sentence = sentence
            let mark = [place + " ", place + ": "].first { !place.isEmpty && sentence.hasPrefix($0) } ?? ""
            reason = String(sentence.dropFirst(mark.count))
        }
    }

    /// One document.
    public struct Part: Sendable, Equatable {
        /// When the last good answer came, Unix nanoseconds; nil: none has yet.
        public internal(set) var answered: Int64?
        /// The time that it says it is from, Unix nanoseconds.
        public internal(set) var taken: Int64?
        /// Nanoseconds that it took.
        public internal(set) var duration: UInt64 = 0
        public internal(set) var trouble: Trouble?
    }

    /// For each document that the host serves.
    public private(set) var parts: [HostAPI: Part]
    /// An answer that took so many nanoseconds is a slow one.
    public let slowFrom: UInt64

    /// A second is long for a few kilobytes on a local network.
    private static let usuallySlow: UInt64 = 1_000_000_000

    public init(_ served: Set<HostAPI>, timeout: UInt64) {
        parts = Dictionary(uniqueKeysWithValues: served.map { ($0, Part()) })
        slowFrom = min(Self.usuallySlow, timeout / 2)
    }

    /// A document has come, or the host has said that the last one still holds.
    ///
    /// - Parameter taken: What time it says it is from.
    public mutating func answer(_ api: HostAPI, at now: Int64, taken: Int64, took duration: UInt64) {
        parts[api]?.answered = now
        parts[api]?.taken = taken
        parts[api]?.duration = duration
    }

    /// nil: there is no trouble with it any more.
    public mutating func fail(_ api: HostAPI, _ trouble: Trouble?) { parts[api]?.trouble = trouble }

    /// When any document came last.
    public var lastAnswer: Int64? { parts.values.compactMap(\.answered).max() }

    /// It answers, and what comes says itself that it is from long ago.
    ///
    /// - Parameter age: What is long, in nanoseconds.
    public func saysOldTimes(_ age: Int64, at now: Int64) -> Bool {
        guard let lastAnswer, let newest = parts.values.compactMap(\.taken).max() else { return false }
        return now - lastAnswer < age / 2 && now - newest >= age / 2
    }

    /// A document has neither come nor failed yet.
    public var isAwaited: Bool { parts.values.contains { $0.answered == nil && $0.trouble == nil } }

    /// In the order of the documents.
    public var troubles: [(api: HostAPI, trouble: Trouble)] {
        HostAPI.allCases.compactMap { api in parts[api]?.trouble.map { (api, $0) } }
    }

    /// No document comes, since nothing answers.
    public var isUnreachable: Bool {
        !parts.isEmpty && parts.values.allSatisfy { $0.trouble?.kind == .unreachable }
    }

    /// How long the slowest answer took, where that was long.
    var slowness: UInt64? { parts.values.map(\.duration).max().flatMap { $0 >= slowFrom ? $0 : nil } }
}
