import Contract
import Core
import Engine

/// What is known of one host, drawn below the rows of the overview where these leave room: its problems, the instances of
/// each plugin, and the latest events.
@MainActor
struct HostDetail {
    /// The fewest lines that show more than a heading.
    static let leastHeight = 4

    private let engine: Engine
    private let host: HostConfiguration
    private let wording: Wording
    private let events: [EventSheet.Line]
    private var operations: [DrawOperation] = []
    private var y: Int
    private let end: Int
    private let width: Int

    /// Creates the detail of a host.
    ///
    /// - Parameter events: The events of the host, the latest first.
    /// - Parameter area: The lines that it may use.
    init(
        _ host: HostConfiguration, engine: Engine, wording: Wording, events: [EventSheet.Line], area: Rect
    ) {
        self.engine = engine
        self.host = host
        self.wording = wording
        self.events = events
        y = area.y
        end = area.y + area.height
        width = area.width
    }

    /// Returns the drawing.
    func drawing() -> [DrawOperation] {
        var copy = self
        copy.draw()
        return copy.operations
    }

    private mutating func draw() {
        let entries = (engine.monitor.host(host.name)?.collectors ?? []).map(\.entry)
        let problems = Self.problems(of: entries.compactMap(\.snapshot), at: wording.now)
        let snapshots = entries.compactMap { entry in
            entry.isStale(at: wording.now) ? entry.snapshot?.doubted : entry.snapshot
        }
        rule()
        let lists = snapshots.filter { Self.named($0).count > 1 }
        // Problems come first; the lists and two events get a line each before further problems do.
        let reserve = min(lists.count, 4) + min(events.count, 2) + 1
        let most = max(end - y - reserve, 1)
        for problem in problems.prefix(problems.count > most ? most - 1 : most) {
            line(problem.status, problem.words, Role(problem.status))
        }
        if problems.count > most, most > 1 { line(.auto, "and \(problems.count - most + 1) more", .muted) }
        for sentence in snapshots.flatMap(\.unusual).prefix(max(end - y - reserve, 0)) {
            line(.auto, sentence, .muted)
        }
        summary(snapshots.filter { Self.named($0).count <= 1 })
        for snapshot in lists { list(snapshot) }
        for event in events {
            let time = event.cleared.isEmpty ? event.time : "\(event.time), over \(event.cleared)"
            line(event.status, "\(time)  \(event.what)", event.cleared.isEmpty ? .value : .muted)
        }
    }

    private mutating func rule() {
        let state = engine.monitor.state(of: host.name, at: wording.now) ?? .waiting
        let parts = [host.name, host.role, state.words(wording)].compactMap { $0 }
        let text = parts.joined(separator: " · ")
        add(.text(x: 0, y: y, width: width, alignment: .left, role: .label, text: text))
        let used = CharacterWidth.of(text, atMost: width) + 1
        if used < width {
            add(.fill(x: used, y: y, width: width - used, height: 1, role: .muted, character: 0x2500))
        }
        y += 1
        // A reason that the heading cuts is told in full below it.
        guard CharacterWidth.of(text, atMost: width + 1) > width else { return }
        for part in Paragraph.wrap(state.words(wording), width: max(width - 3, 1)).prefix(max(end - y - 1, 0))
        {
            add(.text(x: 3, y: y, width: max(width - 3, 0), alignment: .left, role: .value, text: part))
            y += 1
        }
    }

    private mutating func line(_ status: Status, _ text: String, _ role: Role) {
        guard y < end else { return }
        if status != .auto { add(.status(x: 0, y: y, status: status)) }
        add(.text(x: 3, y: y, width: max(width - 3, 0), alignment: .left, role: role, text: text))
        y += 1
    }

    /// Draws the plugins with a single instance in one line.
    private mutating func summary(_ snapshots: [Snapshot]) {
        let chips = snapshots.compactMap { snapshot in
            snapshot.instances.first.map { first in
                Chip(
                    status: Self.status(of: first),
                    words: [Self.label(snapshot), Self.value(of: first, snapshot.schema)]
                        .filter { !$0.isEmpty }.joined(separator: " "))
            }
        }
        if !chips.isEmpty { row("", chips) }
    }

