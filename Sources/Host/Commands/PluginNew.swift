import ArgumentParser
import CPosix
import Core
import Platform

extension PluginCommand {
    /// `plugin new`: copies the example of a language under a new name.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Begin a plugin: a folder with a small one that works, to be made into yours.",
            discussion: """
                In the folder are the source, a layout that shows it, and a Makefile: make, make run, make check,
                make install.

                EXAMPLES
                  cm-dashboard plugin new --language c my-widget
                  cm-dashboard plugin new --language swift --into ~/src my-widget
                """)

        @Option(
            help: "c, cpp, swift or rust.", completion: .list(Example.all.map(\.language)))
        var language: String

        @Option(help: ArgumentHelp("The folder that the new folder is made in.", valueName: "folder"))
        var into = "."

        @Argument(help: ArgumentHelp("What layouts will call it.", valueName: "name"))
        var name: String

        mutating func run() throws {
            guard let example = Example.all.first(where: { $0.language == language }) else {
                let languages = Example.all.map(\.language).joined(separator: ", ")
                Program.fail("--language \(Problem.quoted(language)); expected one of \(languages)")
            }
            guard Self.isID(name) else {
                Program.fail(
                    "\(Problem.quoted(name)) cannot be a plugin's name; expected at most 32 lower-case letters, "
                        + "digits, - and _, a letter first")
            }
            guard Files.exists(into) else {
                Program.fail("the folder \(Problem.quoted(into)) given as --into does not exist")
            }
            let folder = into == "." ? name : "\(into)/\(name)"
            do throws(SystemError) { try example.copy(as: name, to: folder) } catch {
                Program.fail(error.sentence)
            }
            Program.write("\(folder) is a plugin in \(example.title) that works. What to do next:\n")
            let steps = [
                ("cd \(ShellWord.quoted(folder)); make run", "builds and shows it; q ends it"),
                (
                    "edit \(example.source(of: name)); make",
                    "in another terminal: what runs takes the new one at once"
                ),
                ("make check; make install", "when it is as you want it"),
            ]
            let width = steps.map(\.0.count).max() ?? 0
            for (command, effect) in steps {
                let blanks = String(repeating: " ", count: width - command.count + 4)
                Program.write("  \(command)\(blanks)\(effect)\n")
            }
        }

        /// Whether a name is a valid id according to cm_plugin.h.
        private static func isID(_ name: String) -> Bool {
            let bytes = name.utf8
            guard let first = bytes.first, (0x61...0x7a).contains(first), bytes.count <= 32 else {
                return false
            }
            return bytes.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f
            }
        }
    }

}

/// The installed example of one language.
private struct Example {
    let language: String
    let title: String
    /// Path of the plugin's source file, with `*` for its name.
    let sourcePattern: String

    static let all = [
        Example(language: "c", title: "C", sourcePattern: "*.c"),
        Example(language: "cpp", title: "C++", sourcePattern: "*.cpp"),
        Example(language: "swift", title: "Swift", sourcePattern: "Sources/Plugin/Widget.swift"),
        Example(language: "rust", title: "Rust", sourcePattern: "*.rs"),
    ]

    func source(of name: String) -> String { sourcePattern.replacing("*", with: name) }

