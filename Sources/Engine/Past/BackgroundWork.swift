/// Has work done beside the main thread. All calls are on the main thread.
@MainActor
public protocol BackgroundWork: AnyObject {
    /// Has something computed, and passes on the result.
    ///
    /// - Parameter work: Called once, usually by another thread.
    /// - Parameter done: Called once, later, on the main thread. It is not called after the program has begun to end.
    func perform<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, _ done: @escaping @MainActor (Result) -> Void)
}
