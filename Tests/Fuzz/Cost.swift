import Contract
import Core
import Foundation

/// What the worst answers that a worker may give cost the host: time of each step, and memory at its highest.
///
///     cost         all of them, each in a process of its own
///     cost NAME    one
@main
enum Cost {
    static func main() throws {
        guard let name = CommandLine.arguments.dropFirst().first else {
            print(
                "answer                          frame MB  read  keep  view  send  draw  again ms  memory MB")
            for one in WorstAnswer.all {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
                process.arguments = [one.name]
                try process.run()
                process.waitUntilExit()
            }
            return
        }
        guard let answer = WorstAnswer.all.first(where: { $0.name == name }) else { fatalError("no \(name)") }
        var measurement = Measurement(answer)
        let line = measurement.run()
        print(name.padding(toLength: 32, withPad: " ", startingAt: 0) + line)
    }
}

/// One answer on its whole way through the host, as `WidgetRunner` does it.
private struct Measurement {
    private let frames: [[UInt8]]
    private let metrics: [MetricDeclaration]
    private let builder: SnapshotBuilder
    private let answer: WorstAnswer
    private var store = SnapshotStore()
    private let key = SeriesKey(host: "h", plugin: "p")

    init(_ answer: WorstAnswer) {
        self.answer = answer
        frames = answer.messages().map { $0.frame() }
        metrics = (0..<answer.metrics).map {
            MetricDeclaration(id: "m\($0)", label: "M\($0)", wantsHistory: answer.wantsHistory)
        }
        builder = SnapshotBuilder(
            key: SeriesKey(host: "h", plugin: "p"),
            schema: Schema(PluginDescription(id: "p", name: "P", metrics: metrics)),
            limits: metrics.map { _ in Limits(warning: 1, critical: 2) })
    }

    mutating func run() -> String {
        _ = returnFreeMemory(0)
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = Self.memory("VmRSS")
        var (read, keep, view, send, draw, again) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        var size = 0.0
        // The past of an answer that comes again and again grows; the last one is the dearest.
        for round in 0..<answer.rounds {
            let frame = frames[round % frames.count]
            size = Double(frame.count) / 1e6
            var message: WorkerMessage?
            read = Self.milliseconds { message = receive(frame) }
            switch message {
            case .collected(_, let collected):
                keep = Self.milliseconds { store.put(builder.snapshot(of: collected, taken: 1)) }
                var seen: View?
                view = Self.milliseconds {
                    seen = store.view(key, schema: builder.schema, limits: builder.limits, now: 2)
                }
                guard let seen else { return "  no view" }
                var request: [UInt8] = []
                send = Self.milliseconds {
                    request = HostMessage.draw(id: 1, DrawRequest(view: seen, width: 200, height: 50)).frame()
                }
                if request.count > WireLimits.request { return "  a request of \(request.count) bytes" }
                if round < answer.rounds - 1 { continue }
                var operations: [DrawOperation] = []
                let description = PluginDescription(id: "p", name: "P", metrics: metrics)
                let listing = Self.milliseconds {
                    operations = DefaultDrawing.operations(
                        for: seen, description: description, size: Size(200, 50))
                }
                (draw, again) = self.draw(operations)
                draw += listing
            case .drawn(_, let operations): (draw, again) = self.draw(operations)
            default: return String(format: "%8.1f  refused", size)
            }
        }
        let peak = Self.memory("VmHWM") - before
        return String(
            format: "%8.1f %6.1f%6.1f%6.1f%6.1f%6.1f %6.1f %12.0f", size, read, keep, view, send, draw, again,
            peak)
    }

    private func receive(_ frame: [UInt8]) -> WorkerMessage? {
        var buffer = FrameBuffer()
        for start in stride(from: 0, to: frame.count, by: 65536) {
            frame[start..<min(start + 65536, frame.count)].withUnsafeBytes { buffer.append($0) }
            guard let message = try? buffer.next({ (body) throws(WireError) in try WorkerMessage(body) })
            else {
                continue
            }
            return message
        }
        return nil
    }

    /// The first time, and once more for a new frame of the screen.
    private func draw(_ operations: [DrawOperation]) -> (Double, Double) {
        var surface = Surface(Size(answer.screen.width, answer.screen.height))
        var table = TableState()
        table.sortColumn = answer.sorts ? 0 : nil
        table.filter = answer.sorts ? "qq" : ""
        func once() {
            OperationRenderer.render(
                operations, into: &surface, at: surface.bounds, appearance: Appearance(), tableState: &table)
        }
        return (Self.milliseconds(once), Self.milliseconds(once))
    }

    private static func milliseconds(_ body: () -> Void) -> Double {
        let start = clock()
        body()
        return Double(clock() - start) * 1000 / Double(CLOCKS_PER_SEC)
    }

    /// Megabytes.
    private static func memory(_ name: String) -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(separator: " ").dropFirst().first { !$0.isEmpty }).flatMap { Double($0) }.map {
            $0 / 1024
        } ?? 0
    }
}

/// glibc's, whose header no module of Swift's has.
@_silgen_name("malloc_trim") private func returnFreeMemory(_ kept: Int) -> CInt
