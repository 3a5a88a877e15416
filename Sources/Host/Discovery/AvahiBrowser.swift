import CPosix
import Platform

/// Finds hosts that announce their APIs by DNS-SD, through the Avahi daemon of this machine.
///
/// The types are `_cm-drives._tcp`, `_cm-services._tcp` and `_cm-backups._tcp`; `path=/…` in the text record is the
/// path of the document on the host.
@MainActor
final class AvahiBrowser {
    struct Service: Equatable {
        /// The full name, "srv01.local", as Avahi prints it.
        let host: String
        let address: String
        let port: UInt16
        let path: String
    }

    /// The result of a search.
    enum Answer: Equatable {
        case services([Service])
        /// There is no daemon.
        case notRunning
        /// There is a daemon, but it does not answer.
        case silent
    }

    private let loop: EventLoop
    private var failures = 0
    private var children: [cposix_child] = []
    private var text: [Int32: [UInt8]] = [:]
    private var then: @MainActor (Answer) -> Void = { _ in }

    static let types = ["_cm-drives._tcp", "_cm-services._tcp", "_cm-backups._tcp"]
    /// The number of bytes that are read of avahi-browse's output.
    private static let limit = 256 << 10

    init(_ loop: EventLoop) { self.loop = loop }

    /// Whether the daemon runs on this machine.
    static var isRunning: Bool { Files.exists("/run/avahi-daemon/socket") }

    /// Starts a search, whose result is passed to `then` once, by `deadline` at the latest, in monotonic nanoseconds.
    /// Returns false if avahi-browse is not installed.
    func browse(until deadline: UInt64, then: @escaping @MainActor (Answer) -> Void) -> Bool {
        self.then = then
        for type in Self.types {
            guard let child = start(type) else { continue }
            children.append(child)
            text[child.output] = []
            loop.watch(child.output) { [weak self] in self?.read(child.output) }
        }
        guard !children.isEmpty else { return false }
        loop.setTimer(self, at: deadline) { [weak self] in self?.finish() }
        return true
    }

    private func start(_ type: String) -> cposix_child? {
        let command = ["avahi-browse", "--parsable", "--resolve", "--terminate", "--no-db-lookup", type]
        var child = cposix_child()
        let code = CStrings.with(command + [nil]) { cposix_spawn($0, nil, &child) }
        return code == 0 ? child : nil
    }

    private func read(_ descriptor: Int32) {
        let count = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 1) { buffer -> Int in
            let count = CPosix.read(descriptor, buffer.baseAddress!, buffer.count)
            if count > 0 { text[descriptor, default: []] += buffer[0..<count] }
            return count
        }
        if count < 0 && (cposix_errno() == EAGAIN || cposix_errno() == EINTR) { return }
        guard count <= 0 || text[descriptor, default: []].count > Self.limit else { return }
        loop.unwatch(descriptor)
        children.removeAll { child in
            guard child.output == descriptor else { return false }
            if text[descriptor, default: []].isEmpty && Self.hasComplained(child) { failures += 1 }
            end(child)
            return true
        }
        if children.isEmpty { finish() }
    }

    /// Whether avahi-browse has written to standard error that it cannot search. The text is in the user's language,
    /// so its content is not examined.
    private static func hasComplained(_ child: cposix_child) -> Bool {
        var byte: UInt8 = 0
        return CPosix.read(child.error, &byte, 1) > 0
    }

    private func end(_ child: cposix_child) {
        cposix_kill(child.pid)
        close(child.output)
        close(child.error)
    }

    private func finish() {
        loop.setTimer(self, at: nil) {}
        let isLate = !children.isEmpty
        for child in children {
            loop.unwatch(child.output)
            end(child)
        }
        children = []
        guard text.values.allSatisfy(\.isEmpty) else {
            return then(.services(Self.services(in: text.values.flatMap { $0 + [UInt8(ascii: "\n")] })))
        }
        then(failures > 0 ? .notRunning : isLate ? .silent : .services([]))
    }

    /// Parses the output of avahi-browse: `=;eth0;IPv4;NAME;TYPE;local;srv01.local;192.168.1.2;6127;"path=/x" "…"`.
    static func services(in output: [UInt8]) -> [Service] {
        var found: [Service] = []
        // Avahi prints one address for each service. A link-local one is useless in a file; another service of the
        // same host may have a better one.
        var pending: [Service] = []
        for line in output.split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "=") {
            let fields = line.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard fields.count >= 10, types.contains(fields[4]), let port = UInt16(fields[8]), port > 0 else {
                continue
            }
            let isV6 = fields[7].utf8.contains(UInt8(ascii: ":"))
            guard isAddress(fields[7]) else { continue }
            let service = Service(
                host: fields[6], address: isV6 ? "[\(fields[7])]" : fields[7], port: port,
                path: path(in: fields[9...].joined(separator: ";")))
            if fields[7].lowercased().hasPrefix("fe80:") {
                pending.append(service)
            } else if !found.contains(service) {
                found.append(service)
            }
        }
        for service in pending {
            guard let address = found.first(where: { $0.host == service.host })?.address else { continue }
            let usable = Service(host: service.host, address: address, port: service.port, path: service.path)
            if !found.contains(where: { $0.host == usable.host && $0.port == usable.port }) {
                found.append(usable)
            }
        }
        return found
    }

    private static func isAddress(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20) || byte == 0x2e
                    || byte == 0x3a
            }
    }

    /// Returns the path in a text record. Keys are compared without case, and the first of several counts (RFC 6763);
    /// avahi-browse prints the last one first.
    private static func path(in record: String) -> String {
        for part in record.split(separator: "\"").reversed() where part.lowercased().hasPrefix("path=/") {
            let path = part.dropFirst(5)
            if path.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x5c }) { return String(path) }
        }
        return "/"
    }
}
