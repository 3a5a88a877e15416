import Contract
import Core
import Testing

@Suite struct LayoutOptionsTests {
    static let plugin = PluginDescription(
        id: "p", name: "P",
        metrics: [
            MetricDeclaration(
                id: "wear", label: "Wear", unit: "percent", direction: .higherIsWorse,
                limits: Limits(warning: 70, critical: 90)),
            MetricDeclaration(
                id: "spare", label: "Spare", unit: "percent", direction: .lowerIsWorse,
                limits: Limits(warning: 20, critical: 10)),
            MetricDeclaration(id: "age", label: "Age", unit: "seconds", direction: .higherIsWorse),
            MetricDeclaration(id: "used", label: "Used", unit: "bytes", direction: .higherIsWorse),
            MetricDeclaration(id: "hours", label: "Hours", unit: "seconds"),
            MetricDeclaration(id: "model", label: "Model", kind: .text, direction: .higherIsWorse),
        ],
        options: [
            OptionDeclaration(key: "flag", kind: .bool, defaultValue: "true"),
            OptionDeclaration(key: "depth", kind: .integer, defaultValue: "3", minimum: 1, maximum: 10),
            OptionDeclaration(key: "ratio", kind: .float, defaultValue: "0.5", minimum: 0),
            OptionDeclaration(key: "name", kind: .text, defaultValue: "n"),
            OptionDeclaration(
                key: "limit", kind: .duration, defaultValue: "26h", minimum: 1, maximum: 604_800),
            OptionDeclaration(key: "quota", kind: .size, defaultValue: "4G", maximum: 1_099_511_627_776),
            OptionDeclaration(key: "units", kind: .list, defaultValue: " a, b c ,,d"),
        ])

    private func check(_ settings: [(String, Literal)]) -> CheckedOptions {
        let options = settings.enumerated().map { index, setting in
            Setting(
                key: setting.0, value: setting.1, position: Position(line: index + 1, column: 1),
                valuePosition: Position(line: index + 1, column: 9),
                itemPositions: [Position(line: index + 1, column: 10), Position(line: index + 1, column: 15)])
        }
        return OptionChecker.check(
            WidgetConfiguration(name: "w", plugin: "p", options: options), against: Self.plugin, source: "f")
    }

    private func message(_ key: String, _ value: Literal) -> String {
        check([(key, value)]).problems.map(\.description).joined(separator: "\n")
    }

