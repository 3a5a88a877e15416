import CPluginTable
import ContractEmbedded
import PluginAPI

/// Reads a plugin's descriptor and checks all of it: sizes, counts, strides, identifiers.
enum DescriptorCheck {
    static func copy(_ descriptor: UnsafePointer<cm_plugin>) throws(LoadError) -> cm_plugin {
        let size = descriptor.pointee.size
        guard size >= cplugintable_minimum(), size <= 1 << 16 else {
            throw LoadError(
                "says that its cm_plugin has \(size) bytes; at least \(cplugintable_minimum()) are needed (cm_plugin.size)"
            )
        }
        var table = cm_plugin()
        guard cplugintable_copy(descriptor, &table) != 0 else {
            throw LoadError("fills fields of cm_plugin that this host does not know; it needs a newer host")
        }
        guard table.abi >> 16 == CM_ABI_MAJOR else {
            throw LoadError(
                "was built for ABI \(table.abi >> 16).\(table.abi & 0xffff); this host speaks ABI \(CM_ABI_MAJOR) (cm_plugin.abi)"
            )
        }
        for (name, isMissing) in [
            ("create", table.create == nil), ("destroy", table.destroy == nil),
            ("collect", table.collect == nil),
        ] where isMissing {
            throw LoadError("has no \(name) (cm_plugin.\(name) is NULL)")
        }
        return table
    }

    static func description(of table: cm_plugin) throws(LoadError) -> PluginDescription {
        var description = PluginDescription(
            id: try identifier(table.id, field: "cm_plugin.id", limit: 32, others: [95, 45]),
            name: try text(table.name, field: "cm_plugin.name", limit: 64),
            icon: try text(table.icon, field: "cm_plugin.icon", limit: 32),
            version: try text(table.version, field: "cm_plugin.version", limit: 32),
            summary: try text(table.summary, field: "cm_plugin.summary", limit: WireLimits.text),
            abi: table.abi, hasDraw: table.draw != nil)
        description.metrics = try metrics(of: table)
        description.options = try options(of: table)
        return description
    }

    /// The plugin's `cm_ingest` and the kinds of documents that it takes; nil: it has none.
    static func ingest(of table: cm_plugin) throws(LoadError) -> (table: cm_ingest, kinds: [String])? {
        guard let ask = table.get_extension else { return nil }
        let lending = Lending()
        guard let answer = ask(lending.string(CM_INGEST_1)) else { return nil }
        let size = answer.load(as: UInt32.self)
        guard size >= UInt32(MemoryLayout<cm_ingest>.size), size <= 1 << 16 else {
            throw LoadError(
                "says that its cm_ingest has \(size) bytes; at least \(MemoryLayout<cm_ingest>.size) are needed"
                    + " (cm_ingest.size)")
        }
        let ingest = answer.load(as: cm_ingest.self)
        if ingest.ingest == nil { throw LoadError("has no ingest (cm_ingest.ingest is NULL)") }
        let most = WireLimits.documentKinds
        guard ingest.kind_count >= 1, ingest.kind_count <= UInt64(most) else {
            throw LoadError("cm_ingest.kind_count is \(ingest.kind_count); 1 to \(most) are allowed")
        }
        guard let names = ingest.kinds else {
            throw LoadError("cm_ingest.kinds is NULL though cm_ingest.kind_count is \(ingest.kind_count)")
        }
        var kinds: [String] = []
        for index in 0..<Int(ingest.kind_count) {
            let kind = try identifier(
                names[index], field: "cm_ingest.kinds[\(index)]", limit: WireLimits.documentKind,
                others: [95, 45])
            if kinds.contains(kind) {
                throw LoadError("takes documents of the kind \(kind) twice (cm_ingest.kinds)")
            }
            kinds.append(kind)
        }
        return (ingest, kinds)
    }

