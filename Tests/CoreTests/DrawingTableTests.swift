import Contract
import Core
import Testing

private let plain = Appearance(icons: .unicode)

private func text(_ text: String) -> Table.Cell { Table.Cell(kind: .text, text: text) }
private func number(_ number: Double, _ unit: String) -> Table.Cell {
    Table.Cell(kind: .number, text: unit, number: number)
}
private func state(_ status: Status, _ text: String) -> Table.Cell {
    Table.Cell(kind: .status, status: status, text: text)
}

/// A table on a surface of its own.
private struct Screen {
    var surface: Surface
    var state = TableState()
    var table: Table

    init(_ table: Table, _ width: Int, _ height: Int) {
        surface = Surface(Size(width, height), for: plain)
        self.table = table
        draw()
    }

    mutating func draw() {
        surface.clear()
        OperationRenderer.render(
            [.table(x: 0, y: 0, width: surface.size.width, height: surface.size.height, table: table)],
            into: &surface, at: surface.bounds, appearance: plain, tableState: &state)
    }

    @discardableResult
    mutating func after(_ change: (inout TableState) -> Void) -> [String] {
        change(&state)
        draw()
        return lines
    }

    var lines: [String] { (0..<surface.size.height).map { surface.line($0) } }
    var firstWords: [String] {
        lines.dropFirst().map { String($0.prefix { $0 != " " }) }.filter { !$0.isEmpty }
    }
}

private let services = Table(
    columns: [
        .init(title: "Service", grow: 1), .init(title: "State"), .init(title: "Memory", alignment: .right),
        .init(title: "Use", width: 5, priority: 2), .init(title: "Port", alignment: .right, priority: 1),
    ],
    cells: [
        text("gitea"), state(.ok, "running"), number(268_435_456, "bytes"),
        .init(kind: .gauge, number: 0.5), number(3000, "count"),
        text("Immich"), state(.critical, "failed"), number(1_288_490_188, "bytes"),
        .init(kind: .gauge, number: 1), number(2283, "count"),
        text("vault"), state(.ok, "running"), .init(kind: .empty), .init(kind: .empty), number(80, "count"),
    ])

private func numbered(_ count: Int) -> Table {
    Table(columns: [.init(title: "Name")], cells: (1...count).map { text("disk\($0)") })
}

