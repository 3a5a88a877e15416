/// One host that is watched.
public struct HostConfiguration: Sendable {
    /// What time may pass between two questions, and before one counts as not answered, where no file says so.
    public static let defaultRefresh: UInt64 = 5_000_000_000
    public static let defaultTimeout: UInt64 = 4_000_000_000

    public var name: String
    public var address: HostAddress
    /// Hosts of one role stand together in the overview; nil: none.
    public var role: String?
    public var source: DataSource
    /// A layout's name, or an absolute path; nil: the one named like the host, else the default.
    public var layout: Placed<String>?
    /// Nanoseconds from one question to the next. A local host is collected from on its layout's ticks instead.
    public var refresh: UInt64
    /// Nanoseconds that an answer may take.
    public var timeout: UInt64
    /// Where it serves its documents.
    public var endpoints: Endpoints
    /// The host's own.
    public var thresholds: [PluginThresholds] = []
    /// Where it stands in the file.
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

    /// What to ask for a document; nil: the host does not serve it.
    public func url(of api: HostAPI) -> String? {
        endpoints[api].map { "http://\(address.urlHost):\($0.port)\($0.path)" }
    }
}

/// Where a host's values come from.
public enum DataSource: String, Sendable, CaseIterable {
    /// Plugins collect them on this machine.
    case local
    /// The host serves them over HTTP.
    case http

    /// What the files may call it one day.
    public static let planned = ["zmq_gossip"]
}

/// The documents that a host serves.
public enum HostAPI: String, Sendable, CaseIterable {
    case drives, services, backups

    public var defaultPort: Int {
        switch self {
        case .drives: 6127
        case .services: 6128
        case .backups: 6129
        }
    }
}

/// Where one document is served.
public struct Endpoint: Sendable, Equatable {
    public var port: Int
    /// Begins with "/".
    public var path: String

    public init(port: Int, path: String = "/") {
        self.port = port
        self.path = path
    }
}

/// Where a host serves each of its documents; nil: it does not.
public struct Endpoints: Sendable, Equatable {
    public var drives: Endpoint?
    public var services: Endpoint?
    public var backups: Endpoint?

    public init() {
        drives = Endpoint(port: HostAPI.drives.defaultPort)
        services = Endpoint(port: HostAPI.services.defaultPort)
        backups = Endpoint(port: HostAPI.backups.defaultPort)
    }

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
