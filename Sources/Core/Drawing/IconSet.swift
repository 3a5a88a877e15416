/// The set of signs for statuses and titles.
public enum IconSet: String, Sendable, CaseIterable {
    case emoji, unicode, ascii
}