    @Test func defaults() {
        let result = check([])
        #expect(
            result.values == [
                .number(1), .number(3), .number(0.5), .text("n"), .number(93600), .number(4_294_967_296),
                .list(["a", "b c", "d"]),
            ])
        #expect(result.isSet == [Bool](repeating: false, count: 7))
        #expect(result.limits == Self.plugin.metrics.map(\.limits))
        #expect(result.problems == [])
    }

    @Test func everyTypeIsRead() {
        let result = check([
            ("flag", .bool(false)), ("depth", .integer(10)), ("ratio", .integer(2)), ("name", .text("")),
            ("limit", .text("7d")), ("quota", .text("512M")), ("units", .list([.text("x"), .text("y")])),
        ])
        #expect(
            result.values == [
                .number(0), .number(10), .number(2), .text(""), .number(604_800), .number(536_870_912),
                .list(["x", "y"]),
            ])
        #expect(result.isSet == [Bool](repeating: true, count: 7))
        #expect(result.problems == [])
        #expect(check([("units", .text("one"))]).values[6] == .list(["one"]))
        #expect(check([("limit", .integer(60))]).values[4] == .number(60))
        #expect(check([("quota", .float(1.5))]).values[5] == .number(1.5))
    }

    @Test(arguments: [
        (
            "flag", Literal.text("yes"),
            "f:1:9: error: \"flag\" is \"yes\"; expected true or false, without quotes"
        ),
        ("flag", .integer(1), "f:1:9: error: \"flag\" is 1; expected true or false, without quotes"),
        ("depth", .integer(11), "f:1:9: error: \"depth\" is 11; expected a whole number from 1 to 10"),
        ("depth", .float(2.5), "f:1:9: error: \"depth\" is 2.5; expected a whole number from 1 to 10"),
        ("depth", .text("3"), "f:1:9: error: \"depth\" is \"3\"; expected a whole number from 1 to 10"),
        ("ratio", .float(.nan), "f:1:9: error: \"ratio\" is nan; expected a number of 0 or more"),
        ("ratio", .float(.infinity), "f:1:9: error: \"ratio\" is inf; expected a number of 0 or more"),
        ("ratio", .float(-0.5), "f:1:9: error: \"ratio\" is -0.5; expected a number of 0 or more"),
        ("name", .integer(5), "f:1:9: error: \"name\" is 5; expected a text in quotes"),
        (
            "limit", .text("soon"),
            "f:1:9: error: \"limit\" is \"soon\"; expected a duration from 1s to 7d, such as"
                + " \"250ms\", \"2s\", \"5m\", \"26h\" or \"7d\""
        ),
        (
            "limit", .integer(0),
            "f:1:9: error: \"limit\" is 0; expected a duration from 1s to 7d, such as"
                + " \"250ms\", \"2s\", \"5m\", \"26h\" or \"7d\""
        ),
        (
            "quota", .text("4GB"),
            "f:1:9: error: \"quota\" is \"4GB\"; expected a size of 1.00T or less, such as \"512M\" or \"4G\""
        ),
        (
            "units", .integer(1),
            "f:1:9: error: \"units\" is 1; expected a list of texts, such as [\"one\", \"two\"]"
        ),
        (
            "units", .list([.text("a"), .integer(2)]),
            "f:1:15: error: item 2 of \"units\" is 2; expected a text in quotes"
        ),
        (
            "unist", .integer(1),
            "f:1:1: error: plugin \"p\" has no option \"unist\"; expected one of flag, depth, ratio, name, limit,"
                + " quota, units, or a limit such as wear_warning; did you mean \"units\"?"
        ),
        (
            "evry", .integer(1),
            "f:1:1: error: plugin \"p\" has no option \"evry\"; expected one of flag, depth, ratio, name, limit,"
                + " quota, units, or a limit such as wear_warning; did you mean \"every\"?"
        ),
        (
            "waer_warning", .integer(1),
            "f:1:1: error: plugin \"p\" has no option \"waer_warning\"; expected one of flag, depth, ratio, name,"
                + " limit, quota, units, or a limit such as wear_warning; did you mean \"wear_warning\"?"
        ),
        (
            "refresh", .integer(1),
            "f:1:1: error: \"refresh\" is not an option of plugin \"p\": it belongs at the top of the file, above the"
                + " first [table]"
        ),
        (
            "hours_warning", .integer(1),
            "f:1:1: error: metric \"hours\" has no limits: no value of it is better or worse; expected one of"
                + " wear_warning, wear_critical, spare_warning, spare_critical, age_warning, age_critical,"
                + " used_warning, used_critical"
        ),
        (
            "model_critical", .integer(1),
            "f:1:1: error: metric \"model\" has no limits: it is no number; expected one of"
                + " wear_warning, wear_critical, spare_warning, spare_critical, age_warning, age_critical,"
                + " used_warning, used_critical"
        ),
        (
            "wear_warning", .text("70%"),
            "f:1:9: error: \"wear_warning\" is \"70%\"; expected a number in percent, or false for no limit"
        ),
        (
            "age_warning", .text("old"),
            "f:1:9: error: \"age_warning\" is \"old\"; expected a duration such as \"250ms\", \"2s\", \"5m\", \"26h\" or"
                + " \"7d\", or false for no limit"
        ),
        (
            "wear_warning", .integer(95),
            "f:1:9: error: wear_warning (95%) is above wear_critical (90%); wear_critical has its default: set it too"
        ),
        (
            "spare_critical", .integer(30),
            "f:1:9: error: spare_warning (20%) is below spare_critical (30%); spare_warning has its default:"
                + " set it too"
        ),
    ])
    func wrong(_ key: String, _ value: Literal, _ expected: String) {
        #expect(message(key, value) == expected)
    }

    @Test func limits() {
        let result = check([
            ("wear_warning", .integer(50)), ("wear_critical", .float(60.5)), ("spare_warning", .bool(false)),
            ("age_critical", .text("26h")), ("used_warning", .text("4G")),
        ])
        #expect(result.problems == [])
        #expect(result.limits[0] == Limits(warning: 50, critical: 60.5))
        #expect(result.limits[1] == Limits(critical: 10))
        #expect(result.limits[2] == Limits(critical: 93600))
        #expect(result.limits[3] == Limits(warning: 4_294_967_296))
    }

    @Test func bothLimitsInTheWrongOrder() {
        #expect(
            check([("wear_critical", .integer(50)), ("wear_warning", .integer(60))]).problems.map(
                \.description)
                == ["f:2:9: error: wear_warning (60%) is above wear_critical (50%)"])
    }

    @Test func allMistakesAtOnceInOrder() {
        let problems = check([("x", .table), ("flag", .list([])), ("age_warning", .other("a date"))]).problems
        #expect(problems.map(\.position.line) == [1, 2, 3])
    }

    @Test func aPluginWithoutOptionsSaysSo() {
        let bare = PluginDescription(id: "bare", name: "")
        let widget = WidgetConfiguration(
            name: "w", plugin: "bare",
            options: [Setting(key: "x", value: .integer(1), position: Position(line: 1, column: 1))])
        #expect(
            OptionChecker.check(widget, against: bare, source: "f").problems.map(\.description)
                == ["f:1:1: error: plugin \"bare\" has no option \"x\""])
    }

    @Test func aDefaultThatItsOwnTypeForbidsIsNoDefault() {
        #expect(OptionDeclaration(key: "a", kind: .bool, defaultValue: "yes").parsedDefault == nil)
        #expect(OptionDeclaration(key: "a", kind: .integer, defaultValue: "x").parsedDefault == nil)
        #expect(OptionDeclaration(key: "a", kind: .duration, defaultValue: "26").parsedDefault == .number(26))
        #expect(OptionDeclaration(key: "a", kind: .size, defaultValue: "").parsedDefault == .number(0))
        #expect(OptionDeclaration(key: "a", kind: .float, defaultValue: "2s").parsedDefault == nil)
        let plugin = PluginDescription(
            id: "p", name: "",
            options: [OptionDeclaration(key: "a", kind: .integer, defaultValue: "x", minimum: 2)])
        #expect(
            OptionChecker.check(WidgetConfiguration(name: "w", plugin: "p"), against: plugin, source: "f")
                .values
                == [.number(2)])
    }
}
