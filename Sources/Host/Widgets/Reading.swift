import Contract
import Core

extension Collector {
    /// A document to be made a snapshot of.
    final class Reading {
        let kind: String
        /// Asked for when the worker has room for it.
        let document: () -> [UInt8]
        let tick: Tick
        /// Adds to a plugin's sentence what a plugin cannot know.
        let explain: (Failure) -> Failure
        /// Hears why it could not be read; nil: it was.
        let then: (Failure?) -> Void

        init(
            kind: String, document: @escaping () -> [UInt8], tick: Tick,
            explain: @escaping (Failure) -> Failure = { $0 },
            then: @escaping (Failure?) -> Void = { _ in }
        ) {
            self.kind = kind
            self.document = document
            self.tick = tick
            self.explain = explain
            self.then = then
        }
    }
}
