import ContractEmbedded
import PluginAPI

/// The sink of one collect: checks each sample and keeps it.
final class Collector {
    private let metrics: [MetricDeclaration]
    private var samples: [Sample] = []
    private var failure: (outcome: Outcome, sentence: String)?
    private var noteStatus = Status.auto
    private var note = ""
    private var instances = 0

    init(metrics: [MetricDeclaration]) { self.metrics = metrics }

    func withSink(_ body: (UnsafePointer<cm_sink>) -> UInt32) -> UInt32 {
        var sink = cm_sink()
        sink.size = UInt32(MemoryLayout<cm_sink>.size)
        sink.context = Unmanaged.passUnretained(self).toOpaque()
        sink.emit = { sink, sample in
            guard let collector = Collector.of(sink), let sample else {
                return UInt32(Outcome.invalid.rawValue)
            }
            return UInt32(collector.emit(sample.pointee).rawValue)
        }
        sink.note = { sink, status, sentence in
            guard let collector = Collector.of(sink) else { return UInt32(Outcome.invalid.rawValue) }
            collector.noteStatus = Status(rawValue: UInt8(clamping: status)) ?? .unknown
            collector.note = String(lent: sentence, atMost: WireLimits.text)
            return 0
        }
        sink.fail = { sink, code, sentence in
            guard let collector = Collector.of(sink) else { return UInt32(Outcome.invalid.rawValue) }
            let outcome = Outcome(rawValue: UInt8(clamping: code)) ?? .failed
            collector.failure = (outcome, String(lent: sentence, atMost: WireLimits.text))
            return 0
        }
        sink.cancelled = { _ in 0 }
        return withUnsafePointer(to: sink, body)
    }

    func result(code: UInt32) -> Collected {
        guard code != 0 else {
            return Collected(noteStatus: noteStatus, note: note, samples: samples)
        }
        let outcome = Outcome(rawValue: UInt8(clamping: code)) ?? .failed
        let sentence = failure?.sentence ?? "collect returned \(code) and gave no reason"
        return Collected(outcome: outcome == .ok ? .failed : outcome, sentence: sentence)
    }

    private static func of(_ sink: UnsafePointer<cm_sink>?) -> Collector? {
        guard let context = sink?.pointee.context else { return nil }
        return Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
    }

    private func emit(_ sample: cm_sample) -> Outcome {
        guard samples.count < WireLimits.samples else { return .limit }
        guard sample.metric < UInt32(metrics.count), sample.instance.length <= UInt64(WireLimits.name) else {
            return .invalid
        }
        let metric = Int(sample.metric)
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
