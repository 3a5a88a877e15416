// Encoding and decoding of each type in the messages, in the same order.

extension ByteWriter {
    mutating func create(_ request: CreateRequest) {
        text(request.widget)
        text(request.host)
        text(request.root)
        flag(request.readsDocuments)
        count(request.values.count)
        for (value, isSet) in zip(request.values, request.isSet) {
            flag(isSet)
            switch value {
            case .number(let number):
                u8(0)
                double(number)
            case .text(let string):
                u8(1)
                text(string)
            case .list(let items):
                u8(2)
                count(items.count)
                for item in items { text(item) }
            }
        }
    }

    mutating func tick(_ tick: Tick) {
        u64(tick.number)
        u64(tick.monotonic)
        i64(tick.wall)
        u64(tick.interval)
        flag(tick.isFirst)
        flag(tick.isRefresh)
    }

    mutating func limits(_ limits: Limits) {
        double(limits.warning)
        double(limits.critical)
    }

    /// Appends one byte for the kind of the value, then the value.
    public mutating func value(_ value: Value) {
        switch value {
        case .absent: u8(0)
        case .number(let number):
            u8(1)
            double(number)
        case .text(let string):
            u8(2)
            text(string)
        }
    }

    mutating func view(_ view: View) {
        i64(view.taken)
        i64(view.now)
        u64(view.interval)
        text(view.host)
        text(view.note)
        flag(view.isStale)
        flag(view.isFocused)
        flag(view.isZoomed)
        count(view.limits.count)
        for limits in view.limits { self.limits(limits) }
        count(view.instances.count)
        for instance in view.instances {
            text(instance.name)
            for cell in instance.cells {
                value(cell.value)
                u8(cell.status.rawValue)
                floats(cell.history)
                floats(cell.highs)
                flag(cell.foretold != nil)
                if let foretold = cell.foretold { self.foretold(foretold) }
            }
        }
    }

    private mutating func foretold(_ foretold: View.Foretold) {
        count(foretold.words.count)
        for words in foretold.words { text(words) }
        u8(foretold.status.rawValue)
        double(foretold.usual.low)
        double(foretold.usual.high)
        u8(foretold.unusual.rawValue)
    }

    mutating func collected(_ collected: Collected) {
        u8(collected.outcome.rawValue)
        text(collected.sentence)
        u8(collected.noteStatus.rawValue)
        text(collected.note)
        flag(collected.documentTime != nil)
        if let time = collected.documentTime { double(time) }
        count(collected.samples.count)
        // Samples of one instance usually follow each other, so a repeated name is written once.
        var previous: String?
        for sample in collected.samples {
            let isSame = sample.instance == previous
            flag(isSame)
            if !isSame { text(sample.instance) }
            previous = sample.instance
            int(sample.metric)
            value(sample.value)
            u8(sample.status.rawValue)
        }
    }

    mutating func description(_ description: PluginDescription) {
        text(description.id)
        text(description.name)
        text(description.icon)
        text(description.version)
        text(description.summary)
        u32(description.abi)
        flag(description.hasDraw)
        count(description.metrics.count)
        for metric in description.metrics {
            text(metric.id)
            text(metric.label)
            text(metric.unit)
            text(metric.help)
            u8(metric.kind.rawValue)
            u8(metric.direction.rawValue)
            limits(metric.limits)
            flag(metric.wantsHistory)
            flag(metric.isHeadline)
            flag(metric.isLasting)
            flag(metric.isAge)
            u32(metric.rememberDays)
            forecast(metric.forecast)
            double(metric.minimumEffect)
        }
        count(description.options.count)
        for option in description.options {
            text(option.key)
            u8(option.kind.rawValue)
            text(option.defaultValue)
            double(option.minimum)
            double(option.maximum)
            text(option.help)
        }
        count(description.documents.count)
        for kind in description.documents { text(kind) }
    }

    private mutating func forecast(_ forecast: ForecastDeclaration) {
        u8(forecast.kind.rawValue)
        guard forecast.kind != .none else { return }
        text(forecast.size)
        text(forecast.written)
        text(forecast.powered)
        text(forecast.identity)
        double(forecast.full)
    }
}

