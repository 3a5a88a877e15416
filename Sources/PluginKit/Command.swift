import CPosix

/// The output and exit status of a program that has ended.
public struct CommandResult {
    /// The exit status, or 128 + the number of the signal that ended the program.
    public let status: Int
    /// Standard output as UTF-8, at most 16 MiB; invalid bytes are replaced.
    public let output: String
    /// Standard error, with the same bounds.
    public let errorOutput: String
    /// Whether the program was killed because it exceeded its timeout.
    public let isTimedOut: Bool
}

/// A program that runs in the background. Start it in one collect and call ``poll()`` in each later one until it
/// has ended.
///
/// The program has no standard input and a process group of its own. The group is killed at the timeout and when
/// the object is released. Use it on one thread at a time.
public final class Command {
    /// The program and its arguments.
    public let arguments: [String]
    private let deadline: Double
    private var child: cposix_child?
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    private var result: CommandResult?

    private static let largestOutput = 16 << 20

    /// Starts a program, which is looked up in PATH and then in the sbin folders. `environment` adds variables
    /// ("NAME=value") and `timeout` is in seconds.
    ///
    /// On a captured machine no program is run: the output is the file `ROOT/commands/NAME`, where NAME is the
    /// arguments joined by "_" with every run of characters other than letters, digits, "." and "-" replaced by one
    /// "_". The exit status is in `NAME.status` (default 0), standard error in `NAME.stderr`.
    ///
    /// Throws `unavailable` where there is no such program, `failed` where it cannot be started.
    public init(
        _ arguments: [String], environment: [String] = [], timeout: Double, on machine: Machine
    ) throws(PluginError) {
        self.arguments = arguments
        deadline = Self.now() + timeout
        if machine.isCaptured {
            result = try Self.captured(arguments, on: machine)
        } else {
            child = try Self.spawn(arguments, environment: environment)
        }
    }

    deinit { end() }

    /// The result once the program has ended, else nil. Does not wait.
    public func poll() -> CommandResult? { wait(upTo: 0) }

    /// The result, waiting up to `seconds` for the program to end; nil where it still runs then.
    public func wait(upTo seconds: Double) -> CommandResult? {
        let patience = Self.now() + seconds
        while result == nil, let child {
            let outputOpen = Self.drain(child.output, into: &output)
            let errorsOpen = Self.drain(child.error, into: &errors)
            var code: Int32 = 0
            if cposix_reap(child.pid, &code) != 0 {
                finish(child, status: Int(code), isTimedOut: false)
            } else if Self.now() >= deadline {
                cposix_kill(child.pid)
                finish(child, status: 128 + Int(SIGKILL), isTimedOut: true)
            } else if Self.now() >= patience {
                return nil
            } else {
                let remaining = min(patience, deadline) - Self.now()
                // Both ends are closed: the exit itself cannot be waited for, so it is polled every 2 ms.
                let step = outputOpen || errorsOpen ? remaining : min(remaining, 0.002)
                cposix_wait_readable(
                    outputOpen ? child.output : -1, errorsOpen ? child.error : -1,
                    Int32(max(1, (step * 1000).rounded(.up))))
            }
        }
        return result
    }

    /// Kills the program's process group if it still runs; ``poll()`` then returns the result.
    public func end() {
        guard let child else { return }
        cposix_kill(child.pid)
        finish(child, status: 128 + Int(SIGKILL), isTimedOut: false)
    }

    private func finish(_ child: cposix_child, status: Int, isTimedOut: Bool) {
        _ = Self.drain(child.output, into: &output)
        _ = Self.drain(child.error, into: &errors)
        close(child.output)
        close(child.error)
        self.child = nil
        result = CommandResult(
            status: status, output: String(decoding: output, as: UTF8.self),
            errorOutput: String(decoding: errors, as: UTF8.self), isTimedOut: isTimedOut)
        output = []
        errors = []
    }

    /// Reads all that is available without blocking; returns false once the other end is closed.
    private static func drain(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16384) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress!, buffer.count)
                if count > 0 {
                    if bytes.count < largestOutput { bytes.append(contentsOf: buffer.prefix(count)) }
                } else if count < 0 && cposix_errno() == EINTR {
                    continue
                } else {
                    return count < 0
                }
            }
        }
    }

    private static func spawn(
        _ arguments: [String], environment: [String]
    ) throws(PluginError) -> cposix_child {
        var child = cposix_child()
        let argv = CStringArray(arguments)
        let extra = CStringArray(environment)
        defer {
            argv.free()
            extra.free()
        }
        let code = cposix_spawn(argv.pointer, extra.pointer, &child)
        if code == 0 { return child }
        if code == ENOENT {
            throw .unavailable("\(arguments[0]) is not installed (not found in PATH)")
        }
        throw .failed("cannot run \(arguments[0]): \(String(cString: strerror(code)))")
    }

    private static func captured(
        _ arguments: [String], on machine: Machine
    ) throws(PluginError) -> CommandResult {
        let path = "/commands/" + fileName(arguments)
        guard let output = machine.text(path) else {
            throw .unavailable("\(arguments[0]) is not installed (no \(machine.root)\(path))")
        }
        let status = machine.number(path + ".status").flatMap { Int(exactly: $0) } ?? 0
        return CommandResult(
            status: status, output: output, errorOutput: machine.text(path + ".stderr") ?? "",
            isTimedOut: false)
    }

    private static func fileName(_ arguments: [String]) -> String {
        var name: [UInt8] = []
        for (index, argument) in arguments.enumerated() {
            if index > 0 && name.last != UInt8(ascii: "_") { name.append(UInt8(ascii: "_")) }
            for byte in argument.utf8 {
                let isPlain =
                    byte.isLetter || byte.isDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                if isPlain {
                    name.append(byte)
                } else if name.last != UInt8(ascii: "_") {
                    name.append(UInt8(ascii: "_"))
                }
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A NULL-terminated array of C strings. ``free()`` releases it.
private struct CStringArray {
    let pointer: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            (pointer + index).initialize(to: UnsafePointer(strdup(string)))
        }
        (pointer + strings.count).initialize(to: nil)
    }

    func free() {
        for index in 0..<count { CPosix.free(UnsafeMutableRawPointer(mutating: pointer[index])) }
        pointer.deallocate()
    }
}
