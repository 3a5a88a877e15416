/// One watched host.
public struct HostConfiguration: Sendable {
    /// Default of ``refresh``: 5 s.
    public static let defaultRefresh: UInt64 = 5_000_000_000
    /// Default of ``timeout``: 4 s.
    public static let defaultTimeout: UInt64 = 4_000_000_000

    /// The name in `hosts.toml`, which is unique.
    public var name: String
    /// Where requests are sent.
    public var address: HostAddress
    /// Hosts with the same role are grouped in the overview; nil: no role.
    public var role: String?
    /// Where the values come from.
    public var source: DataSource
    /// A layout's name or an absolute path; nil: the layout with the host's name, else the default layout.
    public var layout: Placed<String>?
    /// Nanoseconds from one request to the next. A local host is collected at the ticks of its layout instead.
    public var refresh: UInt64
    /// Nanoseconds after which a request counts as not answered.
    public var timeout: UInt64
    /// Ports and paths of the host's documents.
    public var endpoints: Endpoints
    /// Limits for this host only.
    public var thresholds: [PluginThresholds] = []
    /// Position of the host's table in the file.
    public var position = Position()

    public init(
        name: String, address: HostAddress, source: DataSource = .http, endpoints: Endpoints = Endpoints(),
        refresh: UInt64 = defaultRefresh, timeout: UInt64 = defaultTimeout
    ) {
        self.name = name
        self.address = address
        self.source = source
        self.endpoints = endpoints
        self.refresh = refresh
        self.timeout = timeout
    }

    /// The URL of a document; nil: the host does not serve it.
    public func url(of api: HostAPI) -> String? {
        endpoints[api].map { "http://\(address.urlHost):\($0.port)\($0.path)" }
    }
}

/// The source of a host's values.
public enum DataSource: String, Sendable, CaseIterable {
    /// Plugins collect them on this machine.
    case local
    /// The host serves them over HTTP.
    case http

    /// Reserved names of sources that do not exist; the reader's message says so.
    public static let planned = ["zmq_gossip"]
}

/// The documents that a host serves.
public enum HostAPI: String, Sendable, CaseIterable {
    case drives, services, backups

    /// The TCP port of a document where the configuration does not set one.
    public var defaultPort: Int {
        switch self {
        case .drives: 6127
        case .services: 6128
        case .backups: 6129
        }
    }
}

/// Port and path of one document.
public struct Endpoint: Sendable, Equatable {
    /// TCP port, 1 to 65535.
    public var port: Int
    /// The path of the URL, which begins with "/".
    public var path: String

    public init(port: Int, path: String = "/") {
        self.port = port
        self.path = path
    }
}

/// Port and path of each document of a host; nil: the host does not serve it.
public struct Endpoints: Sendable, Equatable {
    /// State of the drives.
    public var drives: Endpoint?
    /// Services, memory, processor and GPU.
    public var services: Endpoint?
    /// State of the backups.
    public var backups: Endpoint?

    /// All three documents at their default ports, at "/".
    public init() {
        drives = Endpoint(port: HostAPI.drives.defaultPort)
        services = Endpoint(port: HostAPI.services.defaultPort)
        backups = Endpoint(port: HostAPI.backups.defaultPort)
    }

    /// The endpoint of one document.
    public subscript(api: HostAPI) -> Endpoint? {
        get {
            switch api {
            case .drives: drives
            case .services: services
            case .backups: backups
            }
        }
        set {
            switch api {
            case .drives: drives = newValue
            case .services: services = newValue
            case .backups: backups = newValue
            }
        }
    }
}