    /// Draws the named instances of a plugin in one line, those in trouble first.
    private mutating func list(_ snapshot: Snapshot) {
        let instances = Self.named(snapshot).sorted {
            Self.status(of: $0).trouble > Self.status(of: $1).trouble
        }
        row(
            Self.label(snapshot),
            instances.map { instance in
                let value = Self.value(of: instance, snapshot.schema)
                return Chip(
                    status: Self.status(of: instance),
                    words: value.isEmpty ? instance.name : "\(instance.name) \(value)")
            })
    }

    private struct Chip {
        let status: Status
        let words: String
    }

    private mutating func row(_ label: String, _ chips: [Chip]) {
        guard y < end else { return }
        add(.text(x: 3, y: y, width: 10, alignment: .left, role: .label, text: label))
        var x = label.isEmpty ? 0 : 14
        for (index, chip) in chips.enumerated() {
            let size = CharacterWidth.of(chip.words)
            let rest = chips.count - index
            guard x + 3 + size + (rest > 1 ? 6 : 0) <= width else {
                let room = max(width - x, 0)
                add(.text(x: x, y: y, width: room, alignment: .left, role: .muted, text: "+\(rest)"))
                break
            }
            add(.status(x: x, y: y, status: chip.status))
            let role = chip.status.trouble > 0 ? Role(chip.status) : .value
            add(.text(x: x + 3, y: y, width: size, alignment: .left, role: role, text: chip.words))
            x += size + 5
        }
        y += 1
    }

    private mutating func add(_ operation: DrawOperation) { operations.append(operation) }

    // MARK: Facts

    private struct Problem {
        let status: Status
        let words: String
    }

    /// All values in trouble and all notes, the worst first.
    private static func problems(of snapshots: [Snapshot], at now: Int64) -> [Problem] {
        var problems: [Problem] = []
        for snapshot in snapshots {
            let named = snapshot.instances.contains { !$0.name.isEmpty }
            for instance in snapshot.instances where !(instance.name.isEmpty && named) {
                for (metric, cell) in instance.cells.enumerated()
                where metric < snapshot.schema.metrics.count && cell.status.trouble > 0
                    && cell.value != .text(cell.status.name)
                {
                    let what = StatusChange.What.metric(
                        snapshot.schema, metric, cell.value, instance: instance.name)
                    problems.append(
                        Problem(
                            status: cell.status,
                            words: StatusChange(status: cell.status, what, taken: 0).words))
                }
            }
            // A plugin's note often says again what a value says.
            if let note = snapshot.remark(at: now), note.status.trouble > 0,
                !snapshot.instances.contains(where: { says(note.sentence, $0) })
            {
                problems.append(Problem(status: note.status, words: note.sentence))
            }
        }
        return problems.enumerated().sorted {
            ($1.element.status.trouble, $0.offset) < ($0.element.status.trouble, $1.offset)
        }.map(\.element)
    }

    private static func says(_ sentence: String, _ instance: Snapshot.Instance) -> Bool {
        instance.cells.contains { $0.value == .text(sentence) }
    }

    private static func status(of instance: Snapshot.Instance) -> Status {
        instance.cells.reduce(.auto) { Status.worse($0, $1.status) }
    }

    private static func named(_ snapshot: Snapshot) -> [Snapshot.Instance] {
        snapshot.instances.filter { !$0.name.isEmpty }
    }

    private static func label(_ snapshot: Snapshot) -> String {
        snapshot.schema.name.split(separator: " ").first.map(String.init) ?? snapshot.key.plugin
    }

    /// The first headline value of an instance, a number before a word: "4%", "success"; empty: it has none.
    private static func value(of instance: Snapshot.Instance, _ schema: Schema) -> String {
        let headlines = schema.metrics.enumerated().filter {
            $0.element.isHeadline && $0.offset < instance.cells.count
        }
        for (index, metric) in headlines {
            if case .number(let number) = instance.cells[index].value {
                return Format.number(number, unit: metric.unit)
            }
        }
        for (index, _) in headlines { if case .text(let text) = instance.cells[index].value { return text } }
        return ""
    }
}

extension Snapshot {
    /// The same values where they are too old to be trusted: what was well is unknown, and what was wrong stays so.
    fileprivate var doubted: Snapshot {
        var snapshot = self
        for row in snapshot.instances.indices {
            for (metric, cell) in snapshot.instances[row].cells.enumerated() where cell.status == .ok {
                snapshot.instances[row].cells[metric].status = .unknown
            }
        }
        return snapshot
    }
}
