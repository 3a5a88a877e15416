import CTerminal
import Core

/// What the terminal's description says that its keys send.
enum TerminalKeys {
    /// Returns the sequences that a reader of keys would not understand by itself, or would take for another key.
    static func sequences() -> [(bytes: [UInt8], key: Key)] {
        var all: [(bytes: [UInt8], key: Key)] = []
        var name: UnsafePointer<CChar>?
        var index: Int32 = 0
        while let sequence = cterminal_key(index, &name), let name {
            index += 1
            let bytes = String(cString: sequence).utf8.map { $0 }
            if let key = key(String(cString: name), bytes) { all.append((bytes, key)) }
        }
        return all
    }

    /// The meaning of one entry; nil: it is left to the reader.
    private static func key(_ name: String, _ bytes: [UInt8]) -> Key? {
        // "$<5>" is a pause.
        guard let first = bytes.first, name != "kmous", !bytes.contains(UInt8(ascii: "$")) else { return nil }
        if let key = known[name] {
            // Printable characters, and controls that mean something in every terminal, stay what they are.
            let isTaken = [0x03, 0x09, 0x0d, 0x1a, 0x1b].contains(first) || (0x20...0x7e).contains(first)
            return bytes.count == 1 && isTaken ? nil : key
        }
        // The reader finds the end of these itself, and some descriptions name the Home of others "find".
        let isUsual =
            bytes.count > 2 && first == 0x1b && [UInt8(ascii: "["), UInt8(ascii: "O")].contains(bytes[1])
        return first == 0x1b && bytes.count > 1 && !isUsual ? .other : nil
    }

    private static let known: [String: Key] = {
        var keys: [String: Key] = [
            "kcuu1": .up, "kcud1": .down, "kcub1": .left, "kcuf1": .right, "kpp": .pageUp, "knp": .pageDown,
            "khome": .home, "kend": .end, "kent": .enter, "kbs": .backspace, "kcbt": .backTab,
        ]
        for number in 1...12 { keys["kf\(number)"] = .function(number) }
        return keys
    }()
}
