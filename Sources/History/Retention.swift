import Contract
import Core

/// How long each tier is kept.
public struct Retention: Sendable, Equatable {
    /// Nanoseconds, for each tier.
    public var spans: [HistoryTier: Int64] = [
        .native: 7 * Self.day, .fiveMinutes: 30 * Self.day, .hour: 400 * Self.day, .day: 3650 * Self.day,
    ]
    /// Nanoseconds for the tiers of single plugins, where they differ.
    public var plugins: [String: [HistoryTier: Int64]] = [:]
    /// Nanoseconds for which values of a kind are kept at most.
    public var kinds: [MetricDeclaration.Kind: Int64] = [:]
    /// Plugins of which nothing is recorded.
    public var silent: Set<String> = []
    /// Whether nothing at all is recorded.
    public var isOff = false
    /// Bytes of the database's files at most; the native tier is shortened first.
    public var mostBytes: Int64 = 1 << 30

    static let day: Int64 = 86_400_000_000_000

    /// Creates the usual retention.
    public init() {}

    /// Creates what a `dashboard.toml` says.
    public init(_ settings: HistorySettings) {
        isOff = settings.isOff
        spans.merge(Self.tiers(settings.spans)) { $1 }
        mostBytes = settings.mostBytes ?? mostBytes
        for plugin in settings.plugins {
            if plugin.isOff { silent.insert(plugin.id) }
            plugins[plugin.id] = Self.tiers(plugin.spans)
        }
        for kind in settings.kinds { kinds[kind.kind] = Int64(clamping: kind.retention) }
    }

    private static func tiers(_ spans: HistorySettings.Spans) -> [HistoryTier: Int64] {
        var tiers: [HistoryTier: Int64] = [:]
        tiers[.native] = spans.native.map { Int64(clamping: $0) }
        tiers[.fiveMinutes] = spans.fiveMinutes.map { Int64(clamping: $0) }
        tiers[.hour] = spans.hour.map { Int64(clamping: $0) }
        tiers[.day] = spans.day.map { Int64(clamping: $0) }
        return tiers
    }

    /// Nanoseconds for which a tier of a plugin is kept.
    func span(_ tier: HistoryTier, of plugin: String) -> Int64 { plugins[plugin]?[tier] ?? spans[tier]! }
}
