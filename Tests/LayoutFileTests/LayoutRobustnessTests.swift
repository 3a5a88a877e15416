import Core
import Foundation
import LayoutFile
import Testing

/// Damaged layouts: any answer will do, as long as there is one and it can be printed.
@Suite struct LayoutRobustnessTests {
    static let layouts: [[UInt8]] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders = [root.appendingPathComponent("layouts"), LayoutCorpusTests.folder]
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
                .filter { $0.hasSuffix(".layout") }
                .compactMap { try? [UInt8](Data(contentsOf: folder.appendingPathComponent($0))) }
        }.filter { !$0.isEmpty }
    }()

    /// Numbers that are the same in every run.
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// Bytes that mean something to TOML are likelier to hurt than any others.
    private static let telling =
        Array("\"'[]{}=.,#\\\n\r\t -_0ufr".utf8) + [0, 0x1b, 0x7f, 0xc3, 0xff, 0xe2, 0xef]

    private func damage(_ bytes: inout [UInt8], _ dice: inout Dice) {
        let place = Int.random(in: 0..<bytes.count, using: &dice)
        let end = min(place + Int.random(in: 1...40, using: &dice), bytes.count)
        let byte = Self.telling.randomElement(using: &dice) ?? 0
        switch Int.random(in: 0..<7, using: &dice) {
        case 0: bytes[place] = byte
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &dice)
        case 2: bytes.insert(byte, at: place)
        case 3: bytes.removeSubrange(place..<end)
        case 4: bytes.removeSubrange(place...)
        case 5:
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &dice))
        default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        }
        if bytes.isEmpty { bytes = [byte] }
    }

    @Test(arguments: 0..<8)
    func neverCrashes(_ seed: Int) {
        #expect(Self.layouts.count > 70)
        var dice = Dice(state: UInt64(seed))
        var accepted = 0
        for _ in 0..<600 {
            guard var bytes = Self.layouts.randomElement(using: &dice) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &dice) { damage(&bytes, &dice) }
            let result = LayoutReader.read(bytes: bytes, source: "x", themes: ["dark"])
            let text = String(decoding: bytes, as: UTF8.self)
            for problem in result.problems {
                let line = problem.description + (problem.excerpt(of: text) ?? "").replacing("\n", with: "")
                #expect(!line.unicodeScalars.contains(where: Problem.isControl))
                #expect(problem.position.line <= text.utf8.count { $0 == 10 } + 2)
            }
            if let layout = result.layout {
                accepted += 1
                for size in [Size(0, 0), Size(1, 1), Size(80, 24), Size(160, 50), Size(1000, 1000)] {
                    check(layout.arrangement(for: size), in: size)
                }
            } else {
                #expect(!result.problems.isEmpty)
            }
        }
        #expect(accepted > 0)
    }

    private func check(_ grid: Grid, in size: Size) {
        guard let places = grid.place(in: Rect(x: 0, y: 0, width: size.width, height: size.height)) else {
            return
        }
        for (index, place) in places.enumerated() {
            let rect = place.rect
            #expect(rect.width >= Grid.minimumWidth && rect.height >= Grid.minimumHeight)
            #expect(rect.x >= 0 && rect.y >= 0)
            #expect(rect.x + rect.width <= size.width && rect.y + rect.height <= size.height)
            for other in places[..<index].map(\.rect) {
                let apart =
                    other.x >= rect.x + rect.width || rect.x >= other.x + other.width
                    || other.y >= rect.y + rect.height || rect.y >= other.y + other.height
                #expect(apart)
            }
        }
    }
}
