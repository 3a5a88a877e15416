import PluginJSON
import PluginKit

/// Why a repository could not be read.
struct Trouble {
    enum Kind {
        case missing, password, noPassword, denied, locked, network, timeout, program, other
    }

    let kind: Kind
    /// The problem and the remedy, without the repository's name.
    let sentence: String

    /// A missing repository is critical, since no backup can be made either. Other problems say nothing about the
    /// backups.
    var status: Status { kind == .missing ? .critical : .unknown }

    /// A word for the state.
    var word: String {
        switch kind {
        case .missing: "missing"
        case .password: "wrong password"
        case .noPassword: "no password"
        case .denied: "not permitted"
        case .locked: "in use"
        case .network: "unreachable"
        case .timeout: "no answer"
        case .program, .other: "unreadable"
        }
    }

    init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = redacted(sentence)
    }

    /// For a program that could not be started, or whose output is invalid.
    init(_ error: PluginError, of repository: RepositorySettings) {
        switch error.outcome {
        case .unavailable where find("not installed", in: error.sentence):
            self.init(
                .program, "\(error.sentence); install it: apt install \(repository.tool.package)"
            )
        case .unavailable: self.init(.program, "\(error.sentence); correct environment_file")
        case .denied: self.init(.denied, error.sentence)
        default: self.init(.other, error.sentence)
        }
    }

    /// For a program that exited with an error.
    init(_ result: CommandResult, of repository: RepositorySettings, asked question: Question) {
        let (tool, place) = (repository.tool.name, Self.place(of: repository))
        if result.isTimedOut {
            self.init(
                .timeout,
                "\(tool) did not answer within \(Format.duration(question.patience)): see whether"
                    + " \(place) responds"
            )
            return
        }
        let lines = Self.messages(result.errorOutput)
        func said(_ phrases: String...) -> Bool {
            lines.contains { line in phrases.contains { find($0, in: line) } }
        }
        let reason = Self.reason(lines)
        if said("Resolving password failed", "passcommand supplied") {
            self.init(.noPassword, Self.noPassword(repository))
        } else if said("an empty password is not a password") {
            self.init(
                .noPassword,
                "no password for \(place): name a file in password_file or a command in password_command")
        } else if said("wrong password or no key", "is incorrect.")
            || Self.isPassword(result, repository.tool)
        {
            self.init(.password, Self.wrongPassword(repository))
        } else if said(
            "Could not resolve", "Connection refused", "connection refused", "no such host", "timed out",
            "i/o timeout", "No route to host", "network is unreachable", "Connection closed by remote",
            "Host key verification failed", "Connection reset")
        {
            self.init(.network, "\(place) cannot be reached: \(reason)")
        } else if said("permission denied", "Permission denied", "PermissionError") {
            self.init(
                .denied, "no permission to read \(place): run as the user who makes the backups, or as root")
        } else if said("Failed to create/acquire the lock", "already locked")
            || Self.isLocked(result, repository.tool)
        {
            self.init(.locked, "\(place) is in use by another \(tool); it is asked again later")
        } else if said(
            "does not exist", "Is there a repository", "no such file or directory", "is not a valid repo")
            || result.status == (repository.tool == .restic ? 10 : 13)
        {
            self.init(
                .missing,
                "there is no \(tool) repository at \(place): see whether its disk is mounted, or correct it"
                    + " in repositories")
        } else {
            self.init(
                .other, "\(tool) failed with status \(result.status)" + (reason.isEmpty ? "" : ": \(reason)"))
        }
    }

    /// Statuses that the tools have for a wrong password; borg has them with `BORG_EXIT_CODES=modern`.
    private static func isPassword(_ result: CommandResult, _ tool: Tool) -> Bool {
        tool == .restic ? result.status == 12 : (50...53).contains(result.status)
    }

    private static func isLocked(_ result: CommandResult, _ tool: Tool) -> Bool {
        tool == .restic ? result.status == 11 : (70...75).contains(result.status)
    }

    private static func wrongPassword(_ repository: RepositorySettings) -> String {
        let place = place(of: repository)
        if let file = repository.passwordFile {
            return "wrong password for \(place): correct what \(file) holds"
        }
        if repository.passwordCommand != nil {
            return "wrong password for \(place): correct what password_command prints"
        }
        if let file = repository.environmentFile {
            return "wrong password for \(place): correct it in \(file)"
        }
        return
            "no or a wrong password for \(place): name a file in password_file or a command in"
            + " password_command"
    }

    private static func noPassword(_ repository: RepositorySettings) -> String {
        if let file = repository.passwordFile {
            return "cannot read the password file \(file): see whether it exists and this user may read it"
        }
        return "password_command failed for \(place(of: repository)): run it by hand to see why"
    }

    private static func place(of repository: RepositorySettings) -> String {
        repository.location.isEmpty
            ? "the repository of \(repository.environmentFile ?? "the environment")" : repository.location
    }

    /// The lines of an error output, which newer versions of restic write as JSON.
    private static func messages(_ output: String) -> [String] {
        output.lines.map { line in
            guard line.utf8.first == UInt8(ascii: "{"), let document = try? JSON(line, from: "restic") else {
                return line
            }
            return document["message"]?.text ?? document["error", "message"]?.text ?? line
        }
    }

    /// The line that most likely contains the reason, cut to a reasonable length.
    private static func reason(_ lines: [String]) -> String {
        let texts = lines.map { $0.trimmed }.filter { !$0.isEmpty }
        let telling = ["Remote: ", "subprocess ssh: ", "Fatal: ", "Error: "]
        for prefix in telling {
            for text in texts { if let rest = text.after(prefix) { return shortened(rest) } }
        }
        return shortened(texts.last ?? "")
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 200 ? text : String(decoding: text.utf8.prefix(197), as: UTF8.self) + "…"
    }
}
