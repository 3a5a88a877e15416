import Core

/// Shows what was known at a moment: the records of real hosts, or a simulated fleet. All calls are on the main thread.
@MainActor
public protocol ReplayTarget: AnyObject {
    /// The clock of the moment on display.
    var clock: ReplayClock { get }
    /// Nanoseconds of the longest stretch that a value on display stands for; 0: all are values as they came.
    var step: Int64 { get }
    /// Called with what is to be said about the moment on display.
    var onRemark: (RecordedRemark) -> Void { get set }
    /// Goes to a moment, in Unix nanoseconds. `done` is called once the clock shows it.
    func show(_ time: Int64, _ done: @escaping @MainActor () -> Void)
    /// Looks for the nearest moment at which something went wrong, before or after a Unix time in nanoseconds.
    func find(from time: Int64, isForward: Bool, _ answer: @escaping @MainActor (EventAnswer) -> Void)
}

/// Moves through the past: by steps, to a moment, to an event, or on and on at some speed. Used on the main thread only.
@MainActor
public final class Replay {
    /// How fast the past can go on, as multiples of real time.
    public static let speeds: [Int64] = [1, 10, 60, 300, 1000]
    /// Nanoseconds of the shortest step: the spacing of what is recorded most finely.
    public static let shortestStep: Int64 = 10_000_000_000

    private let target: any ReplayTarget
    /// The moment to go to once the present one is on display.
    private var wanted: Int64?
    private var isBusy = false
    private var place = 0
    private var playedAt: UInt64 = 0
    /// Whether the past goes on by itself.
    public private(set) var isPlaying = false
    /// Called when something visible has changed.
    public var onChange: () -> Void = {}
    /// Called when the past has come up with the present and stands still.
    public var onPresent: () -> Void = {}

    /// Creates a replay that stands still at the moment of the target's clock.
    public init(_ target: any ReplayTarget) { self.target = target }

    private var clock: ReplayClock { target.clock }
    /// The moment on display, in Unix nanoseconds.
    public var time: Int64 { clock.wall }
    /// The Unix time of the present, in nanoseconds.
    public var today: Int64 { clock.today }
    /// How many times faster than real time the past goes on.
    public var speed: Int64 { Self.speeds[place] }
    /// Nanoseconds of the longest stretch that a value on display stands for; 0: all are values as they came.
    public var step: Int64 { target.step }
    /// Called with what is to be said about the moment on display.
    public var onRemark: (RecordedRemark) -> Void {
        get { target.onRemark }
        set { target.onRemark = newValue }
    }

    // MARK: Moving

    /// Goes to a moment, at most to the present. Of several moments that are asked for while one is being fetched the last
    /// one counts.
    ///
    /// - Parameter time: Unix nanoseconds.
    public func move(to time: Int64) {
        wanted = min(max(time, 0), today)
        proceed()
    }

    /// Moves by so many samples, back where negative. What is kept less finely has longer steps.
    public func step(by samples: Int64) {
        let length = max(Self.shortestStep, step)
        move(to: (wanted ?? time).addingReportingOverflow(samples * length).partialValue)
    }

    private func proceed() {
        guard !isBusy, let next = wanted else { return }
        wanted = nil
        isBusy = true
        target.show(next) { [weak self] in
            guard let self else { return }
            isBusy = false
            onChange()
            proceed()
        }
    }

    /// Goes to the next moment at which something went wrong, or to the one before. `found` gets the event.
    public func goToEvent(isForward: Bool, _ found: @escaping @MainActor (EventAnswer) -> Void) {
        play(false)
        target.find(from: wanted ?? time, isForward: isForward) { [weak self] answer in
            if let event = answer.event { self?.move(to: event.time) }
            found(answer)
        }
    }

    // MARK: Playing

    /// Lets the past go on by itself, or stand still.
    public func play(_ isPlaying: Bool) {
        self.isPlaying = isPlaying
        playedAt = clock.now
        clock.setTimer(self, at: nil) {}
        if isPlaying { playSoon() }
        onChange()
    }

    /// Changes to the next faster speed, or with -1 the next slower one.
    public func changeSpeed(_ step: Int) {
        place = min(max(place + step, 0), Self.speeds.count - 1)
        if isPlaying { play(true) }
        onChange()
    }

    /// Nanoseconds between two moments that are shown: slow ones change nothing more often.
    private var frame: UInt64 { speed == 1 ? 1_000_000_000 : 200_000_000 }

    private func playSoon() {
        clock.setTimer(self, at: clock.now + frame) { [weak self] in
            guard let self, isPlaying else { return }
            playOn()
            if isPlaying { playSoon() }
        }
    }

    private func playOn() {
        // A moment that takes long to fetch delays the next one, and makes it no longer jump.
        guard !isBusy else { return playedAt = clock.now }
        let passed = Int64(clamping: clock.now - playedAt)
        playedAt = clock.now
        let next = time.addingReportingOverflow(passed * speed).partialValue
        move(to: next)
        if next >= today {
            play(false)
            onPresent()
        }
    }

    /// Ends playing for good.
    public func stop() { clock.setTimer(self, at: nil) {} }
}
