import CDiskUsage
import PluginKit

/// The disk use of one service's directories.
struct DiskUse {
    var bytes: Double
    /// Why `bytes` is incomplete, in a few words; nil: it is complete.
    var shortfall: String?
    var status = Status.auto

    /// Whether `bytes` is a lower bound.
    var isPartial: Bool { shortfall != nil }
}

/// Counts the disk use of services in the background, a few at the same time, and keeps the last complete counts.
final class DiskCounter {
    private let machine: Machine
    private let every: Double
    private var jobs: [Job] = []

    private static let atOnce = 4
    /// Seconds without progress after which a directory counts as not answering.
    private static let patience = 60.0
    /// Milliseconds to wait at the first tick; on a small machine most counts end in that time.
    private static let firstWait: Int32 = 25
    private static let capturedWait: Int32 = 10_000

    init(_ machine: Machine, every: Double) {
        self.machine = machine
        self.every = every
    }

    struct Wanted {
        let service: String
        let paths: [String]
        let isAsked: Bool
    }

    private final class Job {
        let service: String
        let paths: [String]
        /// Whether the layout sets the paths, so that a missing one is reported.
        let isAsked: Bool
        var due = -Double.infinity
        var running: OpaquePointer?
        var started = 0.0
        var entries: UInt64 = 0
        var movedAt = 0.0
        /// The last complete count, or the state of the first one.
        var use: DiskUse?
        var isComplete = false

        init(_ wanted: Wanted) {
            service = wanted.service
            paths = wanted.paths
            isAsked = wanted.isAsked
        }

        deinit { cdisk_stop(running) }
    }

    /// Sets the services to count; known ones keep their counts.
    func watch(_ wanted: [Wanted]) {
        jobs = wanted.filter { !$0.paths.isEmpty }.map { each in
            jobs.first { $0.service == each.service && $0.paths == each.paths } ?? Job(each)
        }
    }

    func use(of service: String) -> DiskUse? { jobs.first { $0.service == service }?.use }

    /// Reads the results and starts counts that are due. Waits a short time at the first tick only.
    func update(_ tick: Tick) {
        if tick.isRefresh { for job in jobs where job.running == nil { job.due = tick.seconds } }
        advance(tick)
        var patience = machine.isCaptured ? Self.capturedWait : tick.isFirst ? Self.firstWait : 0
        while patience > 0, let job = jobs.first(where: { $0.running != nil }) {
            cdisk_wait(job.running, 1)
            patience -= 1
            advance(tick)
        }
    }

    private func advance(_ tick: Tick) {
        var running = 0
        for job in jobs where job.running != nil {
            look(job, tick)
            if job.running != nil { running += 1 }
        }
        for job in jobs where running < Self.atOnce && job.running == nil && tick.seconds >= job.due {
            start(job, tick)
            if job.running != nil { running += 1 }
        }
    }

    private func start(_ job: Job, _ tick: Tick) {
        job.started = tick.seconds
        job.movedAt = tick.seconds
        job.entries = 0
        let code = withCStrings(job.paths.map { machine.root + $0 }) { cdisk_start($0, &job.running) }
        if code != 0 {
            job.due = tick.seconds + Self.patience
            job.use = job.use ?? DiskUse(bytes: .nan, shortfall: "cannot start a process", status: .unknown)
        }
    }

    private func look(_ job: Job, _ tick: Tick) {
        var progress = cdisk_progress()
        cdisk_look(job.running, &progress)
        if progress.entries != job.entries {
            job.entries = progress.entries
            job.movedAt = tick.seconds
        }
        let bytes = Double(progress.bytes)
        switch Int(progress.state) {
        case CDISK_DONE:
            job.use = finished(progress, of: job)
            job.isComplete = true
            end(job, tick)
        case CDISK_DIED:
            fail(job, "count was ended", bytes: bytes, tick)
        default:
            if tick.seconds - job.movedAt >= Self.patience {
                fail(job, "no answer for 60 s", bytes: bytes, tick)
            } else if !job.isComplete {
                job.use = DiskUse(bytes: bytes, shortfall: "counting")
            }
        }
    }

    private func finished(_ progress: cdisk_progress, of job: Job) -> DiskUse {
        var use = DiskUse(bytes: Double(progress.bytes))
        if progress.unreadable > 0 {
            use.shortfall = "\(progress.unreadable) unreadable"
            use.status = .unknown
        } else if progress.entries == 0 && progress.missing > 0 {
            // systemd creates a service's own directories when it first starts.
            return DiskUse(
                bytes: .nan, shortfall: job.isAsked ? "no directory" : nil,
                status: job.isAsked ? .unknown : .auto)
        }
        return use
    }

    private func fail(_ job: Job, _ reason: String, bytes: Double, _ tick: Tick) {
        job.use = DiskUse(
            bytes: job.isComplete ? job.use?.bytes ?? bytes : bytes, shortfall: reason, status: .unknown)
        end(job, tick)
    }

    /// The pause after a count is at least 20 times its duration, so that counting takes at most 5 % of the time.
    private func end(_ job: Job, _ tick: Tick) {
        cdisk_stop(job.running)
        job.running = nil
        job.due = tick.seconds + max(every, 20 * (tick.seconds - job.started))
    }
}
