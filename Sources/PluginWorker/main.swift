import CPosix
import ContractEmbedded
import PluginRuntime

/// The process that runs one plugin: `cm-plugin-worker [--new-privileges] FILE.so`, with the socket to its host at
/// descriptor 3.
///
/// It answers one request at a time, in order, and ends when the host closes the socket.
final class Worker {
    private let host: Int32 = 3
    private var input = FrameBuffer()
    private var instances = Instances()
    /// Lines that the plugin has logged in the current call.
    private var logged = 0
    /// When unused memory is next given back to the system, monotonic nanoseconds.
    private var trimAt: UInt64 = 0
    private static let trimPause: UInt64 = 60_000_000_000

    func run(_ path: String) -> Int32 {
        let library: Library
        do throws(LoadError) {
            library = try Library(path: path)
        } catch {
            send(.refused(error.sentence))
            return 1
        }
        send(.hello(library.description))
        trimAt = cposix_monotonic() &+ 5_000_000_000
        cposix_release_memory()
        while receive() {
            do throws(WireError) {
                while let message = try input.next({ body throws(WireError) in try HostMessage(body) }) {
                    answer(message, library)
                }
            } catch {
                send(.log(level: 3, "the host's frame cannot be read; the worker ends"))
                return 1
            }
            trim()
        }
        return 0
    }

    /// Now and then, between two requests: what a call has needed for a moment is not kept until the next.
    private func trim() {
        let now = cposix_monotonic()
        guard now >= trimAt else { return }
        trimAt = now &+ Self.trimPause
        cposix_release_memory()
    }

    /// A plugin that logs in a loop costs its host nothing: the rest of a call's lines is dropped.
    private func log(_ level: UInt8, _ line: String) {
        logged += 1
        if logged < WireLimits.logLines {
            send(.log(level: level, line))
        } else if logged == WireLimits.logLines {
            send(.log(level: 2, "more than \(WireLimits.logLines) lines in one call; the rest is dropped"))
        }
    }

    private func answer(_ message: HostMessage, _ library: Library) {
        logged = 0
        switch message {
        case .create(let id, let request):
            do throws(Instance.CreateError) {
                try instances.create(id, of: library, request) { [self] level, line in log(level, line) }
                send(.created(id: id))
            } catch {
                send(.createFailed(id: id, error.outcome, error.sentence))
            }
        case .collect(let id, let tick):
            guard let instance = instances[id] else { return }
            send(.collected(id: id, instance.collect(tick)))
        case .ingest(let id, let tick, let kind, let host, let document):
            guard let instance = instances[id] else { return }
            send(.collected(id: id, instance.ingest(tick, kind: kind, host: host, document: document)))
        case .draw(let id, let request):
            guard let instance = instances[id] else { return }
            send(.drawn(id: id, instance.draw(request)))
        case .destroy(let id):
            instances.destroy(id)
            send(.destroyed(id: id))
        }
    }

    /// Waits for bytes from the host; returns false when the host has closed the socket.
    private func receive() -> Bool {
        // On the stack, whose pages stay: small.
        withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { buffer in
            while true {
                let count = read(host, buffer.baseAddress!, buffer.count)
                if count > 0 {
                    input.append(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
                    return true
                }
                if count == 0 || cposix_errno() != EINTR { return false }
            }
        }
    }

    private func send(_ message: WorkerMessage) {
        let frame = message.frame()
        frame.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(host, bytes.baseAddress!.advanced(by: sent), bytes.count - sent)
                if count > 0 {
                    sent += count
                } else if cposix_errno() != EINTR {
                    exit(1)
                }
            }
        }
    }
}

/// The command line arguments. Embedded Swift has no `CommandLine`.
func arguments() -> [String] {
    var data: UnsafeMutablePointer<UInt8>?
    var length = 0
    guard cposix_read_file("/proc/self/cmdline", 1 << 16, &data, &length) == 0, let data else { return [] }
    defer { free(data) }
    return UnsafeBufferPointer(start: data, count: length).split(separator: 0).dropFirst().map {
        String(decoding: $0, as: UTF8.self)
    }
}

/// Runs the worker with the command line arguments and returns the exit status.
func main() -> Int32 {
    var words = arguments()
    let mayGainPrivileges = words.count == 2 && words[0] == "--new-privileges"
    if mayGainPrivileges { words.removeFirst() }
    guard words.count == 1 else {
        fputs(
            "cm-plugin-worker is started by cm-dashboard, with a plugin's file and a socket at descriptor 3.\n",
            cposix_stderr())
        return 2
    }
    cposix_ignore_broken_pipes()
    cposix_become_worker(3, mayGainPrivileges ? 1 : 0)
    return Worker().run(words[0])
}

exit(main())