    private static func metrics(of table: cm_plugin) throws(LoadError) -> [MetricDeclaration] {
        var metrics: [MetricDeclaration] = []
        let count = try check(
            table.metric_count, atMost: WireLimits.metrics, array: UnsafeRawPointer(table.metrics),
            stride: table.metric_stride, size: leastMetric, field: "cm_plugin.metric")
        for index in 0..<count {
            let entry = metric(
                at: UnsafeRawPointer(table.metrics)!.advanced(by: index * Int(table.metric_stride)),
                stride: Int(table.metric_stride))
            let field = "cm_plugin.metrics[\(index)]"
            let id = try identifier(entry.id, field: field + ".id", limit: 64, others: [95])
            guard !metrics.contains(where: { $0.id == id }) else {
                throw LoadError("declares metric \(id) twice")
            }
            guard let kind = MetricDeclaration.Kind(rawValue: UInt8(clamping: entry.kind)) else {
                throw LoadError("metric \(id) has the unknown kind \(entry.kind)")
            }
            guard let direction = MetricDeclaration.Direction(rawValue: UInt8(clamping: entry.direction))
            else {
                throw LoadError("metric \(id) has the unknown direction \(entry.direction)")
            }
            metrics.append(
                MetricDeclaration(
                    id: id, label: try text(entry.label, field: field + ".label", limit: 96),
                    unit: try text(entry.unit, field: field + ".unit", limit: 16),
                    help: try text(entry.help, field: field + ".help", limit: WireLimits.text), kind: kind,
                    direction: direction,
                    limits: Limits(warning: entry.warning, critical: entry.critical),
                    wantsHistory: entry.flags & 1 != 0, isHeadline: entry.flags & 2 != 0,
                    isLasting: entry.flags & 4 != 0,
                    isAge: entry.flags & 8 != 0 && (kind == .gauge || kind == .counter),
                    rememberDays: entry.remember_days,
                    forecast: try ForecastCheck.forecast(of: entry, field: field),
                    minimumEffect: kind == .gauge && entry.minimum_effect > 0 && entry.minimum_effect.isFinite
                        ? entry.minimum_effect : 0))
        }
        try ForecastCheck.check(metrics)
        return metrics
    }

    /// The size of a `cm_metric` of ABI 1.0 to 1.3.
    private static let leastMetric = 96

    /// Copies a metric; fields that its maker does not know are zero.
    private static func metric(at place: UnsafeRawPointer, stride: Int) -> cm_metric {
        var entry = cm_metric()
        withUnsafeMutableBytes(of: &entry) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: place, count: min(stride, MemoryLayout<cm_metric>.size)))
        }
        return entry
    }

    private static func options(of table: cm_plugin) throws(LoadError) -> [OptionDeclaration] {
        var options: [OptionDeclaration] = []
        let count = try check(
            table.option_count, atMost: WireLimits.options, array: UnsafeRawPointer(table.options),
            stride: table.option_stride, size: MemoryLayout<cm_option>.size, field: "cm_plugin.option")
        for index in 0..<count {
            let entry = UnsafeRawPointer(table.options)!.advanced(by: index * Int(table.option_stride))
                .assumingMemoryBound(to: cm_option.self).pointee
            let field = "cm_plugin.options[\(index)]"
            let key = try identifier(entry.key, field: field + ".key", limit: 64, others: [95])
            guard !options.contains(where: { $0.key == key }) else {
                throw LoadError("declares option \(key) twice")
            }
            guard let kind = OptionDeclaration.Kind(rawValue: UInt8(clamping: entry.type)) else {
                throw LoadError("option \(key) has the unknown type \(entry.type)")
            }
            options.append(
                OptionDeclaration(
                    key: key, kind: kind,
                    defaultValue: try text(entry.default_value, field: field + ".default_value", limit: 1024),
                    minimum: entry.minimum, maximum: entry.maximum,
                    help: try text(entry.help, field: field + ".help", limit: WireLimits.text)))
        }
        return options
    }

    private static func check(
        _ count: UInt64, atMost limit: Int, array: UnsafeRawPointer?, stride: UInt32, size: Int, field: String
    ) throws(LoadError) -> Int {
        if count == 0 { return 0 }
        guard count <= UInt64(limit) else {
            throw LoadError("\(field)_count is \(count); at most \(limit) are allowed")
        }
        guard array != nil else { throw LoadError("\(field)s is NULL though \(field)_count is \(count)") }
        guard stride >= UInt32(size), stride <= 4096 else {
            throw LoadError("\(field)_stride is \(stride); at least \(size) are needed")
        }
        return Int(count)
    }

    static func text(_ string: cm_string, field: String, limit: Int) throws(LoadError) -> String {
        if string.length == 0 { return "" }
        guard let data = string.data else {
            throw LoadError("\(field) is NULL with a length of \(string.length)")
        }
        guard string.length <= UInt64(limit) else {
            throw LoadError("\(field) has \(string.length) bytes; at most \(limit) are allowed")
        }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(string.length)), as: UTF8.self)
    }

    /// `[a-z][a-z0-9]*` and the bytes in `others`.
    private static func identifier(
        _ string: cm_string, field: String, limit: Int, others: [UInt8]
    ) throws(LoadError) -> String {
        let text = try text(string, field: field, limit: limit)
        let isSound = text.utf8.enumerated().allSatisfy { index, byte in
            (byte >= 97 && byte <= 122)
                || (index > 0 && ((byte >= 48 && byte <= 57) || others.contains(byte)))
        }
        guard isSound, !text.isEmpty else {
            throw LoadError("\(field) is \"\(text)\"; expected [a-z][a-z0-9_]*")
        }
        return text
    }
}
