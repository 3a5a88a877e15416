import PluginKit

/// The processors of the container that this runs in: what its own control group has used, of what it may use. All
/// that /proc tells of times and loads is the host's there.
final class ContainerProcessors {
    /// The processors that it may use; nil on a machine of its own, and without a limit.
    let limit: Double?

    private let machine: Machine
    private let groups: ControlGroups
    private let isContainer: Bool
    private var last: (time: Double, seconds: Double)?
    private var percent: Double?

    init(_ machine: Machine) {
        self.machine = machine
        groups = ControlGroups(machine)
        isContainer = groups.isContainer
        limit = groups.cpuLimit(of: "")
    }

    /// Emits the use since the last call, in percent of the limit.
    func emit(at seconds: Double, into sink: Sink) {
        guard let limit else { return }
        sink.emit(scope, "container", of: "total")
        sink.emit(cores, limit, of: "total")
        if let time = groups.cpuTime(of: "") {
            if let last, time >= last.time, seconds > last.seconds {
                // Within a period all of the limit may be used at once, so a short interval may hold more than it.
                percent = min(100 * (time - last.time) / (seconds - last.seconds) / limit, 100)
            }
            last = (time, seconds)
        }
        sink.emit(use, percent, of: "total")
    }

    /// The pressure on "cpu" or "io": that of the container where this runs in one.
    func pressure(on resource: String) -> Pressure? {
        isContainer ? groups.pressure(on: resource, of: "") : machine.pressure(on: resource)
    }
}
