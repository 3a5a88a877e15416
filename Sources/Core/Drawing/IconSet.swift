/// Which signs stand for a status and head a title.
public enum IconSet: String, Sendable, CaseIterable {
    case emoji, unicode, ascii
}
