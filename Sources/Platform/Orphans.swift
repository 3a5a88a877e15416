import CPosix

/// What a worker leaves behind when it ends: itself to be reaped, and the programs that its plugin had started.
/// Those are in the worker's session, whatever process group they are in, and as orphans they come to this process.
@MainActor
public enum Orphans {
    private static var liveWorkers: Set<pid_t> = []
    private static var endedSessions: Set<pid_t> = []

    public static func workerStarted(_ worker: pid_t) {
        liveWorkers.insert(worker)
        // Process numbers come round again.
        endedSessions.remove(worker)
    }

    /// The worker is dead: nothing of its session may live on.
    public static func workerEnded(_ worker: pid_t) {
        liveWorkers.remove(worker)
        endedSessions.insert(worker)
        sweep()
    }

    /// Ends what dead workers have left and reaps whatever has ended; to be called on each SIGCHLD, since an orphan
    /// arrives when its parent dies. How a live worker ends is for its ``WorkerProcess`` to see.
    public static func sweep() {
        for child in children() where !liveWorkers.contains(child) {
            if endedSessions.contains(child) || endedSessions.contains(getsid(child)) { kill(child, SIGKILL) }
            var status: Int32 = 0
            waitpid(child, &status, WNOHANG)
        }
    }

    /// Ends all that is left, also what has made itself a session of its own, and waits for it a tenth of a second at
    /// most; when the program ends.
    public static func finish() {
        for _ in 0..<100 {
            for child in children() { kill(child, SIGKILL) }
            sweep()
            if children().isEmpty { return }
            usleep(1000)
        }
    }

    private static func children() -> [pid_t] {
        guard let bytes = try? Files.read("/proc/self/task/\(getpid())/children") else { return [] }
        return bytes.split(separator: 0x20).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
}
