import Core
import Testing

@Suite struct LayoutSearchTests {
    private static let folders = LayoutSearch.directories(configHome: nil, home: "/home/u", prefix: "/usr")

    private func search(_ files: [String], host: String = "srv01.home.lan") -> LayoutSearch {
        LayoutSearch(
            hostName: host, directories: Self.folders, fileExists: { files.contains($0) },
            list: { folder in
                files.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
            })
    }

    @Test func folders() {
        #expect(
            Self.folders == [
                "/home/u/.config/cm-dashboard/layouts", "/etc/cm-dashboard/layouts",
                "/usr/share/cm-dashboard/layouts",
            ])
        #expect(
            LayoutSearch.directories(configHome: "/x", home: "/home/u", prefix: "/usr")[0]
                == "/x/cm-dashboard/layouts")
        #expect(LayoutSearch.directories(configHome: "x", home: nil, prefix: "/usr").count == 2)
    }

    @Test func aPathIsAPath() {
        #expect(search(["./a/b"]).find("./a/b") == .found("./a/b"))
        #expect(search(["srv01.layout"]).find("srv01.layout") == .found("srv01.layout"))
        #expect(search([]).find("a/b.layout") == .missing("there is no file \"a/b.layout\""))
    }

    @Test func aNameIsSoughtInTheFolders() {
        let (user, system) = (Self.folders[0] + "/lab.layout", Self.folders[2] + "/lab.layout")
        #expect(search([system]).find("lab") == .found(system))
        #expect(search([system]).find("lab.layout") == .found(system))
        #expect(search([user, system]).find("lab") == .found(user))
        #expect(search(["lab"]).find("lab") != .found("lab"))
    }

    @Test func aWrongNameSaysWhereItLookedAndWhatIsNear() {
        #expect(
            search([Self.folders[2] + "/cmbox.layout"]).find("cmbx")
                == .missing(
                    "no layout \"cmbx\" in /home/u/.config/cm-dashboard/layouts, /etc/cm-dashboard/layouts,"
                        + " /usr/share/cm-dashboard/layouts; did you mean \"cmbox\"?"))
        #expect(search([]).find("") == .missing("the name of the layout is empty"))
    }

    @Test func withoutANameTheHostsOwnOrTheDefault() {
        let (own, standard) = (Self.folders[2] + "/srv01.layout", Self.folders[0] + "/default.layout")
        #expect(search([own, standard]).find(nil) == .found(own))
        #expect(search([standard]).find(nil) == .found(standard))
        #expect(search([standard], host: "../x").find(nil) == .found(standard))
        #expect(
            search([]).find(nil)
                == .missing(
                    "no layout \"srv01.layout\" or \"default.layout\" in /home/u/.config/cm-dashboard/layouts,"
                        + " /etc/cm-dashboard/layouts, /usr/share/cm-dashboard/layouts"))
    }
}
