import PluginKit

extension JSON {
    /// Reads what a command has printed; the error names the command, line and column.
    public init(_ text: String, from source: String) throws(PluginError) {
        var copy = text
        let result: Result<JSON, Mistake> = copy.withUTF8 { bytes in
            do throws(Mistake) { return .success(try JSON(UnsafeRawBufferPointer(bytes))) } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let json): self = json
        case .failure(let mistake):
            throw .failed(
                "\(source) answered what is not JSON (line \(mistake.line), column \(mistake.column):"
                    + " \(mistake.reason))")
        }
    }
}
