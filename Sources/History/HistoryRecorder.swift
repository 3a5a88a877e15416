import Core
import Engine
import Platform

/// Records everything that the engine publishes. It belongs to the main thread and never waits: a thread of its own
/// writes.
@MainActor
public final class HistoryRecorder: SnapshotSink {
    private let clock: any Clock
    private let thread = WorkThread()
    private let writer: HistoryWriter
    private var pending: [Observation] = []
    private var keys: [String: Set<SeriesKey>] = [:]
    private var states: [String: HostState] = [:]
    private let place: HistoryPlace
    private let started: UInt64

    /// Nanoseconds for which observations are collected before the thread is woken.
    private static let gathering: UInt64 = 2_000_000_000
    private static let mostPending = 256
    /// Nanoseconds that the start of the program takes.
    private static let start: UInt64 = 500_000_000
    /// Nanoseconds before now that may not be written yet.
    private static let recent: Int64 = 90_000_000_000
    /// Nanoseconds between two writes for readers, and the time of the next one.
    private static let pause: UInt64 = 5_000_000_000
    private var nextFlush: UInt64 = 0

    /// Called with the reason why nothing can be recorded, once for each; nil: recording goes on.
    public var onTrouble: (HistoryError?) -> Void = { _ in }
    private var told: HistoryError?
    /// Called with a sentence about something that has happened to the history once.
    public var onNews: (String) -> Void = { _ in }

    /// Creates a recorder, which must be added to the engine.
    public init(_ place: HistoryPlace, _ retention: Retention, clock: any Clock) {
        self.clock = clock
        self.place = place
        started = clock.now
        writer = HistoryWriter(place, retention)
    }

    public func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {
        greet(snapshot.key)
        add(Observation(key: snapshot.key, time: snapshot.made, fact: .snapshot(snapshot)))
    }

    public func repeated(_ key: SeriesKey) { add(Observation(key: key, time: clock.wall, fact: .hold)) }

    public func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {
        greet(key)
        add(Observation(key: key, time: clock.wall, fact: .failure(failure)))
    }

    public func hostChanged(_ host: String, to state: HostState) {
        states[host] = state
        for key in keys[host] ?? [] { add(Observation(key: key, time: clock.wall, fact: .host(state))) }
    }

    public func ended(_ key: SeriesKey) {
        keys[key.host]?.remove(key)
        flush()
        thread.add { [writer] in writer.end(key) }
    }

    /// Returns the past, which goes up to what the recorder received last.
    public func past(_ mailbox: LoopMailbox) -> StoredPast {
        StoredPast(place, mailbox, thread: thread) { [weak self] in
            // What came since the start a moment ago is on the screen already, and need not be waited for.
            guard let self, clock.now - started > Self.start else { return }
            writeForReader()
        }
    }

    /// Calls `then` on a thread of the recorder once what has come is written, if a reader asks for a moment that is hardly
    /// over; else at once. It writes at most once in some seconds, since a past that plays asks several times a second.
    ///
    /// - Parameter time: Unix nanoseconds of the moment.
    public func flush(forReaderAt time: Int64, then: @escaping WorkThread.Job) {
        guard time > clock.wall - Self.recent else { return then() }
        writeForReader()
        thread.add(then)
    }

    /// Has the thread write what has come, at most once in some seconds.
    private func writeForReader() {
        guard clock.now >= nextFlush else { return }
        nextFlush = clock.now + Self.pause
        flush()
        thread.add { [writer, time = clock.wall] in writer.writeTail(at: time) }
    }

    /// Has another retention count from now on.
    public func apply(_ retention: Retention) {
        flush()
        thread.add { [writer, time = clock.wall] in writer.apply(retention, at: time) }
    }

    /// Writes all that has come, and waits for it.
    public func stop() {
        flush()
        let time = clock.wall
        thread.add { [writer] in writer.finish(at: time) }
        thread.finish()
    }

    /// The state of a source's host is recorded with it, so that it can be read alone.
    private func greet(_ key: SeriesKey) {
        guard keys[key.host, default: []].insert(key).inserted, let state = states[key.host] else { return }
        add(Observation(key: key, time: clock.wall, fact: .host(state)))
    }

    private func add(_ observation: Observation) {
        if pending.isEmpty {
            clock.setTimer(self, at: clock.now + Self.gathering) { [weak self] in self?.flush() }
        }
        pending.append(observation)
        if pending.count >= Self.mostPending { flush() }
    }

    private func flush() {
        let (observations, time) = (pending, clock.wall)
        pending = []
        guard !observations.isEmpty else { return }
        thread.add { [writer] in writer.take(observations, at: time) }
        for sentence in writer.news.taken() { onNews(sentence) }
        let trouble = writer.news.trouble
        guard trouble != told else { return }
        told = trouble
        onTrouble(trouble)
    }
}
