import PluginKit

/// One compressed block device in memory.
struct Zram {
    let name: String
    let size: Double
    let data: Double
    let compressed: Double
    let memory: Double
    let algorithm: String

    /// Below this many bytes the ratio is meaningless, since the device's own overhead dominates: a page of zeroes
    /// in 64 bytes would be "64:1".
    static let smallestTelling = 1024.0 * 1024

    /// Bytes of data in one byte of memory.
    var ratio: Double? { data >= Self.smallestTelling && memory > 0 ? data / memory : nil }

    /// Reads /sys/block/NAME; nil where the device is not set up or disappears.
    init?(_ name: String, on machine: Machine) {
        let folder = "/sys/block/" + name
        guard let size = machine.number(folder + "/disksize"), size > 0 else { return nil }
        self.name = name
        self.size = size
        algorithm = Self.algorithm(machine.text(folder + "/comp_algorithm") ?? "")
        var numbers: [Double] = []
        try? machine.readBytes(folder + "/mm_stat") { bytes in
            var text = Scanner(bytes)
            while numbers.count < 3, let number = text.number() { numbers.append(number) }
        }
        if numbers.count < 3 {
            // Kernels before 4.1 have a file for each number.
            numbers = ["/orig_data_size", "/compr_data_size", "/mem_used_total"].compactMap {
                machine.number(folder + $0)
            }
        }
        guard numbers.count == 3 else { return nil }
        (data, compressed, memory) = (numbers[0], numbers[1], numbers[2])
    }

    /// The algorithm in brackets: "lzo [lzo-rle] zstd".
    private static func algorithm(_ text: String) -> String {
        for word in text.words {
            if let opened = word.after("["), opened.utf8.last == UInt8(ascii: "]") {
                return String(decoding: opened.utf8.dropLast(), as: UTF8.self)
            }
        }
        return text.trimmed
    }
}
