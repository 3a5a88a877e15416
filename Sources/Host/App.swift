import ArgumentParser
import CPosix
import Core

/// The command line. Without a subcommand the dashboard runs in the terminal.
///
/// Each command states its `commandName`: making one of a type's name costs a tenth of the start, for every command.
@main
struct App: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Program.name,
        abstract: "A terminal dashboard that tells at a glance whether your machines are well.",
        discussion: """
            EXAMPLES
              cm-dashboard                          the layout named like this host, else the default
              cm-dashboard --layout srv01.layout    one host's own set of widgets
              cm-dashboard --refresh 5s --theme paper
              cm-dashboard snapshot --format svg > dashboard.svg
              cm-dashboard layout check my.layout
              cm-dashboard config check
              cm-dashboard plugin new --language c my-widget

            Keys are shown by ?. Layouts are looked for in $XDG_CONFIG_HOME/cm-dashboard/layouts,
            /etc/cm-dashboard/layouts and in the installation. NO_COLOR is honoured.

            Exit status: 0 all well, 1 a check found something, 2 it could not start.
            """,
        version: "cm-dashboard 0.1.0",
        subcommands: [
            Run.self, SnapshotCommand.self, LayoutCommand.self, ConfigCommand.self, PluginCommand.self,
            HostsCommand.self, HistoryCommand.self,
        ],
        defaultSubcommand: Run.self)

    static func main() {
        cposix_open_standard_descriptors()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let status = exitCode(for: error)
            // ArgumentParser's status for a wrong command line is that of sysexits; shells expect 2.
            if status == .validationFailure {
                Program.say(fullMessage(for: error))
                CPosix.exit(2)
            }
            exit(withError: error)
        }
    }
}
