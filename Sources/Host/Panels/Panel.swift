import Contract
import Core

/// One place in the layout's grid: what is drawn there, and what the user did to it.
@MainActor
protocol Panel: AnyObject {
    var configuration: WidgetConfiguration { get }
    /// The host that it shows; nil: all of them.
    var host: String? { get }
    var icon: String { get }
    var title: String { get }
    /// Of the frame; where all of it is in maintenance or nothing is judged: `auto`.
    var status: Status { get }
    /// Nanoseconds, where what it shows is not as new as it should be.
    var staleness: Int64? { get }
    /// The picture; nil: there is nothing to be drawn.
    var picture: [DrawOperation]? { get }
    /// There is nothing to be seen but remarks.
    var isEmpty: Bool { get }
    /// It is one of several that could say why nothing of its host answers, and this one does.
    var speaksForHost: Bool { get set }
    /// Nothing of its host answers, and that is what it suffers from.
    var missesHost: Bool { get }
    /// What the host says below the picture.
    var remarks: [Remark] { get }
    var table: TableState { get set }
    /// Whether it is all there.
    var isSettled: Bool { get }

    /// Brings it up to date for so much room; a plugin is asked to draw where that is needed.
    func prepare(_ drawing: Drawing)
}

/// What a panel is drawn for.
struct Drawing: Equatable {
    var size = Size(0, 0)
    var isZoomed = false
}

/// A sentence in a panel.
struct Remark {
    let sentence: String
    let role: Role
}
