import Contract
import Core
import Engine
import Logging

/// The program's log, through swift-log: to standard error when asked for, else nowhere, since the terminal
/// belongs to the picture. Control characters of what plugins write are replaced.
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
