import Contract
import Core

/// A host that cannot be asked. Nothing of this machine stands under its name instead.
@MainActor
final class AbsentSource: SnapshotSource {
    let interval: UInt64? = nil
    let link: HostLink?
    private let failure: Failure

    /// - Parameter why: In one sentence.
    init(_ served: Set<HostAPI>, why: String) {
        var link = HostLink(served, timeout: HostConfiguration.defaultTimeout)
        for api in served { link.fail(api, HostLink.Trouble(.unreachable, why)) }
        self.link = link
        failure = Failure(.failed, why)
    }

    func collect(_ collector: Collector, _ tick: Tick) {}
    func welcome(_ collector: Collector, _ tick: Tick) { collector.fail(failure) }
    func leave(_ collector: Collector) {}
    func refresh() {}
    func pause(_ isPaused: Bool) {}
    func stop() {}
}
