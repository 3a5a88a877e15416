import Contract

extension Theme {
    /// The built-in themes; the first is ``standard``.
    public static let all: [Theme] = [
        Theme(
            "midnight", "dark and quiet; colour only for trouble", canvas: 0x0f141b,
            value: 0xd5dde6, label: 0x8c9bab, muted: 0x647282, title: 0xe8eef5, accent: 0x6cb6ff,
            graph: 0x4f9cd9, ok: 0x5fb874, warning: 0xf0b429, critical: 0xff5c5c, unknown: 0xb58cf0,
            frame: 0x34404d, focus: 0x6cb6ff, selected: 0x22374f, header: 0x18222d, warned: 0x3a2f12,
            alarmed: 0x471b1f, overlay: 0x17202a),
        Theme(
            "paper", "dark ink on a light background", background: 0xfbfaf7, canvas: 0xfbfaf7,
            value: 0x22272e, label: 0x55606b, muted: 0x79838d, title: 0x0c1116, accent: 0x0a5dc2,
            graph: 0x2f6fb0, ok: 0x2a7a3f, warning: 0x9a6200, critical: 0xc21f2b, unknown: 0x7a3fb8,
            frame: 0xc9c5ba, focus: 0x0a5dc2, selected: 0xd6e6f8, header: 0xefece4, warned: 0xfbeccb,
            alarmed: 0xfadcdc, overlay: 0xf2efe8, sixteen: onLight),
        Theme(
            "contrast", "white on black, the strongest colours", background: 0x000000, canvas: 0x000000,
            value: 0xffffff, label: 0xe0e0e0, muted: 0xb4b4b4, title: 0xffffff, accent: 0x66ffff,
            graph: 0x7fdfff, ok: 0x5dff5d, warning: 0xffff00, critical: 0xff7070, unknown: 0xff9cff,
            frame: 0x9a9a9a, focus: 0x66ffff, selected: 0x0034a8, header: 0x303030, warned: 0x4a4200,
            alarmed: 0x6a0000, overlay: 0x181818, sixteen: bright),
        Theme(
            "blueorange", "for red-green colour blindness: blue is well, orange and yellow are not",
            canvas: 0x10151c,
            value: 0xdce3ea, label: 0x93a0ad, muted: 0x6a7785, title: 0xeef3f8, accent: 0x9fd3ff,
            graph: 0x4a90d0, ok: 0x56a8f5, warning: 0xf5d547, critical: 0xff8c1a, unknown: 0xc3b6d6,
            frame: 0x36424f, focus: 0x9fd3ff, selected: 0x1f3a57, header: 0x1a242f, warned: 0x3a3512,
            alarmed: 0x4d2a08, overlay: 0x18212b,
            sixteen: [nil, nil, 8, 15, 14, 12, 12, 11, 9, 13]),
        Theme(
            "mono", "no colour at all: bold, underlined, reversed", canvas: 0x111111,
            value: 0xd8d8d8, label: 0xd8d8d8, muted: 0x8c8c8c, title: 0xffffff, accent: 0xffffff,
            graph: 0xd8d8d8, ok: 0xd8d8d8, warning: 0xffffff, critical: 0xffffff, unknown: 0xd8d8d8,
            frame: 0x6a6a6a, focus: 0xffffff, selected: 0x3a3a3a, header: 0x262626, warned: 0x303030,
            alarmed: 0x444444, overlay: 0x1c1c1c, sixteen: Array(repeating: nil, count: 10),
            isMonochrome: true),
        Theme(
            "amber", "the glow of an old terminal", background: 0x140d02, canvas: 0x140d02,
            value: 0xffc06a, label: 0xc98f42, muted: 0x93682f, title: 0xffd89a, accent: 0xffe2b0,
            graph: 0xd9942f, ok: 0xbfae4a, warning: 0xffef5c, critical: 0xff6a3c, unknown: 0xd6a3c0,
            frame: 0x54391a, focus: 0xffe2b0, selected: 0x49300f, header: 0x291b07, warned: 0x423706,
            alarmed: 0x541a08, overlay: 0x1f1504, sixteen: [3, 3, 8, 11, 11, 3, 10, 11, 9, 13]),
        Theme(
            "forest", "greens and earth", canvas: 0x101712,
            value: 0xd6e0d2, label: 0x93a78f, muted: 0x6b7d69, title: 0xe9f2e4, accent: 0x9ed67a,
            graph: 0x5aa06b, ok: 0x74bf6b, warning: 0xe6b450, critical: 0xf0644b, unknown: 0xa99ad6,
            frame: 0x35453a, focus: 0x9ed67a, selected: 0x264030, header: 0x1a261d, warned: 0x3b3113,
            alarmed: 0x481f17, overlay: 0x18221b),
        Theme(
            "nord", "arctic blues, after the palette of that name", background: 0x2e3440, canvas: 0x2e3440,
            value: 0xe5e9f0, label: 0xaebacd, muted: 0x8390a8, title: 0xeceff4, accent: 0x88c0d0,
            graph: 0x81a1c1, ok: 0xa3be8c, warning: 0xebcb8b, critical: 0xea858e, unknown: 0xc09bba,
            frame: 0x4c566a, focus: 0x88c0d0, selected: 0x414a5c, header: 0x3b4252, warned: 0x564f40,
            alarmed: 0x5a3a44, overlay: 0x3b4252),
        Theme(
            "gruvbox", "warm and retro, after the palette of that name", background: 0x282828,
            canvas: 0x282828,
            value: 0xebdbb2, label: 0xbdae93, muted: 0x928374, title: 0xfbf1c7, accent: 0x83a598,
            graph: 0x83a598, ok: 0xb8bb26, warning: 0xfabd2f, critical: 0xfb5946, unknown: 0xd3869b,
            frame: 0x504945, focus: 0xfe8019, selected: 0x433e3b, header: 0x3c3836, warned: 0x53451d,
            alarmed: 0x5a2a26, overlay: 0x32302f),
        Theme(
            "solarized", "the dark palette of that name", background: 0x002b36, canvas: 0x002b36,
            value: 0x93a1a1, label: 0x839496, muted: 0x6c8189, title: 0xeee8d5, accent: 0x2aa198,
            graph: 0x268bd2, ok: 0x859900, warning: 0xcfa017, critical: 0xf0524f, unknown: 0x8a8fd8,
            frame: 0x174652, focus: 0x2aa198, selected: 0x083f4d, header: 0x073642, warned: 0x333a14,
            alarmed: 0x45242b, overlay: 0x073642),
        Theme(
            "dracula", "violet and pink, after the palette of that name", background: 0x282a36,
            canvas: 0x282a36,
            value: 0xf8f8f2, label: 0xb9bfda, muted: 0x8290bd, title: 0xffffff, accent: 0xbd93f9,
            graph: 0x8be9fd, ok: 0x50fa7b, warning: 0xf1fa8c, critical: 0xff6b6b, unknown: 0xff79c6,
            frame: 0x4d5272, focus: 0xbd93f9, selected: 0x44475a, header: 0x343746, warned: 0x4a4a36,
            alarmed: 0x5a2f3b, overlay: 0x313341),
    ]

