import Core
import Testing

/// The keys of bytes that arrive in these pieces; a piece that is nil is a pause.
private func keys(
    _ pieces: [String?], sequences: [(bytes: [UInt8], key: Key)] = [], isUTF8: Bool = true
) -> [Key] {
    var reader = KeyReader(sequences: sequences, isUTF8: isUTF8)
    var all: [Key] = []
    for piece in pieces {
        if let piece { reader.append(piece.utf8) } else { reader.expire() }
        while let key = reader.next() { all.append(key) }
    }
    return all
}

private func bytes(_ bytes: [UInt8], isUTF8: Bool = true) -> [Key] {
    var reader = KeyReader(isUTF8: isUTF8)
    reader.append(bytes)
    reader.expire()
    var all: [Key] = []
    while let key = reader.next() { all.append(key) }
    return all
}

@Suite struct KeyReaderTests {
    @Test(
        arguments: [
            ("q", .character("q")), ("ä", .character("ä")), ("界", .character("界")), ("🔥", .character("🔥")),
            ("\r", .enter), ("\n", .enter), ("\t", .tab), ("\u{8}", .backspace), ("\u{7f}", .backspace),
            ("\u{3}", .control("C")), ("\u{1a}", .control("Z")), ("\u{0}", .other), ("\u{1c}", .other),
            ("\u{1b}[A", .up), ("\u{1b}OA", .up), ("\u{1b}[1;1B", .down), ("\u{1b}[1;65C", .right),
            ("\u{1b}[D", .left),
            ("\u{1b}[H", .home), ("\u{1b}[1~", .home), ("\u{1b}[7~", .home), ("\u{1b}[F", .end),
            ("\u{1b}[4~", .end),
            ("\u{1b}[8~", .end), ("\u{1b}OF", .end), ("\u{1b}[5~", .pageUp), ("\u{1b}[6~", .pageDown),
            ("\u{1b}OM", .enter),
            ("\u{1b}[Z", .backTab), ("\u{1b}OP", .function(1)), ("\u{1b}[11~", .function(1)),
            ("\u{1b}[[E", .function(5)),
            ("\u{1b}[21~", .function(10)), ("\u{1b}[24~", .function(12)),
            ("\u{1b}[<0;240;5M", .click(x: 239, y: 4)), ("\u{1b}[<64;1;1M", .wheel(up: true, x: 0, y: 0)),
            ("\u{1b}[<65;3;2M", .wheel(up: false, x: 2, y: 1)), ("\u{1b}[M !!", .click(x: 0, y: 0)),
        ] as [(String, Key)])
    func aKeyIsItsWholeSequence(_ text: String, _ key: Key) {
        #expect(keys([text]) == [key])
        // Byte by byte as well.
        #expect(keys(text.unicodeScalars.map { String($0) }) == [key])
        // What comes behind it stands on its own.
        #expect(keys([text + "x"]) == [key, .character("x")])
    }

    @Test(arguments: [
        "\u{1b}]11;rgb:1d1d/1f1f/2121\u{1b}\\", "\u{1b}]10;rgb:ffff/ffff/ffff\u{7}", "\u{1b}[?64;1;9;15;22c",
        "\u{1b}P>|xterm(390)\u{1b}\\", "\u{1b}_Gi=31;OK\u{1b}\\", "\u{1b}^q\u{1b}\\", "\u{1b}Xq\u{1b}\\",
        "\u{1b}[I",
        "\u{1b}[O", "\u{1b}[109;6u", "\u{1b}[113u", "\u{1b}[27;5;113~", "\u{1b}[1;5A", "\u{1b}[24;4~",
        "\u{1b}[5;3~",
        "\u{1b}[24;80R", "\u{1b}[<35;10;10M", "\u{1b}[<0;1;1m", "\u{1b}[<4;1;1M", "\u{1b}[<0;0;1M",
        "\u{1b}[<0;1M",
        "\u{1b}[<99999999;1;1M", "\u{1b}[?2026;2$y", "\u{1b}[2~", "\u{1b}[201~", "\u{1b}Oq", "\u{1b}O5A",
        "\u{1b}[[q",
        "\u{1b}q", "\u{1b}m", "\u{1b}x", "\u{1b}ä", "\u{1b}\r", "\u{1b}\u{3}", "\u{1b}\u{1b}[A",
        "\u{1b}\u{1b}OA",
        "\u{9b}q", "\u{9d}q/\u{7}", "\u{9b}A;;q",
    ])
    func anythingElseIsNothing(_ text: String) {
        let all = keys([text, nil])
        #expect(all.allSatisfy { $0 == .other } || text.hasPrefix("\u{9b}A") && all.first == .up)
        #expect(keys(text.unicodeScalars.map { String($0) } + [nil]) == all)
    }

