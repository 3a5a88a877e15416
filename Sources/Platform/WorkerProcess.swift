import CPosix
import Contract
import Core
import Engine

/// A running worker: frames out, frames in, and the end of it. Every byte from it is treated as hostile.
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
    /// Bytes of output that are still read in this second.
    private var allowance = outputPerSecond
    /// The last line of the plugin's output since the last answer: where it crashed, its last words.
    public private(set) var lastLine = ""

    public var onMessage: (WorkerMessage) -> Void = { _ in }
    public var onOutput: (String) -> Void = { _ in }
    public var onEnd: (Failure.WorkerEnd) -> Void = { _ in }

    private static let outputPerSecond = 32768

    /// Starts a worker.
    ///
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
        // A child of the worker may hold its end of the socket open.
        if ending >= 0 {
            loop.watch(ending) { [weak self] in
                // Whose call it has ended in is known when all that it has answered before is known.
                while let self, receive() {}
                self?.reap()
            }
        }
    }

    /// Nanoseconds of processor time used so far.
    public var processorTime: UInt64 { cposix_processor_time(pid) }

    private static func spawn(_ arguments: [String], _ worker: inout cposix_worker) -> Int32 {
        let copies = arguments.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return cposix_spawn_worker(copies.map { UnsafePointer($0) } + [nil], &worker)
    }

    /// - Parameter message: Asked for when the worker has room for it.
    public func send(_ message: @escaping () -> HostMessage) {
        guard !isEnded else { return }
        if outbox.isEmpty { loop.whenIdle { [weak self] in self?.flush() } }
        outbox.add(message)
    }

    /// Ends the worker and all that it started. `reason` is what `onEnd` is told.
    public func kill(_ reason: Failure.WorkerEnd) {
        guard !isEnded else { return }
        killGroup(pid)
        end(reason)
    }

    /// What has gathered goes in one piece, and wakes the worker once.
    private func flush() {
        guard !isEnded else { return }
        while !outbox.isEmpty, outbox.flush({ write(socket, $0.baseAddress!, $0.count) }) {}
        // A worker that reads nothing cannot grow its host: it is in a call, and that has a deadline.
        if outbox.isEmpty {
            loop.whenWritable(socket, nil)
        } else {
            loop.whenWritable(socket) { [weak self] in self?.flush() }
        }
    }

    /// Takes a piece of what the worker has written. False: there is nothing more, for now or for ever.
    @discardableResult
    private func receive() -> Bool {
        // What was written before an answer belongs to it.
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

    /// Takes what is there, in bytes; 0 once the worker has closed its end, less where there is nothing now.
    private func readFrames() -> Int {
        withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer -> Int in
            let count = read(socket, buffer.baseAddress!, buffer.count)
            if count > 0 { input.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count])) }
            return count < 0 && cposix_errno() != EAGAIN && cposix_errno() != EINTR ? 0 : count
        }
    }

    /// Takes what the plugin wrote, so much a second: what it writes beyond, the full pipe drops.
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

    /// The socket closed: the process ends, or has closed what it must not.
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

/// The method `kill` hides the call of that name.
private func killGroup(_ pid: pid_t) { _ = CPosix.kill(-pid, SIGKILL) }
