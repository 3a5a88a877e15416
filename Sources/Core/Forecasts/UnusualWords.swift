import Contract

extension Snapshot {
    /// A sentence for each number that is unusual at this hour of the week: "CPU temperature 92°C (total) is unusual: high,
    /// usually 40°C to 52°C".
    public var unusual: [String] {
        instances.flatMap { instance in
            schema.metrics.enumerated().dropFirst(schema.ownCount).compactMap { index, metric -> String? in
                guard let derived = metric.derived, derived.part == .unusual, index < instance.cells.count,
                    case .text(let words) = instance.cells[index].value,
                    let number = instance.cells[derived.source].value.number
                else { return nil }
                let source = schema.metrics[derived.source]
                let name = instance.name.isEmpty ? "" : " (\(instance.name))"
                let figure = Format.number(number, unit: source.unit)
                return "\(schema.title(of: source)) \(figure)\(name) is unusual: \(words)"
            }
        }
    }
}
