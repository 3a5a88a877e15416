import Core
import Testing

@Suite struct LayoutPlacementTests {
    private func heights(_ tracks: [Track], in height: Int) -> [Int]? {
        let grid = Grid(areas: tracks.indices.map { ["w\($0)"] }, rows: tracks, columns: [.fraction(1)])
        return grid.place(in: Rect(x: 0, y: 0, width: 20, height: height))?.map(\.rect.height)
    }

    @Test func cellsFirstThenShares() {
        #expect(heights([.cells(7), .fraction(2), .fraction(1)], in: 37) == [7, 20, 10])
        #expect(heights([.fraction(1), .cells(5), .fraction(1)], in: 25) == [10, 5, 10])
    }

    @Test func whatDoesNotDivideEvenlyGoesToTheFirst() {
        #expect(heights([.fraction(1), .fraction(1), .fraction(1)], in: 20) == [7, 7, 6])
        #expect(heights([.fraction(1), .fraction(1), .fraction(1)], in: 19) == [7, 6, 6])
        #expect(heights([.fraction(2), .fraction(1)], in: 10) == [7, 3])
    }

    @Test func aShareIsNeverBelowTheMinimum() {
        #expect(heights([.fraction(100), .fraction(1), .fraction(1)], in: 30) == [24, 3, 3])
        #expect(heights([.fraction(0.001), .fraction(1000)], in: 9) == [3, 6])
    }

