import Contract
import Core
import FoundationEssentials

/// One document of a host over HTTP: asked for again and again, and given to the collectors whose plugins can read it.
/// Why there is no newer one is said in what they show; they keep what they have.
@MainActor
final class ServedDocument {
    private struct Document {
        let bytes: [UInt8]
        /// The document's own time, Unix nanoseconds.
        let taken: Int64
    }

    let api: HostAPI
    private let host: String
    private unowned let dashboard: Dashboard
    private let poller: HostPoller
    private var clock: DocumentClock
    /// The last that came, and the last that each plugin could read.
    private var document: Document?
    private var readable: [String: Document] = [:]
    private(set) var readers: [Collector] = []
    /// Why there is none, or none that is newer.
    private var failure: (kind: HostLink.Trouble.Kind, failure: Failure)?
    /// The readers that have made what can be made of what there is: the same again tells them nothing.
    private var done: Set<UInt32> = []
    /// Rises with every document and every failure.
    private var generation = 0
    /// The readers that could not read it, and why.
    private var unread: [UInt32: String] = [:]
    /// What time the last good answer says it is from, and how long it took, in nanoseconds.
    var onAnswer: (_ taken: Int64, _ took: UInt64) -> Void = { _, _ in }
    /// What keeps it from its readers is something else, or nothing any more.
    var onTrouble: (HostLink.Trouble?) -> Void = { _ in }

    init(
        _ api: HostAPI, of host: HostConfiguration, _ poller: HostPoller, dashboard: Dashboard
    ) {
        self.api = api
        self.host = host.name
        self.poller = poller
        self.dashboard = dashboard
        clock = DocumentClock(every: host.refresh)
        poller.onAnswer = { [weak self] in self?.receive($0) }
    }

    /// "srv01:6127".
    private var place: String { poller.address.label }

    func poll() { poller.poll() }
    func pause(_ isPaused: Bool) { poller.pause(isPaused) }
    func stop() { poller.stop() }

    // MARK: Readers

    func add(_ reader: Collector) {
        readers.append(reader)
        let plugin = reader.configuration.plugin
        // Where nothing good comes now, the last that was good says what was; then why that is old.
        if failure != nil || !unread.isEmpty,
            let last = readable[plugin] ?? (failure == nil ? nil : document)
        {
            give(last, to: reader) { [weak self] why in
                if why == nil { self?.readable[plugin] = last }
                self?.deliver(to: [reader])
            }
        } else {
            deliver(to: [reader])
        }
    }

    func remove(_ reader: Collector) {
        readers.removeAll { $0 === reader }
        done.remove(reader.id)
        if unread.removeValue(forKey: reader.id) != nil { tell() }
    }

    private func deliver(to readers: [Collector]) {
        for reader in readers {
            if done.contains(reader.id) {
                reader.hold()
            } else if let failure {
                reader.fail(failure.failure)
            } else if let document {
                give(document, to: reader) {
                    [weak self, id = reader.id, plugin = reader.configuration.plugin, generation] failure in
                    guard let self else { return }
                    if failure == nil { readable[plugin] = document }
                    heard(of: id, failure)
                    if generation == self.generation, unread[id] == nil { done.insert(id) }
                }
            }
        }
    }

    private func give(_ document: Document, to reader: Collector, then: @escaping (Failure?) -> Void) {
        var tick = dashboard.currentTick
        tick.wall = document.taken
        let request = Collector.Reading(
            kind: api.rawValue, document: { document.bytes }, tick: tick,
            explain: { [weak self] in self?.explain($0, document) ?? $0 }, then: then)
        reader.ingest(request)
    }

    /// A plugin knows what is wrong with a document, and not where it came from.
    private func explain(_ failure: Failure, _ document: Document) -> Failure {
        guard failure.outcome != .unavailable else { return failure }
        if let other = HostAPI(document: document.bytes), other != api {
            return Failure(
                .invalid,
                "\(place) serves the \(other.rawValue) document and not that of the \(api.rawValue): "
                    + "are the ports of \(host) swapped in hosts.toml?")
        }
        return Failure(failure.outcome, "\(place): \(failure.sentence)")
    }

    private func heard(of reader: UInt32, _ failure: Failure?) {
        // What a host does not have, as a GPU, is no mistake of its document.
        let sentence = failure?.outcome == .unavailable ? nil : failure?.sentence
        guard unread[reader] != sentence else { return }
        unread[reader] = sentence
        // What could not be read must come whole again.
        if sentence != nil { poller.forgetAnswer() }
        tell()
    }

    // MARK: Answers

    private func receive(_ answer: HTTPClient.Answer) {
        let wasFine = failure == nil
        switch answer.outcome {
        case .document(let bytes): take(bytes)
        case .unchanged: judge(clock.judgeSame(at: dashboard.wall))
        case .failure(let failure):
            let outcome: Outcome = failure.kind == .silent ? .timeout : .failed
            self.failure = (failure.isAnswer ? .wrong : .unreachable, Failure(outcome, failure.sentence))
        }
        if failure == nil, let document { onAnswer(document.taken, answer.duration) }
        if failure != nil || !wasFine { isNew() }
        tell()
        deliver(to: readers)
    }

    private func take(_ bytes: [UInt8]) {
        let time = try? JSONDecoder().decode(DocumentTime.self, from: Data(bytes))
        let verdict = clock.judge(time?.timestamp, at: dashboard.wall)
        judge(verdict)
        if case .from(let taken) = verdict {
            document = Document(bytes: bytes, taken: taken)
            isNew()
        }
    }

    /// All readers are to hear of it.
    private func isNew() {
        generation += 1
        done.removeAll(keepingCapacity: true)
    }

    /// nil: there is nothing to say against it.
    private func judge(_ verdict: DocumentClock.Verdict?) {
        failure = nil
        switch verdict {
        case nil, .from: break
        case .future(let ahead):
            let when = "is from \(Self.words(ahead)) in the future"
            distrust(
                ahead > Self.century
                    ? "\(when); Unix seconds are expected" : "\(when): set its clock, or this one's")
            poller.forgetAnswer()
        case .milliseconds:
            distrust("has its timestamp in milliseconds; seconds are expected")
            poller.forgetAnswer()
        case .still(let age):
            distrust(
                "is from \(Self.words(age)) ago and stays so: what writes it has stopped; start it again there"
            )
        }
    }

    private func distrust(_ why: String) {
        failure = (.wrong, Failure(.invalid, "\(place): the \(api.rawValue) document \(why)"))
    }

    private static let century: Int64 = 3_155_760_000_000_000_000

    private static func words(_ nanoseconds: Int64) -> String {
        Format.duration(Double(nanoseconds / 1_000_000_000))
    }

    private func tell() {
        if let failure {
            onTrouble(HostLink.Trouble(failure.kind, failure.failure.sentence, at: place))
        } else {
            // The first of several, always the same one.
            onTrouble(unread.values.min().map { HostLink.Trouble(.wrong, $0, at: place) })
        }
    }
}

/// The time that a document says it is from.
private struct DocumentTime: Decodable {
    let timestamp: Double
}
