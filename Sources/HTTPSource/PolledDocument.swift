import Contract
import Core
import Engine
import Platform

/// One document of a host over HTTP: requests it periodically, checks its time stamp, and delivers it to the
/// collectors whose plugins read it. If there is no newer document, they get the reason and keep their values.
@MainActor
final class PolledDocument {
    /// A document that has arrived.
    private final class Body {
        let bytes: [UInt8]
        /// The time of its arrival, in Unix nanoseconds.
        let received: Int64
        /// Nanoseconds that the answer took.
        let duration: UInt64
        /// The time by the host's clock when it came, in Unix nanoseconds; nil: the host has not said.
        let date: Int64?
        /// The time of its snapshots, or why it is unusable; nil: no plugin has read its time stamp yet.
        var judgement: Result<Int64, Failure>?
        /// Whether this machine's clock has been set since it came.
        var isFromFormerClock = false

        init(_ bytes: [UInt8], received: Int64, _ answer: HTTPClient.Answer) {
            self.bytes = bytes
            self.received = received
            duration = answer.duration
            date = answer.date
        }
    }

    /// The result of the latest answer.
    private enum Latest {
        case nothing
        case document(Body)
        case trouble(HostLink.Trouble)
    }

    let api: HostAPI
    private let host: String
    private let clock: any Clock
    private let poller: HostPoller
    private var documentClock: DocumentClock
    private let interval: UInt64
    private var latest = Latest.nothing
    /// A collector that gets the document.
    private struct Reader {
        let collector: Collector
        /// Whether it has read the latest document, and need not read it again.
        var isDone = false
        /// Why it could not read the document; nil: it could, or has not tried.
        var fault: Failure?
    }

    /// The latest document with a valid time stamp.
    private var lastGood: Body?
    /// The last document that came.
    private var held: Body?
    /// The latest document that each plugin could read.
    private var readable: [(plugin: String, body: Body)] = []
    /// The trouble before a document whose time stamp no plugin has read yet.
    private var formerTrouble: HostLink.Trouble?
    private var readers: [Reader] = []
    /// Incremented with every change that concerns all readers.
    private var generation = 0

    /// Called with each delivery and its reader.
    var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    /// Called with the time stamp of a good answer, in Unix nanoseconds, and the nanoseconds that it took.
    var onAnswer: (_ taken: Int64, _ took: UInt64) -> Void = { _, _ in }
    /// Called with the time of arrival of each document, and the time by the host's clock if the host has said it; both
    /// in Unix nanoseconds.
    var onArrival: (_ received: Int64, _ date: Int64?) -> Void = { _, _ in }
    /// Called when ``lead`` may have changed.
    var onLead: () -> Void = {}
    /// Returns the nanoseconds by which the host's clock is ahead of this machine's.
    var skew: () -> Int64 = { 0 }
    /// Called with the reason why readers do not get the document; nil: they get it.
    var onTrouble: (HostLink.Trouble?) -> Void = { _ in }

    init(_ api: HostAPI, of host: HostConfiguration, _ poller: HostPoller, clock: any Clock) {
        self.api = api
        self.host = host.name
        self.poller = poller
        self.clock = clock
        interval = host.refresh
        documentClock = DocumentClock(every: host.refresh)
        poller.onAnswer = { [weak self] in self?.receive($0) }
    }

    /// The address for messages: "srv01:6127".
    private var place: String { poller.address.label }

    func poll() { poller.poll() }
    func pause(_ isPaused: Bool) { poller.pause(isPaused) }
    func stop() { poller.stop() }

    // MARK: Readers

    /// Adds a reader and returns its first deliveries. While the latest answer is unusable these are the last good
    /// document, which brings the last known values, and then the reason.
    func add(_ reader: Collector) -> [Delivery] {
        let isUnread = fault != nil
        readers.append(Reader(collector: reader))
        switch latest {
        case .nothing: return []
        case .document(let body):
            guard isUnread, let last = lastReadable(by: reader), last !== body else {
                return [delivery(of: body, to: reader)]
            }
            return [delivery(of: last, to: reader), delivery(of: body, to: reader)]
        case .trouble(let trouble):
            let last = (lastReadable(by: reader) ?? lastGood).map { delivery(of: $0, to: reader) }
            return [last, .failure(trouble.failure)].compactMap { $0 }
        }
    }

