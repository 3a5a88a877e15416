// swift-tools-version: 6.1
import Foundation
import PackageDescription

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

let libraries = embeddedLibraries()

/// Swift's ABI is not stable on Linux, so what is loaded at run time carries its runtime inside: Embedded Swift.
/// The whole package may be linked with --static-swift-stdlib; Embedded has no such variant. A section for each
/// function lets the linker drop those that a plugin does not call.
let embedded: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-no-static-stdlib", "-Xfrontend", "-function-sections", "-Xcc", "-fPIC"]),
]

let embeddedLink: [LinkerSetting] = [
    .linkedLibrary("m"),
    .unsafeFlags([
        "-no-static-stdlib", "-L\(libraries)", "-lswiftUnicodeDataTables", "-Xlinker", "--gc-sections",
    ]),
]

/// For what is C alone: the compiler, which links it, adds all of a static Swift library otherwise.
let withoutSwift = ["-no-static-stdlib", "-enable-experimental-feature", "Embedded"]

/// For a program of a page or two: neither Swift nor the C library, at a fixed address, so that nothing is relocated.
let withoutLibraries =
    withoutSwift
    + ["-nostdlib", "-nostartfiles", "-static", "-Wno-unused-command-line-argument"].flatMap {
        ["-Xclang-linker", $0]
    }
    + [
        "-use-ld=lld", "-Xlinker", "--build-id=none", "-Xlinker", "--gc-sections", "-Xlinker", "-z",
        "-Xlinker", "norelro",
    ]

struct PluginTarget {
    let folder: String
    let libraries: [String]
    let dependencies: [Target.Dependency]
    var id: String { folder.lowercased() }

    init(_ folder: String, libraries: [String] = [], dependencies: [Target.Dependency] = []) {
        self.folder = folder
        self.libraries = libraries
        self.dependencies = dependencies
    }
}

let plugins = [
    PluginTarget("NVMe", libraries: ["jansson"], dependencies: ["PluginJSON"]),
    PluginTarget("Memory", libraries: ["jansson"], dependencies: ["PluginJSON"]),
    PluginTarget(
        "Services", libraries: ["jansson"], dependencies: ["PluginJSON", "CSystemd", "CDiskUsage"]),
    PluginTarget("Backup", libraries: ["jansson"], dependencies: ["PluginJSON", "CSystemd"]),
    PluginTarget("GPU", libraries: ["jansson"], dependencies: ["PluginJSON", "CNVML"]),
    PluginTarget("CPU", libraries: ["jansson"], dependencies: ["PluginJSON"]),
]

/// A plugin `.so`: everything but its entry is local, and a missing symbol fails the link and not the load.
func plugin(_ plugin: PluginTarget) -> Target {
    let symbols = "\(Context.packageDirectory)/Sources/PluginKit/plugin.map"
    return .target(
        name: "\(plugin.folder)Plugin", dependencies: ["PluginKit"] + plugin.dependencies,
        path: "Plugins/\(plugin.folder)",
        exclude: ["README.md"], swiftSettings: embedded,
        linkerSettings: embeddedLink + plugin.libraries.map { .linkedLibrary($0) } + [
            .unsafeFlags([
                "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "--as-needed",
                "-Xlinker", "--version-script=\(symbols)",
            ])
        ])
}

let package = Package(
    name: "cm-dashboard",
    products: [
        .executable(name: "cm-dashboard", targets: ["Host"]),
        .executable(name: "cm-plugin-worker", targets: ["PluginWorker"]),
        .executable(name: "cm-plugin-check", targets: ["PluginCheck"]),
        .executable(name: "cm-terminal-guard", targets: ["TerminalGuard"]),
    ] + plugins.map { .library(name: $0.id, type: .dynamic, targets: ["\($0.folder)Plugin"]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "PluginAPI"),
        .target(name: "CSystemd"),
        .target(name: "CNVML"),
        .target(name: "CDiskUsage"),
        .target(name: "CPosix"),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .target(name: "ContractEmbedded", swiftSettings: embedded),
        .target(
            name: "PluginKit", dependencies: ["PluginAPI", "ContractEmbedded", "CPosix"],
            exclude: ["plugin.map"], swiftSettings: embedded),
        .target(name: "PluginJSON", dependencies: ["PluginKit", "CJansson"], swiftSettings: embedded),
        .target(
            name: "HostJSON", dependencies: ["CJansson"], linkerSettings: [.linkedLibrary("jansson")]),
        .target(name: "CPluginTable", dependencies: ["PluginAPI"]),
        .target(
            name: "PluginRuntime", dependencies: ["PluginAPI", "CPluginTable", "ContractEmbedded", "CPosix"],
            swiftSettings: embedded),
        .executableTarget(
            name: "PluginWorker", dependencies: ["PluginRuntime", "ContractEmbedded", "CPosix"],
            swiftSettings: embedded, linkerSettings: embeddedLink),
        .executableTarget(
            name: "PluginCheck", dependencies: ["PluginAPI"],
            cSettings: [.unsafeFlags(["-std=gnu11", "-Wall", "-Wextra"])],
            linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m"), .unsafeFlags(withoutSwift)]),
        .target(name: "Contract"),
        .target(name: "Core", dependencies: ["Contract"]),
        .target(name: "Engine", dependencies: ["Core", "Contract"]),
        .target(name: "Platform", dependencies: ["Engine", "Core", "Contract", "CPosix"]),
        .target(
            name: "HTTPSource",
            dependencies: ["Platform", "Engine", "Core", "Contract", "HostJSON", "CPosix", "CCurl"]),
        .target(name: "CSQLite"),
        .target(
            name: "History", dependencies: ["Platform", "Engine", "Core", "Contract", "CPosix", "CSQLite"]),
        .target(name: "LayoutFile", dependencies: ["Core", "Contract", "TOMLKit"]),
        .target(name: "CTerminal", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .executableTarget(
            name: "TerminalGuard",
            cSettings: [
                .headerSearchPath("../CTerminal/include"),
                .unsafeFlags([
                    "-std=gnu11", "-Wall", "-Wextra", "-Os", "-ffreestanding", "-fno-pic",
                    "-fno-stack-protector",
                    "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
                ]),
            ],
            linkerSettings: [.unsafeFlags(withoutLibraries)]),
        .target(name: "CCurl"),
        .executableTarget(
            name: "Host",
            dependencies: [
                "Core", "Contract", "Engine", "Platform", "HTTPSource", "History", "LayoutFile", "HostJSON",
                "CPosix", "CTerminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "CoreTests", dependencies: ["Core", "Contract"]),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Core", "Contract"]),
        .testTarget(name: "HistoryTests", dependencies: ["History", "Engine", "Core", "Contract"]),
        .testTarget(name: "HostJSONTests", dependencies: ["HostJSON"]),
        .testTarget(name: "LayoutFileTests", dependencies: ["LayoutFile", "Core", "Contract"]),
    ] + plugins.map(plugin)
)
