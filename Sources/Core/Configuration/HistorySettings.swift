import Contract

/// What `[history]` of `dashboard.toml` says about the past that is kept. nil: the file does not say it.
public struct HistorySettings: Sendable, Equatable {
    /// How long values are kept, by how finely; nanoseconds.
    public struct Spans: Sendable, Equatable {
        /// Every value, at most every ten seconds.
        public var native: UInt64?
        /// Stretches of five minutes.
        public var fiveMinutes: UInt64?
        /// Stretches of an hour.
        public var hour: UInt64?
        /// Stretches of a day. A metric's own `remember_days` lengthens it.
        public var day: UInt64?

        /// Creates spans that say nothing.
        public init() {}

        /// The keys of the file with the values, in the order of fineness.
        public var members: [(key: String, value: UInt64?)] {
            [("native", native), ("five_minutes", fiveMinutes), ("hour", hour), ("day", day)]
        }
    }

    /// What is said about one plugin.
    public struct Plugin: Sendable, Equatable {
        /// The plugin's id.
        public var id: String
        /// Whether nothing of it is recorded.
        public var isOff = false
        /// Where it differs from the rest.
        public var spans = Spans()
        /// Where its table begins in the file.
        public var position: Position

        /// Creates settings that say nothing.
        public init(_ id: String, at position: Position) {
            self.id = id
            self.position = position
        }
    }

    /// How long, in nanoseconds, values of one kind are kept at most.
    public struct Kind: Sendable, Equatable {
        /// The kind.
        public var kind: MetricDeclaration.Kind
        /// However finely they are kept.
        public var retention: UInt64

        /// Creates a limit.
        public init(_ kind: MetricDeclaration.Kind, _ retention: UInt64) {
            self.kind = kind
            self.retention = retention
        }
    }

    /// Whether nothing is recorded.
    public var isOff = false
    /// Bytes of the database at most.
    public var mostBytes: Int64?
    /// How long values are kept.
    public var spans = Spans()
    /// Kinds that are kept for a shorter time.
    public var kinds: [Kind] = []
    /// Plugins that are recorded in another way.
    public var plugins: [Plugin] = []
    /// Positions of the keys of `[history]` in the file.
    public var positions: [String: Position] = [:]

    /// Creates settings that say nothing.
    public init() {}

    /// The keys of `[history]`.
    public static let keys = ["off", "retention", "max_size", "plugin", "kind"]
    /// The keys of a `[history.plugin.ID]`.
    public static let pluginKeys = ["off", "retention"]
    /// The keys of a table `retention`.
    public static let spanKeys = ["native", "five_minutes", "hour", "day"]
}

extension MetricDeclaration.Kind {
    /// The kinds by the names that a configuration gives them.
    public static let named: [(name: String, kind: MetricDeclaration.Kind)] = [
        ("gauge", .gauge), ("counter", .counter), ("text", .text), ("state", .state),
    ]

    /// The name in a configuration and in exported documents.
    public var name: String { Self.named.first { $0.kind == self }?.name ?? "" }
}

extension HistorySettings {
    /// The table as a `dashboard.toml` has it; comments say where each value comes from.
    ///
    /// - Parameter source: the name of the file that was read; nil where there is none.
    func toml(source: String?) -> [String] {
        func origin(_ key: String) -> String {
            guard let source, let position = positions[key] else { return "  # default" }
            return "  # \(Problem.printable(source)):\(position.line)"
        }
        func table(_ spans: Spans) -> String {
            let members = spans.members.compactMap { member in
                member.value.map { "\(member.key) = \(TOMLText.duration($0))" }
            }
            return members.isEmpty ? "" : "retention = { \(members.joined(separator: ", ")) }"
        }
        var lines = ["", "[history]", "off = \(isOff)\(origin("off"))"]
        let usual =
            "# retention: { native = \"7d\", five_minutes = \"30d\", hour = \"400d\", day = \"3650d\" }"
        let own = table(spans)
        lines.append(own.isEmpty ? usual : own + origin("retention"))
        lines.append(
            mostBytes.map { "max_size = \(TOMLText.quoted(SizeText.exact($0)))" + origin("max_size") }
                ?? "# max_size: \"1G\"")
        for kind in kinds {
            lines.append("kind.\(kind.kind.name) = \(TOMLText.duration(kind.retention))" + origin("kind"))
        }
        for plugin in plugins {
            lines += ["", "[history.plugin.\(TOMLText.key(plugin.id))]"]
            if plugin.isOff { lines.append("off = true") }
            let own = table(plugin.spans)
            if !own.isEmpty { lines.append(own) }
        }
        return lines
    }
}
