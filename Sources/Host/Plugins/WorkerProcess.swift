import CPosix
import Contract

/// A running worker: frames out, frames in, and the end of it. Every byte from it is treated as hostile.
@MainActor
final class WorkerProcess {
    let pid: pid_t
    private let socket: Int32
    private let output: Int32
    private let loop: EventLoop
    private var input = FrameBuffer()
    private var pending: [UInt8] = []
    private var isEnded = false

    var onMessage: (WorkerMessage) -> Void = { _ in }
    /// A line that the plugin wrote to standard output or error.
    var onOutput: (String) -> Void = { _ in }
    /// The worker is gone: in words how ("was killed by SIGSEGV (Segmentation fault)").
    var onEnd: (String) -> Void = { _ in }

    /// Throws errno's words when it cannot be started.
    init(program: String, plugin: String, loop: EventLoop) throws(Failure) {
        var worker = cposix_worker()
        let code = cposix_spawn_worker(program, plugin, &worker)
        guard code == 0 else {
            throw Failure(reason: "\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        pid = worker.pid
        socket = worker.socket
        output = worker.output
        self.loop = loop
        Orphans.workerStarted(pid)
        loop.watch(socket) { [weak self] in self?.receive() }
        loop.watch(output) { [weak self] in self?.readOutput() }
    }

    struct Failure: Error {
        let reason: String
    }

    func send(_ message: HostMessage) {
        guard !isEnded else { return }
        pending += message.frame()
        flush()
    }

    /// Ends the worker and all that it started. `reason` is what `onEnd` is told.
    func kill(_ reason: String) {
        guard !isEnded else { return }
        killGroup(pid)
        end(reason)
    }

    private func flush() {
        let sent = pending.withUnsafeBytes { bytes in write(socket, bytes.baseAddress!, bytes.count) }
        if sent > 0 { pending.removeFirst(sent) }
        // A worker that reads nothing cannot grow its host: it is in a call, and that has a deadline.
        if pending.isEmpty {
            loop.whenWritable(socket, nil)
        } else {
            loop.whenWritable(socket) { [weak self] in self?.flush() }
        }
    }

    private func receive() {
        let isOpen = readFrames()
        do throws(WireError) {
            while !isEnded, let message = try nextMessage() { onMessage(message) }
        } catch {
            kill("sent a broken frame (\(error)) and was killed")
            return
        }
        if !isOpen && !isEnded { reap() }
    }

    private func nextMessage() throws(WireError) -> WorkerMessage? {
        try input.next { (body: UnsafeRawBufferPointer) throws(WireError) -> WorkerMessage in
            try WorkerMessage(body)
        }
    }

    /// Takes what is there; false once the worker has closed its end.
    private func readFrames() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 8) { buffer -> Bool in
            let count = read(socket, buffer.baseAddress!, buffer.count)
            if count > 0 { input.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count])) }
            return count > 0 || (count < 0 && (cposix_errno() == EAGAIN || cposix_errno() == EINTR))
        }
    }

    private func readOutput() {
        let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer -> Int in
            let count = read(output, buffer.baseAddress!, buffer.count)
            if count > 0 {
                onOutput(String(decoding: UnsafeRawBufferPointer(rebasing: buffer[0..<count]), as: UTF8.self))
            }
            return count
        }
        if count == 0 { loop.unwatch(output) }
    }

    /// The socket closed: the process ends, or has closed what it must not.
    private func reap() {
        var status: Int32 = 0
        for _ in 0..<50 {
            if cposix_ended(pid, &status) != 0 {
                var text = [CChar](repeating: 0, count: 128)
                cposix_describe_end(status, &text, text.count)
                killGroup(pid)
                end(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
                return
            }
            usleep(200)
        }
        kill("closed its connection and was killed")
    }

    private func end(_ reason: String) {
        isEnded = true
        readOutput()
        loop.unwatch(socket)
        loop.unwatch(output)
        close(socket)
        close(output)
        Orphans.workerEnded(pid)
        onEnd(reason)
    }
}

/// The method `kill` hides the call of that name.
private func killGroup(_ pid: pid_t) { _ = CPosix.kill(-pid, SIGKILL) }
