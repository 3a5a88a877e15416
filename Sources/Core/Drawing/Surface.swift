import Contract

/// A grid of cells. It is drawn into, compared with the previous frame, and exported. Drawing outside of it, or
/// outside the `clip` of a call (default: the whole surface), has no effect.
public struct Surface: Sendable {
    /// Size in cells, at most 32,768 each way.
    public let size: Size
    /// The last character of a text that was cut.
    public var ellipsis: Unicode.Scalar = "…"
    /// Whether only ASCII may be stored; other characters are replaced by the nearest ASCII one.
    public var isASCII = false
    var cells: [Glyph]
    /// The texts of cells that hold more than one scalar.
    private(set) var clusters: [String] = []
    private var clusterIndex: [ClusterKey: UInt32] = [:]

    private static let mostClusters = 1 << 16
    /// Coordinates are clamped to this value, so that sums cannot overflow.
    private static let largest = 1 << 32

    /// A blank surface; the size is clamped to 0...32,768 each way.
    public init(_ size: Size) {
        self.size = Size(min(max(size.width, 0), 1 << 15), min(max(size.height, 0), 1 << 15))
        cells = Array(repeating: .blank, count: self.size.width * self.size.height)
    }

    /// A surface with the ellipsis and the characters of an appearance.
    public init(_ size: Size, for appearance: Appearance) {
        self.init(size)
        ellipsis = appearance.ellipsis
        isASCII = !appearance.isUTF8
    }

    /// The whole surface as a rectangle at (0, 0).
    public var bounds: Rect { Rect(x: 0, y: 0, width: size.width, height: size.height) }

    /// The glyph at a position; blank outside of the surface.
    public subscript(x: Int, y: Int) -> Glyph {
        guard x >= 0, y >= 0, x < size.width, y < size.height else { return .blank }
        return cells[y * size.width + x]
    }

    /// The text of a glyph of this surface; empty for the right half of a wide character.
    public func text(of glyph: Glyph) -> String {
        if glyph.width == 0 { return "" }
        if glyph.isCluster {
            let index = Int(glyph.code - Glyph.firstCluster)
            return index < clusters.count ? clusters[index] : "\u{fffd}"
        }
        return Unicode.Scalar(glyph.code).map { String(Character($0)) } ?? "\u{fffd}"
    }

    /// One line as text, by default without blanks at its end; empty outside of the surface.
    public func line(_ y: Int, trimmed: Bool = true) -> String {
        guard y >= 0, y < size.height else { return "" }
        var row = cells[(y * size.width)..<((y + 1) * size.width)]
        if trimmed { while row.last?.code == 0x20, row.last?.width == 1 { row.removeLast() } }
        var line = String.UnicodeScalarView()
        for glyph in row where glyph.width > 0 {
            if glyph.isCluster {
                line.append(contentsOf: text(of: glyph).unicodeScalars)
            } else {
                line.append(Unicode.Scalar(glyph.code) ?? "\u{fffd}")
            }
        }
        return String(line)
    }

    /// Makes all cells blank. Keeps the storage.
    public mutating func clear() {
        cells.withUnsafeMutableBufferPointer { $0.update(repeating: .blank) }
        clusters.removeAll(keepingCapacity: true)
        clusterIndex.removeAll(keepingCapacity: true)
    }

    /// Writes one line of text, aligned in `width` cells from `x` and cut with the ellipsis where it is wider. It is
    /// not cut inside or right behind a number, since the rest would read as another number.
    public mutating func put(
        _ text: String, x: Int, y: Int, width: Int, alignment: Alignment = .left, style: Style = .normal,
        clip: Rect? = nil
    ) {
        let clip = visible(clip)
        guard clip.width > 0, y >= clip.y, y < clip.y + clip.height else { return }
        let x = clamped(x)
        var room = clamped(width)
        // Text that crosses the right edge of the clip is cut there, so that the ellipsis is visible.
        if alignment == .left { room = min(room, clip.x + clip.width - x) }
        guard room > 0, x < clip.x + clip.width, x + room > clip.x else { return }
        var text = text
        text.withUTF8 { bytes in
            let isPlain = isPrintableASCII(bytes)
            // No character takes more cells than it has bytes.
            let isShort = bytes.count <= room && alignment == .left
            let wanted = isPlain ? bytes.count : isShort ? room : CharacterWidth.of(bytes, atMost: room)
            let isCut = !isShort && wanted > room
            let limit = isCut ? NumberCut.limit(bytes, cells: room - 1) : wanted
            let used = isCut ? limit + 1 : wanted
            let indent = alignment == .left ? 0 : alignment == .right ? room - used : (room - used) / 2
            let segment = Segment(
                x: x + indent, limit: limit, y: y, clip: clip, style: style)
            let end = isPlain ? writePlain(bytes, segment) : writeAny(bytes, segment)
            if isCut { set(ellipsis, x: end, y: y, style: style, clip: clip) }
        }
    }

