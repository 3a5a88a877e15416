import Core
import Glibc
import LayoutFile
import Testing

/// Texts that end parsers: too deep, too long, not of characters, cut in the middle. Each is refused, with a place.
@Suite struct HostileTextTests {
    /// Shown by its beginning, since some have a million characters.
    struct Text: Sendable, CustomTestStringConvertible {
        let all: String

        init(_ all: String) { self.all = all }

        var testDescription: String {
            Problem.quoted(Problem.printable(String(all.prefix(40)))) + ", \(all.utf8.count) bytes"
        }
    }

    private static func times(_ count: Int, _ text: String) -> String {
        String(repeating: text, count: count)
    }

    private static let deepKey = times(99_999, "a.") + "a"

    @Test(
        arguments: [
            "\(deepKey) = 1", "\(deepKey)", "\(deepKey).", "[\(deepKey)]", "[\(deepKey)", "[[\(deepKey)]]",
            "x = { \(deepKey) = 1 }", "x = [{ \(deepKey) = 1 }]", "[a]\n\(deepKey) = ä",
            "x = " + times(500_000, "[") + times(500_000, "]"), "x = " + times(500_000, "[\n"),
            "x = " + times(250_000, "{a=") + "1" + times(250_000, "}"), "x = " + times(200_000, "[{a="),
        ].map(Text.init))
    func refusesWhatIsTooDeepOnASmallStack(_ text: Text) throws {
        let problems = try problemsOnSmallStack(text.all)
        let problem = try #require(problems.first)
        #expect(problems.count == 1)
        #expect(problem.message == "not TOML: tables or lists nest too deeply")
        #expect(problem.expected == "keys and lists of at most 64 levels")
        #expect(problem.position.line >= 1 && problem.position.column >= 1)
    }

    /// Sixty-four levels of each kind are read.
    @Test(
        arguments: [
            times(63, "a.") + "a = 1", "[" + times(63, "a.") + "a]",
            times(2, "[[" + times(63, "a.") + "a]]\n"),
            "x = " + times(63, "[") + times(63, "]"),
            (1...64).map { "[[" + times($0 - 1, "a.") + "a]]\n" }.joined(),
        ].map(Text.init))
    func readsWhatIsDeepEnoughForAnybody(_ text: Text) throws {
        let problems = try problemsOnSmallStack(text.all, kilobytes: 8192)
        #expect(!problems.contains { $0.message.utf8.starts(with: "not TOML".utf8) })
        #expect(problems.contains { $0.message == "there is no \"grid\"" })
    }

    @Test(
        arguments: [
            "μ = 1", "aμ = 1", "a.μ = 1", "[μ]", "[a.μ]", "[[μ]]", "x = { μ = 1 }", "\u{a0}x = 1",
            "x\u{a0}= 1",
            "x = 1\n\u{feff}y = 1",
        ].map(Text.init))
    func aBareKeyIsASCII(_ text: Text) throws {
        let problem = try #require(LayoutReader.read(text: text.all, source: "t").problems.first)
        #expect(problem.message.utf8.starts(with: "not TOML: unexpected \"".utf8))
        #expect(problem.expected == "a key of ASCII letters, digits, \"_\" and \"-\", or one in quotes")
    }

    @Test(
        arguments: [
            "ä", "1ä", "trüe", "0xä", "1_ä", "1.ä", "1eä", "+ä", "inä", "2026-01-0ä", "2026-01-01 1ä", "😀",
            "[1, ä]",
            "{ a = ä }", "\u{10ffff}", "\u{a0}1", "1\u{a0}", "\u{feff}1", times(400_000, "ä"),
        ].map(Text.init))
    func aBareValueIsASCII(_ value: Text) throws {
        let problem = try #require(LayoutReader.read(text: "x = \(value.all)", source: "t").problems.first)
        #expect(problem.message.utf8.starts(with: "not TOML: unexpected \"".utf8))
        #expect(problem.expected == "a text in quotes, a number, true or false")
        #expect(problem.position.line == 1 && problem.position.column >= 5)
    }

    @Test(
        arguments: [
            "x = \"" + times(1_000_000, "a"), "x = '" + times(1_000_000, "a"),
            "x = \"\"\"" + times(500_000, "a\n"),
            "x = '''" + times(500_000, "a\n"), "x = \"\\", "x = \"\\u12", "x = \"\"\"\\", "\"a", "'a", "[\"a",
        ].map(Text.init))
    func refusesTextsWithoutAnEnd(_ text: Text) {
        let problems = LayoutReader.read(text: text.all, source: "t").problems
        #expect(problems.map(\.message) == ["not TOML: this text has no closing quotes"])
    }

