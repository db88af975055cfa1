internal import Glibc

/// A file under a temporary name in its final folder: it gets its name when it is whole, and is removed when it never is.
package struct TemporaryFile: ~Copyable, Sendable {
  /// The name the file is to get.
  package let path: String
  /// The name to write it under.
  package let temporaryPath: String
  private var isPending = true

  /// Chooses a temporary name beside `path`. Throws when the folder does not exist or cannot be written, or `path` is a folder.
  package init(for path: String) throws(InputError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw InputError("the folder does not exist", subject: folder, advice: "create it first")
    }
    if access(folder, W_OK) != 0 { throw InputError("the folder cannot be written to", subject: folder, advice: "choose another or change its permissions") }
    if name.isEmpty || (stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR) {
      throw InputError("is a folder", subject: path, advice: "give the name of a file")
    }
    self.path = path
    temporaryPath = (slash.map { String(path[...$0]) } ?? "") + ".\(name).\(getpid()).part"
  }

  deinit { if isPending { unlink(temporaryPath) } }

  /// Gives the file its name, replacing what was there.
  package mutating func commit() throws(InputError) {
    if rename(temporaryPath, path) != 0 { throw InputError("cannot be written: \(String(cString: strerror(errno)))", subject: path) }
    isPending = false
  }

  /// Writes all of `bytes` as the file's contents.
  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw InputError("cannot be written: \(String(cString: strerror(errno)))", subject: path) }
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 {
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw InputError("cannot be written: \(reason)", subject: path, advice: "check the space on the disk")
      }
      done += count
    }
    if close(descriptor) != 0 { throw InputError("cannot be written: \(String(cString: strerror(errno)))", subject: path) }
  }
}
