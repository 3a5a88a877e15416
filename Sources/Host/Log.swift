import Contract
import Core
import Engine
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

    func warning(_ line: @autoclosure () -> String) { logger.warning("\(Problem.printable(line()))") }

    /// The same log for the engine.
    var engineLog: EngineLog {
        EngineLog { [logger] level, line in
            let levels: [EngineLog.Level: Logger.Level] = [
                .debug: .debug, .info: .info, .warning: .warning, .error: .error,
            ]
            logger.log(level: levels[level] ?? .error, "\(Problem.printable(line))")
        }
    }
}
