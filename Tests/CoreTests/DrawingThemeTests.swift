import Contract
import Core
import Testing

@Suite struct DrawingThemeTests {
    @Test func thereAreThemesForEveryone() {
        #expect(Theme.all.count >= 8)
        #expect(Set(Theme.all.map { $0.name }).count == Theme.all.count)
        #expect(Theme.named("paper")?.name == "paper")
        #expect(Theme.named("no such") == nil)
        for name in ["midnight", "paper", "contrast", "blueorange", "mono"] {
            #expect(Theme.named(name) != nil)
        }
    }

    @Test(arguments: Theme.all)
    func everyRoleCanBeRead(_ theme: Theme) {
        #expect(theme.roles.count == Role.allCases.count)
        #expect(theme.sixteen.count == Role.allCases.count)
        #expect(theme.backgrounds.count == Style.Background.allCases.count)
        for role in Role.allCases {
            let shade = theme.shade(of: role)
            let least = role == .muted ? 3.0 : role == .graph || role == .label ? 3.6 : 4.3
            #expect(shade.contrast(with: theme.canvas) >= least, "\(role) on the background")
            if role == .value || role == .critical || role == .warning {
                for background in [Style.Background.selected, .header, .overlay] {
                    let paper = theme.backgrounds[Int(background.rawValue)]
                    #expect(shade.contrast(with: paper) >= 3, "\(role) on \(background)")
                }
            }
        }
        #expect(theme.shade(of: .warning).contrast(with: theme.backgrounds[3]) >= 3.6)
        #expect(theme.shade(of: .critical).contrast(with: theme.backgrounds[4]) >= 3)
    }

    @Test(arguments: Theme.all)
    func statesDifferWithEveryNumberOfColours(_ theme: Theme) {
        for depth in ColorDepth.allCases {
            let loud = [Role.critical, .warning, .unknown, .value].map {
                theme.attributes(of: Style($0), depth: depth)
            }
            #expect(Set(loud).count == loud.count, "\(depth)")
            let normal = theme.attributes(of: Style(), depth: depth)
            #expect(theme.attributes(of: Style().on(.selected), depth: depth) != normal)
            #expect(theme.attributes(of: Style(.muted), depth: depth) != normal)
        }
    }

    @Test func withoutColourTheMeaningStays() {
        let theme = Theme.standard
        #expect(
            theme.attributes(of: Style(.critical), depth: .none)
                == Theme.Attributes(bold: true, reverse: true))
        #expect(theme.attributes(of: Style(.warning), depth: .none) == Theme.Attributes(bold: true))
        #expect(theme.attributes(of: Style(.unknown), depth: .none) == Theme.Attributes(underline: true))
        #expect(theme.attributes(of: Style(.value, .dim), depth: .none) == Theme.Attributes(dim: true))
        #expect(theme.attributes(of: Style().on(.selected), depth: .none) == Theme.Attributes(reverse: true))
        for style in [Style(.critical), Style().on(.critical), Style(.ok)] {
            #expect(theme.attributes(of: style, depth: .none).foreground == .standard)
            #expect(theme.attributes(of: style, depth: .none).background == .standard)
        }
        #expect(Theme.named("mono")!.attributes(of: Style(.critical), depth: .direct).foreground == .standard)
    }

    @Test func coloursOfEveryDepth() {
        let theme = Theme.standard
        #expect(theme.attributes(of: Style(.warning), depth: .direct).foreground == .rgb(0xf0, 0xb4, 0x29))
        #expect(theme.attributes(of: Style(.warning), depth: .direct).background == .standard)
        #expect(theme.attributes(of: Style(.warning), depth: .ansi16).foreground == .indexed(11))
        #expect(theme.attributes(of: Style(.value), depth: .ansi16).foreground == .standard)
        guard case .indexed(let index) = theme.attributes(of: Style(.warning), depth: .ansi256).foreground
        else {
            Issue.record("not an index")
            return
        }
        #expect(index == 214)
    }

    @Test func nearestColours() {
        #expect(Shade(0x000000).nearest256 == 16)
        #expect(Shade(0xffffff).nearest256 == 231)
        #expect(Shade(0xff0000).nearest256 == 196)
        #expect(Shade(0x808080).nearest256 == 244)
        #expect(Shade(0x5f87af).nearest256 == 67)
        #expect(Shade(0xff0000).nearest16 == 9)
        #expect(Shade(0x0a0a0a).nearest16 == 0)
        #expect(Shade(0x1a2b3c).hex == "#1a2b3c")
    }
}