@Suite struct DrawingTableTests {
    @Test func columnsAreAsWideAsTheyNeed() {
        #expect(
            Screen(services, 50, 4).lines == [
                "Service           State       Memory  Use     Port",
                "gitea             ●  running    256M  ██▌░░   3000",
                "Immich            ✖  failed    1.20G  █████   2283",
                "vault             ●  running                    80",
            ])
    }

    @Test func thePriorityOfAColumnDecidesWhichGoesFirst() {
        #expect(
            Screen(services, 34, 4).lines == [
                "Service  State       Memory   Port",
                "gitea    ●  running    256M   3000",
                "Immich   ✖  failed    1.20G   2283",
                "vault    ●  running             80",
            ])
        #expect(
            Screen(services, 27, 4).lines[1...2] == [
                "gitea    ●  running    256M", "Immich   ✖  failed    1.20G",
            ])
        // What is well goes before what is not is shortened.
        #expect(
            Screen(services, 20, 4).lines == [
                "Service   State", "gitea     ●  running", "Immich    ✖  failed", "vault     ●  running",
            ])
        #expect(
            Screen(services, 15, 4).lines == [
                "Se…  State", "gi…  ●  running", "Im…  ✖  failed", "va…  ●  running",
            ])
    }

    private static let drives = Table(
        columns: [
            .init(title: "Drive"), .init(title: "Wear", alignment: .right, width: 5),
            .init(title: "Hours", alignment: .right, width: 6, priority: 6),
            .init(title: "Status", priority: 2), .init(title: "Findings", width: 16, grow: 2, priority: 3),
        ],
        cells: [
            state(.ok, "sda"), number(4, "percent"), number(86_040, "seconds"), text("PASSED"),
            .init(kind: .empty), state(.warning, "sdb"), number(12_345.6, "percent"), number(3560, "seconds"),
            text("PASSED"), .init(kind: .text, role: .warning, text: "12 reallocated sectors"),
        ])

    @Test func whatIsWellGivesWayToWhatIsNot() {
        #expect(
            Screen(Self.drives, 36, 3).lines == [
                "Drive   Findings", "●  sda", "▲  sdb  12 reallocated sectors",
            ])
        #expect(
            Screen(Self.drives, 24, 3).lines == ["Drive   Findings", "●  sda", "▲  sdb  12 reallocated …"])
    }

    @Test func aNumberInATableIsNotCut() {
        // A number that is wider than its column widens it, and a duration is shown in one unit.
        #expect(
            Screen(Self.drives, 60, 3).lines == [
                "Drive     Wear   Hours  Status  Findings",
                "●  sda      4%     23h  PASSED",
                "▲  sdb  12346%     59m  PASSED  12 reallocated sectors",
            ])
    }

    @Test func rowsInTroubleComeFirstWhereNotAllHaveRoom() {
        var screen = Screen(Self.drives, 36, 2)
        #expect(screen.lines == ["Drive   Findings", "▲  sdb  12 reallocated sectors     ┃"])
        // What the user sorts by goes before that.
        #expect(screen.after { $0.cycleSort() }[1].hasPrefix("▲  sdb"))
        #expect(screen.after { $0.reverseSort() }[1].hasPrefix("●  sda"))
    }

    @Test func aTableOfOneLineHasNoHeading() {
        // Nor has it room for all rows, so the one in trouble is shown.
        #expect(Screen(services, 29, 1).lines == ["Immich   ✖  failed    1.20G ┃"])
    }

    @Test func ofARowInTroubleTheNameAndWhatIsNotWellStandOut() {
        let screen = Screen(services, 50, 4)
        let loud = { (y: Int) in
            let words = zip(screen.lines[y], 0..<50).map {
                screen.surface[$1, y].style.background == .critical ? $0 : "|"
            }
            return String(words).split(separator: "|").map(String.init)
        }
        #expect(loud(2) == ["Immich", "✖  failed"])
        #expect(loud(1) == [] && loud(3) == [])
        #expect(screen.surface[0, 2].style.role == .critical)
    }

    @Test func aTextGoesOnOverTheEmptyCellsBehindIt() {
        let empty = Table.Cell(kind: .empty)
        let hosts = Table(
            columns: [
                .init(title: "Host"), .init(title: "State", grow: 1), .init(title: "Wear", alignment: .right),
                .init(title: "Used", alignment: .right), .init(title: "Alert", grow: 1000),
            ],
            cells: [
                text("one"), text("online"), number(4, "percent"), number(30, "percent"), text("none yet"),
                text("two"), text("does not answer at all"), empty, empty, text("gone"),
                text("three"), text("does not answer at all"), empty, number(31, "percent"), empty,
            ])
        #expect(
            Screen(hosts, 60, 4).lines == [
                "Host   State             Wear  Used  Alert",
                "one    online              4%   30%  none yet",
                "two    does not answer at all        gone",
                "three  does not answer at all   31%",
            ])
        #expect(
            Screen(hosts, 43, 4).lines == [
                "Host   State           Wear  Used  Alert",
                "one    online            4%   30%  none yet",
                "two    does not answer at all      gone",
                "three  does not answer at …   31%",
            ])
    }

    @Test func onlyVisibleRowsAndAScrollBar() {
        var screen = Screen(numbered(9), 10, 4)
        #expect(screen.lines == ["Name", "disk1    ┃", "disk2    │", "disk3    │"])
        #expect(screen.state.indicator == "1/9")
        #expect(screen.after { $0.scroll(by: 3) } == ["Name", "disk4    │", "disk5    ┃", "disk6    │"])
        #expect(screen.after { $0.scroll(by: 100) } == ["Name", "disk7    │", "disk8    │", "disk9    ┃"])
        #expect(screen.after { $0.scroll(by: -1000) }[1] == "disk1    ┃")
        #expect(Screen(numbered(3), 10, 4).state.indicator == nil)
    }

    @Test func theSelectionMovesAndStaysInSight() {
        var screen = Screen(numbered(20), 10, 4)
        screen.state.showsSelection = true
        screen.after { $0.moveSelection(by: 1) }
        #expect(screen.state.selected == 0)
        screen.after { $0.moveSelection(by: 3) }
        #expect(screen.state.selected == 3 && screen.lines[3] == "disk4    │")
        #expect(screen.surface[0, 3].style.background == .selected)
        #expect(screen.surface[0, 2].style.background == .normal)
        #expect(screen.state.indicator == "4/20")
        screen.after { $0.page(by: 1) }
        #expect(screen.state.selected == 5)
        screen.after { $0.end() }
        #expect(screen.state.selected == 19 && screen.lines[3] == "disk20   ┃")
        screen.after { $0.moveSelection(by: 5) }
        #expect(screen.state.selected == 19)
        screen.after { $0.home() }
        #expect(screen.state.selected == 0 && screen.lines[1] == "disk1    ┃")
        screen.after { $0.moveSelection(by: Int.max) }
        screen.after { $0.page(by: Int.min) }
    }

    @Test func sortsByNumbersTextsAndStates() {
        var screen = Screen(services, 50, 4)
        #expect(screen.after { $0.cycleSort() }[0].hasPrefix("Service▲ "))
        #expect(screen.firstWords == ["gitea", "Immich", "vault"])
        screen.after { $0.cycleSort() }
        // The worst state first.
        #expect(screen.state.sortDescending && screen.firstWords == ["Immich", "gitea", "vault"])
        screen.after { $0.cycleSort() }
        #expect(screen.lines[0].contains("Memory▼") && screen.firstWords == ["Immich", "gitea", "vault"])
        screen.after { $0.reverseSort() }
        // What is empty stays last.
        #expect(screen.lines[0].contains("Memory▲") && screen.firstWords == ["gitea", "Immich", "vault"])
        screen.after { $0.cycleSort() }
        screen.after { $0.cycleSort() }
        screen.after { $0.cycleSort() }
        #expect(screen.state.sortColumn == nil && screen.firstWords == ["gitea", "Immich", "vault"])
    }

    @Test func digitsInNamesSortAsNumbersAndEqualsKeepTheirOrder() {
        let names = ["b", "disk10", "disk2", "A", "disk02x", "disk2"]
        var screen = Screen(
            Table(
                columns: [.init(title: "N"), .init(title: "#")],
                cells: names.enumerated().flatMap { [text($0.element), number(Double($0.offset), "")] }), 14,
            8)
        screen.after { $0.sortColumn = 0 }
        #expect(screen.firstWords == ["A", "b", "disk2", "disk2", "disk02x", "disk10"])
        #expect(screen.lines[3].hasSuffix("2") && screen.lines[4].hasSuffix("5"))
        screen.after { $0.reverseSort() }
        #expect(screen.firstWords == ["disk10", "disk02x", "disk2", "disk2", "b", "A"])
        #expect(screen.lines[3].hasSuffix("2") && screen.lines[4].hasSuffix("5"))
    }

    @Test func filtersByAnyTextWhateverItsCase() {
        var screen = Screen(services, 50, 4)
        screen.after { $0.filter = "IMM" }
        #expect(screen.firstWords == ["Immich"])
        #expect(screen.state.indicator == "/IMM  1/1 of 3")
        screen.after { $0.filter = "run" }
        #expect(screen.firstWords == ["gitea", "vault"])
        screen.after { $0.filter = "bytes" }
        #expect(screen.lines[1] == "nothing matches \"bytes\"")
        #expect(screen.state.indicator == "/bytes  0/0 of 3")
        screen.state.moveSelection(by: 1)
        #expect(screen.state.selected == nil)
        screen.after { $0.filter = "" }
        #expect(screen.firstWords.count == 3)
        var umlauts = Screen(
            Table(columns: [.init(title: "N")], cells: [text("ÄRZTE"), text("Zebra")]), 9, 3)
        umlauts.after { $0.filter = "ärz" }
        #expect(umlauts.firstWords == ["ÄRZTE"])
    }

    @Test func clicksSortAndSelect() {
        var screen = Screen(services, 50, 4)
        #expect(screen.state.click(x: 30, y: 0) == .heading(2))
        #expect(screen.state.sortColumn == 2 && screen.state.sortDescending)
        #expect(screen.state.click(x: 30, y: 0) == .heading(2))
        #expect(!screen.state.sortDescending)
        #expect(screen.state.click(x: 3, y: 2) == .row(1))
        #expect(screen.state.selected == 1)
        #expect(screen.state.click(x: 3, y: 9) == nil)
        #expect(screen.state.click(x: -1, y: 2) == nil)
    }

    @Test func theSelectionStaysWithItsRowWhenValuesChange() {
        func table(_ a: Double, _ b: Double) -> Table {
            Table(
                columns: [.init(title: "N"), .init(title: "V")],
                cells: [text("a"), number(a, ""), text("b"), number(b, "")])
        }
        var screen = Screen(table(1, 2), 10, 3)
        screen.after { $0.sortColumn = 1 }
        screen.after { $0.selected = 0 }
        screen.table = table(5, 2)
        screen.draw()
        #expect(screen.firstWords == ["b", "a"])
        #expect(screen.state.selected == 1)
        // Fewer rows than before: the selection stays inside.
        screen.table = Table(columns: table(1, 2).columns, cells: [text("c"), number(1, "")])
        screen.draw()
        #expect(screen.state.selected == 0)
        screen.table = Table(columns: table(1, 2).columns)
        screen.draw()
        #expect(screen.state.selected == nil && screen.lines == ["N  V▲", "", ""])
    }

    private static let hosts = Table(
        columns: [.init(title: "Role"), .init(title: "Host"), .init(title: "Wear", alignment: .right)],
        cells: [
            text("lab"), text("c"), number(24, "percent"), text("server"), text("a"), number(4, "percent"),
            text("lab"), text("b"), number(71, "percent"), text("server"), text("d"), number(9, "percent"),
        ])

    @Test func rowsOfAGroupStandTogetherAndNameItOnce() {
        var screen = Screen(Self.hosts, 24, 5)
        let grouping = TableState.Grouping(column: 0, ranks: [1, 0, 1, 0])
        #expect(
            screen.after { $0.grouping = grouping } == [
                "Role    Host  Wear", "server  a       4%", "        d       9%", "lab     c      24%",
                "        b      71%",
            ])
        // Sorted within the groups; alone they are one list.
        #expect(
            screen.after {
                $0.sortColumn = 2
                $0.sortDescending = true
            }.dropFirst().map { $0.suffix(3) } == [" 9%", " 4%", "71%", "24%"])
        #expect(
            screen.after { $0.grouping = nil }.dropFirst().map { $0.suffix(3) } == [
                "71%", "24%", " 9%", " 4%",
            ])
        #expect(screen.lines[2].hasPrefix("lab"))
    }

    @Test func theFirstRowThatIsSeenNamesItsGroup() {
        var screen = Screen(Self.hosts, 26, 3)
        let lines = screen.after {
            $0.grouping = TableState.Grouping(column: 0, ranks: [1, 0, 1, 0])
            $0.offset = 1
        }
        #expect(lines[1].hasPrefix("server  d") && lines[2].hasPrefix("lab     c"))
    }

    @Test func aGroupingOfAnotherTableIsForgotten() {
        var screen = Screen(Self.hosts, 24, 5)
        screen.after { $0.grouping = TableState.Grouping(column: 0, ranks: [1, 0]) }
        #expect(screen.state.grouping == nil && screen.firstWords == ["lab", "server", "lab", "server"])
    }

    @Test func aMarkStandsBeforeItsRowAndMovesNothing() {
        var surface = Surface(Size(12, 5), for: plain)
        var state = TableState()
        state.marked = [1]
        OperationRenderer.render(
            [.table(x: 0, y: 0, width: 10, height: 5, table: numbered(3))], into: &surface,
            at: Rect(x: 2, y: 0, width: 10, height: 5), appearance: plain, tableState: &state)
        #expect((0..<4).map { surface.line($0) } == ["  Name", "  disk1", " ▌disk2", "  disk3"])
        #expect(state.shown == [0, 1, 2] && state.selectedRow == nil)
    }

    @Test func aValueInTroubleHasASignOfItsOwn() {
        var bad = number(91, "percent")
        bad.status = .critical
        let table = Table(
            columns: [.init(title: "Wear", alignment: .right), .init(title: "Backup")],
            cells: [bad, Table.Cell(kind: .text, status: .warning, text: "old")])
        #expect(Screen(table, 20, 2).lines == ["Wear  Backup", " 91%✖ old▲"])
    }

    @Test func rowsThatAreNotWholeAreLeftOut() {
        let table = Table(
            columns: [.init(title: "A"), .init(title: "B")], cells: [text("1"), text("2"), text("3")])
        #expect(Screen(table, 10, 4).lines == ["A  B", "1  2", "", ""])
    }

    @Test func wideNamesKeepTheColumnsInLine() {
        let table = Table(
            columns: [.init(title: "Name", width: 7), .init(title: "X")],
            cells: [
                text("日本語サ"), text("1"), text("e\u{301}te\u{301}"), text("2"), text("\u{1b}[31m"), text("3"),
            ])
        #expect(
            Screen(table, 12, 4).lines == ["Name     X", "日本語…  1", "e\u{301}te\u{301}      2", "�[31m    3"])
    }
}
