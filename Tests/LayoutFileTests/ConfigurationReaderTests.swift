import Core
import Foundation
import LayoutFile
import Testing

@Suite struct ConfigurationReaderTests {
    private func read(hosts: String? = nil, dashboard: String? = nil) -> (Configuration, [Problem]) {
        let result = ConfigurationReader.read(
            hosts: hosts.map { Array($0.utf8) }, source: "/etc/cm/hosts.toml",
            dashboard: dashboard.map { Array($0.utf8) }, source: "/etc/cm/dashboard.toml",
            in: ConfigurationCorpusTests.surroundings)
        return (result.configuration, result.problems)
    }

    private func sample(_ name: String) throws -> String {
        try String(
            contentsOf: ConfigurationCorpusTests.folder.appendingPathComponent("right/\(name).toml"),
            encoding: .utf8)
    }

    @Test func withoutFilesThisMachineIsWatched() {
        let (configuration, problems) = read()
        #expect(problems == [])
        #expect(configuration.hosts.map(\.name) == ["here"])
        #expect(configuration.hosts[0].source == .local)
        #expect(configuration.settings.dataSource == .http)
        #expect(configuration.settings.refresh == nil)
        #expect(configuration.settings.overview.columns == nil)
        #expect(configuration.settings.overview.sort == nil)
    }

    @Test func aHostNeedsOnlyItsName() throws {
        let (configuration, problems) = read(hosts: try sample("hosts-small"))
        #expect(problems == [])
        let host = try #require(configuration.hosts.first)
        #expect(host.source == .http)
        #expect(host.role == nil && host.layout == nil && host.thresholds.isEmpty)
        #expect((host.refresh, host.timeout) == (5_000_000_000, 4_000_000_000))
        let urls = HostAPI.allCases.map { host.url(of: $0) }
        #expect(urls == ["http://srv01:6127/", "http://srv01:6128/", "http://srv01:6129/"])
        #expect(host.position == Position(line: 3, column: 7))
    }

