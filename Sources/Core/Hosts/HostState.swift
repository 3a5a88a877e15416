import Contract

/// The state of a host at a moment: one word, and the facts behind it.
public enum HostState: Sendable, Equatable {
    /// There are no values yet, and no failure.
    case waiting
    case online
    /// It answers slowly; the duration of the slowest answer in nanoseconds.
    case slow(UInt64)
    /// It answers, and its clock is nanoseconds ahead of this machine's, behind where negative.
    /// - isOurs: Most hosts have the same difference, so that this machine's clock is the wrong one.
    case skewed(Int64, isOurs: Bool)
    /// Its values are old; their age in nanoseconds.
    /// - saysSo: The host answers, and the time stamps of its documents are that old.
    case stale(Int64, saysSo: Bool)
    /// It does not answer; nanoseconds since its last answer, and the reason.
    case unreachable(Int64?, Failure)
    /// It answers, but every answer is unusable.
    case wrong(Failure)
    /// It wants to be asked later.
    case busy(Failure)
    /// Nothing is known of it, since its name is still being looked up.
    case unresolved(Failure)
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
    ///   - commonSkew: The skew that most hosts have, see ``ClockSkew``; nil: there is none.
    public init(
        _ link: HostLink?, _ entries: [(plugin: String, entry: SnapshotStore.Entry)], at now: Int64,
        commonSkew: Int64? = nil
    ) {
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
        } else if let skew = link?.skew, skew != 0 {
            self = .skewed(skew, isOurs: commonSkew.map { ClockSkew.isSame($0, skew) } ?? false)
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
            let why = (troubles.first { $0.trouble.kind == .unreachable } ?? first).trouble.failure
            return .unreachable(link.lastAnswer.map { max(0, now - $0) }, why)
        }
        func all(_ kind: HostLink.Trouble.Kind) -> Bool { troubles.allSatisfy { $0.trouble.kind == kind } }
        if all(.unresolved) { return .unresolved(first.trouble.failure) }
        let wrong = troubles.first { $0.trouble.kind == .wrong }
        let away = troubles.first { $0.trouble.kind == .unreachable }
        let worst = (wrong ?? away ?? first).trouble
        if troubles.count == link.parts.count {
            if all(.busy) { return .busy(first.trouble.failure) }
            if wrong != nil { return .wrong(worst.failure) }
        }
        return .partly(.documents(troubles.map(\.document), worst))
    }

    /// One word for programs.
    public var word: String {
        switch self {
        case .waiting, .unresolved: "waiting"
        case .online: "online"
        case .slow: "slow"
        case .skewed: "skewed"
        case .stale: "stale"
        case .unreachable: "unreachable"
        case .wrong: "wrong"
        case .busy: "busy"
        case .partly: "partial"
        case .maintenance: "maintenance"
        }
    }

    /// Whether all of its values are older than they should be.
    public var isStale: Bool {
        switch self {
        case .stale, .unreachable, .wrong, .busy: true
        case .waiting, .unresolved, .online, .slow, .skewed, .partly, .maintenance: false
        }
    }

    /// Whether the host is in maintenance.
    public var isMaintenance: Bool { if case .maintenance = self { true } else { false } }

    /// Returns whether both are the same event: ages and durations that grow do not make a new one.
    public func isSameEvent(as other: HostState) -> Bool {
        switch (self, other) {
        case (.unreachable(_, let mine), .unreachable(_, let theirs)): mine.isSameEvent(as: theirs)
        case (.wrong(let mine), .wrong(let theirs)), (.busy(let mine), .busy(let theirs)):
            mine.isSameEvent(as: theirs)
        case (.skewed(_, let mine), .skewed(_, let theirs)): mine == theirs
        case (.waiting, .unresolved), (.unresolved, .waiting): false
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
        case .slow, .skewed: .warning
        case .stale, .unreachable, .wrong, .busy, .unresolved, .partly: .unknown
        }
    }

    /// The rank for sorting, from the best state to the worst.
    public var rank: Int {
        switch self {
        case .maintenance: 0
        case .online: 1
        case .waiting, .unresolved: 2
        case .slow: 3
        case .skewed: 4
        case .stale: 5
        case .busy: 6
        case .partly: 7
        case .wrong: 8
        case .unreachable: 9
        }
    }
}

// MARK: Words

