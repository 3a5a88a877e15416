import Core

/// Opens layouts on a screen, by the keys of the user.
@MainActor
protocol LayoutChoice: AnyObject {
    /// Called with the current problem; nil: none.
    var onProblem: (String?) -> Void { get set }
    /// Called when another layout is in force.
    var onLayout: () -> Void { get set }
    /// Switches to another layout. If that has mistakes, the current one stays.
    func open(_ source: LayoutSource)
    /// Reads all files again, and restarts plugins that have failed.
    func readAll()
}

extension LiveFiles: LayoutChoice {}

/// The layouts of a screen of the past. Files that change meanwhile concern the present, and are not followed.
@MainActor
final class PastLayouts: LayoutChoice {
    private let dashboard: Dashboard
    var onProblem: (String?) -> Void = { _ in }
    var onLayout: () -> Void = {}

    init(_ dashboard: Dashboard) { self.dashboard = dashboard }

    func open(_ source: LayoutSource) {
        switch source.read(dashboard.configuration.settings) {
        case .layout(let layout):
            onProblem(nil)
            dashboard.apply(layout)
            onLayout()
        case .unreadable(let sentence): onProblem("\(sentence).")
        case .wrong(let problems, _): onProblem(problems.first?.description)
        }
    }

    func readAll() {}
}
