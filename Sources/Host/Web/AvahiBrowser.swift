import CPosix

/// Hosts that announce their APIs by DNS-SD, as the Avahi of this machine knows them.
///
/// The types are `_cm-drives._tcp`, `_cm-services._tcp` and `_cm-backups._tcp`; `path=/…` in the text record says
/// where on the host the document is.
@MainActor
final class AvahiBrowser {
    struct Service: Equatable {
        /// "srv01", of "srv01.local".
        let host: String
        let address: String
        let port: UInt16
        let path: String
    }

    private let loop: EventLoop
    private var children: [cposix_child] = []
    private var text: [Int32: [UInt8]] = [:]
    private var then: @MainActor ([Service]) -> Void = { _ in }

    static let types = ["_cm-drives._tcp", "_cm-services._tcp", "_cm-backups._tcp"]
    /// Bytes that are read of what the network announces.
    private static let limit = 256 << 10

    init(_ loop: EventLoop) { self.loop = loop }

    /// Whether the daemon runs here.
    static var isRunning: Bool { Files.exists("/run/avahi-daemon/socket") }

    /// Tells once, by `deadline` at the latest. False: avahi-browse is not installed.
    func browse(until deadline: UInt64, then: @escaping @MainActor ([Service]) -> Void) -> Bool {
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
            end(child)
            return true
        }
        if children.isEmpty { finish() }
    }

    private func end(_ child: cposix_child) {
        cposix_kill(child.pid)
        close(child.output)
        close(child.error)
    }

    private func finish() {
        loop.setTimer(self, at: nil) {}
        for child in children {
            loop.unwatch(child.output)
            end(child)
        }
        children = []
        then(Self.services(in: text.values.flatMap { $0 + [UInt8(ascii: "\n")] }))
    }

    /// What avahi-browse prints: `=;eth0;IPv4;NAME;TYPE;local;srv01.local;192.168.1.2;6127;"path=/x" "…"`.
    static func services(in output: [UInt8]) -> [Service] {
        var found: [Service] = []
        for line in output.split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "=") {
            let fields = line.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard fields.count >= 10, types.contains(fields[4]), let port = UInt16(fields[8]), port > 0 else {
                continue
            }
            let isV6 = fields[7].contains(":")
            // An address that holds on one link only is none that a file could name.
            guard isAddress(fields[7]), !fields[7].lowercased().hasPrefix("fe80:") else { continue }
            let service = Service(
                host: String(fields[6].prefix { $0 != "." }), address: isV6 ? "[\(fields[7])]" : fields[7],
                port: port,
                path: path(in: fields[9...].joined(separator: ";")))
            if !found.contains(service) { found.append(service) }
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

    private static func path(in record: String) -> String {
        for part in record.split(separator: "\"") where part.hasPrefix("path=/") {
            let path = part.dropFirst(5)
            if path.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x5c }) { return String(path) }
        }
        return "/"
    }
}