    @Test func cellsGiveWayBeforeTheGridGivesUp() {
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 20) == [7, 10, 3])
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 19) == [7, 9, 3])
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 13) == [5, 5, 3])
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 12) == [5, 4, 3])
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 9) == [3, 3, 3])
        #expect(heights([.cells(7), .cells(10), .fraction(1)], in: 8) == nil)
    }

    @Test func fixedTracksLeaveTheRestEmpty() {
        #expect(heights([.cells(4), .cells(5)], in: 30) == [4, 5])
        #expect(heights([.cells(1)], in: 30) == [3])
    }

    @Test func oddNumbersDoNoHarm() {
        #expect(heights([.cells(.max), .cells(.max)], in: 20) == [10, 10])
        #expect(
            heights([.cells(.min), .fraction(.nan), .fraction(.infinity), .fraction(-1)], in: 30) == [
                3, 9, 9, 9,
            ])
        #expect(heights([.fraction(1)], in: -5) == nil)
        #expect(
            Grid(areas: [], rows: [], columns: []).place(in: Rect(x: 0, y: 0, width: 80, height: 24)) == nil)
        let short = Grid(areas: [["a", "b"], ["c"]], rows: [.fraction(1)], columns: [.fraction(1)])
        #expect(short.place(in: Rect(x: 0, y: 0, width: 80, height: 24))?.map(\.name) == ["a"])
    }

    @Test func widgetsSpan() throws {
        let grid = Grid(
            areas: [["a", "b", "b"], ["a", "c", nil], ["d", "d", "d"]],
            rows: [.fraction(1), .fraction(1), .cells(4)], columns: [.cells(20), .fraction(1), .fraction(1)])
        let places = try #require(grid.place(in: Rect(x: 2, y: 1, width: 61, height: 24)))
        #expect(places.map(\.name) == ["a", "b", "c", "d"])
        #expect(
            places.map(\.rect) == [
                Rect(x: 2, y: 1, width: 20, height: 20), Rect(x: 22, y: 1, width: 41, height: 10),
                Rect(x: 22, y: 11, width: 21, height: 10), Rect(x: 2, y: 21, width: 61, height: 4),
            ])
        #expect(grid.names == ["a", "b", "c", "d"])
    }

    @Test func aFullGridCoversEveryCell() throws {
        let grid = Grid(
            areas: [["a", "b"], ["c", "c"], ["d", "e"]], rows: [.cells(9), .fraction(2), .fraction(1)],
            columns: [.fraction(1), .fraction(1)])
        for (width, height) in [(20, 9), (21, 10), (80, 24), (161, 51), (499, 120)] {
            let places = try #require(grid.place(in: Rect(x: 0, y: 0, width: width, height: height)))
            #expect(places.reduce(0) { $0 + $1.rect.width * $1.rect.height } == width * height)
        }
    }

    @Test func theNarrowestVariantThatIsWideEnough() {
        func grid(_ width: Int?) -> Grid { Grid(areas: [], rows: [], columns: [], maximumWidth: width) }
        var layout = Layout(source: "", title: "", refresh: 1, grid: grid(nil), widgets: [])
        layout.variants = [grid(120), grid(60), grid(100)]
        let chosen = [40, 60, 61, 100, 101, 120, 121].map {
            layout.arrangement(for: Size($0, 50)).maximumWidth
        }
        #expect(chosen == [60, 60, 100, 100, 120, 120, nil])
    }

    @Test func whatIsTooHighGivesWayToAnotherVariant() {
        func grid(_ areas: [[String]], _ width: Int?) -> Grid {
            Grid(
                areas: areas, rows: areas.map { _ in .fraction(1) },
                columns: areas[0].map { _ in .fraction(1) },
                maximumWidth: width)
        }
        var layout = Layout(
            source: "", title: "", refresh: 1, grid: grid([["a", "b", "c"]], nil), widgets: [])
        layout.variants = [grid([["a", "b"], ["c", "c"]], 80), grid([["a"], ["b"], ["c"]], 40)]
        func rects(_ width: Int, _ height: Int) -> [Rect]? {
            layout.place(in: Rect(x: 0, y: 0, width: width, height: height))?.map(\.rect)
        }
        #expect(rects(30, 9)?.map(\.height) == [3, 3, 3])
        #expect(rects(30, 8)?.map(\.width) == [15, 15, 30])
        #expect(rects(30, 5)?.map(\.width) == [10, 10, 10])
        #expect(rects(29, 5) == nil)
        #expect(rects(90, 2) == nil)
    }

    // MARK: Folding

    private let six = Grid(
        areas: [["cpu", "memory"], ["nvme", "gpu"], ["services", "backup"]],
        rows: [.fraction(1), .fraction(1), .fraction(1)], columns: [.fraction(1), .fraction(1)])

    @Test func theRoomOfAnAbsentWidgetGoesToItsNeighbour() {
        #expect(
            six.folding(["gpu"]).areas == [["cpu", "memory"], ["nvme", "nvme"], ["services", "backup"]])
        let three = six.folding(["gpu", "nvme", "backup"])
        #expect(three.areas == [["cpu", "memory"], ["services", "services"]])
        #expect(three.rows.count == 2)
        #expect(six.folding(["memory", "gpu", "backup"]).columns.count == 1)
    }

    @Test func theRoomBesideAWidgetThatSpansGoesUpOrDown() {
        let grid = Grid(
            areas: [["a", "b"], ["a", "c"]], rows: [.cells(5), .cells(9)],
            columns: [.fraction(1), .fraction(1)])
        #expect(grid.folding(["c"]).areas == [["a", "b"], ["a", "b"]])
        #expect(grid.folding(["a"]).areas == [["b"], ["c"]])
    }

    @Test func emptyCellsStayEmptyAndRowsFillTheArea() {
        let grid = Grid(
            areas: [["a", nil], ["b", "c"]], rows: [.cells(5), .cells(9)],
            columns: [.fraction(1), .fraction(1)])
        #expect(grid.folding(["b", "c"]).areas == [["a", nil]])
        #expect(grid.folding(["b", "c"]).rows == [.fraction(1)])
        #expect(grid.folding(["x"]) == grid)
    }

    @Test func absentWidgetsTakeLinesAtTheLowerEnd() throws {
        var layout = Layout(source: "", title: "", refresh: 1, grid: six, widgets: [])
        layout.variants = []
        let area = Rect(x: 0, y: 1, width: 80, height: 22)
        let places = try #require(layout.place(in: area, folding: ["gpu", "backup"]))
        #expect(places.map(\.name) == ["cpu", "memory", "nvme", "services", "gpu", "backup"])
        #expect(places.suffix(2).map(\.rect.y) == [21, 22])
        #expect(places.suffix(2).allSatisfy { $0.rect.height == 1 && $0.rect.width == 80 })
        // In a low area they share a line.
        let low = try #require(
            layout.place(in: Rect(x: 0, y: 1, width: 40, height: 10), folding: ["gpu", "backup"]))
        #expect(
            low.suffix(2).map(\.rect) == [
                Rect(x: 0, y: 10, width: 20, height: 1), Rect(x: 20, y: 10, width: 20, height: 1),
            ])
        // What is left of a screen without any widget is no better than frames.
        let all = try #require(layout.place(in: area, folding: Set(six.names)))
        #expect(all.allSatisfy { $0.rect.height > 1 })
    }
}