    func remove(_ reader: Collector) {
        readers.removeAll { $0.collector === reader }
        // Without a reader no plugin reads a time stamp.
        if readers.isEmpty { formerTrouble = nil }
        reportTrouble()
    }

    private func lastReadable(by reader: Collector) -> Body? {
        readable.first { $0.plugin == reader.key.plugin }?.body
    }

    /// Why the oldest of the readers that could not read the document could not; nil: all could.
    private var fault: Failure? { readers.first { $0.fault != nil }?.fault }

    private func deliverToAll() {
        for reader in readers {
            if reader.isDone {
                onDelivery(.unchanged, reader.collector)
            } else if case .trouble(let trouble) = latest {
                onDelivery(.failure(trouble.failure), reader.collector)
            } else if case .document(let body) = latest {
                onDelivery(delivery(of: body, to: reader.collector), reader.collector)
            }
        }
    }

    private func delivery(of body: Body, to reader: Collector) -> Delivery {
        .document(
            Document(
                // Ages in the document are told by the clock that has made it.
                kind: api.rawValue, bytes: { body.bytes }, received: body.received + skew(),
                judge: { [weak self] in self?.judge(body, says: $0) ?? .success(body.received) },
                explain: { [weak self] in self?.explain($0, body) ?? $0 },
                onRead: { [weak self, id = reader.id, plugin = reader.key.plugin, generation] failure in
                    self?.wasRead(body, by: id, of: plugin, generation, failure)
                }))
    }

    private func wasRead(
        _ body: Body, by reader: UInt32, of plugin: String, _ generation: Int, _ failure: Failure?
    ) {
        if failure == nil { keep(body, readableBy: plugin) }
        guard let place = readers.firstIndex(where: { $0.collector.id == reader }) else { return }
        // A document without data for a plugin, for example of a GPU, is not faulty.
        let fault = failure.flatMap { $0.isUnavailable ? nil : $0 }
        if readers[place].fault != fault {
            readers[place].fault = fault
            // A document that could not be read must be transmitted again in full.
            if fault != nil { poller.forgetAnswer() }
            reportTrouble()
        }
        if generation == self.generation, fault == nil { readers[place].isDone = true }
    }

    private func keep(_ body: Body, readableBy plugin: String) {
        if let place = readable.firstIndex(where: { $0.plugin == plugin }) {
            readable[place].body = body
        } else {
            readable.append((plugin, body))
        }
    }

    /// Adds the address, or the mix-up of two documents, to a plugin's failure.
    private func explain(_ failure: Failure, _ body: Body) -> Failure {
        guard !failure.isUnavailable, case .plugin(let sentence) = failure.cause else { return failure }
        if body.bytes.count <= Self.mostLookedAt, let other = HostAPI(document: body.bytes), other != api {
            let fault = Failure.DocumentFault.swapped(
                serves: other.rawValue, expected: api.rawValue, host: host)
            return Failure(.invalid, .document(place: place, fault))
        }
        return Failure(failure.code, .document(place: place, .unreadable(sentence)))
    }

    /// The size in bytes up to which a document of another kind is recognised.
    private static let mostLookedAt = 262_144

    // MARK: Answers

    private func receive(_ answer: HTTPClient.Answer) {
        switch answer.outcome {
        case .document(let bytes):
            if case .trouble(let trouble) = latest { formerTrouble = trouble }
            // A byte order mark is no part of the document (RFC 8259, 8.1).
            let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
            let body = Body(bytes, received: clock.wall, answer)
            onArrival(body.received, body.date)
            if documentClock.isNew { compare(body, DocumentShape.timestamp(in: bytes)) }
            (held, latest) = (body, .document(body))
            beginRound()
            answeredUnread(body)
        case .unchanged: stayed(answer)
        case .failure(let failure):
            formerTrouble = nil
            latest = .trouble(trouble(with: failure))
            beginRound()
        }
        reportTrouble()
        deliverToAll()
    }

    private func trouble(with failure: TransportFailure) -> HostLink.Trouble {
        let code: Outcome = if case .silent = failure.kind { .timeout } else { .failed }
        var words = Failure(code, .transport(failure))
        if failure.isBusy, let time = poller.busyFor {
            words.next = .retry(at: clock.wall + Int64(clamping: time))
            return HostLink.Trouble(.busy, words)
        }
        if failure.isLookUp { return HostLink.Trouble(.unresolved, words) }
        return HostLink.Trouble(failure.isAnswer ? .wrong : .unreachable, words)
    }

