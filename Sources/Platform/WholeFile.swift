import CPosix

/// Replaces files atomically: at every moment either the old or the new content is there in full. Any thread.
public enum WholeFile {
    /// Replaces a file, or creates it. The rights and the owner of an existing file are kept.
    ///
    /// - Throws: ``SystemError``; the old file is then unchanged.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let draft = "\(path).new-\(getpid())"
        // An earlier process with the same id may have been killed before it renamed its file.
        unlink(draft)
        try create(draft, holding: bytes, like: path)
        guard rename(draft, path) == 0 else {
            let reason = String(cString: strerror(cposix_errno()))
            unlink(draft)
            throw SystemError("\(path) cannot be replaced: \(reason)")
        }
    }

    /// Creates a file that does not exist yet, and returns when its content is on the disk. It gets the rights and
    /// owner of the file `model`; without such a file only this user may read it.
    ///
    /// - Throws: ``SystemError``; no file remains then.
    public static func create(_ path: String, holding bytes: [UInt8], like model: String) throws(SystemError)
    {
        let info = try rights(of: model)
        func failure() -> SystemError {
            SystemError("\(path) cannot be written: \(String(cString: strerror(cposix_errno())))")
        }
        guard let file = fopen(path, "wxe") else { throw failure() }
        let isWritten =
            fwrite(bytes, 1, bytes.count, file) == bytes.count
            && fflush(file) == 0 && fchmod(fileno(file), info.st_mode & 0o777) == 0
            && fsync(fileno(file)) == 0
        var problem = failure()
        // Only root can keep another user's file with its owner; for other users the owner is right already.
        _ = fchown(fileno(file), info.st_uid, info.st_gid)
        let isClosed = fclose(file) == 0
        if isWritten && !isClosed { problem = failure() }
        guard isWritten && isClosed else {
            unlink(path)
            throw problem
        }
    }

    private static func rights(of path: String) throws(SystemError) -> stat {
        var info = stat()
        guard stat(path, &info) != 0 else { return info }
        let code = cposix_errno()
        guard code == ENOENT else {
            throw SystemError("\(path) cannot be read: \(String(cString: strerror(code)))")
        }
        (info.st_mode, info.st_uid, info.st_gid) = (0o600, geteuid(), getegid())
        return info
    }
}
