/// Formats values as TOML.
public enum TOMLText {
    /// A quoted string with all characters escaped that TOML or a terminal would interpret.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where Problem.isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(4 - digits.utf8.count, 0)) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A key, quoted where TOML requires it.
    public static func key(_ name: String) -> String {
        let isBare = !name.isEmpty && name.utf8.allSatisfy(HostAddress.isNameByte)
        return isBare ? name : quoted(name)
    }

    static func duration(_ nanoseconds: UInt64) -> String {
        quoted(DurationText.exact(nanoseconds: nanoseconds))
    }

    static func list(_ items: [String]) -> String {
        "[" + items.map(quoted).joined(separator: ", ") + "]"
    }

    static func literal(_ literal: Literal) -> String {
        switch literal {
        case .text(let text): quoted(text)
        case .list(let items): "[" + items.map(Self.literal).joined(separator: ", ") + "]"
        default: literal.summary
        }
    }
}

extension HostConfiguration {
    /// The host as a table of `hosts.toml`, with the keys that differ from the defaults only.
    public var toml: String {
        var lines = ["[host.\(TOMLText.key(name))]"]
        if address.text != name { lines.append("address = \(TOMLText.quoted(address.text))") }
        if let role { lines.append("role = \(TOMLText.quoted(role))") }
        if let layout { lines.append("layout = \(TOMLText.quoted(layout.value))") }
        if source != .http { lines.append("source = \(TOMLText.quoted(source.rawValue))") }
        if source == .http { lines += questions }
        for limits in thresholds {
            for setting in limits.settings {
                lines.append(
                    "thresholds.\(TOMLText.key(limits.plugin)).\(TOMLText.key(setting.key)) = "
                        + TOMLText.literal(setting.value))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The keys about requests: interval, timeout, ports, paths.
    private var questions: [String] {
        var lines: [String] = []
        if refresh != Self.defaultRefresh { lines.append("refresh = \(TOMLText.duration(refresh))") }
        if timeout != Self.defaultTimeout { lines.append("timeout = \(TOMLText.duration(timeout))") }
        for api in HostAPI.allCases where endpoints[api]?.port != api.defaultPort {
            lines.append("ports.\(api.rawValue) = \(endpoints[api].map { "\($0.port)" } ?? "false")")
        }
        for api in HostAPI.allCases {
            guard let path = endpoints[api]?.path, path != "/" else { continue }
            lines.append("paths.\(api.rawValue) = \(TOMLText.quoted(path))")
        }
        return lines
    }
}

extension Configuration {
    /// A complete `hosts.toml` with these hosts.
    public var hostsToml: String {
        let head = "version = \(ConfigurationKeys.version)\n"
        return ([head] + hosts.map(\.toml)).joined(separator: "\n")
    }
}

extension DashboardSettings {
    /// A complete `dashboard.toml` with these settings; comments say where each value comes from.
    ///
    /// - Parameter source: the name of the file that was read; nil where there is none.
    public func toml(source: String?) -> String {
        func origin(_ key: String) -> String {
            guard let source, let position = positions[key] else { return "  # default" }
            return "  # \(Problem.printable(source)):\(position.line)"
        }
        func line(_ key: String, _ value: String?, _ fallback: String) -> String {
            (value.map { "\(key) = \($0)" } ?? "# \(key): \(fallback)") + (value == nil ? "" : origin(key))
        }
        var lines = ["version = \(ConfigurationKeys.version)", ""]
        lines.append(line("refresh", refresh.map(TOMLText.duration), "the layout's"))
        lines.append(line("theme", theme.map(TOMLText.quoted), "the layout's"))
        lines.append(line("icons", icons.map { TOMLText.quoted($0.rawValue) }, "the layout's"))
        lines.append(line("data_source", TOMLText.quoted(dataSource.rawValue), ""))
        lines.append(line("plugins", TOMLText.list(pluginFolders.map(\.value)), ""))
        lines += ["", "[overview]"]
        let columns = overview.columns.map { TOMLText.list($0.map(\.value.text)) }
        lines.append(line("columns", columns, "what the plugins have marked"))
        lines.append(line("sort", overview.sort.map { TOMLText.quoted($0.text) }, "the order of hosts.toml"))
        lines.append(line("roles", TOMLText.list(overview.roles), ""))
        lines += history.toml(source: source)
        for limits in thresholds {
            lines += ["", "[thresholds.\(TOMLText.key(limits.plugin))]"]
            for setting in limits.settings {
                lines.append(
                    "\(TOMLText.key(setting.key)) = \(TOMLText.literal(setting.value))"
                        + "  # \(Problem.printable(limits.source)):\(setting.position.line)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
