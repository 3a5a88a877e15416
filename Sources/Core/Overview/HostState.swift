import Contract

/// What a host is worth at a moment, in one word and the reason for it.
public enum HostState: Sendable, Equatable {
    /// Nothing has come yet, and nothing has failed.
    case waiting
    case online
    /// It answers, and takes its time; nanoseconds.
    case slow(UInt64)
    /// Its values are so many nanoseconds old.
    /// - saysSo: It answers all the same, and what comes says so itself.
    case stale(Int64, saysSo: Bool)
    /// No document comes: nothing answers. Nanoseconds since the last that came, and why.
    case unreachable(Int64?, String)
    /// It answers, and nothing of it is of use.
    case wrong(String)
    /// Some of its documents, or on this machine some of its plugins, bring nothing.
    case partly(String)
    /// Its owner works on it: nothing about it is an event. In words until when, and that it is not there.
    case maintenance(String)

    /// - Parameters:
    ///   - link: What its source knows of its answers; nil: it has none, its plugins ask the machine itself.
    ///   - entries: All that is known of it.
    public init(_ link: HostLink?, _ entries: [SnapshotStore.Entry], at now: Int64) {
        if let link, let state = Self.trouble(link, at: now) {
            self = state
            return
        }
        let failed = entries.compactMap(\.failure).filter { $0.outcome != .unavailable }
        let hasValues = entries.contains { $0.hasSnapshot }
        if link?.isAwaited == true {
            self = .waiting
        } else if let first = failed.first {
            self = .partly(
                failed.count == 1 ? first.sentence : "\(failed.count) plugins fail: \(first.sentence)")
        } else if !hasValues {
            // Nothing has been looked at, or there is nothing to look at.
            let isEmpty = entries.isEmpty ? link?.lastAnswer != nil : entries.allSatisfy { $0.failure != nil }
            self = isEmpty ? .online : .waiting
        } else if let age = entries.filter({ $0.failure == nil && $0.isStale(at: now) })
            .compactMap({ $0.age(at: now) }).max()
        {
            self = .stale(age, saysSo: link?.saysOldTimes(age, at: now) ?? false)
        } else if let slowness = link?.slowness {
            self = .slow(slowness)
        } else {
            self = .online
        }
    }

    private static func trouble(_ link: HostLink, at now: Int64) -> HostState? {
        let troubles = link.troubles
        guard let first = troubles.first else { return nil }
        if link.isUnreachable {
            return .unreachable(link.lastAnswer.map { max(0, now - $0) }, first.trouble.reason)
        }
        let worst = troubles.first { $0.trouble.kind == .wrong } ?? first
        if troubles.count == link.parts.count { return .wrong(worst.trouble.reason) }
        let names = troubles.map(\.api.rawValue).joined(separator: ", ")
        return .partly(
            "\(names) \(worst.trouble.kind == .wrong ? "wrong" : "unreachable"): \(worst.trouble.reason)")
    }

    /// "online", "slow, 1.4s", "unreachable, 12s ago".
    public var label: String {
        switch self {
        case .waiting: "waiting"
        case .online: "online"
        case .slow(let time): "slow, " + Format.duration(Double(time) / 1e9)
        case .stale(let age, _): "stale, \(Self.ago(age))"
        case .unreachable(let age, _): "unreachable\(age.map { ", \(Self.ago($0))" } ?? "")"
        case .wrong: "wrong data"
        case .partly: "in part"
        case .maintenance(let more): "maintenance\(more)"
        }
    }

    /// The same and why: "unreachable, 12s ago: refuses connections".
    public var words: String {
        switch self {
        case .unreachable(_, let why), .wrong(let why): "\(label): \(why)"
        case .stale(_, saysSo: true): "\(label): \(Self.oldTimes)"
        case .partly(let what): what
        case .waiting, .online, .slow, .stale, .maintenance: label
        }
    }

    /// In one word, for programs.
    public var word: String {
        switch self {
        case .waiting: "waiting"
        case .online: "online"
        case .slow: "slow"
        case .stale: "stale"
        case .unreachable: "unreachable"
        case .wrong: "wrong"
        case .partly: "partial"
        case .maintenance: "maintenance"
        }
    }

    /// What there is to say beside that word; nil: nothing.
    public var reason: String? {
        switch self {
        case .unreachable(_, let why), .wrong(let why), .partly(let why): why
        case .maintenance(let more): more.isEmpty ? nil : String(more.drop { $0 == " " || $0 == "," })
        case .stale(_, let saysSo): saysSo ? Self.oldTimes : nil
        case .waiting, .online, .slow: nil
        }
    }

    /// Nothing of it is as new as it should be.
    public var isStale: Bool {
        switch self {
        case .stale, .unreachable, .wrong: true
        case .waiting, .online, .slow, .partly, .maintenance: false
        }
    }

    public var isMaintenance: Bool { if case .maintenance = self { true } else { false } }

    /// What it adds to the status of the host: of what cannot be seen nobody can say that it is well.
    public var status: Status {
        switch self {
        case .waiting, .maintenance: .auto
        case .online: .ok
        case .slow: .warning
        case .stale, .unreachable, .wrong, .partly: .unknown
        }
    }

    /// From the best to the worst, to sort by.
    public var rank: Int {
        switch self {
        case .maintenance: 0
        case .online: 1
        case .waiting: 2
        case .slow: 3
        case .stale: 4
        case .partly: 5
        case .wrong: 6
        case .unreachable: 7
        }
    }

    private static let oldTimes = "so it says itself; is its clock behind?"

    private static func ago(_ nanoseconds: Int64) -> String {
        Format.duration(Double(nanoseconds / 1_000_000_000)) + " ago"
    }
}
