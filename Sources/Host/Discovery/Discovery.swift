import CPosix
import Core
import HTTPSource
import Platform

/// Requests the documents from a list of addresses, with a bounded number of requests at once.
@MainActor
final class Discovery {
    struct Target {
        let address: String
        var ports: [UInt16]
        let path: String
        /// The name that the target announces, "srv01.local"; nil: it announces nothing.
        let announced: String?
    }

    /// A machine that serves at least one of the documents.
    struct Host {
        let address: String
        let announced: String?
        var name: String?
        var documents: [HostAPI: HTTPAddress] = [:]
        /// All addresses at which it was found.
        fileprivate var addresses: Set<String> = []
    }

    private struct Finding {
        let kind: HostAPI
        let target: Target
        let document: HTTPAddress
    }

    /// The largest number of simultaneous connections.
    static let connections = 64

    /// Nanoseconds to wait for the names of addresses.
    private static let patienceForNames: UInt64 = 2_000_000_000

    private(set) var hosts: [Host] = []
    /// Sentences about ports that answered with something other than one of the documents.
    private(set) var strangers: [String] = []

    /// Whether this machine has no route to one of the addresses.
    private(set) var isOffline = false

    private let client: HTTPClient
    private let timers: TimerQueue
    private let loop: EventLoop
    private let timeout: UInt64
    private var waiting: [Target]
    private var running = 0
    private var findings: [Finding] = []
    /// Why an announced document could not be obtained, by host and port. Another address of the host may still serve
    /// it.
    private var missed: [String: String] = [:]
    private var then: @MainActor () -> Void = {}

    init(_ targets: [Target], timeout: UInt64, client: HTTPClient, timers: TimerQueue, loop: EventLoop) {
        waiting = targets.reversed()
        self.timeout = timeout
        self.client = client
        self.timers = timers
        self.loop = loop
    }

    func run(then: @escaping @MainActor () -> Void) {
        self.then = then
        proceed()
    }

    private func proceed() {
        while running < Self.connections, let target = waiting.popLast() {
            running += 1
            ask(target)
        }
        if running == 0 { finish() }
    }

    /// Requests the first of a target's ports and then the others, one at a time, to put little load on the machine.
    private func ask(_ target: Target) {
        var rest = target
        guard !rest.ports.isEmpty, let address = Self.url(target, rest.ports.removeFirst()) else {
            running -= 1
            return proceed()
        }
        var request = HTTPClient.Request(address)
        request.timeout = timeout
        request.connectTimeout = timeout
        client.get(request) { [weak self] answer in
            guard let self else { return }
            if note(answer.outcome, target, address) { rest.ports = [] }
            ask(rest)
        }
    }

    private static func url(_ target: Target, _ port: UInt16) -> HTTPAddress? {
        try? HTTPAddress("http://\(target.address):\(port)\(target.path)")
    }

    /// Records a result. Returns whether there is no machine at the address, so that its other ports can be skipped.
    private func note(_ outcome: HTTPClient.Outcome, _ target: Target, _ address: HTTPAddress) -> Bool {
        switch outcome {
        case .document(let bytes):
            guard let kind = HostAPI(document: bytes) else {
                tell(
                    "\(address.label) answers with something else than one of the documents", target, address)
                return false
            }
            findings.append(Finding(kind: kind, target: target, document: address))
        case .unchanged: break
        case .failure(let failure):
            guard target.announced == nil else {
                tell(failure.words(), target, address)
                return false
            }
            switch failure.kind {
            case .refused: break
            case .unreachable, .noConnection: return Neighbours.isAbsent(target.address)
            case .noNetwork:
                isOffline = true
                return true
            default: tell(failure.words(), target, address)
            }
        }
        return false
    }

    private func tell(_ sentence: String, _ target: Target, _ address: HTTPAddress) {
        guard let name = target.announced else { return strangers.append(sentence) }
        let key = "\(name):\(address.port)"
        let told = "\(name) announces itself, but \(sentence)"
        // The alphabetically first of several sentences, so that the result does not depend on the order of answers.
        missed[key] = min(missed[key] ?? told, told)
    }

    /// Combines the findings into hosts. The result does not depend on the order of answers.
    private func gather() {
        // At the same address an announcement takes precedence over a probe.
        let sorted = findings.sorted { Self.order($0) < Self.order($1) }
        for finding in sorted {
            let target = finding.target
            let index =
                hosts.firstIndex {
                    $0.addresses.contains(target.address)
                        || ($0.announced != nil && $0.announced == target.announced)
                } ?? hosts.endIndex
            if index == hosts.endIndex {
                hosts.append(
                    Host(
                        address: target.address, announced: target.announced,
                        name: target.announced.flatMap(Self.label)))
            }
            hosts[index].addresses.insert(target.address)
            if hosts[index].documents[finding.kind] == nil {
                hosts[index].documents[finding.kind] = finding.document
            }
            if let name = target.announced { missed["\(name):\(finding.document.port)"] = nil }
        }
        strangers += missed.values
    }

    /// Returns the sort key of a finding: IPv4 before IPv6, and loopback addresses last.
    private static func order(_ finding: Finding) -> (Int, String, Int, String) {
        let address = finding.target.address
        let isOwn = address.hasPrefix("127.") || address == "[::1]"
        return (
            isOwn ? 2 : address.hasPrefix("[") ? 1 : 0, key(address), finding.target.announced == nil ? 1 : 0,
            "\(finding.target.announced ?? "") \(finding.document.url)"
        )
    }

    // MARK: - Names

    /// Looks up the names of hosts without one, then ends the search.
    private func finish() {
        gather()
        hosts.sort { Self.key($0.address) < Self.key($1.address) }
        strangers.sort { Self.key($0) < Self.key($1) }
        var left = hosts.indices.filter { hosts[$0].name == nil }.count
        guard left > 0 else { return then() }
        timers.set(self, at: loop.now + min(timeout, Self.patienceForNames)) { [weak self] in
            left = 0
            self?.then()
        }
        for index in hosts.indices where hosts[index].name == nil {
            client.name(of: hosts[index].address) { [weak self] name in
                guard let self, left > 0 else { return }
                hosts[index].name = name.flatMap(Self.label)
                left -= 1
                if left > 0 { return }
                timers.cancel(self)
                then()
            }
        }
    }

    /// Returns the first label of a name if it can be a host's name in the configuration: "srv01" of "srv01.lan". Not
    /// "localhost", which is every machine.
    static func label(_ name: String) -> String? {
        let label = name.prefix { $0 != "." }
        let isPlain = label.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d
                || byte == 0x5f
        }
        return isPlain && !label.isEmpty && label.utf8.count <= 63 && label != "localhost"
            ? String(label) : nil
    }

    /// Returns a sort key in which numbers within an address are ordered by value.
    private static func key(_ text: String) -> String {
        text.split(omittingEmptySubsequences: true) { $0 == "." || $0 == ":" }.map { part in
            String(repeating: "0", count: max(0, 6 - part.count)) + part
        }.joined(separator: ".")
    }
}

/// The kernel's ARP table of machines on the local networks.
enum Neighbours {
    /// Whether the kernel has tried to reach an address on a local network without an answer. False for addresses
    /// behind a router.
    static func isAbsent(_ address: String) -> Bool {
        guard let bytes = try? Files.read("/proc/net/arp", atMost: 1 << 20) else { return false }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "))
            if fields.count > 2, fields[0].elementsEqual(address.utf8) {
                return fields[2].elementsEqual("0x0".utf8)
            }
        }
        return false
    }
}