extension HostState {
    private static let oldTimes = "so it says itself; is its clock behind?"

    /// Returns the state in a few words: "online", "slow, 1.4s", "unreachable, 12s ago".
    public func label(_ wording: Wording) -> String {
        switch self {
        case .waiting, .unresolved: "waiting"
        case .online: "online"
        case .skewed(let skew, let isOurs): Self.skewLabel(skew, isOurs)
        case .slow(let time): "slow, " + Format.duration(Double(time) / 1e9)
        case .stale(let age, _): "stale, \(Self.ago(age))"
        case .unreachable(let age, _): "unreachable\(age.map { ", \(Self.ago($0))" } ?? "")"
        case .wrong: "wrong data"
        case .busy(let why): "busy\(why.whenAsked(wording).map { ", \($0)" } ?? "")"
        case .partly: "in part"
        case .maintenance(let until, let isUnreachable):
            "maintenance" + (until.map { " until \(wording.moment($0))" } ?? "")
                + (isUnreachable ? ", unreachable" : "")
        }
    }

    /// Returns the label with the reason: "unreachable, 12s ago: refuses connections".
    public func words(_ wording: Wording) -> String {
        switch self {
        case .unreachable(_, let why), .wrong(let why), .unresolved(let why):
            "\(label(wording)): \(why.words(wording.withoutPlace))"
        case .busy(let why): "\(label(wording)): \(why.cause.words(wording.withoutPlace))"
        case .skewed(_, let isOurs): "\(label(wording)): \(Self.skewWords(isOurs))"
        case .stale(_, saysSo: true): "\(label(wording)): \(Self.oldTimes)"
        case .partly(let shortfall): shortfall.words(wording)
        case .waiting, .online, .slow, .stale, .maintenance: label(wording)
        }
    }

    /// Returns the details beside ``word``; nil: there are none.
    public func reason(_ wording: Wording) -> String? {
        switch self {
        case .unreachable(_, let why), .wrong(let why), .busy(let why), .unresolved(let why):
            why.words(wording.withoutPlace)
        case .skewed(let skew, let isOurs): "\(Self.skewLabel(skew, isOurs)): \(Self.skewWords(isOurs))"
        case .partly(let shortfall): shortfall.words(wording)
        case .maintenance(nil, isUnreachable: false): nil
        case .maintenance(let until, let isUnreachable):
            [until.map { "until \(wording.moment($0))" }, isUnreachable ? "unreachable" : nil]
                .compactMap { $0 }.joined(separator: ", ")
        case .stale(_, let saysSo): saysSo ? Self.oldTimes : nil
        case .waiting, .online, .slow: nil
        }
    }

    /// "clock 1m 30s ahead", "own clock 1m 30s behind".
    private static func skewLabel(_ skew: Int64, _ isOurs: Bool) -> String {
        // Time stamps are of whole seconds, and a little old when they arrive.
        let seconds = Double(skew.magnitude) / 1e9
        let step: Double = seconds < 3600 ? 5 : seconds < 86_400 ? 60 : 3600
        let time = Format.duration((seconds / step).rounded() * step)
        return isOurs
            ? "own clock \(time) \(skew > 0 ? "behind" : "ahead")"
            : "clock \(time) \(skew > 0 ? "ahead" : "behind")"
    }

    private static func skewWords(_ isOurs: Bool) -> String {
        isOurs
            ? "most hosts differ from this machine's clock by that; set the clock of this machine"
            : "it differs from this machine's; set its clock, or this one's"
    }

    private static func ago(_ nanoseconds: Int64) -> String {
        Format.duration(Double(nanoseconds / 1_000_000_000)) + " ago"
    }
}

extension HostState.Shortfall {
    fileprivate func words(_ wording: Wording) -> String {
        switch self {
        case .documents(let names, let trouble):
            "\(names.joined(separator: ", ")) \(trouble.kind.words): "
                + trouble.failure.words(wording.withoutPlace)
        case .plugins(let count, let first, let failure):
            (count == 1 ? "" : "\(count) plugins fail: ") + "\(first): \(failure.words(wording))"
        }
    }
}

extension HostLink.Trouble.Kind {
    fileprivate var words: String {
        switch self {
        case .unreachable: "unreachable"
        case .wrong: "wrong"
        case .busy: "busy"
        case .unresolved: "waiting"
        }
    }
}
