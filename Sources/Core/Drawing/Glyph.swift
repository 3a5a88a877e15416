/// What one cell shows. Eight bytes without padding or references, so that rows compare as memory.
public struct Glyph: Equatable, Hashable, Sendable {
    /// A Unicode scalar, or from ``firstCluster`` on an index into the pool of its surface.
    public var code: UInt32
    public var style: Style
    /// Cells that it covers; 0 is the right half of the one before.
    public var width: UInt8

    public init(code: UInt32, width: UInt8 = 1, style: Style = .normal) {
        self.code = code
        self.style = style
        self.width = width
    }

    /// The smallest code that is not a Unicode scalar.
    public static var firstCluster: UInt32 { 0x11_0000 }
    public static var blank: Glyph { Glyph(code: 0x20) }

    var isCluster: Bool { code >= Glyph.firstCluster }
}
