import CPosix
import Glibc

/// A thread that does jobs in the order in which they are given. A job may wait for a disk; whoever gives it never does.
public final class WorkThread: @unchecked Sendable {
    /// Something to do, on the thread.
    public typealias Job = @Sendable () -> Void

    private var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// What follows is used with `mutex` held.
    private var jobs: [Job] = []
    private var isEnding = false
    private var isRunning = false

    /// Creates a thread, which begins with its first job.
    public init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Gives a job, of any thread; after ``finish()`` it is dropped. The thread begins with the first one.
    public func add(_ job: @escaping Job) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isEnding else { return }
        jobs.append(job)
        if !isRunning { start() }
        pthread_cond_signal(condition)
    }

    /// Waits until all jobs are done and the thread has ended; no job follows.
    public func finish() {
        pthread_mutex_lock(mutex)
        isEnding = true
        pthread_cond_signal(condition)
        while isRunning { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    private func start() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stack)
        // Signals are the main thread's: a handler here would interrupt nobody's poll.
        var all = sigset_t()
        var old = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, &attributes,
            { context in
                let own = Unmanaged<WorkThread>.fromOpaque(context!).takeRetainedValue()
                own.run()
                return nil
            }, context)
        if code == 0 { isRunning = true } else { Unmanaged<WorkThread>.fromOpaque(context).release() }
    }

    /// Bytes; SQLite needs some tens of KB.
    private static let stack = 512 << 10

    private func run() {
        pthread_mutex_lock(mutex)
        while true {
            while jobs.isEmpty && !isEnding { pthread_cond_wait(condition, mutex) }
            guard !jobs.isEmpty else { break }
            let taken = jobs
            jobs = []
            pthread_mutex_unlock(mutex)
            for job in taken { job() }
            pthread_mutex_lock(mutex)
        }
        isRunning = false
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
