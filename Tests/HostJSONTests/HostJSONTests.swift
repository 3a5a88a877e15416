import HostJSON
import Testing

@Suite struct HostJSONTests {
    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (0.1, "0.1"), (55.85, "55.85"), (1e15, "1000000000000000"),
        (1e16, "1e+16"), (1e-7, "1e-07"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
    ])
    func writesTheShortestNumber(_ number: Double, _ text: String) throws {
        #expect(JSONValue.number(number).line == text)
        if number.isFinite { #expect(try JSON(Array(text.utf8)).number == number) }
    }

    @Test func writesTextsThatNoTerminalActsUpon() throws {
        let text = "a\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}\u{9f}\u{a0}ä😀"
        let line = JSONValue.text(text).line
        #expect(line == #""a\"\\/\b\f\n\r\t\u0000\u001f\u007f\u009f"# + "\u{a0}ä😀\"")
        #expect(try JSON(Array(line.utf8)).text == text)
    }

    @Test func laysOutAPage() {
        let document = JSONValue.object([
            "b": .list([.whole(-1), .flag(true), .null]), "a": .object(["x": .text(orNull: nil)]),
            "none": .object([:]), "nothing": .list([]),
        ])
        #expect(
            document.page == """
                {
                  "a" : {
                    "x" : null
                  },
                  "b" : [
                    -1,
                    true,
                    null
                  ],
                  "none" : {

                  },
                  "nothing" : [

                  ]
                }

                """)
        #expect(document.line == #"{"a":{"x":null},"b":[-1,true,null],"none":{},"nothing":[]}"#)
    }

    @Test(arguments: [
        "", "{", "{}}", "[1,]", "{\"a\":1,}", "01", "NaN", "\"\u{1}\"", "'a'", "1e400", "\u{feff}",
    ])
    func refusesWhatIsNoJSON(_ text: String) {
        #expect(throws: JSON.Mistake.self) { try JSON(Array(text.utf8)) }
    }

    @Test func refusesBytesThatAreNoText() {
        #expect(throws: JSON.Mistake.self) { try JSON([0x22, 0xff, 0x22]) }
        #expect(throws: JSON.Mistake.self) { try JSON(Array(repeating: UInt8(ascii: "["), count: 1_000_000)) }
    }

    @Test func readsADocument() throws {
        let json = try JSON(
            Array("\u{feff}{\"a\": {\"b\": [1, 2.5, null]}, \"a\": {\"b\": [3]}, \"c\": false}".utf8))
        #expect(json["a", "b"]?.elements.map(\.number) == [3])
        #expect(json.members.map(\.key) == ["a", "c"])
        #expect(json["c"]?.flag == false && json["d"] == nil && json.number == nil)
    }

    @Test func saysWhereTheMistakeIs() {
        let mistake = #expect(throws: JSON.Mistake.self) { try JSON(Array("{\n  \"a\": x\n}".utf8)) }
        #expect(mistake?.offset == 10 && mistake?.line == 2)
    }
}
