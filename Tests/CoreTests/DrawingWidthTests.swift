import Contract
import Glibc
import Testing

@Suite struct DrawingWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｱ", 1), ("Ａ", 2), ("✅", 2), ("⚠", 1),
        ("⚠\u{fe0f}", 1),
        ("❌", 2), ("❔", 2), ("●▲✖", 3), ("💾 NVMe", 7), ("👨\u{200d}👩\u{200d}👧", 2), ("🇩🇪", 2), ("🇩", 1),
        ("👍🏽", 2),
        ("█▏░⣿…–°µ", 8), ("각", 2), ("\u{1100}\u{1161}\u{11a8}", 2), ("\u{1b}[0m", 4), ("नमस्ते", 4), ("กำ", 2),
        ("עִבְרִית", 5), ("\u{200d}", 1), ("نمی\u{200c}دانم", 7),
    ])
    func cells(_ text: String, _ width: Int) {
        #expect(CharacterWidth.of(text) == width)
        #expect(CharacterWidth.of(text, atMost: 1000) == width)
    }

    @Test func countingStopsWhereItIsEnough() {
        #expect(CharacterWidth.of(String(repeating: "a", count: 1000), atMost: 10) == 11)
        #expect(CharacterWidth.of(String(repeating: "日", count: 1000), atMost: 10) == 12)
    }

    /// The screen is drawn through a library that measures with `wcwidth`: where it knows a width, it is ours.
    @Test func agreesWithTheCLibrary() throws {
        try #require(setlocale(Int32(LC_CTYPE), "C.UTF-8") != nil)
        // Swift's Glibc module leaves it out.
        let wcwidth = unsafeBitCast(
            try #require(dlsym(nil, "wcwidth")), to: (@convention(c) (UInt32) -> Int32).self)
        var differing: [UInt32] = []
        for code in UInt32(0x20)..<0x110000 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let theirs = Int(wcwidth(code))
            if theirs >= 0 && theirs != CharacterWidth.of(scalar) { differing.append(code) }
        }
        // Replaced or left out on purpose, so their width there does not matter: the soft hyphen; bidi controls;
        // annotations; circled numbers, on which libraries differ among themselves.
        let deliberate: Set<UInt32> = Set(
            [0xad, 0x61c, 0x200e, 0x200f] + Array(0x202a...0x202e) + Array(0x2066...0x2069)
                + Array(0xfff9...0xfffb)
                + Array(0x3248...0x324f))
        // What a library newer than our table knows is replaced here.
        let unexplained = differing.filter { !deliberate.contains($0) && isAssigned($0) }
        #expect(unexplained.map { String($0, radix: 16) } == [])
    }

    private func isAssigned(_ code: UInt32) -> Bool {
        guard let age = Unicode.Scalar(code)?.properties.age else { return false }
        return age.major <= 14
    }
}
