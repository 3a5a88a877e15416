import Contract
import Core
import Engine
import Foundation
import Testing

/// A sink that counts all events by host.
@MainActor
private final class CountingSink: SnapshotSink {
    var snapshots: [String: Int] = [:]
    var failures: [String: Int] = [:]
    var states: [String: [String]] = [:]
    var last: Int64 = 0
    var isInOrder = true

    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {
        snapshots[snapshot.key.host, default: 0] += 1
        isInOrder = isInOrder && before.taken ?? 0 <= snapshot.taken
        last = max(last, snapshot.taken)
    }

    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {
        failures[key.host, default: 0] += 1
    }

    func hostChanged(_ host: String, to state: HostState) { states[host, default: []].append(state.word) }
}

/// The simulated fleet as sources.
@MainActor
final class DemoDirectory: SourceDirectory {
    private let fleet: DemoFleet
    private let clock: any Clock
    private let made = DemoDocuments()
    private var sources: [String: DemoSource] = [:]

    init(_ fleet: DemoFleet, clock: any Clock) { (self.fleet, self.clock) = (fleet, clock) }

    func source(of host: String, in engine: Engine) -> any SnapshotSource {
        if let source = sources[host] { return source }
        let source = DemoSource(
            configuration(of: host)!, number: fleet.number(of: host)!, of: fleet, made: made, clock: clock)
        sources[host] = source
        return source
    }
    func configuration(of host: String) -> HostConfiguration? {
        fleet.configuration.hosts.first { $0.name == host }
    }
    func adopt(_ configuration: Configuration) {}
    func refresh() {}
    func pause(_ isPaused: Bool) {}
    func stop() {}
}

@MainActor
@Suite struct DemoDayTests {
    /// Returns a plugin whose value is the number of entries in a document, which shows that it arrived complete.
    private func reader(_ kind: String) -> MemoryWorkers.File {
        var file = MemoryWorkers.File(
            description: PluginDescription(
                id: kind, name: kind, metrics: [MetricDeclaration(id: "bytes", label: "Bytes")],
                documents: [kind]))
        file.collect = { message in
            guard case .ingest(_, _, _, _, let document) = message, document.last == UInt8(ascii: "}") else {
                return Collected(outcome: .failed, sentence: "no document")
            }
            return Collected(samples: [
                Sample(instance: "", metric: 0, value: .number(Double(document.count)))
            ])
        }
        return file
    }

    @Test func aSinkReceivesAllThatFiveHostsDoInADay() {
        let fleet = DemoFleet()
        let (clock, workers, sink) = (ManualClock(), MemoryWorkers(), CountingSink())
        for kind in ["drives", "services", "backups"] { workers.files[kind] = reader(kind) }
        let engine = Engine(
            clock: clock, catalog: workers, sources: DemoDirectory(fleet, clock: clock),
            configuration: fleet.configuration, refresh: 30_000_000_000)
        engine.add(sink)
        let hosts = fleet.configuration.hosts
        for host in hosts {
            for kind in host.documents {
                _ = engine.subscribe(
                    WidgetConfiguration(name: kind, plugin: kind), on: host.name, layout: "", isDrawn: false)
            }
        }
        engine.start()
        for _ in 0..<2880 {
            MemoryWorker.deliver()
            clock.advance(seconds: 30)
            MemoryWorker.deliver()
        }
        engine.stop()
        for host in hosts {
            let all = (sink.snapshots[host.name] ?? 0) + (sink.failures[host.name] ?? 0)
            #expect(all >= 2880 * host.documents.count, "\(host.name)")
        }
        #expect(sink.isInOrder)
        #expect(clock.wall - sink.last < 60_000_000_000)
        // One host is unreachable for 90 s of every ten minutes.
        let gone = sink.states["labbox"]?.count { $0 == "unreachable" }
        #expect(gone == 144)
        #expect(sink.failures.keys.sorted() == ["labbox"])
    }

    /// The engine's target lists no other dependency, so the compiler rejects the terminal, TOML, libcurl and SQLite
    /// in it.
    @Test func theEngineNeedsNothingButCoreAndContract() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("Sources/Engine")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var imports: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            where line.hasPrefix("import ") || line.hasPrefix("@testable import ") {
                imports.insert(String(line.split(separator: " ").last!))
            }
        }
        #expect(imports == ["Core", "Contract"])
    }
}
