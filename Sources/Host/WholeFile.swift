import CPosix

/// Writes files atomically: at every moment either the old or the new file is there, complete.
enum WholeFile {
    struct Failure: Error {
        let sentence: String
    }

    /// Replaces a file, or creates it. The new file has the permissions and the owner of the old one.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let draft = "\(path).new-\(getpid())"
        // Left by an earlier process with the same id that was killed.
        unlink(draft)
        try create(draft, holding: bytes, like: path)
        guard rename(draft, path) == 0 else {
            let reason = String(cString: strerror(cposix_errno()))
            unlink(draft)
            throw Failure(sentence: "\(path) cannot be replaced: \(reason)")
        }
    }

    /// Creates a file that must not exist, and flushes it to the disk. It gets the permissions and the owner of
    /// `model`; where that does not exist, only its owner may read it.
    static func create(_ path: String, holding bytes: [UInt8], like model: String) throws(Failure) {
        let info = try rights(of: model)
        func failure() -> Failure {
            Failure(sentence: "\(path) cannot be written: \(String(cString: strerror(cposix_errno())))")
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

    private static func rights(of path: String) throws(Failure) -> stat {
        var info = stat()
        guard stat(path, &info) != 0 else { return info }
        let code = cposix_errno()
        guard code == ENOENT else {
            throw Failure(sentence: "\(path) cannot be read: \(String(cString: strerror(code)))")
        }
        (info.st_mode, info.st_uid, info.st_gid) = (0o600, geteuid(), getegid())
        return info
    }
}
