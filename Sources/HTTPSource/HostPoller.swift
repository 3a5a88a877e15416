import Core
import Platform

/// Requests one URL periodically, with at most one request at a time. A slow host is therefore requested less often.
/// After a failure the interval starts short and doubles, up to four seconds, until the host answers again. A host
/// that says when it wants to be asked again is asked then. Used on the main thread only.
@MainActor
public final class HostPoller {
    /// Called with each answer.
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
    /// The monotonic time before which a busy host is not asked; 0: it may be asked.
    private var busyUntil: UInt64 = 0

    /// The longest interval between the starts of two requests to a failing host, in nanoseconds. Together with the
    /// time for a connection it keeps the delay after the host's return below five seconds.
    private static let longestBackOff: UInt64 = 4_000_000_000
    private static let firstBackOff: UInt64 = 1_000_000_000
    /// The longest time in nanoseconds for which a busy host is left alone, whatever it says.
    private static let longestWish: UInt64 = 300_000_000_000
    /// The longest interval to a busy host that does not say when it wants to be asked, in nanoseconds.
    private static let longestBusyBackOff: UInt64 = 60_000_000_000
    private static let slotsPerInterval: UInt64 = 20
    private static let longestSlot: UInt64 = 250_000_000
    /// The shortest time between an answer and the next request, in nanoseconds.
    private static let leastPause: UInt64 = 250_000_000

    /// Creates a poller that sends nothing until ``poll()``. It retains the client, the timers and the loop.
    ///
    /// - Parameter interval: Nanoseconds between the starts of two requests.
    /// - Parameter phase: The fraction of an interval after which the second request follows. The first requests to
    ///   all hosts are sent at once, the later ones are spread.
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

    /// Sends a request now, and periodically from then on. Without effect while a request is running, or the host
    /// wants to be left alone.
    public func poll() {
        guard exchange == nil else { return }
        if busyUntil > loop.now { return timers.set(self, at: busyUntil) { [weak self] in self?.poll() } }
        busyUntil = 0
        timers.cancel(self)
        started = loop.now
        polls += 1
        exchange = client.get(request) { [weak self] answer in self?.receive(answer) }
    }

    /// Suspends or resumes periodic requests. While suspended, only ``poll()`` sends one.
    func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        if isPaused { stop() } else { poll() }
    }

    /// Cancels the running request and all further ones.
    public func stop() {
        timers.cancel(self)
        if let exchange { client.cancel(exchange) }
        exchange = nil
    }

    /// Discards the validators, so that the next answer is a whole document. Used after a document that could not be
    /// read.
    public func forgetAnswer() { request.validators = HTTPClient.Validators() }

    /// Nanoseconds until a busy host is asked again; nil: it is not busy.
    var busyFor: UInt64? { busyUntil > loop.now ? busyUntil - loop.now : nil }

    private func receive(_ answer: HTTPClient.Answer) {
        exchange = nil
        switch answer.outcome {
        case .document:
            request.validators = answer.validators
            failures = 0
        case .unchanged: failures = 0
        case .failure: failures += 1
        }
        if case .failure(let failure) = answer.outcome, failure.isBusy {
            wait(asWished: answer.retryAfter)
        } else {
            plan(answer.outcome)
        }
        onAnswer(answer)
    }

    /// Leaves a busy host alone for as long as it wishes, and never asks it sooner than usual.
    private func wait(asWished wish: UInt64?) {
        let usual = min(Self.longestBusyBackOff, max(interval, Self.firstBackOff) << UInt64(min(failures, 6)))
        busyUntil = loop.now + max(min(wish ?? usual, Self.longestWish), min(interval, Self.longestWish))
        guard !isPaused else { return }
        timers.set(self, at: busyUntil) { [weak self] in self?.poll() }
    }

    private func plan(_ outcome: HTTPClient.Outcome) {
        guard !isPaused else { return }
        let soonest = loop.now + Self.leastPause
        let next: UInt64
        if case .failure(let failure) = outcome, failure.isPassing {
            // The random delay keeps hosts that fail together from being requested in step.
            next = max(started + backOff(), soonest)
        } else {
            let wait = polls == 1 ? UInt64(Double(interval) * phase) : interval
            next = slot(max(started + wait, soonest))
        }
        timers.set(self, at: next) { [weak self] in self?.poll() }
    }

    /// Returns the start of the time slot of a moment. Requests of different hosts share slots, so that their answers
    /// arrive together and the process wakes up less often.
    private func slot(_ moment: UInt64) -> UInt64 {
        let length = min(interval / Self.slotsPerInterval, Self.longestSlot)
        let begun = moment - moment % length
        return begun >= loop.now + Self.leastPause ? begun : begun + length
    }

    /// Doubles with every failure; the random half keeps many hosts from being requested in step.
    private func backOff() -> UInt64 {
        let longest = min(Self.longestBackOff, Self.firstBackOff << UInt64(min(failures - 1, 8)))
        return UInt64.random(in: longest / 2...longest)
    }
}
