import Core
import Foundation
import LayoutFile
import Testing

/// The layouts that are installed.
@Suite struct LayoutSamplesTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("layouts")

    static let names = ["cmbox", "default", "labbox", "overview", "simonbox", "srv01", "steambox"]

    @Test func noneIsUntested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".layout")
        }
        #expect(files.sorted() == Self.names.map { "\($0).layout" })
    }

    @Test(arguments: names)
    func isSoundAndFits(_ name: String) throws {
        let text = try String(
            contentsOf: Self.folder.appendingPathComponent("\(name).layout"), encoding: .utf8)
        let result = LayoutReader.read(text: text, source: name)
        #expect(result.problems == [])
        let layout = try #require(result.layout)
        #expect(layout.host == (["default", "overview"].contains(name) ? nil : name))
        // Nothing may be out of sight in a narrow terminal.
        for variant in layout.variants { #expect(Set(variant.names) == Set(layout.grid.names)) }
        for (width, height) in [(80, 22), (100, 28), (101, 22), (160, 48), (240, 70)] {
            let places = layout.arrangement(for: Size(width, height)).place(
                in: Rect(x: 0, y: 1, width: width, height: height))
            let area = try #require(places).reduce(0) { $0 + $1.rect.width * $1.rect.height }
            #expect(area == width * height)
        }
    }

    @Test func theServersFrameStandsAsPlanned() throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("srv01.layout"), encoding: .utf8)
        let layout = try #require(LayoutReader.read(text: text, source: "srv01").layout)
        let places = try #require(layout.grid.place(in: Rect(x: 0, y: 1, width: 160, height: 48)))
        #expect(places.map(\.name) == ["nvme", "memory", "services", "cpu", "backup"])
        #expect(
            places.map(\.rect) == [
                Rect(x: 0, y: 1, width: 80, height: 14), Rect(x: 80, y: 1, width: 80, height: 14),
                Rect(x: 0, y: 15, width: 160, height: 21), Rect(x: 0, y: 36, width: 80, height: 13),
                Rect(x: 80, y: 36, width: 80, height: 13),
            ])
    }
}
