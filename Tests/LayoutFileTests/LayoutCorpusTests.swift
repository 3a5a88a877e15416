import Core
import Foundation
import LayoutFile
import Testing

/// `Tests/Fixtures/layouts/wrong/NAME.layout`, each with `NAME.expected`: its messages, word for word.
@Suite struct LayoutCorpusTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Fixtures/layouts/wrong")

    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".layout") }.map { String($0.dropLast(7)) }.sorted()

    @Test func theCorpusIsThere() throws {
        #expect(Self.names.count >= 85)
        let answers = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".expected") }
        #expect(answers.count == Self.names.count)
    }

    @Test(arguments: names)
    func saysExactly(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent("\(name).layout")))
        let expected = try String(
            contentsOf: Self.folder.appendingPathComponent("\(name).expected"), encoding: .utf8)
        let result = LayoutReader.read(
            bytes: bytes, source: "\(name).layout", themes: ["dark", "light", "plain"])
        let messages = result.problems.map { $0.description + "\n" }.joined()
        #expect(messages == expected)
        #expect((result.layout == nil) == result.problems.contains { $0.severity == .error })
    }
}
