/// The log of the engine: passes each line with its level to a closure, on the main thread.
public struct EngineLog: Sendable {
    /// The severity of a line.
    public enum Level: Sendable { case debug, info, warning, error }

    private let write: @Sendable (Level, String) -> Void

    /// Creates a log that hands every line to `write`.
    public init(_ write: @escaping @Sendable (Level, String) -> Void) { self.write = write }

    /// A log that discards every line.
    public static let none = EngineLog { _, _ in }

    /// Writes a warning.
    public func warning(_ line: String) { write(.warning, line) }
    /// Writes an error.
    public func error(_ line: String) { write(.error, line) }

    /// Writes a line that a plugin logged, after the plugin's id. `level` is one of `CM_LOG_…`; larger values count
    /// as errors.
    public func plugin(_ id: String, level: UInt8, _ line: String) {
        let levels: [Level] = [.debug, .info, .warning, .error]
        write(levels[min(Int(level), 3)], "\(id): \(line)")
    }
}
