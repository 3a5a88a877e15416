import Core
import Foundation
import LayoutFile
import Testing

/// `Tests/Fixtures/config`: in `wrong` each file with `NAME.expected`, its messages word for word; in `old` each
/// with `NAME.migrated`, what becomes of it; in `right` all without a message.
@Suite struct ConfigurationCorpusTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = root.appendingPathComponent("Tests/Fixtures/config")
    static let surroundings = ConfigurationReader.Surroundings(
        hostName: "here", home: "/home/me", themes: ["dark", "light", "plain"])

    static func names(in name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path))
            ?? [])
            .filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func read(
        _ path: URL, themes: [String] = surroundings.themes
    ) throws -> (configuration: Configuration, problems: [Problem]) {
        let bytes = [UInt8](try Data(contentsOf: path))
        let name = path.lastPathComponent
        let isHosts = ConfigurationFile(path: name) == .hosts
        let surroundings = ConfigurationReader.Surroundings(
            hostName: "here", home: "/home/me", themes: themes)
        return ConfigurationReader.read(
            hosts: isHosts ? bytes : nil, source: name, dashboard: isHosts ? nil : bytes, source: name,
            in: surroundings)
    }

    @Test func theCorpusIsThere() throws {
        #expect(Self.names(in: "wrong").count >= 69)
        #expect(Self.names(in: "right").count >= 7)
        #expect(Self.names(in: "old").count >= 3)
    }

    @Test(arguments: names(in: "wrong"))
    func saysExactly(_ name: String) throws {
        let folder = Self.folder.appendingPathComponent("wrong")
        let expected = try String(
            contentsOf: folder.appendingPathComponent("\(name).expected"), encoding: .utf8)
        let problems = try Self.read(folder.appendingPathComponent("\(name).toml")).problems
        #expect(!problems.isEmpty)
        #expect(problems.map { $0.description + "\n" }.joined() == expected)
    }

    @Test(arguments: names(in: "right"))
    func hasNothingToSay(_ name: String) throws {
        let path = Self.folder.appendingPathComponent("right/\(name).toml")
        let problems = try Self.read(path).problems.filter { !$0.message.hasPrefix("the file names no host") }
        #expect(problems == [])
    }

    @Test(arguments: names(in: "old"))
    func becomesTodays(_ name: String) throws {
        let folder = Self.folder.appendingPathComponent("old")
        let path = folder.appendingPathComponent("\(name).toml")
        let bytes = [UInt8](try Data(contentsOf: path))
        let expected = try String(
            contentsOf: folder.appendingPathComponent("\(name).migrated"), encoding: .utf8)
        guard
            case .migrated(let text, 0, let count) = ConfigurationMigration.hosts(
                bytes, source: name, in: Self.surroundings)
        else {
            Issue.record("not migrated")
            return
        }
        #expect(text == expected)
        // Both mean the same, and the new one is not migrated again.
        let old = try Self.read(path)
        #expect(old.problems.map(\.severity) == [.warning])
        let new = ConfigurationReader.read(
            hosts: Array(text.utf8), source: name, dashboard: nil, source: "", in: Self.surroundings)
        #expect(new.problems.filter { $0.severity == .error } == [])
        #expect(new.configuration.hosts.map(\.name) == old.configuration.hosts.map(\.name))
        #expect(new.configuration.hosts.map(\.address) == old.configuration.hosts.map(\.address))
        guard
            case .current = ConfigurationMigration.hosts(
                Array(text.utf8), source: name, in: Self.surroundings)
        else {
            Issue.record("the new file would be migrated again")
            return
        }
        #expect(
            count == (old.configuration.hosts.first?.source == .local ? 0 : old.configuration.hosts.count))
    }

    @Test func oursAreSound() throws {
        let config = Self.root.appendingPathComponent("config")
        let hosts = try Self.read(config.appendingPathComponent("hosts.toml"))
        #expect(hosts.problems == [])
        #expect(
            hosts.configuration.hosts.map(\.name) == ["srv01", "cmbox", "labbox", "simonbox", "steambox"])
        #expect(hosts.configuration.hosts[0].url(of: .services) == "http://srv01:6128/")
        let dashboard = try Self.read(
            config.appendingPathComponent("dashboard.toml"), themes: Theme.all.map(\.name))
        #expect(dashboard.problems == [])
        #expect(dashboard.configuration.settings.overview.roles == ["server", "workstation", "lab"])
    }
}
