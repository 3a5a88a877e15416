import Core
import LayoutFile
import Testing

@Suite struct LayoutReaderTests {
    private func layout(_ text: String) throws -> Layout {
        let result = LayoutReader.read(text: text, source: "t.layout", themes: ["dark"])
        #expect(result.problems == [])
        return try #require(result.layout)
    }

    @Test func theSmallestLayoutHasDefaults() throws {
        let layout = try layout("grid = \"nvme\"")
        #expect(layout.title == "cm-dashboard")
        #expect(layout.host == nil)
        #expect(layout.refresh == 2_000_000_000)
        #expect(layout.grid == Grid(areas: [["nvme"]], rows: [.fraction(1)], columns: [.fraction(1)]))
        #expect(layout.widgets.map(\.plugin) == ["nvme"])
        #expect(layout.widgets[0].position == Position(line: 1, column: 9))
    }

    @Test func everythingIsRead() throws {
        let layout = try layout(
            #"""
            title = "T"
            host = "srv01"
            refresh = 0.5
            theme = "dark"
            icons = "ascii"
            grid = """
              drive  .
            """
            rows = ["2.5fr"]
            columns = [30, "7"]
            [[variant]]
            max_width = 100
            grid = "drive\nother"
            [widget.drive]
            plugin = "nvme"
            host = "cmbox"
            title = "Drive"
            every = "30s"
            count = 3
            names = ["a", "b"]
            """#)
        #expect(layout.title == "T")
        #expect(layout.host == "srv01")
        #expect(layout.refresh == 500_000_000)
        #expect(layout.theme == "dark")
        #expect(layout.icons == .ascii)
        #expect(layout.grid.areas == [["drive", nil]])
        #expect(layout.grid.rows == [.fraction(2.5)])
        #expect(layout.grid.columns == [.cells(30), .cells(7)])
        #expect(layout.variants.map(\.maximumWidth) == [100])
        #expect(layout.variants[0].areas == [["drive"], ["other"]])
        #expect(layout.widgets.map(\.name) == ["drive", "other"])
        let drive = layout.widgets[0]
        #expect(drive.plugin == "nvme")
        #expect(drive.host == "cmbox")
        #expect(drive.title == "Drive")
        #expect(drive.every == 30_000_000_000)
        #expect(drive.position == Position(line: 14, column: 9))
        #expect(drive.pluginPosition == Position(line: 15, column: 10))
        #expect(drive.options.map(\.key) == ["count", "names"])
        #expect(drive.options[0].value == .integer(3))
        #expect(drive.options[1].value == .list([.text("a"), .text("b")]))
        #expect(
            drive.options[1].itemPositions == [
                Position(line: 20, column: 10), Position(line: 20, column: 15),
            ])
    }

    @Test func optionsKeepTheirPlaceHoweverTheyAreWritten() throws {
        let layout = try layout(
            """
            grid = "a b c"
            widget.a.x = 1
            widget."b" = { x = 1, "y" = [ # comment ]
              "p", 'q',
            ] }
            [ widget . 'c' ]
              "x y" = '''
            two
            lines''' # behind
              z = true
            """)
        let options = layout.widgets.flatMap { widget in
            widget.options.map { "\(widget.name).\($0.key) \($0.position.line):\($0.position.column)" }
        }
        #expect(options == ["a.x 2:10", "b.x 3:16", "b.y 3:23", "c.x y 7:3", "c.z 10:3"])
        #expect(
            layout.widgets[1].options[1].itemPositions == [
                Position(line: 4, column: 3), Position(line: 4, column: 8),
            ])
    }

    @Test func bytesBeforeTheTextAndWindowsLineEndsAreFine() throws {
        let layout = try layout("\u{feff}title = \"T\"\r\ngrid = \"\"\"\r\n  a b\r\n  a c\r\n\"\"\"\r\n")
        #expect(layout.title == "T")
        #expect(layout.grid.areas == [["a", "b"], ["a", "c"]])
    }

    @Test func columnsCountCharactersAndNotBytes() {
        let result = LayoutReader.read(
            text: "widget.\"größe\" = { x = 1 }\ngrid = \"a\"\n\"größe\" = { x = 1 }\nrefresh = 0",
            source: "t")
        #expect(
            result.problems.map(\.position) == [
                Position(line: 1, column: 8), Position(line: 3, column: 1), Position(line: 4, column: 11),
            ])
    }

    @Test func widgetsAreThereForFurtherChecksInSpiteOfErrors() {
        let result = LayoutReader.read(
            text:
                "refresh = 0\ngrid = \"a b\"\n[widget.a]\nplugin = \"cpu\"\nx = 1\n[widget.b]\nplugin = 1\n",
            source: "t")
        #expect(result.layout == nil)
        #expect(result.widgets.map(\.plugin) == ["cpu"])
        #expect(result.widgets[0].options.map(\.key) == ["x"])
    }

    @Test func aFlawInAWidgetThatIsNotShownIsAFlawAllTheSame() {
        let result = LayoutReader.read(text: "grid = \"a\"\n[widget.zzzz]\nevery = 0\n", source: "t")
        #expect(result.problems.map(\.severity) == [.warning, .error])
    }

    @Test func tooBigAFileIsNotRead() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: LayoutReader.maximumSize + 1)
        #expect(
            LayoutReader.read(bytes: bytes, source: "big").problems.map(\.description)
                == ["big: error: the file has 1048577 bytes; expected a layout of 1048576 bytes at most"])
    }

    @Test func onlyAHundredMistakesAreListed() {
        let text = "grid = \"a\"\n" + (0..<150).map { "key\($0) = 1\n" }.joined()
        let problems = LayoutReader.read(text: text, source: "t").problems
        #expect(problems.count == 101)
        #expect(problems.last?.description == "t: error: 50 more mistakes are not listed")
    }

    @Test func deepNestingEndsWell() {
        for count in [100, 255, 257, 5000] {
            let text =
                "grid = \"a\"\nx = " + String(repeating: "[", count: count)
                + String(repeating: "]", count: count)
            #expect(LayoutReader.read(text: text, source: "t").layout == nil)
        }
        let dotted = "grid = \"a\"\n" + String(repeating: "a.", count: 5000) + "b = 1\n"
        #expect(LayoutReader.read(text: dotted, source: "t").layout == nil)
    }
}