    private static let onDark: [UInt8?] = [nil, nil, 8, 15, 14, 12, 10, 11, 9, 13]
    private static let onLight: [UInt8?] = [nil, nil, 8, nil, 4, 4, 2, 3, 1, 5]
    private static let bright: [UInt8?] = [15, 15, 7, 15, 14, 14, 10, 11, 9, 13]

    private static let curvesOnDark = [0x4ec9b0, 0xb48ce8, 0x9dbb61, 0xd3a9c9].map { Shade($0) }
    private static let curvesOnLight = [0x0b7d6c, 0x7440b4, 0x587a1c, 0x9c4a80].map { Shade($0) }

    private init(
        _ name: String, _ summary: String, background: UInt32? = nil, canvas: UInt32, value: UInt32,
        label: UInt32, muted: UInt32, title: UInt32, accent: UInt32, graph: UInt32, ok: UInt32,
        warning: UInt32, critical: UInt32, unknown: UInt32, frame: UInt32, focus: UInt32, selected: UInt32,
        header: UInt32, warned: UInt32, alarmed: UInt32, overlay: UInt32, sixteen: [UInt8?]? = nil,
        isMonochrome: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.background = background.map { Shade($0) }
        self.canvas = Shade(canvas)
        roles = [value, label, muted, title, accent, graph, ok, warning, critical, unknown].map { Shade($0) }
        let isDark = Shade(canvas).luminance < 0.4
        curves = [Shade(graph)] + (isDark ? Theme.curvesOnDark : Theme.curvesOnLight)
        self.frame = Shade(frame)
        self.focus = Shade(focus)
        backgrounds = [canvas, selected, header, warned, alarmed, overlay].map { Shade($0) }
        self.sixteen = sixteen ?? Theme.onDark
        self.isMonochrome = isMonochrome
    }
}
