import PluginKit

extension JSON {
    /// Reads what a command has printed. Text around the document is skipped, since programs and the shells and
    /// wrappers that start them print lines of their own; a document that is itself damaged or cut short is an
    /// error, which names the command, line and column.
    public init(_ text: String, from source: String) throws(PluginError) {
        var copy = text
        let result: Result<JSON, Mistake> = copy.withUTF8 { bytes in
            Self.answer(in: UnsafeRawBufferPointer(bytes))
        }
        switch result {
        case .success(let json): self = json
        case .failure(let mistake):
            throw .failed(
                "\(source) answered what is not JSON (line \(mistake.line), column \(mistake.column):"
                    + " \(mistake.reason))")
        }
    }

    private static func answer(in bytes: UnsafeRawBufferPointer) -> Result<JSON, Mistake> {
        let mistake: Mistake
        do throws(Mistake) { return .success(try JSON(bytes)) } catch { mistake = error }
        guard let start = documentStart(in: bytes) else { return .failure(mistake) }
        do throws(Mistake) {
            return .success(try JSON(UnsafeRawBufferPointer(rebasing: bytes[start...]), isWhole: false))
        } catch {
            // Positions are those of the whole text.
            return .failure(start == 0 || mistake.isAtEnd ? mistake : error)
        }
    }

    /// The place where a document begins: an opening brace or bracket with what can follow it in JSON. A text that
    /// begins with a brace has none further on, so that a part of a damaged document is not taken for the whole.
    private static func documentStart(in bytes: UnsafeRawBufferPointer) -> Int? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }
        func next(after index: Int) -> UInt8? { bytes[(index + 1)...].first { !isBlank($0) } }
        let (brace, bracket, quote) = (UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""))
        guard let first = bytes.firstIndex(where: { !isBlank($0) }) else { return nil }
        if bytes[first] == brace { return first }
        return bytes.indices.first { index in
            switch bytes[index] {
            case brace: next(after: index) == quote || next(after: index) == UInt8(ascii: "}")
            case bracket:
                [brace, bracket, quote, UInt8(ascii: "]")].contains(next(after: index) ?? 0)
            default: false
            }
        }
    }
}
