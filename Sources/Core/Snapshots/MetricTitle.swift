import Contract

extension PluginDescription {
    /// "NVMe wear", for where a metric stands among those of other plugins: a label alone does not tell whose it is.
    public func title(of metric: MetricDeclaration) -> String {
        let label = metric.label.isEmpty ? metric.id : metric.label
        let name = self.name.split(separator: " ").first.map(String.init) ?? id
        if label.lowercased().hasPrefix(name.lowercased()) { return label }
        return "\(name) \(label.prefix(1).lowercased())\(label.dropFirst())"
    }
}