extension ByteReader {
    mutating func create() throws(WireError) -> CreateRequest {
        let widget = try text(atMost: WireLimits.name)
        let host = try text(atMost: WireLimits.name)
        let root = try text(atMost: WireLimits.text)
        let readsDocuments = try flag()
        var (values, isSet): ([OptionValue], [Bool]) = ([], [])
        for _ in 0..<(try count(ofSize: 2, atMost: WireLimits.options)) {
            isSet.append(try flag())
            switch try u8() {
            case 0: values.append(.number(try double()))
            case 1: values.append(.text(try text(atMost: WireLimits.frame)))
            case 2:
                var items: [String] = []
                for _ in 0..<(try count(ofSize: 4, atMost: WireLimits.frame)) {
                    items.append(try text(atMost: WireLimits.frame))
                }
                values.append(.list(items))
            default: throw .unknownTag
            }
        }
        return CreateRequest(
            widget: widget, host: host, root: root, values: values, isSet: isSet,
            readsDocuments: readsDocuments)
    }

    mutating func tick() throws(WireError) -> Tick {
        Tick(
            number: try u64(), monotonic: try u64(), wall: try i64(), interval: try u64(),
            isFirst: try flag(), isRefresh: try flag())
    }

    mutating func limits() throws(WireError) -> Limits {
        Limits(warning: try double(), critical: try double())
    }

    /// Reads a value; NaN and infinities become `absent`.
    public mutating func value() throws(WireError) -> Value {
        switch try u8() {
        case 0: return .absent
        case 1:
            let number = try double()
            return number.isFinite ? .number(number) : .absent
        case 2: return .text(try text(atMost: WireLimits.text))
        default: throw .unknownTag
        }
    }

    /// Skips a value.
    public mutating func skipValue() throws(WireError) {
        switch try u8() {
        case 0: break
        case 1: _ = try double()
        case 2: try skipText()
        default: throw .unknownTag
        }
    }

    /// Reads a status; an unknown raw value is ``WireError/outOfRange``.
    public mutating func status() throws(WireError) -> Status {
        guard let status = Status(rawValue: try u8()) else { throw .outOfRange }
        return status
    }

    mutating func outcome() throws(WireError) -> Outcome {
        guard let outcome = Outcome(rawValue: try u8()) else { throw .outOfRange }
        return outcome
    }

    mutating func role() throws(WireError) -> Role {
        guard let role = Role(rawValue: try u8()) else { throw .outOfRange }
        return role
    }

    mutating func alignment() throws(WireError) -> Alignment {
        guard let alignment = Alignment(rawValue: try u8()) else { throw .outOfRange }
        return alignment
    }

    mutating func view() throws(WireError) -> View {
        var view = View(taken: try i64(), now: try i64(), interval: try u64())
        view.host = try text(atMost: WireLimits.name)
        view.note = try text(atMost: WireLimits.text)
        view.isStale = try flag()
        view.isFocused = try flag()
        view.isZoomed = try flag()
        let metrics = try count(ofSize: 16, atMost: WireLimits.metrics)
        for _ in 0..<metrics { view.limits.append(try limits()) }
        let instances = try count(ofSize: 4, atMost: WireLimits.instances)
        guard instances * metrics <= WireLimits.snapshotCells else { throw .outOfRange }
        view.instances.reserveCapacity(instances)
        for _ in 0..<instances {
            var instance = View.Instance(name: try text(atMost: WireLimits.name), cells: [])
            instance.cells.reserveCapacity(metrics)
            for _ in 0..<metrics {
                let value = try value()
                let status = try status()
                let history = try floats(atMost: WireLimits.history)
                let highs = try highs(of: history)
                let foretold = try flag() ? try foretold() : nil
                instance.cells.append(
                    View.Cell(
                        value: value, status: status, history: history, highs: highs, foretold: foretold))
            }
            view.instances.append(instance)
        }
        return view
    }

