import CPosix
import ContractEmbedded
import PluginAPI

/// Why a file is no plugin, in one sentence.
public struct LoadError: Error {
    public let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

/// A loaded plugin. It stays loaded as long as the process lives: unloading code that may have left a thread or
/// a handler behind is a crash later.
public struct Library {
    let table: cm_plugin
    public let description: PluginDescription

    /// Loads a shared object, asks its entry for the descriptor and checks all of it.
    public init(path: String) throws(LoadError) {
        try Self.checkFile(path)
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw LoadError("cannot be loaded: \(Self.linkerError(path))")
        }
        guard let symbol = dlsym(handle, "cm_plugin_entry_v1") else {
            throw LoadError(
                "exports no cm_plugin_entry_v1; it is no cm-dashboard plugin, or one for another ABI than \(CM_ABI_MAJOR)")
        }
        typealias Entry = @convention(c) (UInt32) -> UnsafePointer<cm_plugin>?
        let entry = unsafeBitCast(symbol, to: Entry.self)
        guard let descriptor = entry(CM_ABI_MAJOR << 16 | CM_ABI_MINOR) else {
            throw LoadError("does not work with ABI \(CM_ABI_MAJOR).\(CM_ABI_MINOR) of this host; it wants a newer one")
        }
        table = try DescriptorCheck.copy(descriptor)
        description = try DescriptorCheck.description(of: table)
    }

    /// Says more of a file that is not an ELF shared object of this machine than the linker does.
    private static func checkFile(_ path: String) throws(LoadError) {
        let descriptor = cposix_open(path)
        guard descriptor >= 0 else { throw LoadError(String(cString: strerror(cposix_errno()))) }
        defer { close(descriptor) }
        let header = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            let count = read(descriptor, buffer.baseAddress!, buffer.count)
            return Array(buffer.prefix(max(count, 0)))
        }
        if header.isEmpty { throw LoadError("is an empty file") }
        guard header.count == 20, header.prefix(4).elementsEqual([0x7f, 0x45, 0x4c, 0x46]) else {
            throw LoadError("is not a shared object (no ELF header)")
        }
        let machine = UInt16(header[18]) | UInt16(header[19]) << 8
        let own = cposix_elf_machine()
        if machine != own {
            throw LoadError("is for another processor (ELF machine \(machine), this one is \(own))")
        }
    }

    /// The dynamic linker's sentence without the path that it begins with.
    private static func linkerError(_ path: String) -> String {
        guard let error = dlerror() else { return "unknown reason" }
        let text = String(cString: error)
        let prefix = path + ": "
        guard text.utf8.starts(with: prefix.utf8) else { return text }
        return String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}