    @Test(
        arguments: [
            // Numbers.
            times(1_000_000, "1"), times(500_000, "1_") + "1", "0." + times(1_000_000, "1"),
            "1e" + times(1_000_000, "9"), "0x" + times(1_000_000, "f"), "0b" + times(1_000_000, "1"),
            "9223372036854775808", "-9223372036854775809", "0x8000000000000000", "1e400", "0x1.8p3", "01",
            "1__0",
            "1.", ".1", "_1", "+0x1", times(1_000_000, "a"),
            // Dates that cannot be.
            "2026-02-30", "2026-13-01", "2026-00-01", "2026-01-00", "2100-02-29", "2026-1-1", "10000-01-01",
            "2026-01-01T24:00:00", "2026-01-01T23:60:00", "2026-01-01T00:00:00+24:00", "2026-01-01T",
            "2026-01-01T00:00:00.", "2026-01-01T00:00:00." + times(1000, "9"), "2026-01-01T00:00:00Zx",
            "2026-01-01 00:00:00 00:00:00", "-2026-01-01", "24:00:00", "07:32", "07:32:61",
            // Escapes.
            "\"\\q\"", "\"\\e\"", "\"\\x41\"", "\"\\ud800\"", "\"\\U00110000\"", "\"\\Uffffffff\"",
            "\"\\u12\"",
            "\"\"\"\"\"\"\"\"\"", "'''''''''",
            "\"\\ä\"", "\"\"\"\\ä\"\"\"", "\"\"\"\\  ä\"\"\"", "\"\"\"\\\u{a0}\n\"\"\"",
            // Control characters and line ends.
            "\u{1}", "\"\u{1}\"", "\"\u{7f}\"", "1\u{7f}", "1\u{b}", "1\ry = 2\r", "\"a\rb\"",
            "\"\"\"a\rb\"\"\"",
            "1 # a\rb", "1 # \u{1}", "1\r\r\n", "[1,\r2]",
        ].map(Text.init))
    func refusesValuesThatAreNone(_ value: Text) throws {
        let problems = LayoutReader.read(text: "x = \(value.all)\n", source: "t").problems
        #expect(problems.count == 1)
        let problem = try #require(problems.first)
        #expect(problem.severity == .error)
        #expect(problem.message.utf8.starts(with: "not TOML: ".utf8))
        #expect(problem.position.line == 1 && problem.position.column >= 5)
    }

    @Test(
        arguments: [
            "\"\\ud800\" = 1", "\"\\q\" = 1", "\"\\u12\" = 1", "\"a\\\nb\" = 1", "\"\"\"a\"\"\" = 1", "= 1",
            ".a = 1", "a. = 1", "a..b = 1", "a b = 1", "[]", "[a", "[a]]", "[[a]", "[a\r]", "[ [a] ]",
        ].map(Text.init))
    func refusesKeysThatAreNone(_ text: Text) throws {
        let problem = try #require(LayoutReader.read(text: text.all, source: "t").problems.first)
        #expect(problem.message.utf8.starts(with: "not TOML: ".utf8))
        #expect(problem.position.line == 1)
    }

    @Test(
        arguments: [
            ([0x78, 0x3d, 0x00], "a NUL byte (byte 3 of the file)"),
            ([0xef, 0xbb], "not UTF-8: byte 0xEF (byte 1 of the file)"),
            ([0x23, 0xe4, 0x0a], "not UTF-8: byte 0xE4 (byte 2 of the file)"),
            ([0x22, 0xed, 0xa0, 0x80, 0x22], "not UTF-8: byte 0xED (byte 2 of the file)"),
            ([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], "not UTF-8: byte 0xF4 (byte 2 of the file)"),
            ([0x22, 0xc0, 0xaf, 0x22], "not UTF-8: byte 0xC0 (byte 2 of the file)"),
            ([0xfe, 0xff, 0x00, 0x78], "the file is UTF-16"),
        ] as [([UInt8], String)])
    func refusesBytesThatAreNoText(_ bytes: [UInt8], _ message: String) {
        #expect(LayoutReader.read(bytes: bytes, source: "t").problems.map(\.message) == [message])
    }

    /// What stands right behind a joined line is kept, whatever it is.
    @Test(arguments: ["ä", "§", "\u{a0}", "\u{3000}", "\u{1680}", "😀", "\u{10ffff}"])
    func joinsLines(_ sign: String) {
        let text = "grid = \"a\"\ntitle = \"\"\"\\\n  \(sign)b\\\n\\\n\(sign)\(sign)\"\"\"\n"
        let result = LayoutReader.read(text: text, source: "t")
        #expect(result.problems.isEmpty)
        #expect(result.layout?.title == "\(sign)b\(sign)\(sign)")
    }

    private final class Job: @unchecked Sendable {
        let text: String
        var problems: [Problem] = []

        init(_ text: String) { self.text = text }
    }

    /// Reads a text on a thread of its own; the main thread of a program usually has 8192 KB of stack.
    private func problemsOnSmallStack(_ text: String, kilobytes: Int = 128) throws -> [Problem] {
        let job = Job(text)
        var (thread, attributes) = (pthread_t(), pthread_attr_t())
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        try #require(pthread_attr_setstacksize(&attributes, kilobytes << 10) == 0)
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let job = Unmanaged<Job>.fromOpaque(argument).takeUnretainedValue()
                job.problems = LayoutReader.read(text: job.text, source: "t").problems
                return nil
            }, Unmanaged.passUnretained(job).toOpaque())
        try #require(code == 0)
        pthread_join(thread, nil)
        return job.problems
    }
}
