import Core

/// Reads `hosts.toml` and `dashboard.toml`, and tells all their mistakes at once.
public enum ConfigurationReader {
    /// What a file's text means by itself depends on.
    public struct Surroundings: Sendable {
        /// This machine's name: the only host where no file names any.
        public var hostName: String
        /// The user's home, for paths that begin with "~/".
        public var home: String?
        /// The names that `theme` may have; empty: any.
        public var themes: [String]

        public init(hostName: String, home: String? = nil, themes: [String] = []) {
            self.hostName = hostName
            self.home = home
            self.themes = themes
        }
    }

    /// Ten thousand hosts with settings of their own, and comments.
    public static let maximumSize = 8 << 20

    /// Reads both files; nil: there is none, which is no mistake. Beside errors the configuration has all that
    /// could be understood; use it only where there are none.
    ///
    /// - Parameters:
    ///   - hostsSource, dashboardSource: the files' paths, as the user gave them: for messages, and for paths in
    ///     them, which start at their folder.
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
        // A kernel's idea of a host's name need not be one.
        let address = (try? HostAddress(hostName)) ?? Self.loopback
        return HostConfiguration(name: hostName, address: address, source: .local)
    }

    private static var loopback: HostAddress {
        do { return try HostAddress("127.0.0.1") } catch { preconditionFailure("127.0.0.1 is an address") }
    }

    /// A path of a file as an absolute one, or relative to the folder that the program runs in.
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