    /// Handles the answer that the last document is still valid.
    private func stayed(_ answer: HTTPClient.Answer) {
        if case .still(let age) = documentClock.judgeSame(at: clock.wall, skew: skew()) {
            let fault = Failure.DocumentFault.still(document: api.rawValue, nanoseconds: age)
            latest = .trouble(trouble(with: fault))
            return beginRound()
        }
        // The validators belong to the last body that came, whether or not a plugin has read it.
        if case .trouble = latest, let held {
            if case .failure = held.judgement { return }
            latest = .document(held)
            beginRound()
        }
        guard case .document(let body) = latest else { return }
        if case .success(let taken) = body.judgement { return onAnswer(taken, answer.duration) }
        answeredUnread(body)
    }

    /// Counts a body as an answer of now where no plugin reads its time stamp.
    private func answeredUnread(_ body: Body) {
        guard readers.isEmpty else { return }
        formerTrouble = nil
        onAnswer(body.received, body.duration)
    }

    /// Starts a round in which every reader gets a delivery.
    private func beginRound() {
        generation += 1
        for index in readers.indices { readers[index].isDone = false }
    }

    // MARK: Time stamps

    /// What the document tells about the host's clock: see ``DocumentClock/lead``.
    var lead: Int64? { documentClock.lead }

    /// Whether a lead makes good documents count as old, or as ones from the future.
    func isSkewed(_ lead: Int64) -> Bool { documentClock.isSkewed(lead) }

    /// Forgets what was known by a clock of this machine that has been set.
    func clockWasSet() {
        documentClock = DocumentClock(every: interval)
        held?.isFromFormerClock = true
    }

    /// Has the latest document read again, after the clock of the host has turned out to be another one.
    func reconsider() {
        guard let held, held.judgement != nil, !held.isFromFormerClock else { return }
        switch latest {
        case .document: break
        case .trouble(let trouble):
            // A document whose time could not be may be right by the other clock.
            guard case .document = trouble.failure.cause else { return }
            latest = .document(held)
        case .nothing: return
        }
        held.judgement = nil
        beginRound()
        reportTrouble()
        deliverToAll()
    }

    private func compare(_ body: Body, _ seconds: Double?) {
        documentClock.compare(seconds, at: body.received)
        onLead()
    }

    private func judge(_ body: Body, says seconds: Double?) -> Result<Int64, Failure> {
        if let judgement = body.judgement { return judgement }
        if seconds != nil { compare(body, seconds) }
        let judgement = judgement(of: documentClock.judge(seconds, at: body.received, skew: skew()))
        // A plugin that passes no time stamp does not decide for one that does.
        if seconds != nil { body.judgement = judgement }
        if case .success = judgement, body.received >= lastGood?.received ?? .min { lastGood = body }
        formerTrouble = nil
        if case .trouble = latest { return judgement }
        switch judgement {
        case .success(let taken): onAnswer(taken, body.duration)
        case .failure(let failure):
            poller.forgetAnswer()
            if body === held { latest = .trouble(HostLink.Trouble(.wrong, failure)) }
        }
        reportTrouble()
        return judgement
    }

    private func judgement(of judgement: DocumentClock.Judgement) -> Result<Int64, Failure> {
        switch judgement {
        case .from(let taken): .success(taken)
        case .future(let ahead):
            .failure(trouble(with: .future(document: api.rawValue, nanoseconds: ahead)).failure)
        case .milliseconds: .failure(trouble(with: .milliseconds(document: api.rawValue)).failure)
        case .still(let age):
            .failure(trouble(with: .still(document: api.rawValue, nanoseconds: age)).failure)
        }
    }

    private func trouble(with fault: Failure.DocumentFault) -> HostLink.Trouble {
        HostLink.Trouble(.wrong, Failure(.invalid, .document(place: place, fault)))
    }

    private func reportTrouble() {
        if case .trouble(let trouble) = latest { return onTrouble(trouble) }
        if let formerTrouble { return onTrouble(formerTrouble) }
        onTrouble(fault.map { HostLink.Trouble(.wrong, $0) })
    }
}
