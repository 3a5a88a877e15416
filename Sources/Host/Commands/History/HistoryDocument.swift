import Contract
import Core
import History
import HostJSON

/// Reads the lines that ``JSONExport`` writes.
struct HistoryDocument {
    /// What is wrong with a line.
    struct Mistake: Error {
        let sentence: String

        init(_ sentence: String) { self.sentence = sentence }
    }

    /// States of hosts, which a document names by a word alone.
    private(set) var leftOut = 0
    private let importer: HistoryImporter
    private var hasBegun = false

    /// What a document without any line lacks; nil: nothing.
    var missing: String? {
        hasBegun
            ? nil
            : "there is nothing; expected {\"cm_dashboard_history\":\(JSONExport.version)} as the first line"
    }

    init(_ importer: HistoryImporter) { self.importer = importer }

    /// Takes in a line.
    mutating func take(_ line: [UInt8]) throws(Mistake) {
        if line.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) { return }
        let json: JSON
        do throws(JSON.Mistake) { json = try JSON(line) } catch {
            throw Mistake("column \(error.column): this is no JSON: \(error.reason)")
        }
        let line = try DocumentObject(json)
        guard hasBegun else { return try begin(line) }
        if line.has("metrics") { return try source(line) }
        guard let schema = importer.schema else {
            throw Mistake(
                "before a line with a \"time\" one with \"host\", \"plugin\" and \"metrics\" is expected")
        }
        let time = try line.time("time")
        if line.has("length") { return try stretch(line, at: time, schema) }
        try moment(line, at: time, schema)
    }

    private mutating func begin(_ line: DocumentObject) throws(Mistake) {
        guard line.has("cm_dashboard_history") else {
            throw Mistake(
                "this is no exported history; expected {\"cm_dashboard_history\":\(JSONExport.version)} as the first line"
            )
        }
        let version = try line.whole("cm_dashboard_history", 1...(1 << 31))
        guard version <= JSONExport.version else {
            throw Mistake(
                "the document is of version \(version), and this cm-dashboard reads no version above \(JSONExport.version)"
            )
        }
        hasBegun = true
    }

    private func attempt(_ body: () throws(HistoryError) -> Void) throws(Mistake) {
        do throws(HistoryError) { try body() } catch { throw Mistake(error.sentence) }
    }

    // MARK: Sources

    private func source(_ line: DocumentObject) throws(Mistake) {
        let (host, plugin) = (try line.text("host"), try line.text("plugin"))
        guard !host.isEmpty, !plugin.isEmpty else { throw Mistake("\"host\" or \"plugin\" is empty") }
        var options = OptionsDigest.none
        if line.has("options") {
            guard let value = UInt64(try line.text("options"), radix: 16) else {
                throw Mistake("\"options\" is no number of 16 hexadecimal digits")
            }
            options = OptionsDigest(value: value)
        }
        var description = PluginDescription(
            id: plugin, name: line.has("name") ? try line.text("name") : plugin,
            version: line.has("version") ? try line.text("version") : "")
        var seen: Set<String> = []
        for element in try line.list("metrics", atMost: WireLimits.metrics) {
            let metric = try Self.metric(DocumentObject(element, in: "metrics"))
            guard seen.insert(metric.id).inserted else {
                throw Mistake("metric \(Problem.quoted(metric.id)) stands twice in \"metrics\"")
            }
            description.metrics.append(metric)
        }
        let key = SeriesKey(host: host, plugin: plugin, options: options)
        let schema = Schema(description)
        try attempt { () throws(HistoryError) in try importer.begin(key, schema) }
    }

    private static func metric(_ line: DocumentObject) throws(Mistake) -> MetricDeclaration {
        var metric = MetricDeclaration(
            id: try line.text("id"), label: line.has("label") ? try line.text("label") : "",
            unit: line.has("unit") ? try line.text("unit") : "")
        let kind = try line.text("kind")
        guard let known = MetricDeclaration.Kind.named.first(where: { $0.name == kind })?.kind else {
            throw Mistake("\"kind\" is \(Problem.quoted(kind)); expected gauge, counter, text or state")
        }
        metric.kind = known
        if line.has("worse") {
            switch try line.text("worse") {
            case "higher": metric.direction = .higherIsWorse
            case "lower": metric.direction = .lowerIsWorse
            default: throw Mistake("\"worse\" is neither \"higher\" nor \"lower\"")
            }
        }
        if line.has("warning") { metric.limits.warning = try line.number("warning") }
        if line.has("critical") { metric.limits.critical = try line.number("critical") }
        metric.wantsHistory = line.flag("history")
        metric.isHeadline = line.flag("headline")
        metric.isLasting = line.flag("lasting")
        metric.isAge = line.flag("age")
        if line.has("remember_days") {
            metric.rememberDays = UInt32(try line.whole("remember_days", 0...Int(UInt32.max)))
        }
        return metric
    }

    // MARK: Moments

    private mutating func moment(_ line: DocumentObject, at time: Int64, _ schema: Schema) throws(Mistake) {
        if line.has("host") {
            leftOut += 1
            return
        }
        let content: ChunkReader.Row
        if line.has("instances") {
            content = .snapshot(try Self.snapshot(line, at: time, importer.key!, schema))
        } else if line.flag("hold") {
            content = .hold
        } else if line.has("failure") {
            let failure = try line.object("failure")
            let code = try failure.text("code")
            guard
                let outcome = (1..<16).lazy.compactMap(Outcome.init(rawValue:)).first(where: {
                    $0.name == code
                })
            else { throw Mistake("\"code\" is \(Problem.quoted(code)), which is no code of a failure") }
            content = .failure(Failure(outcome, .plugin(try failure.text("message"))))
        } else {
            throw Mistake(
                "beside \"time\" one of \"instances\", \"hold\", \"failure\" or \"host\" is expected")
        }
        try attempt { () throws(HistoryError) in try importer.add(content, at: time) }
    }

    private static func snapshot(_ line: DocumentObject, at time: Int64, _ key: SeriesKey, _ schema: Schema)
        throws(Mistake) -> Snapshot
    {
        var snapshot = Snapshot(
            key: key, schema: schema, taken: line.has("taken") ? try line.time("taken") : time, made: time)
        if line.has("note") {
            let note = try line.object("note")
            snapshot.note = Snapshot.Note(
                status: try status(note.text("status")), sentence: try note.text("message"))
        }
        for element in try line.list("instances", atMost: HistoryFormat.mostInstances) {
            let row = try DocumentObject(element, in: "instances")
            let statuses = row.has("statuses") ? try row.list("statuses", atMost: schema.metrics.count) : []
            let values = try row.list("values", atMost: schema.metrics.count)
            guard values.count == schema.metrics.count else {
                throw Mistake(
                    "\"values\" has \(values.count) elements, and there are \(schema.metrics.count) metrics")
            }
            var cells: [Snapshot.Cell] = []
            for (index, value) in values.enumerated() {
                var cell = Snapshot.Cell(value: try self.value(value, schema.metrics[index]))
                if index < statuses.count, let text = statuses[index].text { cell.status = try status(text) }
                cells.append(cell)
            }
            snapshot.instances.append(Snapshot.Instance(name: try row.text("name"), cells: cells))
        }
        return snapshot
    }

    private static func value(_ json: JSON, _ metric: MetricDeclaration) throws(Mistake) -> Value {
        if json.isNull { return .absent }
        if let number = json.number, metric.isNumeric { return .number(number) }
        if let text = json.text, !metric.isNumeric { return .text(text) }
        let expected = metric.isNumeric ? "a number or null" : "a text or null"
        throw Mistake(
            "a value of metric \(Problem.quoted(metric.id)) is of the wrong kind; expected \(expected)")
    }

    private static func status(_ name: String) throws(Mistake) -> Status {
        guard let status = (0..<8).lazy.compactMap(Status.init(rawValue:)).first(where: { $0.name == name })
        else {
            throw Mistake("\(Problem.quoted(name)) is no status; expected ok, warning, critical or unknown")
        }
        return status
    }

    // MARK: Stretches

    private func stretch(_ line: DocumentObject, at time: Int64, _ schema: Schema) throws(Mistake) {
        let length = try line.whole("length", 1...86_400_000)
        guard let tier = RollupTier.allCases.first(where: { $0.step == Int64(length) * 1_000_000 }) else {
            throw Mistake("\"length\" is \(length); expected 300000, 3600000 or 86400000 milliseconds")
        }
        var instances: [(name: String, cells: [RollupStretch])] = []
        for element in try line.list("instances", atMost: HistoryFormat.mostInstances) {
            let row = try DocumentObject(element, in: "instances")
            let elements = try row.list("stretches", atMost: schema.metrics.count)
            guard elements.count == schema.metrics.count else {
                throw Mistake(
                    "\"stretches\" has \(elements.count) elements, and there are \(schema.metrics.count) metrics"
                )
            }
            var cells: [RollupStretch] = []
            for element in elements {
                cells.append(
                    element.isNull
                        ? RollupStretch() : try Self.stretch(DocumentObject(element, in: "stretches")))
            }
            instances.append((try row.text("name"), cells))
        }
        let (samples, failures) = (
            UInt32(try line.whole("samples", 0...Int(UInt32.max))),
            line.has("failures") ? UInt32(try line.whole("failures", 0...Int(UInt32.max))) : 0
        )
        try attempt { () throws(HistoryError) in
            try importer.add(tier, at: time, samples: samples, failures: failures, instances)
        }
    }

    private static func stretch(_ line: DocumentObject) throws(Mistake) -> RollupStretch {
        var bucket = SeriesBucket.gap
        if line.has("count") {
            bucket = SeriesBucket(
                count: UInt32(try line.whole("count", 1...Int(UInt32.max))),
                minimum: try line.number("minimum"),
                mean: try line.number("mean"), maximum: try line.number("maximum"),
                last: try line.number("last"))
            guard bucket.minimum <= bucket.mean, bucket.mean <= bucket.maximum,
                (bucket.minimum...bucket.maximum).contains(bucket.last)
            else { throw Mistake("\"mean\" or \"last\" is not between \"minimum\" and \"maximum\"") }
        }
        return RollupStretch(
            bucket: bucket, increase: line.has("increase") ? try line.number("increase") : .nan,
            text: line.has("text") ? try line.text("text") : nil,
            status: line.has("status") ? try status(line.text("status")) : .auto)
    }
}

