import Core
import Testing

@Suite struct MaintenanceTests {
    private func names(_ maintenance: Maintenance) -> [String] { maintenance.hosts.map(\.name) }

    @Test func nobodyIsInItAtFirst() {
        #expect(Maintenance().hosts.isEmpty)
        #expect(!Maintenance().isOn("srv01", at: 0))
    }

    @Test func itLastsUntilItIsEnded() {
        var marks = Maintenance()
        marks.set(["srv01", "labbox"], isOn: true, at: 100)
        #expect(marks.isOn("srv01", at: 100) && marks.isOn("labbox", at: .max))
        #expect(!marks.isOn("cmbox", at: 100) && !marks.isOn("SRV01", at: 100))
        marks.set(["srv01"], isOn: false, at: 200)
        #expect(!marks.isOn("srv01", at: 200) && marks.isOn("labbox", at: 200))
        marks.set(["cmbox"], isOn: false, at: 200)
        #expect(names(marks) == ["labbox"])
    }

    @Test func orUntilItsTimeIsOver() {
        var marks = Maintenance()
        marks.set(["srv01"], isOn: true, at: 100, until: 160)
        #expect(marks.isOn("srv01", at: 159))
        #expect(!marks.isOn("srv01", at: 160) && !marks.isOn("srv01", at: 161))
        // The clock was set back.
        #expect(marks.isOn("srv01", at: 50))
    }

    @Test func whatIsOverIsForgottenWithTheNextChange() {
        var marks = Maintenance()
        marks.set(["a"], isOn: true, at: 100, until: 160)
        marks.set(["b"], isOn: true, at: 100, until: 161)
        #expect(names(marks) == ["a", "b"])
        marks.set(["c"], isOn: true, at: 160)
        #expect(names(marks) == ["b", "c"])
        marks.set([], isOn: false, at: 161)
        #expect(names(marks) == ["c"])
        marks.set(["d"], isOn: true, at: 200, until: 200)
        #expect(names(marks) == ["c"])
    }

    @Test func markedAgainItKeepsItsBeginning() {
        var marks = Maintenance()
        marks.set(["a"], isOn: true, at: 100, until: 200)
        marks.set(["a"], isOn: true, at: 150, until: 300)
        #expect(marks.hosts.first! == (name: "a", since: 100, until: 300))
        marks.set(["a"], isOn: true, at: 160)
        #expect(marks.hosts.first! == (name: "a", since: 100, until: nil))
        marks.set(["a"], isOn: true, at: 170, until: 180)
        // It was over, so it begins anew.
        marks.set(["a"], isOn: true, at: 180, until: 190)
        #expect(marks.hosts.first! == (name: "a", since: 180, until: 190))
    }

    @Test func hostsStandByName() {
        var marks = Maintenance()
        marks.set(["srv10", "cmbox", "srv01", "cmbox"], isOn: true, at: 1)
        #expect(names(marks) == ["cmbox", "srv01", "srv10"])
    }

    @Test func itIsMadeOfWhatWasKept() {
        var marks = Maintenance()
        marks.set(["b"], isOn: true, at: 100)
        marks.set(["a"], isOn: true, at: 200, until: 300)
        #expect(Maintenance(hosts: marks.hosts) == marks)
        #expect(Maintenance(hosts: [("a", 200, 300)]) != marks)
        // Also what is over, which the next change forgets.
        var old = Maintenance(hosts: [("a", 1, 2), ("b", 1, nil)])
        #expect(names(old) == ["a", "b"] && !old.isOn("a", at: 2))
        old.set(["c"], isOn: true, at: 2)
        #expect(names(old) == ["b", "c"])
    }
}
