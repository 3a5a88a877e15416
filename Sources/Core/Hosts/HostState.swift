import Contract

/// The state of a host at a moment: one word, and the facts behind it.
public enum HostState: Sendable, Equatable {
    /// There are no values yet, and no failure.
    case waiting
    case online
    /// It answers slowly; the duration of the slowest answer in nanoseconds.
    case slow(UInt64)
    /// Its values are old; their age in nanoseconds.
    /// - saysSo: The host answers, and the time stamps of its documents are that old.
    case stale(Int64, saysSo: Bool)
    /// It does not answer; nanoseconds since its last answer, and the reason.
    case unreachable(Int64?, Failure)
    /// It answers, but every answer is unusable.
    case wrong(Failure)
    /// Some of its documents or plugins fail.
    case partly(Shortfall)
    /// Its owner works on it, so that nothing about it is an event; the end in Unix nanoseconds, if there is one.
    case maintenance(until: Int64?, isUnreachable: Bool)

    /// What fails.
    public enum Shortfall: Sendable, Equatable {
        /// The names of the documents that fail, and the worst trouble.
        case documents([String], HostLink.Trouble)
        /// The number of plugins that fail, and the first of them.
        case plugins(Int, first: String, Failure)
    }

    /// Judges a host.
    ///
    /// - Parameters:
    ///   - link: The state of its answers; nil: plugins collect on this machine.
    ///   - entries: The store's entries of the host, with the plugin of each.
    ///   - now: Unix nanoseconds.
    public init(_ link: HostLink?, _ entries: [(plugin: String, entry: SnapshotStore.Entry)], at now: Int64) {
        if let link, let state = Self.trouble(link, at: now) {
            self = state
            return
        }
        let failed = entries.compactMap { known in known.entry.failure.map { (known.plugin, $0) } }
            .filter { !$0.1.isUnavailable && $0.1.cause.concernsHost }
        let hasValues = entries.contains { $0.entry.hasSnapshot }
        if link?.isAwaited == true {
            self = .waiting
        } else if let first = failed.first {
            self = .partly(.plugins(failed.count, first: first.0, first.1))
        } else if !hasValues {
            // Either nothing has been collected yet, or there is nothing to collect.
            let isEmpty =
                entries.isEmpty
                ? link?.lastAnswer != nil : entries.allSatisfy { $0.entry.failure?.isUnavailable == true }
            self = isEmpty ? .online : .waiting
        } else if let age = entries.filter({ $0.entry.failure == nil && $0.entry.isStale(at: now) })
            .compactMap({ $0.entry.age(at: now) }).max()
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
            return .unreachable(link.lastAnswer.map { max(0, now - $0) }, first.trouble.failure)
        }
        let worst = (troubles.first { $0.trouble.kind == .wrong } ?? first).trouble
        if troubles.count == link.parts.count { return .wrong(worst.failure) }
        return .partly(.documents(troubles.map(\.document), worst))
    }

    /// One word for programs.
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

    /// Whether all of its values are older than they should be.
    public var isStale: Bool {
        switch self {
        case .stale, .unreachable, .wrong: true
        case .waiting, .online, .slow, .partly, .maintenance: false
        }
    }

    /// Whether the host is in maintenance.
    public var isMaintenance: Bool { if case .maintenance = self { true } else { false } }

    /// Returns whether both are the same event: ages and durations that grow do not make a new one.
    public func isSameEvent(as other: HostState) -> Bool {
        switch (self, other) {
        case (.unreachable(_, let mine), .unreachable(_, let theirs)): mine.isSameEvent(as: theirs)
        case (.wrong(let mine), .wrong(let theirs)): mine.isSameEvent(as: theirs)
        case (.partly(.documents(let mine, let one)), .partly(.documents(let theirs, let two))):
            mine == theirs && one.kind == two.kind && one.failure.isSameEvent(as: two.failure)
        case (
            .partly(.plugins(let mine, let first, let one)),
            .partly(.plugins(let theirs, let second, let two))
        ):
            mine == theirs && first == second && one.isSameEvent(as: two)
        case (.maintenance(let end, let mine), .maintenance(let otherEnd, let theirs)):
            end == otherEnd && mine == theirs
        case (.stale(_, let mine), .stale(_, let theirs)): mine == theirs
        default: word == other.word
        }
    }

    /// The status that it adds to the host's: what cannot be seen is unknown.
    public var status: Status {
        switch self {
        case .waiting, .maintenance: .auto
        case .online: .ok
        case .slow: .warning
        case .stale, .unreachable, .wrong, .partly: .unknown
        }
    }

    /// The rank for sorting, from the best state to the worst.
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
}

// MARK: Words

extension HostState {
    private static let oldTimes = "so it says itself; is its clock behind?"

    /// Returns the state in a few words: "online", "slow, 1.4s", "unreachable, 12s ago".
    public func label(_ wording: Wording) -> String {
        switch self {
        case .waiting: "waiting"
        case .online: "online"
        case .slow(let time): "slow, " + Format.duration(Double(time) / 1e9)
        case .stale(let age, _): "stale, \(Self.ago(age))"
        case .unreachable(let age, _): "unreachable\(age.map { ", \(Self.ago($0))" } ?? "")"
        case .wrong: "wrong data"
        case .partly: "in part"
        case .maintenance(let until, let isUnreachable):
            "maintenance" + (until.map { " until \(wording.moment($0))" } ?? "")
                + (isUnreachable ? ", unreachable" : "")
        }
    }

    /// Returns the label with the reason: "unreachable, 12s ago: refuses connections".
    public func words(_ wording: Wording) -> String {
        switch self {
        case .unreachable(_, let why), .wrong(let why):
            "\(label(wording)): \(why.words(wording.withoutPlace))"
        case .stale(_, saysSo: true): "\(label(wording)): \(Self.oldTimes)"
        case .partly(let shortfall): shortfall.words(wording)
        case .waiting, .online, .slow, .stale, .maintenance: label(wording)
        }
    }

    /// Returns the details beside ``word``; nil: there are none.
    public func reason(_ wording: Wording) -> String? {
        switch self {
        case .unreachable(_, let why), .wrong(let why): why.words(wording.withoutPlace)
        case .partly(let shortfall): shortfall.words(wording)
        case .maintenance(nil, isUnreachable: false): nil
        case .maintenance(let until, let isUnreachable):
            [until.map { "until \(wording.moment($0))" }, isUnreachable ? "unreachable" : nil]
                .compactMap { $0 }.joined(separator: ", ")
        case .stale(_, let saysSo): saysSo ? Self.oldTimes : nil
        case .waiting, .online, .slow: nil
        }
    }

    private static func ago(_ nanoseconds: Int64) -> String {
        Format.duration(Double(nanoseconds / 1_000_000_000)) + " ago"
    }
}

extension HostState.Shortfall {
    fileprivate func words(_ wording: Wording) -> String {
        switch self {
        case .documents(let names, let trouble):
            "\(names.joined(separator: ", ")) \(trouble.kind == .wrong ? "wrong" : "unreachable"): "
                + trouble.failure.words(wording.withoutPlace)
        case .plugins(let count, let first, let failure):
            (count == 1 ? "" : "\(count) plugins fail: ") + "\(first): \(failure.words(wording))"
        }
    }
}
