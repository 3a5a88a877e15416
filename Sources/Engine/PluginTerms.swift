import Contract
import Core

/// What a plugin has said of itself, and the limits that its values are judged by. Shared by reference: it is the same
/// for most hosts.
final class PluginTerms: Sendable {
    let description: PluginDescription
    let schema: Schema
    /// One for each metric.
    let limits: [Limits]

    private init(_ description: PluginDescription, _ schema: Schema, _ limits: [Limits]) {
        self.description = description
        self.schema = schema
        self.limits = limits
    }

    /// Those that are in use, by plugin.
    struct Known {
        private var terms: [String: [PluginTerms]] = [:]
        /// Where each host has limits of its own, looking for the same costs more than it saves.
        private static let most = 16

        mutating func terms(of description: PluginDescription, _ limits: [Limits]) -> PluginTerms {
            // Those of an older file of the plugin will not be asked for again.
            let known = terms[description.id, default: []].filter { $0.description == description }
            if let same = known.first(where: { $0.limits == limits }) { return same }
            let schema = known.first?.schema ?? Schema(description)
            let new = PluginTerms(description, schema, limits)
            terms[description.id] = known.suffix(Self.most - 1) + [new]
            return new
        }
    }
}
