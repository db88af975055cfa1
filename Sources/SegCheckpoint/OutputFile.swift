import Glibc
public import SegBase

/// A file that appears under its name only when it is complete: it is written under a temporary name beside it, then renamed.
///
/// Without `commit` nothing is left behind and an older file of that name stays as it was.
public struct OutputFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Starts a file at `path`; throws when its folder cannot be written to.
  public init(path: String) throws(InputError) {
    self.path = path
    temporaryPath = "\(path).\(getpid()).part"
    descriptor = Glibc.open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw InputError("cannot be written: \(InputFile.systemMessage(errno))", subject: path) }
  }

  deinit {
    // After `commit` nothing has the temporary name any more.
    close(descriptor)
    unlink(temporaryPath)
  }

  /// Appends bytes; throws when the disk is full or fails.
  public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw InputError("cannot be written: \(InputFile.systemMessage(errno))", subject: path) }
      written += count
    }
  }

  /// Appends bytes; throws as the other `write` does.
  public borrowing func write(_ bytes: [UInt8]) throws(InputError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  /// Gives the file its name. Throws when that fails; the temporary file is removed then.
  public consuming func commit() throws(InputError) {
    if fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS { throw InputError("cannot be written: \(InputFile.systemMessage(errno))", subject: path) }
    if rename(temporaryPath, path) != 0 { throw InputError("cannot be written: \(InputFile.systemMessage(errno))", subject: path) }
  }
}
