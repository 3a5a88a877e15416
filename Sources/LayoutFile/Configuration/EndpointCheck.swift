import Core

/// Reports documents that would be requested twice, since most likely a line was copied and only partly changed.
enum EndpointCheck {
    private struct Key: Hashable {
        var address: String
        var port: Int
        var path: String
    }

    static func report(in hosts: [HostConfiguration], to builder: inout HostsBuilder) {
        var owners: [Key: (host: Int, api: HostAPI)] = [:]
        owners.reserveCapacity(hosts.count * HostAPI.allCases.count)
        var local: Int?
        for (index, host) in hosts.enumerated() {
            guard host.source == .http else {
                if let local {
                    builder.report(
                        host.position,
                        "hosts \(name(hosts[local])) and \(name(host)) are both local: they are this machine twice"
                    )
                }
                local = local ?? index
                continue
            }
            let address = host.address.canonical
            var isReported = false
            for api in HostAPI.allCases {
                guard let endpoint = host.endpoints[api] else { continue }
                let key = Key(address: address, port: endpoint.port, path: endpoint.path)
                guard let owner = owners[key] else {
                    owners[key] = (index, api)
                    continue
                }
                // One message for each pair of hosts.
                if isReported { continue }
                isReported = true
                let place = "\(host.address.shown):\(endpoint.port)\(endpoint.path)"
                if owner.host == index {
                    builder.report(
                        host.position,
                        "\(owner.api.rawValue) and \(api.rawValue) of host \(name(host)) are both at \(place)",
                        expected: "a port or a path of its own for each")
                } else {
                    builder.report(
                        host.position,
                        "hosts \(name(hosts[owner.host])) and \(name(host)) are both at \(place)",
                        expected: "an address, a port or a path of its own for each")
                }
            }
        }
    }

    private static func name(_ host: HostConfiguration) -> String { Problem.quoted(host.name) }
}
