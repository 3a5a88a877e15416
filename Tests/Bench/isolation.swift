// What a plugin costs in a process of its own: asks its worker to collect and to draw, over and over, with the
// program's own frames. Compiled by bench.py against the modules that `swift build -c release` has left.
//
//     isolation WORKER PLUGIN.so TIMES   prints: draw p50 and p99 in µs, CPU of a draw and of a collect in µs (both
//                                        processes), bytes of a picture, proportional memory of the worker in bytes
import CPosix
import Contract
import Core

struct Connection {
    private let worker: cposix_worker
    private var input = FrameBuffer()
    private(set) var received = 0

    init(program: String, plugin: String) {
        var worker = cposix_worker()
        let arguments: [UnsafeMutablePointer<CChar>?] = [program, plugin].map { (text: String) in strdup(text)
        }
        guard cposix_spawn_worker(arguments.map { UnsafePointer($0) } + [nil], &worker) == 0 else {
            stop("\(program) cannot be started")
        }
        self.worker = worker
    }

    var processorTime: UInt64 { cposix_processor_time(worker.pid) + cposix_processor_time(getpid()) }

    var proportionalMemory: Int {
        var data: UnsafeMutablePointer<UInt8>?
        var length = 0
        guard cposix_read_file("/proc/\(worker.pid)/smaps_rollup", 65536, &data, &length) == 0, let data
        else {
            return 0
        }
        let text = String(decoding: UnsafeBufferPointer(start: data, count: length), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }

    func send(_ message: HostMessage) {
        let frame = message.frame()
        frame.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(worker.socket, bytes.baseAddress! + sent, bytes.count - sent)
                if count > 0 { sent += count }
            }
        }
    }

    /// The next answer; lines for the log are passed over.
    mutating func receive() -> WorkerMessage {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            do throws(WireError) {
                while let message = try input.next({ (body) throws(WireError) -> WorkerMessage in
                    try WorkerMessage(body)
                }) {
                    if case .log = message { continue }
                    return message
                }
            } catch {
                stop("a broken frame: \(error)")
            }
            cposix_wait_readable(worker.socket, -1, -1)
            let count = read(worker.socket, &buffer, buffer.count)
            guard count > 0 else { stop("the worker has ended") }
            received += count
            buffer.withUnsafeBytes { input.append(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
        }
    }

    func end() { kill(worker.pid, SIGKILL) }
}

func stop(_ sentence: String) -> Never {
    fputs("isolation: \(sentence)\n", cposix_stderr())
    exit(1)
}

@main
enum Isolation {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let times = Int(arguments[3]), times > 0 else {
            stop("WORKER PLUGIN.so TIMES")
        }
        var connection = Connection(program: arguments[1], plugin: arguments[2])
        guard case .hello(let plugin) = connection.receive() else { stop("no hello") }
        let checked = OptionChecker.check(
            WidgetConfiguration(name: "bench", plugin: plugin.id), against: plugin, source: "")
        connection.send(
            .create(
                id: 1,
                CreateRequest(
                    widget: "bench", host: "bench", root: "", values: checked.values, isSet: checked.isSet)))
        guard case .created = connection.receive() else { stop("not created") }

        let (collected, collect) = measureCollects(times, &connection)
        let key = SeriesKey(host: "bench", plugin: plugin.id)
        let schema = Schema(plugin)
        let builder = SnapshotBuilder(key: key, schema: schema, limits: checked.limits)
        var store = SnapshotStore()
        store.configure(key, every: 1_000_000_000)
        // As after five minutes, with a past to send.
        for second in 0..<300 {
            store.put(builder.snapshot(of: collected, taken: Int64(second) * 1_000_000_000))
        }
        guard
            let view = store.view(
                key, schema: schema, limits: checked.limits, now: 300_000_000_000)
        else { stop("nothing collected") }
        let request = HostMessage.draw(id: 1, DrawRequest(view: view, width: 76, height: 20))
        let before = connection.received
        let draw = measureDraws(times, request, &connection)
        let bytes = (connection.received - before) / times
        print(
            draw.p50, draw.p99, draw.processor, collect, Double(bytes), Double(connection.proportionalMemory))
        connection.end()
    }

    private static func measureCollects(_ times: Int, _ connection: inout Connection) -> (Collected, Double) {
        var last = Collected()
        let before = connection.processorTime
        for number in 0..<times {
            connection.send(
                .collect(
                    id: 1,
                    Tick(
                        number: UInt64(number), monotonic: cposix_monotonic(), wall: cposix_wall(),
                        interval: 1_000_000_000, isFirst: number == 0)))
            guard case .collected(_, let collected) = connection.receive() else { stop("not collected") }
            last = collected
        }
        return (last, Double(connection.processorTime - before) / Double(times) / 1000)
    }

    private static func measureDraws(
        _ times: Int, _ request: HostMessage, _ connection: inout Connection
    ) -> (p50: Double, p99: Double, processor: Double) {
        var passed: [UInt64] = []
        let before = connection.processorTime
        for _ in 0..<times {
            let start = cposix_monotonic()
            connection.send(request)
            guard case .drawn = connection.receive() else { stop("not drawn") }
            passed.append(cposix_monotonic() - start)
        }
        let processor = Double(connection.processorTime - before) / Double(times) / 1000
        passed.sort()
        return (Double(passed[times / 2]) / 1000, Double(passed[times * 99 / 100]) / 1000, processor)
    }
}