    @Test func everythingOfHostsIsRead() throws {
        let (configuration, problems) = read(hosts: try sample("hosts-everything"))
        #expect(problems == [])
        let hosts = configuration.hosts
        #expect(hosts.map(\.name) == ["srv01", "nas.lan", "six", "zoned", "inner", "here"])
        #expect(hosts.map(\.role) == ["lab bench", "server", "server", "server", "server", "server"])
        #expect(
            hosts.map(\.layout?.value) == [
                "srv01", "/etc/cm-dashboard/layouts/nas.layout", "/etc/cm/layouts/all.layout",
                "/home/me/my.layout",
                "/etc/cm/layouts/all.layout", "/etc/cm/layouts/all.layout",
            ])
        #expect(hosts[0].refresh == 30_000_000_000 && hosts[0].timeout == 500_000_000)
        #expect(hosts[1].refresh == 10_000_000_000 && hosts[1].timeout == 2_500_000_000)
        #expect(hosts[0].url(of: .drives) == "http://192.168.1.10:7127/")
        #expect(hosts[0].url(of: .services) == nil)
        #expect(hosts[0].url(of: .backups) == "http://192.168.1.10:7129/backup")
        #expect(hosts[1].url(of: .drives) == "http://nas.lan:6127/v1/drives?full=1")
        #expect(hosts[1].url(of: .backups) == nil)
        #expect(hosts[2].url(of: .services) == "http://[FD00::10]:6128/")
        #expect(hosts[3].url(of: .services) == "http://[fe80::1%25eth0]:6128/")
        #expect(hosts[4].url(of: .drives) == "http://192.168.1.10:80/inner/drives")
        #expect(hosts.map(\.source) == [.http, .http, .http, .http, .http, .local])
    }

    @Test func everythingOfTheDashboardIsRead() throws {
        let (configuration, problems) = read(dashboard: try sample("dashboard-everything"))
        #expect(problems == [])
        let settings = configuration.settings
        #expect(settings.refresh == 1_000_000_000)
        #expect(settings.theme == "dark" && settings.icons == .ascii && settings.dataSource == .http)
        #expect(
            settings.pluginFolders.map(\.value) == ["/opt/cm-plugins", "/etc/cm/mine", "/home/me/plugins"])
        #expect(
            settings.overview.columns?.map(\.value) == [
                .role, .metric(plugin: "nvme", id: "wear"), .metric(plugin: "memory", id: "used_percent"),
                .alert, .age,
            ])
        #expect(
            settings.overview.sort
                == OverviewSort(key: .metric(plugin: "nvme", id: "wear"), isDescending: true))
        #expect(settings.overview.roles == ["server", "lab"])
        #expect(settings.thresholds.map(\.plugin) == ["nvme", "backup"])
        #expect(settings.thresholds[1].settings.map(\.value) == [.text("26h"), .bool(false)])
        #expect(settings.positions["theme"] == Position(line: 3, column: 1))
    }

    @Test func whatTheHistoryKeepsIsRead() throws {
        let (configuration, problems) = read(dashboard: try sample("dashboard-everything"))
        #expect(problems == [])
        let history = configuration.settings.history
        let day: UInt64 = 86_400_000_000_000
        #expect(!history.isOff && history.mostBytes == 512 << 20)
        #expect(history.spans.native == 14 * day && history.spans.fiveMinutes == 60 * day)
        #expect(history.spans.hour == nil && history.kinds == [HistorySettings.Kind(.text, 90 * day)])
        #expect(history.plugins.map(\.id) == ["nvme", "gpu"])
        #expect(history.plugins[0].spans.native == 30 * day && history.plugins[1].isOff)
        let (off, none) = read(dashboard: "version = 1\nhistory.off = true\n")
        #expect(none == [] && off.settings.history.isOff)
    }

    @Test func theNearerLimitWins() throws {
        let (configuration, problems) = read(
            hosts: try sample("hosts-everything"), dashboard: try sample("dashboard-everything"))
        #expect(problems == [])
        func limits(_ host: Int) -> [String] {
            configuration.thresholds(of: "nvme", on: configuration.hosts[host]).flatMap(\.settings).map {
                "\($0.key) \($0.value.summary)"
            }.sorted()
        }
        #expect(limits(0) == ["wear_critical false", "wear_warning 50.5"])
        #expect(limits(1) == ["wear_critical 90.5", "wear_warning 60"])
        #expect(configuration.thresholds(of: "cpu", on: configuration.hosts[0]).isEmpty)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let (configuration, _) = read(
            hosts: try sample("hosts-everything"), dashboard: try sample("dashboard-everything"))
        let (again, problems) = read(
            hosts: configuration.hostsToml, dashboard: configuration.settings.toml(source: "x"))
        #expect(problems == [])
        #expect(again.hostsToml == configuration.hostsToml)
        #expect(again.hosts.map(\.endpoints).dropLast() == configuration.hosts.map(\.endpoints).dropLast())
        #expect(
            again.settings.overview.columns?.map(\.value)
                == configuration.settings.overview.columns?.map(\.value))
        func limits(_ configuration: Configuration) -> [String] {
            configuration.settings.thresholds.flatMap { limits in
                limits.settings.map { "\(limits.plugin) \($0.key) \($0.value.summary)" }
            }
        }
        #expect(limits(again) == limits(configuration))
        var (one, other) = (configuration.settings.history, again.settings.history)
        for index in one.plugins.indices { one.plugins[index].position = Position() }
        for index in other.plugins.indices { other.plugins[index].position = Position() }
        (one.positions, other.positions) = ([:], [:])
        #expect(one == other)
    }

    @Test func tooManyHostsAreToldAndCut() {
        let text = "version = 1\n" + (0..<10_001).map { "[host.h\($0)]\n" }.joined()
        let (configuration, problems) = read(hosts: text)
        #expect(configuration.hosts.count == 10_000)
        #expect(
            problems.map(\.description) == [
                "/etc/cm/hosts.toml:10002:7: error: the file has 10001 hosts; expected 10000 at most"
            ])
    }

    @Test func tooBigAFileIsNotRead() {
        let (configuration, problems) = read(
            hosts: String(repeating: "#", count: ConfigurationReader.maximumSize + 1))
        #expect(configuration.hosts.map(\.name) == ["here"])
        #expect(problems.map(\.message) == ["the file has 8388609 bytes"])
    }

    @Test func bothFilesTellTheirMistakes() {
        let (_, problems) = read(hosts: "version = 1\nx = 1\n[host.a]\n", dashboard: "version = 1\nx = 1\n")
        #expect(problems.map(\.source) == ["/etc/cm/hosts.toml", "/etc/cm/dashboard.toml"])
    }

    /// Ten times the hosts take ten times the processor time of this thread; what is quadratic would take a
    /// hundred times as much.
    @Test func timeGrowsWithTheNumberOfHostsOnly() {
        func used() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        func time(_ count: Int) -> Double {
            let hosts = (0..<count).map { "[host.h\($0)]\nrole = \"server\"\n" }.joined()
            let bytes = Array("version = 1\n\(hosts)".utf8)
            return (0..<3).map { _ in
                let start = used()
                _ = ConfigurationReader.read(
                    hosts: bytes, source: "x", dashboard: nil, source: "y",
                    in: ConfigurationCorpusTests.surroundings)
                return used() - start
            }.min() ?? 0
        }
        #expect(time(5_000) < 50 * time(500))
    }

    @Test(arguments: 0..<4)
    func neverCrashes(_ seed: Int) throws {
        let folder = ConfigurationCorpusTests.folder
        let files = try ["wrong", "right", "old"].flatMap { name in
            try ConfigurationCorpusTests.names(in: name).map {
                let path = folder.appendingPathComponent("\(name)/\($0).toml")
                return (isHosts: $0.hasPrefix("hosts"), bytes: [UInt8](try Data(contentsOf: path)))
            }
        }
        var dice = LayoutRobustnessTests.Dice(state: UInt64(seed))
        let telling = Array("\"'[]{}=.,#\\\n\r\t -_0/:%".utf8) + [0, 0x1b, 0xc3, 0xff]
        for _ in 0..<400 {
            guard var (isHosts, bytes) = files.randomElement(using: &dice) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &dice) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                let end = min(place + Int.random(in: 1...40, using: &dice), bytes.count)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[place] = telling.randomElement(using: &dice) ?? 0
                case 1: bytes.insert(telling.randomElement(using: &dice) ?? 0, at: place)
                case 2: bytes.removeSubrange(place..<end)
                default:
                    bytes.insert(
                        contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &dice))
                }
            }
            if Bool.random(using: &dice) { isHosts.toggle() }
            let result = ConfigurationReader.read(
                hosts: isHosts ? bytes : nil, source: "x", dashboard: isHosts ? nil : bytes, source: "x",
                in: ConfigurationCorpusTests.surroundings)
            #expect(!result.configuration.hosts.isEmpty)
            let text = String(decoding: bytes, as: UTF8.self)
            for problem in result.problems {
                let line = problem.description + (problem.excerpt(of: text) ?? "").replacing("\n", with: "")
                #expect(!line.unicodeScalars.contains(where: Problem.isControl))
            }
        }
    }
}
