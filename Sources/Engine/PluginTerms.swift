import Contract
import Core

/// The description of a plugin together with the limits that its values are judged by. Hosts with equal limits share
/// one object, which saves memory.
final class PluginTerms: Sendable {
    let description: PluginDescription
    let schema: Schema
    /// One entry for each metric.
    let limits: [Limits]

    private init(_ description: PluginDescription, _ schema: Schema, _ limits: [Limits]) {
        self.description = description
        self.schema = schema
        self.limits = limits
    }

    /// The objects in use, by plugin id.
    struct Known {
        private var terms: [String: [PluginTerms]] = [:]
        /// The number of objects that are kept for a plugin. Where each host has limits of its own, a longer search
        /// would cost more than sharing saves.
        private static let most = 16

        mutating func terms(of description: PluginDescription, _ limits: [Limits]) -> PluginTerms {
            // Descriptions of an older file of the plugin are not requested again.
            let known = terms[description.id, default: []].filter { $0.description == description }
            if let same = known.first(where: { $0.limits == limits }) { return same }
            let schema = known.first?.schema ?? Schema(description)
            let new = PluginTerms(description, schema, limits)
            terms[description.id] = known.suffix(Self.most - 1) + [new]
            return new
        }
    }
}