/// An object of a document; each reader throws what is wrong with a member.
struct DocumentObject {
    typealias Mistake = HistoryDocument.Mistake

    private let json: JSON

    init(_ json: JSON, in list: String? = nil) throws(Mistake) {
        guard json.isObject else {
            throw Mistake(list.map { "an element of \"\($0)\" is no object" } ?? "the line is no object: {…}")
        }
        self.json = json
    }

    /// Whether a member is there and not null.
    func has(_ name: String) -> Bool { json[name].map { !$0.isNull } ?? false }

    func flag(_ name: String) -> Bool { json[name]?.flag ?? false }

    func text(_ name: String) throws(Mistake) -> String {
        guard let text = json[name]?.text else { throw wrong(name, "a text") }
        return text
    }

    func number(_ name: String) throws(Mistake) -> Double {
        guard let number = json[name]?.number, number.isFinite else { throw wrong(name, "a number") }
        return number
    }

    func whole(_ name: String, _ range: ClosedRange<Int>) throws(Mistake) -> Int {
        let number = try number(name)
        guard let whole = Int(exactly: number), range.contains(whole) else {
            throw Mistake(
                "\(Problem.quoted(name)) is \(number); expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return whole
    }

    /// Unix milliseconds as nanoseconds. Later times than the year 2200 are refused.
    func time(_ name: String) throws(Mistake) -> Int64 {
        let number = try number(name)
        guard let whole = Int64(exactly: number), (0...7_258_118_400_000).contains(whole) else {
            throw Mistake(
                "\(Problem.quoted(name)) is \(number); expected whole Unix milliseconds before the year 2200")
        }
        return whole * 1_000_000
    }

    func object(_ name: String) throws(Mistake) -> DocumentObject {
        guard let member = json[name], member.isObject else { throw wrong(name, "an object") }
        return try DocumentObject(member)
    }

    func list(_ name: String, atMost most: Int) throws(Mistake) -> [JSON] {
        guard let member = json[name], member.isArray else { throw wrong(name, "a list") }
        let elements = member.elements
        guard elements.count <= most else {
            throw Mistake("\(Problem.quoted(name)) has \(elements.count) elements; expected \(most) at most")
        }
        return elements
    }

    private func wrong(_ name: String, _ expected: String) -> Mistake {
        let quoted = Problem.quoted(name)
        return Mistake(
            json[name] == nil
                ? "there is no \(quoted)" : "\(quoted) is of the wrong kind; expected \(expected)")
    }
}