    /// Writes one character, which must be one cell wide.
    public mutating func set(
        _ scalar: Unicode.Scalar, x: Int, y: Int, style: Style = .normal, clip: Rect? = nil
    ) {
        let clip = visible(clip)
        guard x >= clip.x, x < clip.x + clip.width, y >= clip.y, y < clip.y + clip.height else { return }
        store(isASCII ? nearestASCII(scalar.value) : scalar.value, x: x, y: y, style: style)
    }

    /// Writes one cell without clip and ASCII translation, for gauges and curves that consist of many cells.
    @inline(__always)
    mutating func store(_ code: UInt32, x: Int, y: Int, style: Style) {
        breakWide(before: x, y: y)
        cells[y * size.width + x] = Glyph(code: code, style: style)
        breakWide(after: x + 1, y: y)
    }

    /// Fills a rectangle with one character; one that is not exactly one cell wide is replaced by U+FFFD.
    public mutating func fill(
        _ rect: Rect, with scalar: Unicode.Scalar = " ", style: Style = .normal, clip: Rect? = nil
    ) {
        let area = intersection(rect, visible(clip))
        guard area.width > 0, area.height > 0 else { return }
        let code = CharacterWidth.isNarrow(scalar) ? scalar.value : 0xfffd
        let glyph = Glyph(code: isASCII ? nearestASCII(code) : code, style: style)
        for y in area.y..<(area.y + area.height) {
            breakWide(before: area.x, y: y)
            let start = y * size.width + area.x
            cells.withUnsafeMutableBufferPointer { cells in
                for index in start..<(start + area.width) { cells[index] = glyph }
            }
            breakWide(after: area.x + area.width, y: y)
        }
    }