    private mutating func foretold() throws(WireError) -> View.Foretold {
        var foretold = View.Foretold()
        for _ in 0..<(try count(ofSize: 4, atMost: WireLimits.forecastForms)) {
            foretold.words.append(try text(atMost: WireLimits.text))
        }
        foretold.status = try status()
        foretold.usual = View.Band(low: try double(), high: try double())
        guard let unusual = View.Unusual(rawValue: try u8()) else { throw .outOfRange }
        foretold.unusual = unusual
        return foretold
    }

    mutating func collected() throws(WireError) -> Collected {
        var collected = Collected(outcome: try outcome(), sentence: try text(atMost: WireLimits.text))
        collected.noteStatus = try status()
        collected.note = try text(atMost: WireLimits.text)
        if try flag() {
            let time = try double()
            guard time.isFinite else { throw .outOfRange }
            collected.documentTime = time
        }
        let count = try count(ofSize: 7, atMost: WireLimits.samples)
        collected.samples.reserveCapacity(count)
        var instance = ""
        for index in 0..<count {
            if try flag() {
                guard index > 0 else { throw .outOfRange }
            } else {
                instance = try text(atMost: WireLimits.name)
            }
            let metric = try int()
            guard metric >= 0, metric < WireLimits.metrics else { throw .outOfRange }
            let value = try value()
            collected.samples.append(
                Sample(instance: instance, metric: metric, value: value, status: try status()))
        }
        return collected
    }

    mutating func description() throws(WireError) -> PluginDescription {
        var description = PluginDescription(
            id: try text(atMost: WireLimits.name), name: try text(atMost: WireLimits.name),
            icon: try text(atMost: WireLimits.name), version: try text(atMost: WireLimits.name),
            summary: try text(atMost: WireLimits.text), abi: try u32(), hasDraw: try flag())
        for _ in 0..<(try count(ofSize: 49, atMost: WireLimits.metrics)) {
            description.metrics.append(try metric())
        }
        for _ in 0..<(try count(ofSize: 29, atMost: WireLimits.options)) {
            description.options.append(try option())
        }
        for _ in 0..<(try count(ofSize: 4, atMost: WireLimits.documentKinds)) {
            description.documents.append(try text(atMost: WireLimits.documentKind))
        }
        return description
    }

    private mutating func metric() throws(WireError) -> MetricDeclaration {
        let id = try text(atMost: WireLimits.name)
        let label = try text(atMost: WireLimits.name)
        let unit = try text(atMost: WireLimits.name)
        let help = try text(atMost: WireLimits.text)
        guard let kind = MetricDeclaration.Kind(rawValue: try u8()),
            let direction = MetricDeclaration.Direction(rawValue: try u8())
        else { throw .outOfRange }
        return MetricDeclaration(
            id: id, label: label, unit: unit, help: help, kind: kind, direction: direction,
            limits: try limits(), wantsHistory: try flag(), isHeadline: try flag(), isLasting: try flag(),
            isAge: try flag(),
            rememberDays: try u32(), forecast: try forecast(), minimumEffect: try double())
    }

    private mutating func forecast() throws(WireError) -> ForecastDeclaration {
        guard let kind = ForecastDeclaration.Kind(rawValue: try u8()) else { throw .outOfRange }
        guard kind != .none else { return .none }
        return ForecastDeclaration(
            kind, size: try text(atMost: WireLimits.name), written: try text(atMost: WireLimits.name),
            powered: try text(atMost: WireLimits.name), identity: try text(atMost: WireLimits.name),
            full: try double())
    }

    private mutating func option() throws(WireError) -> OptionDeclaration {
        let key = try text(atMost: WireLimits.name)
        guard let kind = OptionDeclaration.Kind(rawValue: try u8()) else { throw .outOfRange }
        return OptionDeclaration(
            key: key, kind: kind, defaultValue: try text(atMost: WireLimits.text), minimum: try double(),
            maximum: try double(), help: try text(atMost: WireLimits.text))
    }
}
