import Contract
import Core

extension Collector {
    enum News {
        case snapshot(Snapshot, before: SnapshotStore.Entry)
        /// The last snapshot still holds.
        case same
        case failure
    }

    /// Whom it collects for.
    @MainActor
    protocol Owner: AnyObject {
        /// What is in the store is new.
        func collector(_ collector: Collector, has news: News)
        /// The plugin has drawn for this instance.
        func collector(_ collector: Collector, drew operations: [DrawOperation])
        /// The plugin is gone, or another one, and will not answer what was asked of it.
        /// - Parameter isOther: Nor is what it has drawn of any use.
        func collector(_ collector: Collector, lostPlugin isOther: Bool)
    }
}
