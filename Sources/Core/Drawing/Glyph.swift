/// The content of one cell. Eight bytes without padding or references, so that rows can be compared as memory.
public struct Glyph: Equatable, Hashable, Sendable {
    /// A Unicode scalar, or from ``firstCluster`` on an index into the cluster pool of its surface.
    public var code: UInt32
    /// How the cell looks.
    public var style: Style
    /// Cells that the glyph covers, 1 or 2; 0 marks the right half of the wide glyph before it.
    public var width: UInt8

    public init(code: UInt32, width: UInt8 = 1, style: Style = .normal) {
        self.code = code
        self.style = style
        self.width = width
    }

    /// The smallest code that is not a Unicode scalar.
    public static var firstCluster: UInt32 { 0x11_0000 }
    /// A blank in the normal style.
    public static var blank: Glyph { Glyph(code: 0x20) }

    var isCluster: Bool { code >= Glyph.firstCluster }
}
