import Core
import Platform

/// Asks one URL again and again. At most one request is under way, so a slow host is asked less often and nothing
/// stacks up; one that fails is asked again soon, then at most every four seconds, until it is back.
@MainActor
public final class HostPoller {
    /// What every answer is told to.
    public var onAnswer: @MainActor (HTTPClient.Answer) -> Void = { _ in }
    private(set) var failures = 0
    var address: HTTPAddress { request.address }

    private let client: HTTPClient
    private let timers: TimerQueue
    private let loop: EventLoop
    private let interval: UInt64
    private let phase: Double
    private var request: HTTPClient.Request
    private var exchange: HTTPExchange?
    private var started: UInt64 = 0
    private var polls = 0
    private var isPaused = false

    /// So long a host that fails is waited for at most, from one request's start to the next one's. With the time that
    /// a connection may take, it is found again within five seconds of its return.
    private static let longestBackOff: UInt64 = 4_000_000_000
    private static let firstBackOff: UInt64 = 1_000_000_000
    private static let slotsPerInterval: UInt64 = 20
    private static let longestSlot: UInt64 = 250_000_000
    /// Between an answer and the next request.
    private static let leastPause: UInt64 = 250_000_000

    /// - Parameter phase: After which part of an interval the second request follows: all hosts are first asked at once,
    ///   and from then on their turns are spread.
    public init(
        _ request: HTTPClient.Request, every interval: UInt64, phase: Double, client: HTTPClient,
        timers: TimerQueue, loop: EventLoop
    ) {
        self.request = request
        self.interval = interval
        self.phase = phase
        self.client = client
        self.timers = timers
        self.loop = loop
    }

    /// Asks now, and from then on; while a request is under way that one counts.
    public func poll() {
        guard exchange == nil else { return }
        timers.cancel(self)
        started = loop.now
        polls += 1
        exchange = client.get(request) { [weak self] answer in self?.receive(answer) }
    }

    /// While it is paused it asks only when it is told to.
    func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        if isPaused { stop() } else { poll() }
    }

    public func stop() {
        timers.cancel(self)
        if let exchange { client.cancel(exchange) }
        exchange = nil
    }

    /// What came last is of no use, so "unchanged" would be none either.
    public func forgetAnswer() { request.validators = HTTPClient.Validators() }

    private func receive(_ answer: HTTPClient.Answer) {
        exchange = nil
        switch answer.outcome {
        case .document:
            request.validators = answer.validators
            failures = 0
        case .unchanged: failures = 0
        case .failure: failures += 1
        }
        plan(answer.outcome)
        onAnswer(answer)
    }

    private func plan(_ outcome: HTTPClient.Outcome) {
        guard !isPaused else { return }
        let soonest = loop.now + Self.leastPause
        let next: UInt64
        if case .failure(let failure) = outcome, failure.isPassing {
            // At a moment of its own: hosts that fail together must not be asked in step.
            next = max(started + backOff(), soonest)
        } else {
            let wait = polls == 1 ? UInt64(Double(interval) * phase) : interval
            next = slot(max(started + wait, soonest))
        }
        timers.set(self, at: next) { [weak self] in self?.poll() }
    }

    /// Requests at about the same time are made at the same time: answers that come together are dealt with together,
    /// and between them nobody is woken.
    private func slot(_ moment: UInt64) -> UInt64 {
        let length = min(interval / Self.slotsPerInterval, Self.longestSlot)
        let begun = moment - moment % length
        return begun >= loop.now + Self.leastPause ? begun : begun + length
    }

    /// Doubles with every failure; the random half keeps many from asking in step.
    private func backOff() -> UInt64 {
        let longest = min(Self.longestBackOff, Self.firstBackOff << UInt64(min(failures - 1, 8)))
        return UInt64.random(in: longest / 2...longest)
    }
}
