import CPosix
import Contract
import Core
import Engine

/// A running worker process, connected by a socket for messages and a pipe for the plugin's output. Every byte from
/// it is treated as hostile. Used on the main thread only.
@MainActor
public final class WorkerProcess: WorkerConnection {
    let pid: pid_t
    private let socket: Int32
    private let output: Int32
    private let ending: Int32
    private let loop: EventLoop
    private var input = FrameBuffer(limit: WireLimits.frame)
    private var outbox = Outbox()
    private var isEnded = false
    private var isOutputEmpty = false
    /// The number of bytes of output that may still be read in this second.
    private var allowance = outputPerSecond
    /// The last line of the plugin's output since its last answer; after a crash it often names the cause.
    public private(set) var lastLine = ""

    public var onMessage: (WorkerMessage) -> Void = { _ in }
    public var onOutput: (String) -> Void = { _ in }
    public var onEnd: (Failure.WorkerEnd) -> Void = { _ in }

    private static let outputPerSecond = 32768

    /// Starts a worker.
    ///
    /// - Parameter program: Path of the worker's program.
    /// - Parameter plugin: Path of the plugin's file.
    /// - Parameter mayGainPrivileges: Whether programs started by the plugin may gain privileges.
    /// - Throws: A failure whose cause is `workerNotStarted`.
    public init(
        program: String, plugin: String, mayGainPrivileges: Bool, loop: EventLoop
    ) throws(Failure) {
        var worker = cposix_worker()
        let code = Self.spawn([program] + (mayGainPrivileges ? ["--new-privileges"] : []) + [plugin], &worker)
        guard code == 0 else {
            throw Failure(
                .failed, .workerNotStarted(program: program, error: String(cString: strerror(code))))
        }
        pid = worker.pid
        socket = worker.socket
        output = worker.output
        ending = worker.end
        self.loop = loop
        Orphans.workerStarted(pid)
        loop.watch(socket) { [weak self] in self?.receive() }
        loop.watch(output) { [weak self] in self?.readOutput() }
        // Watched besides the socket, since a child of the worker may hold its end of the socket open.
        if ending >= 0 {
            loop.watch(ending) { [weak self] in
                // Earlier answers are read first: the call in which the worker ended is known only after them.
                while let self, receive() {}
                self?.reap()
            }
        }
    }

    /// The processor time that the worker has used so far, in nanoseconds.
    public var processorTime: UInt64 { cposix_processor_time(pid) }

    private static func spawn(_ arguments: [String], _ worker: inout cposix_worker) -> Int32 {
        let copies = arguments.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return cposix_spawn_worker(copies.map { UnsafePointer($0) } + [nil], &worker)
    }

    /// Queues a message; without effect after the worker's end.
    ///
    /// - Parameter message: Builds the message; called when the worker can take it.
    public func send(_ message: @escaping () -> HostMessage) {
        guard !isEnded else { return }
        if outbox.isEmpty { loop.whenIdle { [weak self] in self?.flush() } }
        outbox.add(message)
    }

    /// Kills the worker and all processes that it started, and calls `onEnd` with `reason`. Without effect after its
    /// end.
    public func kill(_ reason: Failure.WorkerEnd) {
        guard !isEnded else { return }
        killGroup(pid)
        end(reason)
    }

    /// Writes all queued messages together, which wakes the worker once.
    private func flush() {
        guard !isEnded else { return }
        while !outbox.isEmpty, outbox.flush({ write(socket, $0.baseAddress!, $0.count) }) {}
        // A worker that does not read cannot make the queue grow without limit: it is in a call, which has a
        // deadline.
        if outbox.isEmpty {
            loop.whenWritable(socket, nil)
        } else {
            loop.whenWritable(socket) { [weak self] in self?.flush() }
        }
    }

    /// Reads what the worker has sent. Returns false when there is nothing more, for now or because it has ended.
    @discardableResult
    private func receive() -> Bool {
        // Output written before an answer belongs to that answer.
        if allowance > 0 { readOutput() }
        let count = readFrames()
        do throws(WireError) {
            while !isEnded, let message = try nextMessage() {
                if case .log = message {} else { lastLine = "" }
                onMessage(message)
            }
        } catch {
            kill(.brokenFrame(error.words))
            return false
        }
        if count == 0 { reap() }
        return count > 0 && !isEnded
    }

    private func nextMessage() throws(WireError) -> WorkerMessage? {
        try input.next { (body: UnsafeRawBufferPointer) throws(WireError) -> WorkerMessage in
            try WorkerMessage(body)
        }
    }

    /// Reads the available bytes of the socket. Returns their number, 0 when the worker has closed it, and a negative
    /// number when there are none now.
    private func readFrames() -> Int {
        withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer -> Int in
            let count = read(socket, buffer.baseAddress!, buffer.count)
            if count > 0 { input.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count])) }
            return count < 0 && cposix_errno() != EAGAIN && cposix_errno() != EINTR ? 0 : count
        }
    }

    /// Reads the plugin's output up to the allowance per second; the pipe drops what exceeds its capacity.
    private func readOutput() {
        let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer -> Int in
            let count = read(output, buffer.baseAddress!, buffer.count)
            if count > 0 {
                take(String(decoding: UnsafeRawBufferPointer(rebasing: buffer[0..<count]), as: UTF8.self))
            }
            return count
        }
        allowance -= max(count, 0)
        isOutputEmpty = count <= 0
        if count == 0 || allowance <= 0 { loop.unwatch(output) }
        guard count > 0, allowance <= 0, !isEnded else { return }
        loop.setTimer(self, at: loop.now + 1_000_000_000) { [weak self] in
            guard let self, !isEnded else { return }
            allowance = Self.outputPerSecond
            loop.watch(output) { [weak self] in self?.readOutput() }
        }
    }

    private func take(_ text: String) {
        if let line = text.split(whereSeparator: \.isNewline).last(where: { !$0.allSatisfy(\.isWhitespace) })
        {
            lastLine = String(line.prefix(160))
        }
        onOutput(text)
    }

    /// Handles the closed socket: the process has ended, or has closed what it must keep open.
    private func reap() {
        guard !isEnded else { return }
        var how = cposix_end()
        for _ in 0..<50 {
            if cposix_ended(pid, &how) != 0 {
                killGroup(pid)
                end(Self.words(for: how))
                return
            }
            usleep(200)
        }
        kill(.closedConnection)
    }

    private static func words(for end: cposix_end) -> Failure.WorkerEnd {
        var end = end
        var text = [CChar](repeating: 0, count: 128)
        cposix_describe_end(&end, &text, text.count)
        let words = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let limit = UInt64(CPOSIX_WORKER_MEMORY)
        guard end.peak_memory > limit / 4 * 3 else { return .ended(words) }
        return .outOfMemory(words, used: UInt64(end.peak_memory >> 20), limit: limit >> 20)
    }

    private func end(_ reason: Failure.WorkerEnd) {
        isEnded = true
        isOutputEmpty = false
        for _ in 0..<16 where !isOutputEmpty { readOutput() }
        loop.setTimer(self, at: nil) {}
        loop.unwatch(socket)
        loop.unwatch(output)
        close(socket)
        close(output)
        if ending >= 0 {
            loop.unwatch(ending)
            close(ending)
        }
        Orphans.workerEnded(pid)
        onEnd(reason)
    }
}

/// The method `kill` hides the C function of that name.
private func killGroup(_ pid: pid_t) { _ = CPosix.kill(-pid, SIGKILL) }
