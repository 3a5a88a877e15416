import Core

/// Reads `hosts.toml` and `dashboard.toml` and reports all their mistakes.
public enum ConfigurationReader {
    /// The environment that the meaning of the files depends on.
    public struct Surroundings: Sendable {
        /// The name of this machine, which is the only host where no file lists any.
        public var hostName: String
        /// The user's home directory, for paths that begin with "~/".
        public var home: String?
        /// The allowed names of `theme`; empty: any.
        public var themes: [String]

        public init(hostName: String, home: String? = nil, themes: [String] = []) {
            self.hostName = hostName
            self.home = home
            self.themes = themes
        }
    }

    /// The largest file in bytes: enough for ten thousand hosts with settings and comments.
    public static let maximumSize = 8 << 20

    /// Reads both files; nil: the file does not exist, which is no mistake. Where there are errors, the
    /// configuration holds all that could be read and must not be used.
    ///
    /// - Parameters:
    ///   - hostsSource, dashboardSource: the paths of the files as the user gave them, for messages and as the base of
    ///     relative paths in them.
    public static func read(
        hosts: [UInt8]?, source hostsSource: String, dashboard: [UInt8]?, source dashboardSource: String,
        in surroundings: Surroundings
    ) -> (configuration: Configuration, problems: [Problem]) {
        let (settings, problems) = readDashboard(dashboard, source: dashboardSource, in: surroundings)
        let read = readHosts(hosts, source: hostsSource, dataSource: settings.dataSource, in: surroundings)
        return (Configuration(hosts: read.hosts, settings: settings), read.problems + problems)
    }

    static func readDashboard(
        _ bytes: [UInt8]?, source: String, in surroundings: Surroundings
    ) -> (settings: DashboardSettings, problems: [Problem]) {
        guard let bytes else { return (DashboardSettings(), []) }
        do throws(ParsedFile.Mistakes) {
            let file = try ParsedFile(bytes, source: source, limit: maximumSize, what: "a dashboard.toml")
            var builder = DashboardBuilder(
                source: source, surroundings: surroundings, problems: file.problems)
            builder.read(file.nodes)
            return (builder.settings, builder.problems.sortedForReading(source: source))
        } catch {
            return (DashboardSettings(), error.problems)
        }
    }

    static func readHosts(
        _ bytes: [UInt8]?, source: String, dataSource: DataSource, in surroundings: Surroundings
    ) -> (hosts: [HostConfiguration], problems: [Problem]) {
        let thisMachine = [surroundings.thisMachine]
        guard let bytes else { return (thisMachine, []) }
        do throws(ParsedFile.Mistakes) {
            let file = try ParsedFile(bytes, source: source, limit: maximumSize, what: "a hosts.toml")
            var builder = HostsBuilder(
                source: source, surroundings: surroundings, dataSource: dataSource, problems: file.problems)
            builder.read(file.nodes)
            let hosts = builder.hosts.isEmpty ? thisMachine : builder.hosts
            return (hosts, builder.problems.sortedForReading(source: source))
        } catch {
            return (thisMachine, error.problems)
        }
    }
}

extension ConfigurationReader.Surroundings {
    var thisMachine: HostConfiguration {
        // The kernel's host name may be no valid address.
        let address = (try? HostAddress(hostName)) ?? Self.loopback
        return HostConfiguration(name: hostName, address: address, source: .local)
    }

    private static var loopback: HostAddress {
        do { return try HostAddress("127.0.0.1") } catch { preconditionFailure("127.0.0.1 is an address") }
    }

    /// Resolves a path of a file against the folder of that file.
    func resolved(_ path: String, in source: String) -> String {
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/"), let home { return home + String(path.utf8.dropFirst(1)) }
        guard let slash = source.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(decoding: source.utf8[...slash], as: UTF8.self) + path
    }
}

extension String {
    fileprivate init(_ bytes: Substring.UTF8View) { self = String(decoding: bytes, as: UTF8.self) }
}
