import Contract
import Core
import Engine
import Platform

/// Obtains the descriptions of plugins, each from a worker of its own; the program itself loads no plugin.
@MainActor
final class DescriptionLoader {
    enum Reason: Error {
        case missing
        case broken(String)
    }

    private let folder: PluginFolder
    private let loop = EventLoop()
    private var known: [String: Result<PluginDescription, Reason>] = [:]

    init(_ folder: PluginFolder) { self.folder = folder }

    func description(of plugin: String) -> Result<PluginDescription, Reason> {
        guard let path = folder.path(of: plugin) else { return .failure(.missing) }
        if let result = known[path] { return result }
        let result = description(file: path)
        known[path] = result
        return result
    }

    func description(file: String) -> Result<PluginDescription, Reason> {
        guard Files.exists(file) else { return .failure(.missing) }
        if let doubt = folder.doubt(about: file) { return .failure(.broken(doubt)) }
        var answer: Result<PluginDescription, Reason> = .failure(.broken("\(file) gave no answer"))
        func finish(_ result: Result<PluginDescription, Reason>) {
            answer = result
            loop.stop()
        }
        do throws(Failure) {
            let launcher = PluginLauncher(folder, loop: loop)
            let session = WorkerSession(
                id: file, worker: try launcher.launch(file, mayGainPrivileges: false),
                clock: SystemClock(loop), log: .none)
            session.onHello = { finish(.success($0)) }
            session.onRefused = { finish(.failure(.broken("\(file) \($0)"))) }
            session.onLost = { loss in
                let failure = Failure(.failed, loss.cause)
                finish(.failure(.broken("\(file): \(failure.words(Wording(now: 0)))")))
            }
            loop.run()
            session.end()
        } catch {
            return .failure(.broken(error.words(Wording(now: 0))))
        }
        return answer
    }
}
