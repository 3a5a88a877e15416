// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// What a plugin in Swift is built with: PluginKit, and how a `.so` is linked that carries its runtime inside.
/// Swift's own ABI is not stable on Linux, so all of it is Embedded Swift.
let package = Package(
    name: "swift-kit",
    products: [.library(name: "PluginKit", targets: ["PluginKit"])],
    targets: [
        .target(name: "PluginAPI"),
        .target(name: "CPosix"),
        .target(name: "ContractEmbedded", swiftSettings: embedded),
        .target(
            name: "PluginKit", dependencies: ["PluginAPI", "ContractEmbedded", "CPosix"],
            exclude: ["plugin.map"], swiftSettings: embedded,
            linkerSettings: [
                .linkedLibrary("m"),
                .unsafeFlags([
                    "-L\(embeddedLibraries())", "-lswiftUnicodeDataTables", "-use-ld=lld",
                    // A missing symbol fails the link and not the load; everything but the entry is local.
                    "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "--gc-sections", "-Xlinker",
                    "--as-needed",
                    "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/PluginKit/plugin.map",
                    "-Xlinker", "--strip-all",
                ]),
            ]),
    ]
)

var embedded: [SwiftSetting] {
    [
        .enableExperimentalFeature("Embedded"),
        // A section for each function: the linker drops those that a plugin does not call.
        .unsafeFlags(["-wmo", "-Xfrontend", "-function-sections", "-Xcc", "-fPIC"]),
    ]
}

/// The toolchain's folder of Embedded Swift's own libraries, asked of the compiler.
func embeddedLibraries() -> String {
    struct Answer: Decodable {
        struct Paths: Decodable { let runtimeResourcePath: String }
        struct Target: Decodable { let unversionedTriple: String }
        let paths: Paths
        let target: Target
    }
    let compiler = Process()
    let pipe = Pipe()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = ["swiftc", "-print-target-info"]
    compiler.standardOutput = pipe
    do {
        try compiler.run()
        let answer = try JSONDecoder().decode(
            Answer.self, from: pipe.fileHandleForReading.readDataToEndOfFile())
        return "\(answer.paths.runtimeResourcePath)/embedded/\(answer.target.unversionedTriple)"
    } catch {
        fatalError("swiftc -print-target-info gave no usable answer: \(error)")
    }
}
