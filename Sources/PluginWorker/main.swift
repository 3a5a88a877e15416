import CPosix
import ContractEmbedded
import PluginRuntime

/// The small process that one plugin runs in: `cm-plugin-worker FILE.so`, its host at descriptor 3.
///
/// It answers one request at a time, in order, and ends when the host is gone.
final class Worker {
    private let host: Int32 = 3
    private var input = FrameBuffer()
    private var instances: [UInt32: Instance] = [:]

    func run(_ path: String) -> Int32 {
        let library: Library
        do throws(LoadError) {
            library = try Library(path: path)
        } catch {
            send(.refused(error.sentence))
            return 1
        }
        send(.hello(library.description))
        while receive() {
            do throws(WireError) {
                while let message = try input.next({ body throws(WireError) in try HostMessage(body) }) {
                    answer(message, library)
                }
            } catch {
                send(.log(level: 3, "the host's frame cannot be read; the worker ends"))
                return 1
            }
        }
        return 0
    }

    private func answer(_ message: HostMessage, _ library: Library) {
        switch message {
        case .create(let id, let request):
            do throws(Instance.CreateError) {
                instances[id] = try Instance(of: library, request) { [self] level, line in
                    send(.log(level: level, line))
                }
                send(.created(id: id))
            } catch {
                send(.createFailed(id: id, error.outcome, error.sentence))
            }
        case .collect(let id, let tick):
            guard let instance = instances[id] else { return }
            send(.collected(id: id, instance.collect(tick)))
        case .draw(let id, let request):
            guard let instance = instances[id] else { return }
            send(.drawn(id: id, instance.draw(request)))
        case .destroy(let id):
            instances.removeValue(forKey: id)?.destroy()
            send(.destroyed(id: id))
        }
    }

    /// Waits for bytes from the host; false when it is gone.
    private func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 8) { buffer in
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

/// The arguments of the process; Embedded Swift has no `CommandLine`.
func path() -> String? {
    var data: UnsafeMutablePointer<UInt8>?
    var length = 0
    guard cposix_read_file("/proc/self/cmdline", 1 << 16, &data, &length) == 0, let data else { return nil }
    defer { free(data) }
    let arguments = UnsafeBufferPointer(start: data, count: length).split(separator: 0)
    return arguments.count == 2 ? String(decoding: arguments[1], as: UTF8.self) : nil
}

cposix_ignore_broken_pipes()
cposix_become_worker(3)
if let path = path() {
    exit(Worker().run(path))
} else {
    fputs(
        "cm-plugin-worker is started by cm-dashboard, with a plugin's file and a socket at descriptor 3.\n",
        cposix_stderr())
    exit(2)
}
