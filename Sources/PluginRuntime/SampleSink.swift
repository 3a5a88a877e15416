import CPluginTable
import ContractEmbedded
import PluginAPI

/// The sink of one collect or ingest: checks each sample and keeps it.
final class SampleSink {
    private let metrics: [MetricDeclaration]
    /// Whether the call is an ingest; only a document has a time of its own.
    private let readsDocument: Bool
    private var documentTime: Double?
    private var samples: [Sample] = []
    private var failure: (outcome: Outcome, sentence: String)?
    private var noteStatus = Status.auto
    private var note = ""
    /// Bytes that the samples take in a frame.
    private var bytes = 2 * WireLimits.text + 64

    init(metrics: [MetricDeclaration], readsDocument: Bool) {
        self.metrics = metrics
        self.readsDocument = readsDocument
    }

    /// Makes the function table for plugins. One table serves all collects and is never freed, so that a plugin
    /// that keeps it does not use freed memory.
    static func makeTable() -> UnsafePointer<cm_sink> {
        var sink = cm_sink()
        sink.size = UInt32(MemoryLayout<cm_sink>.size)
        sink.emit = { sink, sample in
            guard let gathered = SampleSink.of(sink), let sample else {
                return UInt32(Outcome.invalid.rawValue)
            }
            return UInt32(gathered.emit(sample.pointee).rawValue)
        }
        sink.note = { sink, status, sentence in
            guard let gathered = SampleSink.of(sink) else { return UInt32(Outcome.invalid.rawValue) }
            gathered.noteStatus = Status(rawValue: UInt8(clamping: status)) ?? .unknown
            gathered.note = String(lent: sentence, atMost: WireLimits.text)
            return 0
        }
        sink.fail = { sink, code, sentence in
            guard let gathered = SampleSink.of(sink) else { return UInt32(Outcome.invalid.rawValue) }
            let outcome = Outcome(rawValue: UInt8(clamping: code)) ?? .failed
            gathered.failure = (outcome, String(lent: sentence, atMost: WireLimits.text))
            return 0
        }
        sink.cancelled = { _ in 0 }
        sink.taken = { sink, seconds in
            guard let gathered = SampleSink.of(sink), gathered.readsDocument, seconds.isFinite else {
                return UInt32(Outcome.invalid.rawValue)
            }
            gathered.documentTime = seconds
            return 0
        }
        let table = UnsafeMutablePointer<cm_sink>.allocate(capacity: 1)
        table.initialize(to: sink)
        return UnsafePointer(table)
    }

    /// Receives what the plugin emits while `body` runs.
    func during(_ body: () -> UInt32) -> UInt32 {
        cplugintable_lend(UInt32(CPLUGINTABLE_SINK), Unmanaged.passUnretained(self).toOpaque())
        defer { cplugintable_take_back() }
        return body()
    }

    func result(of call: String, code: UInt32) -> Collected {
        guard code != 0 else {
            return Collected(
                noteStatus: noteStatus, note: note, samples: samples, documentTime: documentTime)
        }
        let outcome = Outcome(rawValue: UInt8(clamping: code)) ?? .failed
        let sentence = failure?.sentence ?? "\(call) returned \(code) and gave no reason"
        return Collected(
            outcome: outcome == .ok ? .failed : outcome, sentence: sentence, documentTime: documentTime)
    }

    private static func of(_ sink: UnsafePointer<cm_sink>?) -> SampleSink? {
        cplugintable_lent(UInt32(CPLUGINTABLE_SINK)).map {
            Unmanaged<SampleSink>.fromOpaque($0).takeUnretainedValue()
        }
    }

    private func emit(_ sample: cm_sample) -> Outcome {
        guard samples.count < WireLimits.samples else { return .limit }
        guard sample.metric < UInt32(metrics.count), sample.instance.length <= UInt64(WireLimits.name) else {
            return .invalid
        }
        let metric = Int(sample.metric)
        // An upper bound, since a repeated name is sent once.
        var wanted = 32 + Int(sample.instance.length)
        if !metrics[metric].isNumeric { wanted += Int(min(sample.text.length, UInt64(WireLimits.text))) }
        guard bytes + wanted <= WireLimits.frame else { return .limit }
        bytes += wanted
        let value: Value
        if !metrics[metric].isNumeric {
            value = .text(String(lent: sample.text, atMost: WireLimits.text))
        } else if sample.number.isFinite {
            value = .number(sample.number)
        } else {
            value = .absent
        }
        samples.append(
            Sample(
                instance: String(lent: sample.instance, atMost: WireLimits.name), metric: metric,
                value: value,
                status: Status(rawValue: UInt8(clamping: sample.status)) ?? .unknown))
        return .ok
    }
}
