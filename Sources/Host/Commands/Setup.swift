import ArgumentParser
import CPosix
import Core

/// The arguments that all commands with a layout share, and what they come to.
struct Setup: ParsableArguments {
    @Option(help: ArgumentHelp("The layout: a file, or a name like srv01.", valueName: "file"))
    var layout: String?

    @Option(help: ArgumentHelp("Time between two ticks: 500ms, 2s, 1m.", valueName: "duration"))
    var refresh: String?

    @Option(help: ArgumentHelp("A theme's name; t walks through them.", valueName: "name"))
    var theme: String?

    @Option(
        help: ArgumentHelp(
            "A folder of plugins that is looked in first; may be repeated.", valueName: "folder"))
    var plugins: [String] = []

    @Option(help: ArgumentHelp("Signs: emoji, unicode or ascii.", valueName: "set"))
    var icons: String?

    @Flag(help: "Load also plugins that others than root and you may write.")
    var unsafePlugins = false

    @Flag(help: "Log to standard error.")
    var verbose = false

    static var layoutFolders: [String] {
        LayoutSearch.directories(
            configHome: Files.environment("XDG_CONFIG_HOME"), home: Files.environment("HOME"),
            prefix: Files.prefix)
    }

    /// Finds the layout file.
    func layoutSource() -> LayoutSource {
        let search = LayoutSearch(
            hostName: Files.hostName, directories: Self.layoutFolders, fileExists: Files.exists,
            list: Files.names(in:))
        let path: String
        switch search.find(layout) {
        case .found(let found): path = found
        case .missing(let sentence): Program.fail(sentence)
        }
        let setup = self
        return LayoutSource(path: path) { setup.apply(to: &$0) }
    }

    /// Reads and checks the layout; leaves the program with all that is wrong in it.
    func readLayout(_ source: LayoutSource) -> Layout {
        switch source.read() {
        case .layout(let layout): return layout
        case .wrong(let problems, let text): Program.fail(problems, text: text)
        case .unreadable(let sentence): Program.fail(sentence)
        }
    }

    /// The user's own plugins.
    private static var userFolder: [String] {
        let data = Files.environment("XDG_DATA_HOME") ?? Files.environment("HOME").map { "\($0)/.local/share" }
        return data.map { ["\($0)/cm-dashboard/plugins"] } ?? []
    }

    var folder: PluginFolder {
        for folder in plugins where !Files.exists(folder) {
            Program.fail("the plugin folder \(Problem.quoted(folder)) does not exist")
        }
        let prefix = Files.prefix
        let own = "\(prefix)/lib/cm-dashboard"
        return PluginFolder(
            folders: plugins + Self.userFolder + ["\(own)/plugins"], worker: "\(own)/cm-plugin-worker",
            trusted: prefix, isUnsafe: unsafePlugins)
    }

    private func apply(to layout: inout Layout) {
        if let refresh {
            guard let seconds = DurationText.seconds(refresh),
                let nanoseconds = DurationText.nanoseconds(seconds),
                seconds >= 0.1
            else {
                Program.fail(
                    "--refresh \(Problem.quoted(refresh)) is no duration of 100ms or more; expected like \(DurationText.example)"
                )
            }
            layout.refresh = nanoseconds
            for index in layout.widgets.indices {
                let ticks = layout.widgets[index].ticks(refresh: nanoseconds)
                layout.widgets[index].every = UInt64(ticks) * nanoseconds
            }
        }
        if let theme {
            guard Theme.named(theme) != nil else {
                Program.fail(
                    "there is no theme \(Problem.quoted(theme)); expected one of \(Theme.all.map(\.name).joined(separator: ", "))"
                )
            }
            layout.theme = theme
        }
        if let icons {
            guard let set = IconSet(rawValue: icons) else {
                Program.fail("--icons \(Problem.quoted(icons)); expected emoji, unicode or ascii")
            }
            layout.icons = set
        }
    }
}

/// Words to standard error, and the exit statuses: 0 all well, 1 a check found something, 2 it could not start.
enum Program {
    static let name = "cm-dashboard"

    static func say(_ line: String) { fputs(line + "\n", cposix_stderr()) }

    static func fail(_ sentence: String) -> Never {
        say("\(name): \(Problem.printable(sentence))")
        exit(2)
    }

    static func fail(_ problems: [Problem], text: String) -> Never {
        print(problems, text: text)
        exit(2)
    }

    /// Each with the line that it is about.
    static func print(_ problems: [Problem], text: String) {
        for problem in problems {
            say(problem.description)
            if let excerpt = problem.excerpt(of: text) { say(excerpt) }
        }
    }

    /// What goes to standard output.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = CPosix.write(1, bytes.baseAddress! + sent, bytes.count - sent)
                if count <= 0 { exit(1) }
                sent += count
            }
        }
    }
}
