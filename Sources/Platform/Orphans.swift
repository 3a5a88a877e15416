import CPosix

/// Ends the processes that workers leave behind. The programs that a plugin starts belong to its worker's session,
/// whatever their process group is, and become children of this process when the worker ends. Used on the main thread
/// only.
@MainActor
public enum Orphans {
    private static var liveWorkers: Set<pid_t> = []
    private static var endedSessions: Set<pid_t> = []

    /// Records a worker that has been started, by its process id.
    public static func workerStarted(_ worker: pid_t) {
        liveWorkers.insert(worker)
        // Process ids are reused.
        endedSessions.remove(worker)
    }

    /// Records that a worker has ended, and kills all processes of its session.
    public static func workerEnded(_ worker: pid_t) {
        liveWorkers.remove(worker)
        endedSessions.insert(worker)
        sweep()
    }

    /// Kills the processes of ended workers and reaps all that have exited. Call it on each SIGCHLD, since an orphan
    /// arrives when its parent ends. Live workers are left to their ``WorkerProcess``.
    public static func sweep() {
        for child in children() where !liveWorkers.contains(child) {
            if endedSessions.contains(child) || endedSessions.contains(getsid(child)) { kill(child, SIGKILL) }
            var status: Int32 = 0
            waitpid(child, &status, WNOHANG)
        }
    }

    /// Kills all child processes, also those in sessions of their own, and waits up to a tenth of a second for them.
    /// Call it at the end of the program.
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
