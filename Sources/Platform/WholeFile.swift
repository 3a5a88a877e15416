import CPosix

/// Writes files so that at every moment the old or the new one is there whole.
public enum WholeFile {
    /// Puts a new file in the place of the one that is there, if any, with its rights and owner.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let draft = "\(path).new-\(getpid())"
        // Left by an earlier process with the same id that was killed.
        unlink(draft)
        try create(draft, holding: bytes, like: path)
        guard rename(draft, path) == 0 else {
            let reason = String(cString: strerror(cposix_errno()))
            unlink(draft)
            throw SystemError("\(path) cannot be replaced: \(reason)")
        }
    }

    /// A file that was not there before, on the disk when this returns. It gets the rights and the owner of `model`;
    /// where that is not there, nobody else may read it.
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
        // Only root can keep the owner of another user's file; for other users the file is their own already.
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
