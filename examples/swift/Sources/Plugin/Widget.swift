// load-swift.so - how much the machine has to do: the load now, and averaged over 1, 5 and 15 minutes.
import PluginKit

// What it finds, and what a layout may set. Limits, history and checking are the host's.

let load = Metric(
    "load", "Load", history: true,
    help: "Threads that run or wait, from /proc/loadavg: now, or on average.")
let perCPU = Metric(
    "per_cpu", "Per CPU", worse: .higherIsWorse, warning: 1, critical: 2, headline: true,
    help: "The load divided by the CPUs in /proc/stat; above 1, threads wait.")

let showNow = Option(
    "now", .bool, default: "true",
    help: "Whether the threads that run right now have a line of their own.")
let toldCPUs = Option(
    "cpus", .integer, default: "0", range: 0...65536,
    help: "CPUs to divide the load by, as for a container; 0: those in /proc/stat.")

let plugin = Plugin(
    id: "load-swift", name: "Load in Swift", icon: "🚦", version: "1.0.0",
    summary: "How much the machine has to do.",
    metrics: [load, perCPU], options: [showNow, toldCPUs]
) { machine, options throws(PluginError) in LoadWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }

/// One widget of a layout.
final class LoadWidget: Widget {
    private let machine: Machine
    private let showsNow: Bool
    private let cpus: Double

    init(_ machine: Machine, _ options: Options) {
        self.machine = machine
        showsNow = options.flag(showNow)
        cpus = options.number(toldCPUs)
    }

    /// A machine becomes samples.
    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        let cpus = self.cpus > 0 ? self.cpus : try countCPUs()
        let numbers = try machine.read("/proc/loadavg").words.prefix(4).compactMap { word in
            // The fourth is "2/612": two threads run.
            Double(text: word.split(on: UInt8(ascii: "/"))[0])
        }
        guard numbers.count == 4 else { throw failure("/proc/loadavg", "not four numbers in it") }

        if showsNow { sink.emit(load, numbers[3], of: "now") }
        for (name, average) in zip(["1 min", "5 min", "15 min"], numbers) {
            sink.emit(load, average, of: name)
            sink.emit(perCPU, average / cpus, of: name)
        }
    }

    /// One line stands for all CPUs together, then "cpu0", "cpu1", …, and then other things.
    private func countCPUs() throws(PluginError) -> Double {
        var count = 0.0
        try machine.readBytes("/proc/stat") { bytes in
            var text = Scanner(bytes)
            while var line = text.line(), line.skip("cpu") {
                if !line.skip(" ") { count += 1 }
            }
        }
        guard count > 0 else { throw failure("/proc/stat", "no CPU in it") }
        return count
    }

    private func failure(_ path: String, _ what: String) -> PluginError {
        .failed("\(machine.root)\(path): \(what); check that /proc is mounted")
    }

    /// Samples become a picture: sign, name, number, past.
    override func draw(_ view: WidgetView, on canvas: Canvas) {
        for y in 0..<min(view.instanceCount, canvas.height) {
            let row = view[y]
            canvas.status(row.status(perCPU), x: 0, y: y)
            canvas.text(row.name, x: 3, y: y, width: 6, role: .label)
            canvas.number(row.number(load) ?? .nan, unit: "", x: 10, y: y, width: 6)
            if canvas.width > 18 {
                canvas.spark(row.history(load), x: 18, y: y, width: canvas.width - 18, from: 0)
            }
        }
    }
}
