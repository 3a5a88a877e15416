import PluginJSON
import PluginKit

/// Finds the GPUs of the machine and reads each with the method of its vendor.
final class GPUWidget: Widget {
    private let machine: Machine
    private let nvidia: NVIDIA
    private var inventory: Inventory?
    private var kernelGPUs: [KernelGPU] = []
    private var lookAgainAt = -Double.infinity
    private let isWindows: Bool

    /// Seconds between two searches for cards. They rarely change (a dock, a driver that is loaded).
    private static let lookEvery = 60.0

    init(_ machine: Machine, _ options: Options) {
        self.machine = machine
        nvidia = NVIDIA(machine, library: options.text(libraryOption))
        isWindows = machine.exists("/dev/dxg")
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        let inventory = look(tick)
        var worst: CardValues?
        var isAny = false
        func take(_ reading: CardValues, _ instance: String) {
            isAny = true
            reading.emit(of: instance, into: sink)
            guard reading.sentence != nil else { return }
            if worst == nil || Status.worse(worst!.status, reading.status) != worst!.status {
                worst = reading
            }
        }
        var next = 0
        for card in inventory.cards {
            if card.vendor == .nvidia {
                take(nvidia.read(card, tick), card.instance)
            } else {
                take(kernelGPUs[next].read(tick), card.instance)
                next += 1
            }
        }
        if isWindows { for gpu in nvidia.readAll(tick) { take(gpu.reading, gpu.instance) } }
        guard isAny else { throw Self.nothing(inventory) }
        if let first = inventory.cards.first, !inventory.leftOut.isEmpty {
            sink.emit(leftOutMetric, inventory.leftOut.joined(separator: ", "), of: first.instance)
        }
        if let worst, let sentence = worst.sentence { sink.note(worst.status, sentence) }
    }

    /// Emits the values of the host's GPU from its services document.
    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let summary = try DocumentObject(document).object("summary")
        let load = summary.number("gpu_load_percent", .percent)
        // A card that is powered down reports 0 for both.
        let heat = summary.temperature("gpu_temp_c", zeroIsReal: load == 0)
        guard load != nil || heat != nil else {
            throw summary.remarks.failure ?? .unavailable("\(document.host) reports no GPU")
        }
        sink.emit(loadMetric, load, of: "gpu")
        sink.emit(temperatureMetric, heat?.celsius, of: "gpu", status: heat?.status ?? .auto)
        sink.note(summary.remarks)
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { Picture(view, canvas).draw() }

    private func look(_ tick: Tick) -> Inventory {
        if let inventory, tick.seconds < lookAgainAt, !tick.isRefresh { return inventory }
        lookAgainAt = tick.seconds + Self.lookEvery
        let found = Inventory(machine)
        // The counters of cards that are still there are kept.
        kernelGPUs = found.cards.filter { $0.vendor != .nvidia }.map { card in
            kernelGPUs.first { $0.card.address == card.address && $0.card.driver == card.driver }
                ?? KernelGPU(card, on: machine)
        }
        inventory = found
        return found
    }

    private static func nothing(_ inventory: Inventory) -> PluginError {
        let start = "this machine has no GPU"
        guard inventory.others.isEmpty else {
            let list = inventory.leftOut.joined(separator: ", ")
            return .unavailable(
                "\(start) that can be measured; it has \(list), which this plugin cannot read")
        }
        guard !inventory.adapters.isEmpty else {
            return .unavailable("\(start) (no display controller in /sys/bus/pci/devices)")
        }
        return .unavailable(
            "\(start) that can be measured, only a plain display adapter (PCI "
                + inventory.adapters.joined(separator: ", ") + ")")
    }
}
