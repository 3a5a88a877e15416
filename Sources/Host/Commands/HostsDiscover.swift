import ArgumentParser
import CCurl
import CPosix
import Core
import Platform

extension HostsCommand {
    /// `hosts discover`: finds hosts that serve documents. It runs only when the user calls it.
    struct Discover: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case toml, json
        }

        static let configuration = CommandConfiguration(
            commandName: "discover", abstract: "Find hosts that serve the APIs, as lines for hosts.toml.",
            discussion: """
                Hosts that announce themselves are asked of Avahi, where it runs: the types _cm-drives._tcp,
                _cm-services._tcp and _cm-backups._tcp, with path=/… in the text record. Each address of a subnet that
                is named is asked at each port, at most 64 at once and each for at most --timeout.
                Exit status 0: hosts were found; 1: none was; 2: it could not start.

                EXAMPLES
                  cm-dashboard hosts discover
                  cm-dashboard hosts discover --subnet 192.168.1.0/24 --timeout 1s
                """)

        @Option(help: ArgumentHelp("Ask every address of it; may be repeated.", valueName: "subnet"))
        var subnet: [String] = []

        @Option(help: ArgumentHelp("How long an address is waited for.", valueName: "duration"))
        var timeout = "2s"

        @Option(help: ArgumentHelp("The ports to ask.", valueName: "list"))
        var ports = "6127,6128,6129"

        @Option(help: ArgumentHelp("Where on a host the documents are.", valueName: "path"))
        var path = "/"

        @Option(help: "toml or json.")
        var format = Format.toml

        mutating func run() throws {
            let timeout = try HostsCommand.nanoseconds(timeout, "--timeout", from: 0.1, to: 60)
            let ports = try parsedPorts()
            let addresses = try parsedAddresses()
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw ValidationError("--path expects a path that begins with /, not '\(path)'")
            }
            let targets = addresses.map {
                Discovery.Target(address: $0, ports: ports, path: path, announced: nil)
            }
            let report = MainActor.assumeIsolated { [self] in Search(self, timeout).run(targets) }
            Program.write(format == .json ? report.json : report.toml)
            if report.hosts.isEmpty {
                Program.say("\(Program.name): \(report.nothing)")
                throw ExitCode(1)
            }
        }

        private func parsedPorts() throws -> [UInt16] {
            var result: [UInt16] = []
            for part in ports.split(separator: ",", omittingEmptySubsequences: false) {
                guard let port = UInt16(part), port > 0 else {
                    throw ValidationError(
                        "--ports expects numbers from 1 to 65535, like 6127,6128; not '\(ports)'")
                }
                if !result.contains(port) { result.append(port) }
            }
            guard result.count <= 16 else { throw ValidationError("--ports takes at most 16 ports") }
            return result
        }

        private func parsedAddresses() throws -> [String] {
            var subnets: [Subnet] = []
            for text in subnet {
                do throws(AddressError) { subnets.append(try Subnet(text)) } catch {
                    throw ValidationError("--subnet \(error.reason)")
                }
            }
            let total = subnets.map(\.count).reduce(0, +)
            guard total <= Subnet.sizeLimit else {
                throw ValidationError(
                    "the subnets have \(total) addresses together; at most \(Subnet.sizeLimit) are asked in one go"
                )
            }
            var seen: Set<String> = []
            return subnets.flatMap(\.addresses).filter { seen.insert($0).inserted }
        }
    }
}

/// One search: announced services, then the addresses of a subnet.
@MainActor
private final class Search {
    private let request: HostsCommand.Discover
    private let timeout: UInt64
    private let loop = EventLoop()
    private let timers: TimerQueue
    private var announced: [AvahiBrowser.Service] = []

    init(_ request: HostsCommand.Discover, _ timeout: UInt64) {
        self.request = request
        self.timeout = timeout
        timers = TimerQueue(loop)
    }

    func run(_ targets: [Discovery.Target]) -> Report {
        let obstacle = browse()
        if let obstacle, targets.isEmpty { Program.fail(obstacle + Self.suggestion) }
        if targets.count > 1 { Program.say("asking \(targets.count) addresses in \(places)") }
        let all = announced.map {
            Discovery.Target(address: $0.address, ports: [$0.port], path: $0.path, announced: $0.host)
        }
        let client = HostsCommand.client(servers: Discovery.connections, loop, timers)
        let discovery = Discovery(all + targets, timeout: timeout, client: client, timers: timers, loop: loop)
        discovery.run { [loop] in loop.stop() }
        loop.run()
        client.close()
        var nothing = "no host with one of the APIs was found"
        if !targets.isEmpty {
            nothing += " at \(request.ports.split(separator: ",").joined(separator: ", ")) in \(places)"
        }
        if discovery.isOffline {
            nothing = "this machine has no way to \(places); is it connected to that network?"
        }
        if announced.isEmpty && targets.isEmpty {
            nothing += ": none announces itself; name a subnet\(Self.suggestion)"
        }
        return Report(discovery, nothing: nothing)
    }

    private var places: String { request.subnet.map(Problem.printable).joined(separator: ", ") }

    /// Browses announced services. Returns why that was impossible and the remedy; nil: it was possible.
    private func browse() -> String? {
        let browser = AvahiBrowser(loop)
        var answer = AvahiBrowser.Answer.services([])
        // Avahi needs up to a second to report that there are no more services.
        let isStarted = browser.browse(until: loop.now + max(timeout, 1_000_000_000) + 1_000_000_000) {
            answer = $0
            self.loop.stop()
        }
        guard isStarted else {
            if AvahiBrowser.isRunning {
                Program.say(
                    "\(Program.name): Avahi runs here, but avahi-browse is not installed; install avahi-utils to find "
                        + "hosts that announce themselves")
            }
            return
                "avahi-browse is not installed here, so nobody knows what is announced; name a subnet to be asked"
        }
        withExtendedLifetime(browser) { loop.run() }
        switch answer {
        case .services(let services):
            announced = services
            return nil
        case .notRunning:
            return
                "avahi-daemon does not run here, so nobody knows what is announced; start it, or name a subnet to "
                + "be asked"
        case .silent:
            return
                "avahi-daemon has not answered, so nobody knows what is announced; restart it, or name a subnet to "
                + "be asked"
        }
    }

    /// A subnet of this machine, as an example.
    private static var suggestion: String {
        var text = [CChar](repeating: 0, count: CCURL_SUBNET_SIZE)
        guard ccurl_own_subnet(&text) != 0 else { return ", like --subnet 192.168.1.0/24" }
        let subnet = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return ", like --subnet \(subnet)"
    }
}