    /// Copies the example under another name, completely or not at all.
    func copy(as name: String, to folder: String) throws(SystemError) {
        let shared = "\(Files.prefix)/share/cm-dashboard"
        let origin = "\(shared)/examples/\(language)"
        let files = Self.files(in: origin)
        guard !files.isEmpty else {
            throw SystemError(
                "there is nothing to begin with, since \(origin) is missing; install cm-dashboard again")
        }
        var info = stat()
        guard lstat(folder, &info) != 0 else {
            throw SystemError(
                "\(folder) exists already; choose another name, or another folder by --into")
        }
        let renaming = Renaming(of: self, to: name, shared: shared)
        let unfinished = "\(folder).\(getpid()).unfinished"
        // Not writable for others, whatever the umask allows: plugins in a folder that others may write are not
        // loaded.
        guard mkdir(unfinished, 0o755) == 0 else {
            throw SystemError(folder, cannotBe: "made", code: cposix_errno())
        }
        do throws(SystemError) {
            for file in files {
                let bytes: [UInt8]
                do throws(FileError) { bytes = try Files.read("\(origin)/\(file)") } catch {
                    throw SystemError("\(error.path) cannot be read: \(error.reason)")
                }
                let (name, text) = (renaming.apply(to: file), String(decoding: bytes, as: UTF8.self))
                let code = Self.write(renaming.apply(to: text), to: name, in: unfinished)
                guard code == 0 else {
                    throw SystemError("\(folder)/\(name)", cannotBe: "written", code: code)
                }
            }
            guard rename(unfinished, folder) == 0 else {
                throw SystemError(folder, cannotBe: "made", code: cposix_errno())
            }
        } catch {
            Self.remove(unfinished)
            throw error
        }
    }

    /// Writes a new file and creates the folders above it. Returns 0 or an errno value.
    private static func write(_ text: String, to file: String, in folder: String) -> Int32 {
        var parent = folder
        for part in file.split(separator: "/").dropLast() {
            parent += "/" + part
            guard mkdir(parent, 0o755) == 0 || cposix_errno() == EEXIST else { return cposix_errno() }
        }
        // "x" fails where two files get the same name by the renaming.
        guard let stream = fopen("\(folder)/\(file)", "wxe") else { return cposix_errno() }
        var text = text
        let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, stream) == $0.count }
        let code = cposix_errno()
        if !isWritten {
            fclose(stream)
            return code
        }
        return fclose(stream) == 0 ? 0 : cposix_errno()
    }

    /// All files below a folder, relative to it.
    private static func files(in folder: String, below prefix: String = "") -> [String] {
        Files.names(in: folder).flatMap { name in
            isFolder("\(folder)/\(name)")
                ? files(in: "\(folder)/\(name)", below: "\(prefix)\(name)/") : ["\(prefix)\(name)"]
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && Int32(info.st_mode) & S_IFMT == S_IFDIR
    }

    private static func remove(_ path: String) {
        guard isFolder(path) else {
            unlink(path)
            return
        }
        for name in Files.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

/// The replacements in the texts and file names of an example.
private struct Renaming {
    private let pairs: [(old: String, new: String)]

    init(of example: Example, to name: String, shared: String) {
        let words = name.map { $0 == "-" || $0 == "_" ? " " : $0 }
        let title = String(words.prefix(1)).uppercased() + String(words.dropFirst())
        var pairs = [
            (old: "load-\(example.language)", new: name), (old: "Load in \(example.title)", new: title),
            (
                old: "\"../swift-kit\"",
                new: "\"\(shared.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))/swift-kit\""
            ),
        ]
        if example.sourcePattern.hasPrefix("*") {
            let ending = example.sourcePattern.dropFirst()
            pairs.append((old: "load\(ending)", new: "\(name)\(ending)"))
        }
        if let program = Self.program {
            pairs.append((old: "DASHBOARD ?= cm-dashboard\n", new: "DASHBOARD ?= \(program)\n"))
        }
        self.pairs = pairs
    }

    func apply(to text: String) -> String {
        pairs.reduce(text) { $0.replacing($1.old, with: $1.new) }
    }

    /// The path by which a Makefile calls this program; nil: its name is enough.
    private static var program: String? {
        guard let program = Files.real("/proc/self/exe") else { return nil }
        let places: [String] = (Files.environment("PATH") ?? "").split(separator: ":").map {
            "\($0)/\(Program.name)"
        }
        let found = places.first { access($0, X_OK) == 0 }
        if let found, Files.real(found) == program { return nil }
        return ShellWord.quoted(program).replacing("$", with: "$$").replacing("#", with: "\\#")
    }
}

/// Quotes a text as one word of a shell.
private enum ShellWord {
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x2b...0x3a).contains($0)
                || $0 == 0x5f
        }
        return plain ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
