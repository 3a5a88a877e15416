import Core
import Testing

/// Addresses, and where the files are looked for.
@Suite struct ConfigurationPartsTests {
    @Test(arguments: [
        ("srv01", "srv01", "srv01"), ("NAS.lan.", "NAS.lan.", "nas.lan"), ("my_box", "my_box", "my_box"),
        ("192.168.1.10", "192.168.1.10", "192.168.1.10"), ("::1", "[::1]", "0:0:0:0:0:0:0:1"),
        ("[FD00::0010]", "[FD00::0010]", "fd00:0:0:0:0:0:0:10"), ("1::", "[1::]", "1:0:0:0:0:0:0:0"),
        ("1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8"),
        ("::ffff:192.168.1.10", "[::ffff:192.168.1.10]", "0:0:0:0:0:ffff:c0a8:10a"),
        ("fe80::1%eth0.5", "[fe80::1%25eth0.5]", "fe80:0:0:0:0:0:0:1%eth0.5"), ("3com", "3com", "3com"),
    ])
    func anAddressStandsInAURL(_ written: String, _ url: String, _ canonical: String) throws {
        let address = try HostAddress(written)
        #expect(address.urlHost == url)
        #expect(address.canonical == canonical)
    }

    @Test(arguments: [
        "", " ", "a b", "srv01:80", "[::1]:80", "[::1", "::1]", "1::2::3", ":::", ":", "::", "1:2:3",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8", "g::1", "12345::", "::-1", "::+1", "::-0", "::1.2.3", "::1.2.3.4.5", "1.2.3.4::",
        "fe80::1",
        "fe80::1%", "fe80::1%a/b", "1.2.3", "1.2.3.4.", "256.1.1.1", "01.1.1.1", "1.1.1.1.1", "0.0.0.0",
        "239.1.1.1",
        ".", "..", "a..b", ".a", "-a", "a-", "a/b", "http://a", "ä", "a\u{0}", "a\n", "user@a", "a#b", "a?b",
        "a%b",
    ])
    func anythingElseIsNone(_ written: String) {
        #expect(throws: HostAddress.Refusal.self) { try HostAddress(written) }
    }

    private func search(_ files: Set<String>) -> ConfigurationSearch {
        ConfigurationSearch(
            directories: ["/home/me/.config/cm-dashboard", "/etc/cm-dashboard"], fileExists: files.contains,
            isFolder: { $0.hasPrefix("/d") })
    }

    @Test func eachFileIsLookedForByItself() throws {
        let search = search([
            "/etc/cm-dashboard/hosts.toml", "/home/me/.config/cm-dashboard/dashboard.toml",
            "/etc/cm-dashboard/dashboard.toml",
        ])
        #expect(
            try search.find([]) == [
                .hosts: "/etc/cm-dashboard/hosts.toml",
                .dashboard: "/home/me/.config/cm-dashboard/dashboard.toml",
            ])
        #expect(try self.search([]).find([]) == [:])
    }

    @Test func aFolderThatIsNamedTakesThePlaceOfTheOthers() throws {
        let search = search(["/etc/cm-dashboard/dashboard.toml", "/d/hosts.toml"])
        #expect(try search.find(["/d"]) == [.hosts: "/d/hosts.toml"])
        #expect(throws: ConfigurationSearch.Mistake.self) { try search.find(["/d2"]) }
    }

    @Test func aFileThatIsNamedLeavesTheOtherToTheFolders() throws {
        let search = search(["/etc/cm-dashboard/dashboard.toml", "my-hosts.toml", "x.toml"])
        #expect(
            try search.find(["my-hosts.toml"]) == [
                .hosts: "my-hosts.toml", .dashboard: "/etc/cm-dashboard/dashboard.toml",
            ])
        for wrong in [["x.toml"], ["none.toml"], ["my-hosts.toml", "my-hosts.toml"]] {
            #expect(throws: ConfigurationSearch.Mistake.self) { try search.find(wrong) }
        }
    }

    @Test func theUsersFolderComesFirst() {
        #expect(
            ConfigurationSearch.directories(configHome: "/x", home: "/home/me") == [
                "/x/cm-dashboard", "/etc/cm-dashboard",
            ])
        #expect(
            ConfigurationSearch.directories(configHome: "x", home: "/home/me") == [
                "/home/me/.config/cm-dashboard", "/etc/cm-dashboard",
            ])
        #expect(ConfigurationSearch.directories(configHome: nil, home: nil) == ["/etc/cm-dashboard"])
    }

    @Test func textsAreQuotedSoThatTOMLReadsThemAgain() {
        #expect(TOMLText.quoted("a \"b\" \\ \u{1b}[31m ä") == "\"a \\\"b\\\" \\\\ \\u001b[31m ä\"")
        #expect(TOMLText.key("srv-01_x") == "srv-01_x")
        #expect(TOMLText.key("nas.lan") == "\"nas.lan\"")
        #expect(TOMLText.key("") == "\"\"")
    }
}
