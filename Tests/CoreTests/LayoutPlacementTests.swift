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
}
