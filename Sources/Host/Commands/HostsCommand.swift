import ArgumentParser
import CPosix
import Core
import HTTPSource
import HostJSON
import Platform

/// `hosts`: commands for the hosts that are watched over HTTP.
struct HostsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Find hosts that serve the APIs, try one, and mark those that are worked on.",
        subcommands: [Discover.self, Poll.self, MaintenanceCommand.self])

    /// Parses a duration of the command line; the result is in nanoseconds.
    static func nanoseconds(_ text: String, _ option: String, from least: Double, to most: Double) throws
        -> UInt64
    {
        guard let seconds = DurationText.seconds(text), (least...most).contains(seconds),
            let result = DurationText.nanoseconds(seconds)
        else {
            throw ValidationError(
                "\(option) expects a duration from \(shown(least)) to \(shown(most)), like \"2s\"; not '\(text)'"
            )
        }
        return result
    }

    private static func shown(_ seconds: Double) -> String {
        DurationText.nanoseconds(seconds).map(DurationText.exact) ?? ""
    }

    @MainActor
    static func client(servers: Int, _ loop: EventLoop, _ timers: TimerQueue) -> HTTPClient {
        do throws(SystemError) {
            return try HTTPClient(servers: servers, loop: loop, timers: timers)
        } catch { Program.fail(error.sentence) }
    }

    /// `hosts poll`: requests URLs and prints the answers.
    struct Poll: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text, json
        }

        static let configuration = CommandConfiguration(
            commandName: "poll", abstract: "Ask URLs again and again, and print what comes of it.",
            discussion: """
                A line for each answer: what it is, bytes on the wire, how long it took, and whether the connection
                stood from before. A host that fails is asked again soon, then every 2 to 4 seconds.
                Exit status 0: every answer was good; 1: one was not; 2: it could not start.

                EXAMPLES
                  cm-dashboard hosts poll http://srv01:6128/
                  cm-dashboard hosts poll http://srv01:6128/ --every 1s --count 10 --format json
                """)

        @Option(help: ArgumentHelp("End after so many answers of each; 0: never.", valueName: "n"))
        var count = 0

        @Option(help: ArgumentHelp("From one request's start to the next one's.", valueName: "duration"))
        var every = "5s"

        @Option(help: ArgumentHelp("How long an answer may take.", valueName: "duration"))
        var timeout = "4s"

        @Flag(help: "Do not ask for compressed answers.")
        var uncompressed = false

        @Flag(help: "Ask for the whole document every time.")
        var unconditional = false

        @Option(help: "text or json.")
        var format = Format.text

        @Argument(help: ArgumentHelp("Where the documents are.", valueName: "url"))
        var urls: [String]

        mutating func run() throws {
            guard count >= 0 else { throw ValidationError("--count must not be negative") }
            let every = try HostsCommand.nanoseconds(every, "--every", from: 0.1, to: 86400)
            let timeout = try HostsCommand.nanoseconds(timeout, "--timeout", from: 0.1, to: 600)
            let addresses = urls.map { url in
                do throws(AddressError) { return try HTTPAddress(url) } catch {
                    Program.fail(error.reason)
                }
            }
            let isGood = MainActor.assumeIsolated { [self] in poll(addresses, every, timeout) }
            if !isGood { throw ExitCode(1) }
        }

        @MainActor
        private func poll(_ addresses: [HTTPAddress], _ every: UInt64, _ timeout: UInt64) -> Bool {
            let loop = EventLoop()
            let timers = TimerQueue(loop)
            let client = HostsCommand.client(servers: addresses.count, loop, timers)
            var (open, isGood) = (addresses.count, true)
            let pollers = addresses.map { address in
                var request = HTTPClient.Request(address)
                request.timeout = timeout
                request.isCompressed = !uncompressed
                let poller = HostPoller(
                    request, every: every, phase: 1, client: client, timers: timers, loop: loop)
                var answers = 0
                poller.onAnswer = { [unowned poller] answer in
                    show(answer, address)
                    if case .failure = answer.outcome { isGood = false }
                    if unconditional { poller.forgetAnswer() }
                    answers += 1
                    guard answers == count else { return }
                    poller.stop()
                    open -= 1
                    if open == 0 { loop.stop() }
                }
                return poller
            }
            for poller in pollers { poller.poll() }
            loop.run()
            for poller in pollers { poller.stop() }
            client.close()
            return isGood
        }

        @MainActor
        private func show(_ answer: HTTPClient.Answer, _ address: HTTPAddress) {
            let line = Line(answer, url: address.url)
            if format == .json { return Program.write(line.json + "\n") }
            let label = urls.count > 1 ? "  \(address.label)" : ""
            Program.write("\(LocalTime.clock(cposix_wall()))\(label)  \(line.text)\n")
        }
    }
}

/// What an answer came to, to be printed.
private struct Line {
    let url: String
    let outcome: String
    let status: Int
    let kind: String?
    let error: String?
    /// Bytes of the document.
    let length: Int?
    let sent: UInt64
    let received: UInt64
    let milliseconds: Double
    let reused: Bool
    let etag: String?

    init(_ answer: HTTPClient.Answer, url: String) {
        self.url = url
        status = answer.status
        sent = answer.sent
        received = answer.received
        milliseconds = Double(answer.duration / 1000) / 1000
        reused = answer.isReused
        etag = answer.validators.etag
        switch answer.outcome {
        case .document(let bytes): (outcome, kind, error, length) = ("document", nil, nil, bytes.count)
        case .unchanged: (outcome, kind, error, length) = ("unchanged", nil, nil, nil)
        case .failure(let failure):
            (outcome, kind, error, length) = ("failure", failure.kind.name, failure.words(), nil)
        }
    }

    /// What is not known has no key.
    var json: String {
        var members: [String: JSONValue] = [
            "url": .text(url), "outcome": .text(outcome), "status": .whole(Int64(status)),
            "sent": .whole(Int64(clamping: sent)), "received": .whole(Int64(clamping: received)),
            "milliseconds": .number(milliseconds), "reused": .flag(reused),
        ]
        members["kind"] = kind.map { .text($0) }
        members["error"] = error.map { .text($0) }
        members["length"] = length.map { .whole(Int64($0)) }
        members["etag"] = etag.map { .text($0) }
        return JSONValue.object(members).line
    }

    var text: String {
        let what =
            switch outcome {
            case "document": "\(status), \(length ?? 0) bytes"
            case "unchanged": "\(status), unchanged"
            default: Problem.printable(error ?? "")
            }
        // Without a connection there are no figures about it.
        guard sent > 0 else { return what }
        let connection = reused ? "same connection" : "new connection"
        return "\(what)  (\(sent) bytes out, \(received) in, \(milliseconds) ms, \(connection))"
    }
}