    @Test func escapeIsAKeyAfterAPause() {
        #expect(keys(["\u{1b}", nil]) == [.escape])
        #expect(keys(["\u{1b}\u{1b}", nil]) == [.escape, .escape])
        #expect(keys(["\u{1b}", nil, "[", "A"]) == [.escape, .character("["), .character("A")])
        #expect(keys(["\u{1b}", "[", "B"]) == [.down])
        // What never ends is over after a while, and eats nothing that comes later.
        #expect(keys(["\u{1b}[", nil, "q"]) == [.other, .character("q")])
        #expect(keys(["\u{1b}]11;rgb", nil, "q"]) == [.other, .character("q")])
        #expect(keys(["\u{1b}[1;\u{1b}[A"]) == [.other, .up])
        #expect(keys(["\u{1b}]0;title\u{1b}[A"]) == [.other, .up])
    }

    @Test func aPauseIsAskedForWhereSomethingIsUnfinished() {
        var reader = KeyReader()
        #expect(reader.patience == nil)
        for (text, patience) in [
            ("\u{1b}", KeyReader.escapePatience), ("[", KeyReader.sequencePatience),
            ("200~ab", KeyReader.pastePatience),
        ] {
            reader.append(text.utf8)
            #expect(reader.next() == nil)
            #expect(reader.patience == patience)
        }
        reader.append("\u{1b}[201~".utf8)
        #expect(reader.next() == .paste("ab"))
        #expect(reader.patience == nil)
    }

    @Test func aPasteIsOneThing() {
        let text = "\u{1b}[200~examine mbox\nquarterly\u{1b}[A\u{3}\u{1b}[201~q"
        let expected: [Key] = [.paste("examine mbox\nquarterly\u{1b}[A\u{3}"), .character("q")]
        #expect(keys([text]) == expected)
        #expect(keys(text.unicodeScalars.map { String($0) }) == expected)
        #expect(keys(["\u{1b}[200~q", nil, "x"]) == [.paste("q"), .character("x")])
        let long = String(repeating: "q", count: 100_000)
        #expect(
            keys(["\u{1b}[200~" + long + "\u{1b}[201~"]) == [
                .paste(String(long.prefix(KeyReader.longestPaste)))
            ])
    }

    @Test func whatIsTooLongIsStillOneSequence() {
        let long = "\u{1b}[" + String(repeating: "1;", count: 100_000) + "qx"
        #expect(keys([long]) == [.other, .character("x")])
        #expect(
            keys(["\u{1b}]" + String(repeating: "q", count: 100_000) + "\u{7}x"]) == [
                .other, .character("x"),
            ])
    }

    @Test func brokenCharactersAreNothing() {
        #expect(bytes([0xff, 0x71]) == [.other, .character("q")])
        #expect(bytes([0xe7, 0x95]) == [.other])
        #expect(bytes([0xc3, 0x71]) == [.other, .character("q")])
        #expect(bytes([0xed, 0xa0, 0x80]) == [.other])
        #expect(bytes([0xe0, 0x80, 0x80]) == [.other])
        #expect(bytes([0x9b, 0x31, 0x71]) == [.other])
        #expect(bytes([0xe4, 0x71], isUTF8: false) == [.other, .character("q")])
    }

    @Test func theDescriptionOfTheTerminalWins() {
        let sequences: [(bytes: [UInt8], key: Key)] = [
            (Array("\u{1b}A".utf8), .up), (Array("\u{1b}[M".utf8), .function(1)), ([0x0b], .up),
            (Array("\u{1b}\t".utf8), .backTab),
        ]
        #expect(
            keys(["\u{1b}A\u{1b}[M\u{b}\u{1b}\tq"], sequences: sequences) == [
                .up, .function(1), .up, .backTab, .character("q"),
            ])
        #expect(keys(["\u{1b}", nil], sequences: sequences) == [.escape])
    }

    @Test func textThatNobodyTypesIsPasted() {
        func typed(_ text: String) -> Bool { keys([text]).isPastedText }
        #expect(typed("examine mbox quarterly\n"))
        #expect(!typed("jjjjjjjjjjjjjjjjjj"))
        #expect(!typed("/nginx-server-01\n"))
        #expect(!typed("xx\r]"))
        #expect(!typed("examine mbox\u{1b}[A quarterly"))
    }
}
