import Core
import HostJSON

/// The result of a search, as lines for hosts.toml or as JSON.
struct Report {
    struct Host {
        let name: String
        let address: String
        let endpoints: [HostAPI: Endpoint]
    }

    let hosts: [Host]
    /// Sentences about other machines that answered.
    let others: [String]
    /// The sentence for a search without a result.
    let nothing: String

    @MainActor
    init(_ discovery: Discovery, nothing: String) {
        self.nothing = nothing
        others = discovery.strangers
        var names: Set<String> = []
        hosts = discovery.hosts.map { found in
            let own = found.name ?? Self.name(of: found.address)
            // The address is appended to a name that two machines share. The new name may be taken as well.
            var name = own
            while !names.insert(name).inserted { name += "-\(Self.digits(found.address))" }
            let endpoints = found.documents.mapValues { Endpoint(port: $0.port, path: $0.path) }
            return Host(name: name, address: found.address, endpoints: endpoints)
        }
    }

    /// Returns a name for a machine without one: "host-192-168-1-7".
    private static func name(of address: String) -> String { "host-\(digits(address))" }

    private static func digits(_ address: String) -> String {
        String(address.map { $0 == "." || $0 == ":" ? "-" : $0 }.filter { $0 != "[" && $0 != "]" })
    }

    var json: String {
        JSONValue.object([
            "hosts": .list(hosts.map(Self.json)), "others": .list(others.map { .text($0) }),
        ]).page
    }

    private static func json(of host: Host) -> JSONValue {
        var apis: [String: JSONValue] = [:]
        for (api, endpoint) in host.endpoints {
            apis[api.rawValue] = .object([
                "port": .whole(Int64(endpoint.port)), "path": .text(endpoint.path),
            ])
        }
        return .object(["name": .text(host.name), "address": .text(host.address), "apis": .object(apis)])
    }

    /// The hosts in the format of hosts.toml, with further findings as comments.
    var toml: String {
        var text = hosts.isEmpty ? "" : "# For hosts.toml, somewhere below its line \"version = 1\".\n\n"
        for host in hosts {
            let found = HostAPI.allCases.filter { host.endpoints[$0] != nil }
            text += "# \(host.address): \(found.map(\.rawValue).joined(separator: ", "))\n"
            text += Self.toml(of: host) + "\n"
        }
        for sentence in others { text += "# \(Problem.printable(sentence))\n" }
        return text
    }

    private static func toml(of host: Host) -> String {
        guard let address = try? HostAddress(host.address) else { return "" }
        var configuration = HostConfiguration(name: host.name, address: address)
        for api in HostAPI.allCases { configuration.endpoints[api] = host.endpoints[api] }
        return configuration.toml
    }
}
