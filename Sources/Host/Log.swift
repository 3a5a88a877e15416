import Contract
import Core
import Logging

/// The log of the program, through swift-log. It goes to standard error if the user asks for it, else nowhere,
/// since the terminal shows the dashboard. Control characters in output of plugins are replaced.
struct Log {
    private let logger: Logger

    init(isVerbose: Bool) {
        var logger = Logger(label: "cm-dashboard") { label -> any LogHandler in
            if isVerbose { StreamLogHandler.standardError(label: label) } else { SwiftLogNoOpLogHandler() }
        }
        logger.logLevel = isVerbose ? .debug : .critical
        self.logger = logger
    }

    func debug(_ line: @autoclosure () -> String) { logger.debug("\(Problem.printable(line()))") }
    func warning(_ line: @autoclosure () -> String) { logger.warning("\(Problem.printable(line()))") }
    func error(_ line: @autoclosure () -> String) { logger.error("\(Problem.printable(line()))") }

    func plugin(_ id: String, level: UInt8, _ line: String) {
        let levels: [Logger.Level] = [.debug, .info, .warning, .error]
        logger.log(level: levels[min(Int(level), 3)], "\(id): \(Problem.printable(line))")
    }
}