    /// Changes the style of each cell in a rectangle; the characters stay.
    public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
        let area = intersection(rect, bounds)
        guard area.width > 0, area.height > 0 else { return }
        for y in area.y..<(area.y + area.height) {
            for x in area.x..<(area.x + area.width) { change(&cells[y * size.width + x].style) }
        }
    }

    // MARK: -

    private struct Segment {
        var x: Int
        /// The number of cells that may be written.
        var limit: Int
        var y: Int
        var clip: Rect
        var style: Style
    }

    /// The part of a clip that lies on the surface; nil is the whole surface.
    func visible(_ clip: Rect?) -> Rect {
        guard let clip else { return bounds }
        return intersection(clip, bounds)
    }

    private func intersection(_ left: Rect, _ right: Rect) -> Rect {
        let x = max(clamped(left.x), right.x)
        let y = max(clamped(left.y), right.y)
        let endX = min(clamped(left.x) + clamped(left.width), right.x + right.width)
        let endY = min(clamped(left.y) + clamped(left.height), right.y + right.height)
        return Rect(x: x, y: y, width: max(endX - x, 0), height: max(endY - y, 0))
    }

    private func clamped(_ number: Int) -> Int { min(max(number, -Surface.largest), Surface.largest) }

    private func isPrintableASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes where byte < 0x20 || byte > 0x7e { return false }
        return true
    }

    /// Writes printable ASCII and returns the column behind it.
    private mutating func writePlain(_ bytes: UnsafeBufferPointer<UInt8>, _ segment: Segment) -> Int {
        let first = max(segment.x, segment.clip.x)
        let end = segment.x + min(bytes.count, segment.limit)
        let last = min(end, segment.clip.x + segment.clip.width)
        guard first < last else { return end }
        breakWide(before: first, y: segment.y)
        let row = segment.y * size.width
        let (offset, style) = (segment.x, segment.style)
        cells.withUnsafeMutableBufferPointer { cells in
            for x in first..<last {
                cells[row + x] = Glyph(code: UInt32(bytes[x - offset]), style: style)
            }
        }
        breakWide(after: last, y: segment.y)
        return end
    }

    private mutating func writeAny(_ bytes: UnsafeBufferPointer<UInt8>, _ segment: Segment) -> Int {
        var reader = CellReader(bytes)
        var x = segment.x
        let (start, end) = (segment.clip.x, segment.clip.x + segment.clip.width)
        var isFirst = true
        while x < end, let cluster = reader.next() {
            if x + cluster.width > segment.x + segment.limit { break }
            if x + cluster.width > start {
                if isFirst { breakWide(before: max(x, start), y: segment.y) }
                isFirst = false
                write(cluster, x: x, segment)
            }
            x += cluster.width
        }
        if !isFirst { breakWide(after: min(x, end), y: segment.y) }
        return x
    }

    private mutating func write(_ cluster: CellReader.Cluster, x: Int, _ segment: Segment) {
        let index = segment.y * size.width + x
        let (start, end) = (segment.clip.x, segment.clip.x + segment.clip.width)
        if cluster.width == 1 {
            cells[index] = Glyph(code: code(of: cluster), style: segment.style)
        } else if x < start {
            // A wide character that the clip cuts in half becomes a blank.
            cells[index + 1] = Glyph(code: 0x20, style: segment.style)
        } else if x + 2 > end {
            cells[index] = Glyph(code: 0x20, style: segment.style)
        } else if isASCII {
            cells[index] = Glyph(code: 0x3f, style: segment.style)
            cells[index + 1] = Glyph(code: 0x3f, style: segment.style)
        } else {
            cells[index] = Glyph(code: code(of: cluster), width: 2, style: segment.style)
            cells[index + 1] = Glyph(code: 0, width: 0, style: segment.style)
        }
    }

    private mutating func code(of cluster: CellReader.Cluster) -> UInt32 {
        if isASCII { return nearestASCII(cluster.code) }
        if cluster.markCount == 0 { return cluster.code }
        let key = ClusterKey(cluster)
        if let known = clusterIndex[key] { return known }
        guard clusters.count < Surface.mostClusters else { return cluster.code }
        let code = Glyph.firstCluster + UInt32(clusters.count)
        clusters.append(string(of: cluster))
        clusterIndex[key] = code
        return code
    }

    private func string(of cluster: CellReader.Cluster) -> String {
        let marks = cluster.marks
        var text = String.UnicodeScalarView()
        for code in [cluster.code, marks.0, marks.1, marks.2, marks.3].prefix(1 + cluster.markCount) {
            if let scalar = Unicode.Scalar(code) { text.append(scalar) }
        }
        return String(text)
    }

    /// To be called before the cell at `x` is overwritten: a wide character that loses its right half becomes a
    /// blank.
    @inline(__always)
    private mutating func breakWide(before x: Int, y: Int) {
        let index = y * size.width + x
        if x > 0, x < size.width, cells[index].width == 0 { cells[index - 1].makeBlank() }
    }

    /// To be called after the cell before `x` was overwritten: a right half without its left half becomes a blank.
    @inline(__always)
    private mutating func breakWide(after x: Int, y: Int) {
        let index = y * size.width + x
        if x > 0, x < size.width, cells[index].width == 0, cells[index - 1].width != 2 {
            cells[index].makeBlank()
        }
    }
}

/// A character with its marks as a key, without the cost of making a string.
private struct ClusterKey: Hashable {
    private let code, first, second, third, fourth: UInt32

    init(_ cluster: CellReader.Cluster) {
        code = cluster.code
        (first, second, third, fourth) = cluster.marks
    }
}

extension Glyph {
    fileprivate mutating func makeBlank() {
        code = 0x20
        width = 1
    }
}

/// The nearest ASCII character.
private func nearestASCII(_ code: UInt32) -> UInt32 {
    if code < 0x7f { return code }
    return switch code {
    case 0xb0, 0xa0: 0x20  // degree sign: "56 C"
    case 0xb5, 0x3bc: 0x75  // micro: "u"
    case 0x2010...0x2015, 0x2212, 0x2500...0x2501: 0x2d  // dashes
    case 0xd7: 0x78  // times: "x"
    case 0xb7, 0x2022: 0x2e
    case 0x2018, 0x2019: 0x27
    case 0x201c, 0x201d: 0x22
    case 0x2026: 0x7e
    case 0x2190: 0x3c
    case 0x2192: 0x3e
    case 0x2502...0x2503: 0x7c
    default: 0x3f
    }
}
