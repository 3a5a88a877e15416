import CPosix
import ContractEmbedded
import PluginAPI

/// Why a file is not a plugin.
public struct LoadError: Error {
    /// A clause about the file, such as "is an empty file".
    public let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

/// A loaded plugin. It stays loaded until the process ends, since unloading code that has left a thread or a
/// handler behind causes a crash later.
public final class Library {
    let table: cm_plugin
    /// The sink that is lent to instances during a call. One serves all instances, since calls are made one at a
    /// time.
    let sink = SampleSink.makeTable()
    let canvas = CanvasRecorder.makeTable()
    let ingest: cm_ingest?
    /// The plugin's declarations, checked.
    public let description: PluginDescription
    /// Whether one instance may read the documents of many hosts (`CM_INGEST_STATELESS`).
    public var isStateless: Bool { (ingest?.flags ?? 0) & UInt32(CM_INGEST_STATELESS) != 0 }

    /// Loads a shared object, calls its entry function and checks the whole descriptor. Throws where any of that
    /// fails.
    public init(path: String) throws(LoadError) {
        let handle = try Self.open(path)
        guard let symbol = dlsym(handle, "cm_plugin_entry_v1") else {
            throw LoadError(
                "exports no cm_plugin_entry_v1; it is no cm-dashboard plugin, or one for another ABI than \(CM_ABI_MAJOR)"
            )
        }
        typealias Entry = @convention(c) (UInt32) -> UnsafePointer<cm_plugin>?
        let entry = unsafeBitCast(symbol, to: Entry.self)
        guard let descriptor = entry(CM_ABI_MAJOR << 16 | CM_ABI_MINOR) else {
            throw LoadError(
                "does not work with ABI \(CM_ABI_MAJOR).\(CM_ABI_MINOR) of this host; it wants a newer one")
        }
        table = try DescriptorCheck.copy(descriptor)
        var description = try DescriptorCheck.description(of: table)
        let ingest = try DescriptorCheck.ingest(of: table)
        description.documents = ingest?.kinds ?? []
        self.ingest = ingest?.table
        self.description = description
    }

    /// Loads a sealed copy, since a file that is replaced or truncated while it is mapped kills the process.
    private static func open(_ path: String) throws(LoadError) -> UnsafeMutableRawPointer {
        var copy: Int32 = -1
        let code = cposix_private_copy(path, &copy)
        if code == ENOTSUP { throw LoadError("is no regular file") }
        guard code == 0 else { throw LoadError("cannot be read: \(String(cString: strerror(code)))") }
        defer { close(copy) }
        try checkFile(copy)
        let link = "/proc/self/fd/\(copy)"
        guard let handle = dlopen(link, RTLD_NOW | RTLD_LOCAL) else {
            throw LoadError("cannot be loaded: \(linkerError(link))")
        }
        return handle
    }

    /// Checks that the file is a complete ELF shared object for this processor, with clearer messages than the
    /// linker's.
    private static func checkFile(_ descriptor: Int32) throws(LoadError) {
        let header = try bytes(of: descriptor, at: 0, count: 64)
        if header.isEmpty { throw LoadError("is an empty file") }
        guard header.count >= 20, header.prefix(4).elementsEqual([0x7f, 0x45, 0x4c, 0x46]) else {
            throw LoadError("is not a shared object (no ELF header)")
        }
        let machine = UInt16(header[18]) | UInt16(header[19]) << 8
        let own = cposix_elf_machine()
        if machine != own {
            throw LoadError("is for another processor (ELF machine \(machine), this one is \(own))")
        }
        let length = Int(lseek(descriptor, 0, SEEK_END))
        let needed = try end(of: header, descriptor, length: length)
        if length < needed { throw LoadError("is cut short (\(length) of at least \(needed) bytes)") }
    }

    /// The expected length of the file: the end of its segments and tables. The linker maps it without checking,
    /// and a shorter file kills the process.
    private static func end(of header: [UInt8], _ descriptor: Int32, length: Int) throws(LoadError) -> Int {
        guard header.count == 64 else { return 64 }
        func number(_ bytes: [UInt8], _ place: Int, _ size: Int) -> Int {
            Int(clamping: bytes[place..<place + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        func table(_ place: Int, _ size: Int) -> Int {
            number(header, place, 8).addingClamped(number(header, size, 2) * number(header, size + 2, 2))
        }
        var end = max(table(32, 54), table(40, 58))
        let (start, size, count) = (number(header, 32, 8), 56, number(header, 56, 2))
        guard end <= length, number(header, 54, 2) == size else { return end }
        let entries = try bytes(of: descriptor, at: start, count: size * count)
        guard entries.count == size * count else { return end }
        // The type PT_LOAD is 1; the offset is at 8, the length in the file at 32.
        for place in Swift.stride(from: 0, to: entries.count, by: size) where number(entries, place, 4) == 1 {
            end = max(end, number(entries, place + 8, 8).addingClamped(number(entries, place + 32, 8)))
        }
        return end
    }

    /// Reads at most `count` bytes; fewer at the end of the file.
    private static func bytes(of descriptor: Int32, at offset: Int, count: Int) throws(LoadError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            let result = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            if result < 0 { code = cposix_errno() }
            filled = max(result, 0)
        }
        if code != 0 { throw LoadError("cannot be read: \(String(cString: strerror(code)))") }
        return bytes
    }

    /// The message of the dynamic linker without the path at its beginning.
    private static func linkerError(_ path: String) -> String {
        guard let error = dlerror() else { return "unknown reason" }
        let text = String(cString: error)
        let prefix = path + ": "
        guard text.utf8.starts(with: prefix.utf8) else { return text }
        return String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
