import PluginKit

/// A watched repository: running queries, last answers, and the time of the next query.
final class Repository {
    let settings: RepositorySettings
    private(set) var answers = Answers()
    /// When the list of snapshots last arrived, in seconds of the monotonic clock.
    private(set) var answeredAt: Double?
    private var asked: [Asked] = Question.allCases.map { _ in Asked() }
    private var statsOf = ""

    private struct Asked {
        var command: Command?
        var due = -Double.infinity
        var trouble: Trouble?
    }

    init(_ settings: RepositorySettings) { self.settings = settings }

    /// The current problem, the most serious one first.
    var trouble: Trouble? { asked.lazy.compactMap { $0.trouble }.first { $0.kind != .locked } }

    /// Number of programs that run for this repository.
    var runningCount: Int { asked.reduce(0) { $0 + ($1.command == nil ? 0 : 1) } }

    func askSoon() { asked[0].due = -.infinity }

    /// Reads the output of programs that have ended and starts those that are due. Does not wait.
    ///
    /// - Parameter isBusy: whether a backup runs or is about to. Sizes are not queried then, since borg locks the
    ///   repository for them.
    func advance(
        at tick: Tick, checkEvery: Double, statsEvery: Double, isBusy: Bool, room: inout Int,
        on machine: Machine
    ) {
        let now = tick.seconds
        for question in Question.allCases {
            if isDue(question, at: now, isBusy: isBusy), room > 0 { start(question, at: now, on: machine) }
            let every = question == .snapshots ? checkEvery : statsEvery
            finish(question, at: tick, every: every, retry: min(every, checkEvery))
            if asked[question.rawValue].command != nil { room -= 1 }
        }
    }

    private func isDue(_ question: Question, at now: Double, isBusy: Bool) -> Bool {
        let state = asked[question.rawValue]
        guard state.command == nil, now >= state.due else { return false }
        if question == .snapshots { return true }
        // Sizes are queried only if the repository can be read and has a snapshot.
        guard !isBusy, answeredAt != nil, asked[0].trouble == nil, (answers.count ?? 0) > 0 else {
            return false
        }
        return !(question == .latest && settings.tool == .restic && answers.hasSize)
    }

    private func start(_ question: Question, at now: Double, on machine: Machine) {
        guard let arguments = settings.arguments(for: question) else {
            asked[question.rawValue].due = .infinity
            return
        }
        do throws(PluginError) {
            let environment = machine.isCaptured ? [] : try settings.environment(on: machine)
            asked[question.rawValue].command = try command(
                arguments, environment, timeout: question.patience, on: machine)
        } catch {
            asked[question.rawValue].trouble = Trouble(error, of: settings)
            asked[question.rawValue].due = now + 60
        }
    }

    /// Starts a program. borg 2 is called `borg2` beside borg 1 and `borg` without it.
    private func command(
        _ arguments: [String], _ environment: [String], timeout: Double, on machine: Machine
    ) throws(PluginError) -> Command {
        do throws(PluginError) {
            return try Command(arguments, environment: environment, timeout: timeout, on: machine)
        } catch {
            guard settings.tool == .borg2, !machine.isCaptured else { throw error }
        }
        return try Command(
            ["borg"] + arguments.dropFirst(), environment: environment, timeout: timeout, on: machine)
    }

    private func finish(_ question: Question, at tick: Tick, every: Double, retry: Double) {
        guard let result = asked[question.rawValue].command?.poll() else { return }
        let now = tick.seconds
        asked[question.rawValue].command = nil
        if let trouble = take(result, to: question, at: tick.unixSeconds) {
            asked[question.rawValue].trouble = trouble
            asked[question.rawValue].due = now + retry
            return
        }
        asked[question.rawValue].trouble = nil
        asked[question.rawValue].due = now + every
        guard question == .snapshots else { return }
        answeredAt = now
        if statsOf != answers.lastID {
            statsOf = answers.lastID
            asked[Question.latest.rawValue].due = -.infinity
            asked[Question.whole.rawValue].due = -.infinity
        }
    }

    private func take(_ result: CommandResult, to question: Question, at now: Double) -> Trouble? {
        guard settings.tool.isDone(result.status), !result.isTimedOut else {
            return Trouble(result, of: settings, asked: question)
        }
        do throws(PluginError) {
            try answers.take(result.output, to: question, of: settings.tool, at: now)
            return nil
        } catch {
            // With a warning and without an answer something else than the tool has ended, such as a shell.
            return result.status == 0
                ? Trouble(error, of: settings) : Trouble(result, of: settings, asked: question)
        }
    }
}
