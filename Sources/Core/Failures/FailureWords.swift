import Contract

/// How a failure is put into words: for whom, and at what moment.
public struct Wording: Sendable {
    /// Unix nanoseconds.
    public var now: Int64
    /// There is a user at the keyboard, who can be told of keys.
    public var offersKeys: Bool
    /// The place of a document stands beside the words already.
    public var leavesOutPlace: Bool
    /// Writes a Unix time in nanoseconds as this machine's zone has it: "14:05".
    public var moment: @Sendable (Int64) -> String

    /// Creates a wording.
    public init(
        now: Int64, offersKeys: Bool = false, leavesOutPlace: Bool = false,
        moment: @escaping @Sendable (Int64) -> String = { "\($0 / 1_000_000_000)" }
    ) {
        self.now = now
        self.offersKeys = offersKeys
        self.leavesOutPlace = leavesOutPlace
        self.moment = moment
    }

    /// The same, without the places of documents.
    public var withoutPlace: Wording {
        var wording = self
        wording.leavesOutPlace = true
        return wording
    }
}

extension Failure {
    /// Returns one sentence without a full stop: what has happened, how often, and what happens next.
    public func words(_ wording: Wording) -> String {
        cause.words(wording) + nextWords(wording) + cause.lastWords
    }

    /// "asked again in 30s", of a host that wants to be asked later; nil: that does not hold.
    func whenAsked(_ wording: Wording) -> String? {
        guard case .transport(let failure) = cause, failure.isBusy, case .retry(let moment) = next else {
            return nil
        }
        let seconds = max(1, (moment - wording.now + 999_999_999) / 1_000_000_000)
        return "asked again in \(Format.duration(Double(seconds)))"
    }

    private func nextWords(_ wording: Wording) -> String {
        if let whenAsked = whenAsked(wording) { return "; \(whenAsked)" }
        let hint = wording.offersKeys ? "; R tries again" : ""
        switch next {
        case .usual: return ""
        case .onFile: return ""
        case .onRequest: return hint
        case .givenUp: return often + "; given up" + hint
        case .retry(let moment):
            let seconds = max(1, (moment - wording.now + 999_999_999) / 1_000_000_000)
            return often + "; next try in \(seconds) s" + (wording.offersKeys ? ", R tries now" : "")
        }
    }

    private var often: String { attempt > 1 ? ", \(Format.ordinal(attempt)) time" : "" }
}

extension Failure.Cause {
    func words(_ wording: Wording) -> String {
        switch self {
        // A plugin may quote what a document or a command says, of which nothing may be invisible.
        case .plugin(let sentence): Problem.printable(sentence)
        case .option(let problem): problem.description
        case .unknownPlugin(let problem, let folders):
            "\(problem); looked in \(folders.joined(separator: ", "))"
        case .missingFile(let plugin, let folder):
            folder.isEmpty
                ? "there is no \(plugin).so" : "\(plugin).so is gone from \(folder): copy it back to go on"
        case .untrustedFile(let sentence): sentence
        case .refusedFile(let path, let reason): "\(path) \(reason)"
        case .workerNotStarted(let program, let error): "\(program) cannot be started: \(error)"
        case .workerEnded(let call, let end, _): "\(call ?? "between two calls it") \(end.words)"
        case .quarantined(let quarantine): quarantine.words(wording)
        case .late(let call, let time):
            "\(call) has not answered for \(Format.duration(Double(time / 1_000_000_000)))"
        case .document(let place, let fault): fault.words(at: wording.leavesOutPlace ? nil : place)
        case .transport(let failure): failure.words(leavesOutPlace: wording.leavesOutPlace)
        case .notServed(let plugin, let host):
            "plugin \(Problem.quoted(plugin)) reads none of the documents that \(host) serves over HTTP"
        case .unknownHost(let name, let file, let wasThere):
            "there is \(wasThere ? "no longer a" : "no") host \(Problem.quoted(name)) in \(file)"
        case .unusableTransport(let reason): reason
        }
    }

    /// The last line that a worker wrote, which often tells why.
    fileprivate var lastWords: String {
        guard case .workerEnded(_, _, let line) = self, !line.isEmpty else { return "" }
        return "; it last wrote \(Problem.quoted(line))"
    }
}

extension Failure.WorkerEnd {
    /// How it ended, behind the name of the call: "crashed: SIGSEGV (Segmentation fault)".
    public var words: String {
        switch self {
        case .ended(let how): how
        case .outOfMemory(let how, let used, let limit):
            "\(how) with \(used) MB in use; a worker may have \(limit) MB"
        case .deadline(let time): "gave no answer within \(time / 1_000_000_000) s and was killed"
        case .processorTime(let time):
            "used \(time / 1_000_000_000) s of processor time and was killed"
        case .wrongAnswer: "answered what it was not asked and was killed"
        case .brokenFrame(let what): "sent a broken frame (\(what)) and was killed"
        case .tooManyLogLines(let most):
            "sent more than \(most) lines for the log in one call and was killed"
        case .closedConnection: "closed its connection and was killed"
        }
    }
}

extension Failure.Quarantine {
    fileprivate func words(_ wording: Wording) -> String {
        let often = times > 1 ? " \(times) times" : ""
        let place = host.map { "on what \($0) serves" } ?? "in this widget"
        let hint = wording.offersKeys ? "; R tries again" : ""
        return "\(call ?? "between two calls it") \(end.words)\(often) \(place); left out for "
            + DurationText.exact(nanoseconds: nanoseconds) + hint
    }
}

extension Failure.DocumentFault {
    private static let century: Int64 = 3_155_760_000_000_000_000

    fileprivate func words(at place: String?) -> String {
        let prefix = place.map { "\($0): " } ?? ""
        switch self {
        case .unreadable(let sentence): return prefix + Problem.printable(sentence)
        case .swapped(let serves, let expected, let host):
            return (place.map { "\($0) " } ?? "")
                + "serves the \(serves) document and not that of the \(expected): "
                + "are the ports of \(host) swapped in hosts.toml?"
        case .future(let document, let ahead):
            let when = "the \(document) document is from \(Self.text(ahead)) in the future"
            let remedy =
                ahead > Self.century ? "; Unix seconds are expected" : ": set its clock, or this one's"
            return prefix + when + remedy
        case .milliseconds(let document):
            return prefix + "the \(document) document has its timestamp in milliseconds; seconds are expected"
        case .still(let document, let age):
            return prefix
                + "the \(document) document is from \(Self.text(age)) ago and stays so: what writes it has "
                + "stopped; start it again there"
        }
    }

    private static func text(_ nanoseconds: Int64) -> String {
        Format.duration(Double(nanoseconds / 1_000_000_000))
    }
}

extension TransportFailure {
    /// Returns one sentence; `leavesOutPlace` where the host is named beside it.
    public func words(leavesOutPlace: Bool = false) -> String {
        let beginning = leavesOutPlace ? "" : "\(place) "
        switch (kind, target) {
        case (.nameNotFound, _), (.nameTimeout, _), (.badAddress, _): return kind.words
        case (_, let target?):
            return "\(beginning)redirects to \(Problem.quoted(target)), which \(kind.words)"
        case (_, nil): return beginning + kind.words
        }
    }
}
