// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "load-swift",
    products: [.library(name: "load-swift", type: .dynamic, targets: ["Plugin"])],
    dependencies: [.package(path: "../swift-kit")],
    targets: [
        .target(
            name: "Plugin", dependencies: [.product(name: "PluginKit", package: "swift-kit")],
            swiftSettings: [.enableExperimentalFeature("Embedded"), .unsafeFlags(["-wmo", "-Xcc", "-fPIC"])])
    ]
)
