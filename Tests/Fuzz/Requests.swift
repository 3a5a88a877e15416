import Contract

/// The worker's side: what is read of a request is written as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let body = UnsafeRawBufferPointer(start: data, count: size)
    guard let message = try? Guarded.with(body, { try HostMessage($0) }) else { return 0 }
    let frame = message.frame()
    let again = frame.dropFirst(4).withUnsafeBytes { body in try? HostMessage(body) }
    require(again?.frame() == frame, "a request changes on its way")
    return 0
}
